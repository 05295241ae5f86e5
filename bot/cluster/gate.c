/* When the shards of this process may IDENTIFY. */

#include "bot/cluster/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum turn_state {
	TURN_WAITS, /* for a reservation */
	TURN_ASKED, /* the reservation is under way */
	TURN_GRANTED,
};

/* A shard that is to IDENTIFY. */
struct gate_turn {
	unsigned total, shard;
	enum turn_state state;
	uint64_t moment_ms; /* if granted; never later than the database's moment */
	uint64_t retry_ms;  /* no reservation before */
	unsigned wasted;    /* granted in a row, and not used */
};

struct gate {
	struct gate_turn *turn; /* in order of total and shard */
	unsigned count, capacity;
	unsigned concurrency;
};

int gate_new(struct gate **ret)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return -ENOMEM;
	gate->concurrency = 1;
	*ret = gate;
	return 0;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	free(gate->turn);
	free(gate);
}

void gate_set_concurrency(struct gate *gate, unsigned concurrency)
{
	gate->concurrency = concurrency < 1                  ? 1
			    : concurrency < GATE_BUCKETS_MAX ? concurrency
							     : GATE_BUCKETS_MAX;
}

/* ---------------------------------------------------------------- the shards that wait */

/* The index of the first turn that is not before (total, shard). */
static unsigned place_of(const struct gate *gate, unsigned total, unsigned shard)
{
	unsigned low = 0, high = gate->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		const struct gate_turn *turn = &gate->turn[middle];

		if (turn->total < total || (turn->total == total && turn->shard < shard))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct gate_turn *find(const struct gate *gate, unsigned total, unsigned shard)
{
	unsigned place = place_of(gate, total, shard);

	if (place == gate->count || gate->turn[place].total != total || gate->turn[place].shard != shard)
		return NULL;
	return &gate->turn[place];
}

/* NULL: out of memory, or GATE_SHARDS_MAX. */
static struct gate_turn *find_or_add(struct gate *gate, unsigned total, unsigned shard)
{
	unsigned place = place_of(gate, total, shard);
	struct gate_turn *turn = find(gate, total, shard);

	if (turn)
		return turn;
	if (gate->count == gate->capacity) {
		unsigned capacity = gate->capacity ? 2 * gate->capacity : 4;

		if (capacity > GATE_SHARDS_MAX)
			return NULL;
		turn = realloc(gate->turn, capacity * sizeof(*turn));
		if (!turn)
			return NULL;
		gate->turn = turn;
		gate->capacity = capacity;
	}
	turn = &gate->turn[place];
	memmove(turn + 1, turn, (gate->count - place) * sizeof(*turn));
	*turn = (struct gate_turn){.total = total, .shard = shard};
	gate->count++;
	return turn;
}

void gate_done(struct gate *gate, unsigned total, unsigned shard)
{
	struct gate_turn *turn = find(gate, total, shard);

	if (!turn)
		return;
	gate->count--;
	memmove(turn, turn + 1, (gate->count - (size_t)(turn - gate->turn)) * sizeof(*turn));
}

/* A moment was reserved that will not be used. It has cost one of the day's starts, so the next one has to wait, longer
 * each time. */
static void waste(struct gate_turn *turn, uint64_t boot_ms)
{
	uint64_t delay_ms = GATE_RETRY_MS;

	for (unsigned i = 0; i < turn->wasted && delay_ms < GATE_RETRY_MAX_MS; i++)
		delay_ms *= 2;
	turn->state = TURN_WAITS;
	turn->wasted++;
	turn->retry_ms = boot_ms + (delay_ms < GATE_RETRY_MAX_MS ? delay_ms : GATE_RETRY_MAX_MS);
}

/* How long until its moment; UINT64_MAX: no moment is reserved for it, or it has passed. */
static uint64_t until_moment(struct gate_turn *turn, uint64_t boot_ms)
{
	if (turn->state != TURN_GRANTED)
		return UINT64_MAX;
	if (boot_ms > turn->moment_ms + GATE_WINDOW_MS) {
		waste(turn, boot_ms);
		return UINT64_MAX;
	}
	return turn->moment_ms > boot_ms ? turn->moment_ms - boot_ms : 0;
}

uint64_t gate_ask(struct gate *gate, unsigned total, unsigned shard, uint64_t boot_ms)
{
	struct gate_turn *turn = find_or_add(gate, total, shard);
	uint64_t until_ms = turn ? until_moment(turn, boot_ms) : UINT64_MAX;

	if (until_ms == UINT64_MAX)
		return GATE_LOOK_MS;
	return until_ms > GATE_EARLY_MS ? until_ms - GATE_EARLY_MS : 0;
}

uint64_t gate_wait(struct gate *gate, unsigned total, unsigned shard, uint64_t boot_ms)
{
	struct gate_turn *turn = find_or_add(gate, total, shard);
	uint64_t until_ms = turn ? until_moment(turn, boot_ms) : UINT64_MAX;

	return until_ms == UINT64_MAX ? GATE_LOOK_MS : until_ms;
}

/* ---------------------------------------------------------------- reservations */

bool gate_needs(const struct gate *gate, unsigned total, unsigned shard)
{
	const struct gate_turn *turn = find(gate, total, shard);

	return turn && turn->state != TURN_GRANTED;
}

bool gate_wants(struct gate *gate, uint64_t boot_ms, struct gate_request *ret)
{
	bool is_seen[GATE_BUCKETS_MAX] = {false};

	for (unsigned i = 0; i < gate->count; i++)
		if (gate->turn[i].state == TURN_ASKED)
			is_seen[gate->turn[i].shard % gate->concurrency] = true;
	for (unsigned i = 0; i < gate->count; i++) {
		struct gate_turn *turn = &gate->turn[i];
		unsigned bucket = turn->shard % gate->concurrency;

		if (turn->state != TURN_WAITS || is_seen[bucket])
			continue;
		is_seen[bucket] = true; /* the others of the bucket come after it */
		if (boot_ms < turn->retry_ms)
			continue;
		turn->state = TURN_ASKED;
		*ret = (struct gate_request){turn->total, turn->shard, bucket, gate->concurrency};
		return true;
	}
	return false;
}

void gate_granted(struct gate *gate, unsigned total, unsigned shard, uint64_t sent_ms, uint64_t answered_ms,
		double wait_s)
{
	struct gate_turn *turn = find(gate, total, shard);

	if (!turn || turn->state != TURN_ASKED)
		return;
	if (wait_s < 0) {
		turn->state = TURN_WAITS;
		turn->retry_ms = answered_ms + GATE_RETRY_MS;
	} else if (answered_ms - sent_ms >= GATE_ROUND_TRIP_MS) {
		waste(turn, answered_ms);
	} else {
		turn->state = TURN_GRANTED;
		turn->moment_ms = sent_ms + (uint64_t)(wait_s * 1000);
	}
}
