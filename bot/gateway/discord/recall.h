#ifndef EPISODED_DISCORD_RECALL_H
#define EPISODED_DISCORD_RECALL_H

/*
 * Was this question answered already? Discord forgets a nonce after some minutes. An answer that may have been
 * delivered before that is searched for in its channel before it is sent again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/gateway/discord/rest/rest.h"

/* For how long a nonce is relied on: Discord promises "the past few minutes". */
#define DISCORD_RECALL_NONCE_MS  (2 * 60 * 1000u)
#define DISCORD_RECALL_PAGES_MAX 5 /* of 100 messages each, from the question on */

struct discord_search; /* opaque: gateway/discord/recall.c */

struct discord_recall {
	struct loop *loop;
	struct discord_rest *rest;
	uint64_t self; /* the bot's user id: the author of an answer */
	struct discord_search *searches;
};

/* An answer that was found. */
struct discord_recalled {
	uint64_t post;  /* 0: there is no answer */
	bool is_layout; /* it is made of components */
};

/*
 * Search the channel for an answer of ours to the message asked. on_known comes exactly once, not inside this
 * call; error 0: found is certain. permit: as of a REST call. -EAGAIN, -EACCES, -ENOMEM as discord_rest_send().
 */
int discord_recall_ask(struct discord_recall *recall, const char *channel, const char *asked,
		const struct permit *permit, unsigned deadline_ms,
		void (*on_known)(void *user, int error, const struct discord_recalled *found), void *user);
/* The lease is lost: ask for no further page; the permit is not used any more. Before discord_rest_drop(). */
void discord_recall_drop(struct discord_recall *recall, const struct permit *permit);
/* Without callbacks. Only after discord_rest_free(), which drops the calls in flight. */
void discord_recall_release(struct discord_recall *recall);

/*
 * recall_find - an answer among the messages of a channel.
 *
 * Shape:   [{"id": id, "author": {"id": id}, "flags"?: int, "message_reference"?: {"message_id"?: id}}]; malformed
 *          entries are skipped.
 * Owns:    nothing; *ret_newest is the highest id, *ret_count the number of entries.
 * Errors:  a post of 0 if malformed, and both are 0.
 * Source:  Discord API v10, "Message object".
 */
struct discord_recalled discord_recall_find(
		struct span messages, uint64_t self, uint64_t asked, uint64_t *ret_newest, size_t *ret_count);

#endif
