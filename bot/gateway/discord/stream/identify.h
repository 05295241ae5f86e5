#ifndef EPISODED_DISCORD_IDENTIFY_H
#define EPISODED_DISCORD_IDENTIFY_H

/*
 * The rate limit of IDENTIFY. Discord allows a number in 24 hours over all shards, and resets the bot's token
 * after one too many; and max_concurrency in 5 s: shards with the same remainder have to wait for each other.
 * The caller keeps the number used across restarts, so that a crash loop cannot use up a day's. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/net/throttle.h"

#define DISCORD_IDENTIFY_BUCKETS_MAX 256  /* a higher max_concurrency is used only up to this */
#define DISCORD_IDENTIFY_SPACING_MS  5500 /* plus the difference of two clocks and the network's jitter */
#define DISCORD_IDENTIFY_DAY_MS      (24 * 60 * 60 * 1000ull)
#define DISCORD_IDENTIFY_TOTAL       1000 /* a day; until Discord tells */

struct discord_identify_bucket {
	uint64_t next_ms; /* monotonic */
	unsigned holder;  /* shard number plus 1, from permission to IDENTIFY; 0: free */
};

struct discord_identify_gate {
	struct discord_identify_bucket bucket[DISCORD_IDENTIFY_BUCKETS_MAX];
	unsigned concurrency;
	unsigned total, remaining; /* as Discord told, minus those used since */
	uint64_t reset_ms;         /* when remaining is reset to total */
	struct throttle day;       /* our own count */
	uint64_t cost_ms;
};

void discord_identify_gate_init(struct discord_identify_gate *gate);

/* Apply session_start_limit of GET /gateway/bot. */
void discord_identify_gate_limit(struct discord_identify_gate *gate, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency, uint64_t now_ms);

/* May this shard connect to IDENTIFY? 0: yes, and it holds its bucket. Otherwise: ask again after so many
 * ms. */
uint64_t discord_identify_gate_ask(struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms);
/* Call before IDENTIFY is sent: it counts whatever its outcome. */
void discord_identify_gate_spend(struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms);
/* No IDENTIFY after all: release the bucket. No effect if the shard does not hold the bucket. */
void discord_identify_gate_release(struct discord_identify_gate *gate, unsigned shard);

/* The part that must survive a restart, in time of Discord's wall clock (network_ms). */
struct discord_identify_memory {
	uint64_t spent_ms; /* our own count */
	uint64_t last_ms;  /* the last IDENTIFY */
};
/* Right after an IDENTIFY. */
struct discord_identify_memory discord_identify_gate_memory(
		const struct discord_identify_gate *gate, uint64_t now_ms, uint64_t network_ms);
/* If the clock was set back since then, no time has passed. */
void discord_identify_gate_restore(struct discord_identify_gate *gate,
		const struct discord_identify_memory *memory, uint64_t now_ms, uint64_t network_ms);

#endif
