#ifndef EPISODED_DISCORD_POSTING_H
#define EPISODED_DISCORD_POSTING_H

/*
 * Occasions on their way to Discord: what the bot says without being asked, with what it wishes for it: a role that is
 * pinged, a thread, a scheduled event, or the edit of an earlier post. Each is a row of requests, one after the other, which
 * a killed process's successor begins again without doing anything twice: a message has a nonce and is searched for later
 * on, a thread exists or not, an event is looked for before it is made.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/core/reply.h"
#include "bot/gateway/discord/posts.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_POSTINGS_MAX 1024 /* at once; later ones are refused */

struct loop;
struct discord_posting; /* opaque: gateway/discord/posting.c */

enum discord_posting_end {
	DISCORD_POSTING_DONE,
	DISCORD_POSTING_REFUSED,   /* now and later: completed all the same */
	DISCORD_POSTING_LEFT_OPEN, /* the journal asks again */
};

struct discord_postings {
	struct loop *loop;
	const char *gateway; /* for the log */
	struct discord_rest *rest;
	uint64_t self;
	/* The posts have changed: they are to be saved. */
	void (*on_changed)(void *user);
	/* Something that was wished is missing, with the fix; before on_end. permission: the one that is missing; 0: another
	 * reason. */
	void (*on_lack)(void *user, const char *message, const char *why, uint64_t permission);
	void (*on_end)(void *user, const char *message, enum discord_posting_end end);
	void *user;
	struct discord_posts posts;
	struct discord_posting *first;
	size_t count;
};

/* What is said. Everything is copied. */
struct discord_posting_order {
	const struct message *message;
	const struct reply *reply;
	const char *prefix;
	bool is_plain;    /* plain text is configured, or cards are not allowed there */
	bool is_again;    /* an earlier process may have said it */
	uint64_t wall_ms; /* now */
	const struct permit *permit;
};

/* -EAGAIN: too many; -ENOMEM, -EMSGSIZE. */
int discord_postings_add(struct discord_postings *postings, const struct discord_posting_order *order);
bool discord_postings_hold(const struct discord_postings *postings, const char *message);
/* Another process has the shard with this permit now. Before discord_rest_drop(). */
void discord_postings_drop(struct discord_postings *postings, const struct permit *permit);
/* Without callbacks. Only after discord_rest_free(). */
void discord_postings_release(struct discord_postings *postings);

#endif
