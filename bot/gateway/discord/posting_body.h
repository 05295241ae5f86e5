#ifndef EPISODED_DISCORD_POSTING_BODY_H
#define EPISODED_DISCORD_POSTING_BODY_H

/* The bodies of the requests of an occasion, and what they find. Pure. */

#include <stdint.h>

#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/core/wishes.h"

#define DISCORD_PLACE_BYTES 128 /* of a channel's name */

/* A message's body with a mention of the role in front, which pings only that role. The caller frees it. NULL: out of memory. */
char *discord_posting_with_role(const char *body, uint64_t role);
void discord_posting_append_thread(const struct wishes *wishes, struct str *json);
/* place: the name of the channel, where the wishes have no place. */
void discord_posting_append_event(const struct wishes *wishes, const char *place, struct str *json);
/* The person is told in the channel that a reminder could not be said in private; not what it was, which is not for the
 * channel. key: of its nonce. */
void discord_posting_append_closed(uint64_t user, uint64_t said_ms, uint64_t key, struct str *json);

/*
 * posting_find - a message of ours in a channel that says the same.
 *
 * Shape:   [{"id": id, "author": {"id": id}, "content": s, "embeds": [{"title"?: s}]}]; malformed entries are skipped.
 * Owns:    nothing; body is the body of our request.
 * Errors:  0: there is no such message.
 * Source:  Discord API v10, "Message object".
 */
uint64_t discord_posting_find(struct span messages, uint64_t self, struct span body);

/* The ID of our scheduled event with this name and time, of GET /guilds/{}/scheduled-events; 0: there is no such event. */
uint64_t discord_posting_find_event(struct span events, uint64_t self, const char *name, const char *start);

#endif
