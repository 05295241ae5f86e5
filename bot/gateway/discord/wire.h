#ifndef EPISODED_DISCORD_WIRE_H
#define EPISODED_DISCORD_WIRE_H

/* Discord payloads and requests as shown in the trace: complete, but with tokens replaced. */

#include "bot/base/str.h"
#include "bot/base/trace.h"

/*
 * discord_wire_show - append a payload (JSON) to ret.
 *
 * TRACE_SECRET replaces the value of each member "token" at any depth (the bot's in IDENTIFY and RESUME; an
 * interaction's, which allows anyone to answer as the bot for 15 minutes), and the bot's token wherever else it
 * occurs. A malformed payload is shown as far as it can be read.
 */
void discord_wire_show(struct str *ret, const char *payload, size_t length, const char *token);

/* Append a request's path, such as "/interactions/1/TOKEN/callback" or "/webhooks/1/TOKEN/...", with the
 * token replaced. */
void discord_wire_show_path(struct str *ret, const char *path, const char *token);

#endif
