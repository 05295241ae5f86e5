#ifndef EPISODED_DISCORD_GUILDS_H
#define EPISODED_DISCORD_GUILDS_H

/* The guilds of a shard, by id: 9 bytes each in a table at most three quarters full. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUILDS_MAX 65536 /* Discord allows 2500 a shard; the rest is not counted */

struct guilds {
	uint64_t *id; /* 0: free */
	unsigned char *is_away;
	size_t capacity, count, away;
};

void guilds_release(struct guilds *guilds); /* empty again, {0} */

/* Known from now on, there or in an outage. -ENOMEM, -ENOSPC: not counted. */
int guilds_put(struct guilds *guilds, uint64_t id, bool is_away);
void guilds_remove(struct guilds *guilds, uint64_t id);

#endif
