#ifndef EPISODED_DISCORD_IDENTIFY_H
#define EPISODED_DISCORD_IDENTIFY_H

/*
 * Who may IDENTIFY, and when. Discord allows so many in 24 hours over all
 * shards and answers one too many by resetting the bot's token; and so many in
 * 5 s, shards with the same remainder one after another. What was spent is kept
 * over restarts by the caller, so that no crash loop can spend it all. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/net/throttle.h"

#define DISCORD_IDENTIFY_BUCKETS_MAX 256  /* a higher max_concurrency is not used to the full */
#define DISCORD_IDENTIFY_SPACING_MS  5500 /* 5 s, and what the two clocks and the network may differ by */
#define DISCORD_IDENTIFY_DAY_MS      (24 * 60 * 60 * 1000ull)
#define DISCORD_IDENTIFY_TOTAL       1000 /* a day, until Discord says otherwise */

struct discord_identify_bucket {
	uint64_t next_ms; /* monotonic */
	unsigned holder;  /* the shard that was let in and has not identified yet, plus 1; 0: none */
};

struct discord_identify_gate {
	struct discord_identify_bucket bucket[DISCORD_IDENTIFY_BUCKETS_MAX];
	unsigned concurrency;
	unsigned total, remaining; /* as Discord said, less what we used */
	uint64_t reset_ms;         /* monotonic: when remaining is total again */
	struct throttle day;       /* our own count, on the wall clock */
	uint64_t cost_ms;
	uint64_t last_wall_ms; /* of the last IDENTIFY; 0: none is known */
};

void discord_identify_gate_init(struct discord_identify_gate *gate);

/* What GET /gateway/bot says in session_start_limit. */
void discord_identify_gate_limit(struct discord_identify_gate *gate, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency, uint64_t now_ms);

/* May this shard connect in order to identify? 0: yes, and its bucket is held for it. Else ask again in so
 * many ms. */
uint64_t discord_identify_gate_ask(
		struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms, uint64_t wall_ms);
/* It is about to identify: that counts, whatever becomes of it. */
void discord_identify_gate_spend(
		struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms, uint64_t wall_ms);
/* It will not. Nothing happens when it holds nothing. */
void discord_identify_gate_release(struct discord_identify_gate *gate, unsigned shard);

/* What must survive a restart, and back: all of wall time, and never absurdly far ahead of it. */
struct discord_identify_memory {
	uint64_t spent_ms; /* where our own count stands */
	uint64_t last_ms;  /* the last IDENTIFY */
};
struct discord_identify_memory discord_identify_gate_memory(const struct discord_identify_gate *gate);
void discord_identify_gate_restore(struct discord_identify_gate *gate,
		const struct discord_identify_memory *memory, uint64_t now_ms, uint64_t wall_ms);

#endif
