#ifndef EPISODED_DISCORD_RECALL_H
#define EPISODED_DISCORD_RECALL_H

/*
 * Was this answered already? Discord forgets a nonce after some minutes; an
 * answer that may have got through before that is looked for in its channel
 * before it is said again. An edge around discord_recall_find().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

/* For how long a nonce is trusted: Discord speaks of "the past few minutes". */
#define DISCORD_RECALL_NONCE_MS  (2 * 60 * 1000u)
#define DISCORD_RECALL_PAGES_MAX 5 /* of a hundred messages each; answers come soon after their question */

struct discord;
struct discord_recall; /* opaque: gateway/discord/recall.c */

/*
 * Look for an answer of ours to the message asked. on_known comes exactly once, not from within this call:
 * error 0 when Discord has told. -EAGAIN, -EACCES, -ENOMEM as discord_rest_send().
 */
int discord_recall_ask(struct discord *discord, const char *channel, const char *asked, unsigned deadline_ms,
		void (*on_known)(void *user, int error, bool is_said), void *user);
/* All of them, without callbacks; once the REST side is gone. */
void discord_recall_release(struct discord *discord);

/*
 * recall_find - an answer among the messages of a channel.
 *
 * Shape:   [{"id": id, "author": {"id": id}, "message_reference"?: {"message_id"?: id}}]; what lacks these is
 *          passed over.
 * Owns:    nothing; *ret_newest is the highest id seen, *ret_count how many there were.
 * Errors:  false where it is no such list, and then both are 0.
 * Source:  Discord API v10, "Message object".
 */
bool discord_recall_find(
		struct span messages, uint64_t self, uint64_t asked, uint64_t *ret_newest, size_t *ret_count);

#endif
