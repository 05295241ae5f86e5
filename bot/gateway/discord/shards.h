#ifndef EPISODED_DISCORD_SHARDS_H
#define EPISODED_DISCORD_SHARDS_H

/*
 * The shards of this process, in order of (total, number). Two totals are here only during a resharding, while the old
 * set of shards and the new one run side by side.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/discord/stream/shard.h"

#define DISCORD_SHARDS_MAX 384 /* in one process: the loop has 512 descriptors for everything */

struct discord_part {
	unsigned total, number;
	const struct permit *permit; /* NULL: always */
	struct discord_shard *shard; /* NULL: it is not known yet what Discord says of the bot */
	char *position;              /* as the last owner has left it, until the shard is made; may be NULL */
	uint64_t taken_ms;           /* an older question may have been answered by another process */
	uint64_t leave_by_ms;        /* it is being given away, its connection by then; 0: it is not */
	uint64_t guilds_saved_ms;    /* 0: not yet */
	bool is_moved;               /* its position is to be saved */
};

struct discord_shards {
	struct discord_part **part;
	unsigned count, capacity;
};

/* Add a part without a shard. -EEXIST, -ENOSPC, -ENOMEM. */
int discord_shards_add(
		struct discord_shards *shards, unsigned total, unsigned number, struct discord_part **ret);
/* Free a part and its shard; NULL-safe. */
void discord_shards_remove(struct discord_shards *shards, struct discord_part *part);
void discord_shards_release(struct discord_shards *shards); /* afterwards empty, as {0} */

struct discord_part *discord_shards_find(
		const struct discord_shards *shards, unsigned total, unsigned number);

/* The shard of a message: that of its guild, and of two one that is not being given away. NULL: it is not here. */
struct discord_part *discord_shards_of(const struct discord_shards *shards, uint64_t route);

/* The bot's own role in a guild; 0: not known, or the guild's shard is not here. */
uint64_t discord_shards_role(const struct discord_shards *shards, uint64_t guild);
unsigned discord_shards_in_state(const struct discord_shards *shards, enum discord_session_state state);

#endif
