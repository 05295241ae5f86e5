#ifndef EPISODED_DISCORD_TAKEBACK_H
#define EPISODED_DISCORD_TAKEBACK_H

/*
 * Answers that are taken back: deleted, because their asker wants it or has edited the question into something else. Each
 * is kept in the store from its event until Discord has confirmed the deletion, so that a killed process leaves no answer
 * behind. Deleting twice does no harm.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_TAKEBACKS_MAX 64 /* at once; further ones are ignored */

struct discord_takeback; /* opaque: gateway/discord/takeback.c */

/* What is to be deleted. */
struct discord_takeback_wish {
	uint64_t guild, channel; /* guild 0: a direct message */
	uint64_t post;           /* the answer; 0: that to the question */
	uint64_t question;       /* 0: it is known which message the answer is */
	/* Only if it answers this person, or if this is the bot: only if the bot wrote it. Discord is asked about that. 0: in any
	 * case. */
	uint64_t user;
};

struct discord_takebacks {
	const char *gateway; /* for the log */
	struct discord_rest *rest;
	struct discord_recall recall;
	/* The permit of a guild's shard. False: the shard is not here. */
	bool (*permit_of)(void *user, uint64_t guild, const struct permit **ret);
	void (*on_changed)(void *user); /* the list is to be saved */
	void *user;
	struct discord_takeback *first;
	size_t count;
};

void discord_takebacks_init(
		struct discord_takebacks *takebacks, struct loop *loop, struct discord_rest *rest);
/* Without callbacks. Only after discord_rest_free(), which drops the calls in flight. */
void discord_takebacks_release(struct discord_takebacks *takebacks);

/* Delete an answer. One that is in the list already is not added again. If the post is 0, the answer is being sent: after
 * its delivery discord_takebacks_found() follows; the next process has to search for it. -ENOSPC, -ENOMEM: it is ignored. */
int discord_takebacks_add(struct discord_takebacks *takebacks, const struct discord_takeback_wish *wish);
/* The answer to a question is that post. 0: there is no answer, or it is wanted again. */
void discord_takebacks_found(struct discord_takebacks *takebacks, uint64_t question, uint64_t post);
/* A shard is connected: try again what failed. */
void discord_takebacks_try(struct discord_takebacks *takebacks);
/* Another process has the shard with this permit now. Before discord_rest_drop(). */
void discord_takebacks_drop(struct discord_takebacks *takebacks, const struct permit *permit);

/* Write and read JSON: [["guild","channel","post","question","user"], ...], of one shard of total. Malformed entries are
 * skipped. */
void discord_takebacks_append(
		const struct discord_takebacks *takebacks, unsigned total, unsigned shard, struct str *str);
void discord_takebacks_read(struct discord_takebacks *takebacks, struct span text);

#endif
