/* The rate limit of IDENTIFY. */

#include "bot/gateway/discord/stream/identify.h"

#include <string.h>

#define HELD_WAIT_MS 1000 /* another shard of the bucket is connecting; ask again */

/*
 * A virtual clock that runs up to a day ahead of the monotonic clock: half of a day's allowance may be used at
 * once, and the other half comes back over the day, so that no 24 hours see more than 90 of 100 allowed
 * IDENTIFYs.
 */
static void set_total(struct discord_identify_gate *gate, unsigned total)
{
	uint64_t budget = (uint64_t)total * 9 / 10;

	gate->total = total;
	gate->cost_ms = 2 * DISCORD_IDENTIFY_DAY_MS / (budget ? budget : 1);
	gate->day.burst_ms =
			DISCORD_IDENTIFY_DAY_MS > gate->cost_ms ? DISCORD_IDENTIFY_DAY_MS - gate->cost_ms : 0;
}

void discord_identify_gate_init(struct discord_identify_gate *gate)
{
	memset(gate, 0, sizeof(*gate));
	throttle_init(&gate->day, 0);
	gate->concurrency = 1;
	gate->remaining = DISCORD_IDENTIFY_TOTAL;
	set_total(gate, DISCORD_IDENTIFY_TOTAL);
}

void discord_identify_gate_limit(struct discord_identify_gate *gate, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency, uint64_t now_ms)
{
	set_total(gate, total);
	gate->remaining = remaining < total ? remaining : total;
	gate->reset_ms = now_ms + reset_after_ms;
	if (concurrency < 1)
		concurrency = 1;
	gate->concurrency = concurrency < DISCORD_IDENTIFY_BUCKETS_MAX ? concurrency
								       : DISCORD_IDENTIFY_BUCKETS_MAX;
}

static struct discord_identify_bucket *bucket_of(struct discord_identify_gate *gate, unsigned shard)
{
	return &gate->bucket[shard % gate->concurrency];
}

uint64_t discord_identify_gate_ask(struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms)
{
	struct discord_identify_bucket *bucket = bucket_of(gate, shard);
	uint64_t wait_ms = throttle_wait(&gate->day, now_ms);

	if (gate->reset_ms && now_ms >= gate->reset_ms) {
		gate->remaining = gate->total;
		gate->reset_ms = 0;
	}
	if (!gate->remaining && gate->reset_ms && gate->reset_ms - now_ms > wait_ms)
		wait_ms = gate->reset_ms - now_ms;
	if (bucket->next_ms > now_ms && bucket->next_ms - now_ms > wait_ms)
		wait_ms = bucket->next_ms - now_ms;
	if (!wait_ms && bucket->holder && bucket->holder != shard + 1)
		wait_ms = HELD_WAIT_MS;
	if (!wait_ms)
		bucket->holder = shard + 1;
	return wait_ms;
}

void discord_identify_gate_spend(struct discord_identify_gate *gate, unsigned shard, uint64_t now_ms)
{
	struct discord_identify_bucket *bucket = bucket_of(gate, shard);

	bucket->next_ms = now_ms + DISCORD_IDENTIFY_SPACING_MS;
	discord_identify_gate_release(gate, shard);
	throttle_spend(&gate->day, gate->cost_ms, now_ms);
	if (gate->remaining)
		gate->remaining--;
	/* The window starts with its first IDENTIFY. */
	if (!gate->reset_ms)
		gate->reset_ms = now_ms + DISCORD_IDENTIFY_DAY_MS;
}

void discord_identify_gate_release(struct discord_identify_gate *gate, unsigned shard)
{
	struct discord_identify_bucket *bucket = bucket_of(gate, shard);

	if (bucket->holder == shard + 1)
		bucket->holder = 0;
}

struct discord_identify_memory discord_identify_gate_memory(
		const struct discord_identify_gate *gate, uint64_t now_ms, uint64_t network_ms)
{
	uint64_t ahead_ms = gate->day.ahead_ms > now_ms ? gate->day.ahead_ms - now_ms : 0;

	return (struct discord_identify_memory){network_ms + ahead_ms, network_ms};
}

void discord_identify_gate_restore(struct discord_identify_gate *gate,
		const struct discord_identify_memory *memory, uint64_t now_ms, uint64_t network_ms)
{
	uint64_t age_ms = network_ms > memory->last_ms ? network_ms - memory->last_ms : 0;
	uint64_t ahead_ms = memory->spent_ms > memory->last_ms ? memory->spent_ms - memory->last_ms : 0;

	if (ahead_ms > DISCORD_IDENTIFY_DAY_MS)
		ahead_ms = DISCORD_IDENTIFY_DAY_MS;
	gate->day.ahead_ms = ahead_ms > age_ms ? now_ms + ahead_ms - age_ms : now_ms;
	if (age_ms >= DISCORD_IDENTIFY_SPACING_MS)
		return;
	/* The shard may hold any bucket. */
	for (unsigned i = 0; i < DISCORD_IDENTIFY_BUCKETS_MAX; i++)
		gate->bucket[i].next_ms = now_ms + DISCORD_IDENTIFY_SPACING_MS - age_ms;
}
