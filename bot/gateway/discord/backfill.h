#ifndef EPISODED_DISCORD_BACKFILL_H
#define EPISODED_DISCORD_BACKFILL_H

/*
 * After a lost session: fetch the messages of the last ten minutes from the channels in which the bot was used
 * within a day, over REST. It begins a minute before the newest known message: that long, an edit corrects an answer. One that
 * was cut off by a restart, or by Discord, goes on where it began when the next session is there.
 */

#include <stdint.h>

#include "bot/base/span.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/rest/rest.h"

struct discord_look; /* opaque: gateway/discord/backfill.c */

struct discord_backfill {
	const char *gateway; /* name, for the log */
	struct discord_rest *rest;
	struct discord_channels *channels;
	/* The permit of the shard of a guild, as of a REST call. False: it is not here. */
	bool (*permit_of)(void *user, uint64_t guild, const struct permit **ret);
	/* A message object, oldest first in its channel; it has no guild_id of its own. */
	void (*on_message)(void *user, struct span message, uint64_t guild, const struct permit *permit);
	/* channels has changed: one is read to its end; or it was removed, as it is deleted or not readable. */
	void (*on_changed)(void *user);
	void *user;
	struct discord_look *looks; /* channels being read, */
	unsigned look_count;        /* a few at a time, so that answers need not wait for all */
};

/* Read the channels of one shard of shard_total. Returns at once; channels has changed. network_ms: the time on Discord's
 * clock; 0: not known, and then no message is too old. */
void discord_backfill_start(
		struct discord_backfill *backfill, unsigned shard, unsigned shard_total, uint64_t network_ms);
/* The same for the channels that an earlier back-fill has not read to their end, and that are not being read. */
void discord_backfill_go_on(
		struct discord_backfill *backfill, unsigned shard, unsigned shard_total, uint64_t network_ms);
/* The lease is lost: read nothing more with this permit, which is not used any more. Before discord_rest_drop(). */
void discord_backfill_drop(struct discord_backfill *backfill, const struct permit *permit);
/* Without callbacks. Only after discord_rest_free(), which drops the calls in flight. */
void discord_backfill_release(struct discord_backfill *backfill);

#endif
