#ifndef EPISODED_DISCORD_WIRE_H
#define EPISODED_DISCORD_WIRE_H

/* Payloads and requests of Discord's as the trace shows them: whole, but for tokens. */

#include "bot/base/str.h"
#include "bot/base/trace.h"

/*
 * discord_wire_show - append a payload (JSON) to ret.
 *
 * TRACE_SECRET replaces the value of each member "token", at any depth: the bot's in IDENTIFY and RESUME, and
 * an interaction's, with which anybody could answer in the bot's name for 15 minutes; and the bot's token
 * wherever else it occurs. A payload that is no JSON is shown as far as it can be read.
 */
void discord_wire_show(struct str *ret, const char *payload, size_t length, const char *token);

/* Append a request's path, "/interactions/1/TOKEN/callback" or "/webhooks/1/TOKEN/...", without the token in
 * it. */
void discord_wire_show_path(struct str *ret, const char *path, const char *token);

#endif
