/* The moments at which the shards of one process may IDENTIFY, and of several processes over one timetable. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/cluster/gate.h"

#define TOTAL 64

static struct gate *new_gate(unsigned concurrency)
{
	struct gate *gate = NULL;

	assert_int_equal(gate_new(&gate), 0);
	gate_set_concurrency(gate, concurrency);
	return gate;
}

static void assert_wants(struct gate *gate, uint64_t now_ms, unsigned shard, unsigned bucket)
{
	struct gate_request request;

	assert_true(gate_wants(gate, now_ms, &request));
	assert_int_equal(request.total, TOTAL);
	assert_int_equal(request.shard, shard);
	assert_int_equal(request.bucket, bucket);
}

static void assert_wants_nothing(struct gate *gate, uint64_t now_ms)
{
	struct gate_request request;

	assert_false(gate_wants(gate, now_ms, &request));
}

static void test_a_shard_connects_before_its_moment_and_identifies_in_its_window(void **state)
{
	struct gate *gate = new_gate(1);

	(void)state;
	assert_wants_nothing(gate, 1000);
	assert_int_equal(gate_ask(gate, TOTAL, 3, 1000), GATE_LOOK_MS);
	assert_true(gate_needs(gate, TOTAL, 3));
	assert_wants(gate, 1000, 3, 0);
	assert_true(gate_needs(gate, TOTAL, 3));
	assert_wants_nothing(gate, 1000);
	gate_granted(gate, TOTAL, 3, 1000, 1010, 2.5);
	assert_false(gate_needs(gate, TOTAL, 3));
	assert_int_equal(gate_ask(gate, TOTAL, 3, 1010), 990);
	assert_int_equal(gate_ask(gate, TOTAL, 3, 2000), 0);
	assert_int_equal(gate_wait(gate, TOTAL, 3, 2500), 1000);
	assert_int_equal(gate_wait(gate, TOTAL, 3, 3499), 1);
	assert_int_equal(gate_wait(gate, TOTAL, 3, 3500), 0);
	assert_int_equal(gate_wait(gate, TOTAL, 3, 3800), 0);
	gate_done(gate, TOTAL, 3);
	assert_false(gate_needs(gate, TOTAL, 3));
	assert_wants_nothing(gate, 10000);
	gate_free(gate);
}

static void test_a_missed_moment_is_not_used_late(void **state)
{
	struct gate *gate = new_gate(1);

	(void)state;
	gate_ask(gate, TOTAL, 0, 1000);
	assert_wants(gate, 1000, 0, 0);
	gate_granted(gate, TOTAL, 0, 1000, 1010, 1.5);
	/* The process was stopped for a minute. */
	assert_int_equal(gate_wait(gate, TOTAL, 0, 62501), GATE_LOOK_MS);
	assert_true(gate_needs(gate, TOTAL, 0));
	assert_wants_nothing(gate, 62501);
	assert_wants(gate, 62501 + GATE_RETRY_MS, 0, 0);
	gate_free(gate);
}

static void test_wasted_starts_are_spent_more_and_more_slowly(void **state)
{
	struct gate *gate = new_gate(1);
	uint64_t now_ms = 1000, last_ms = 0;
	unsigned wasted = 0;
	struct gate_request request;

	(void)state;
	/* A database that answers too late each time, for a day. */
	while (now_ms < 24 * 60 * 60 * 1000ull) {
		gate_ask(gate, TOTAL, 0, now_ms);
		if (gate_wants(gate, now_ms, &request)) {
			wasted++;
			last_ms = now_ms;
			gate_granted(gate, TOTAL, 0, now_ms, now_ms + GATE_ROUND_TRIP_MS, 2);
		}
		now_ms += GATE_LOOK_MS;
	}
	assert_in_range(wasted, 1000, 1500);
	assert_true(now_ms - last_ms <= GATE_RETRY_MAX_MS + GATE_LOOK_MS);
	gate_free(gate);
}

static void test_buckets_ask_side_by_side_each_for_its_lowest_shard(void **state)
{
	struct gate *gate = new_gate(4);

	(void)state;
	for (unsigned shard = 11; shard >= 4; shard--)
		gate_ask(gate, TOTAL, shard, 0);
	for (unsigned shard = 4; shard < 8; shard++)
		assert_wants(gate, 0, shard, shard % 4);
	assert_wants_nothing(gate, 0);
	gate_granted(gate, TOTAL, 5, 0, 5, 1.5);
	assert_wants(gate, 5, 9, 1);
	gate_granted(gate, TOTAL, 9, 5, 10, -1);
	assert_wants_nothing(gate, 10);
	/* While the lowest has to wait, a higher one does not pass it. */
	gate_granted(gate, TOTAL, 4, 0, 10, -1);
	assert_wants_nothing(gate, 11);
	assert_wants(gate, 10 + GATE_RETRY_MS, 4, 0);
	gate_done(gate, TOTAL, 4); /* resumed meanwhile: its answer is nothing to the others */
	gate_granted(gate, TOTAL, 4, 10 + GATE_RETRY_MS, 20 + GATE_RETRY_MS, 1.5);
	assert_wants(gate, 20 + GATE_RETRY_MS, 8, 0);
	gate_free(gate);
}

static void test_two_sets_of_shards_share_the_buckets(void **state)
{
	struct gate *gate = new_gate(1);
	struct gate_request request;

	(void)state;
	gate_ask(gate, 2 * TOTAL, 0, 0);
	gate_ask(gate, TOTAL, 1, 0);
	assert_wants(gate, 0, 1, 0);
	assert_wants_nothing(gate, 0);
	gate_granted(gate, 2 * TOTAL, 1, 0, 1, 1.5); /* of no shard that waits */
	gate_granted(gate, TOTAL, 1, 0, 1, 1.5);
	assert_true(gate_wants(gate, 1, &request));
	assert_int_equal(request.total, 2 * TOTAL);
	assert_int_equal(request.shard, 0);
	gate_free(gate);
}

static void test_more_shards_than_fit_wait_until_there_is_a_place(void **state)
{
	struct gate *gate = new_gate(100000);
	struct gate_request request;
	unsigned requests = 0;

	(void)state;
	for (unsigned shard = 0; shard <= GATE_SHARDS_MAX; shard++)
		assert_int_equal(gate_ask(gate, 4096, shard, 0), GATE_LOOK_MS);
	assert_false(gate_needs(gate, 4096, GATE_SHARDS_MAX));
	while (gate_wants(gate, 0, &request)) {
		assert_true(request.concurrency == GATE_BUCKETS_MAX);
		requests++;
	}
	assert_int_equal(requests, GATE_BUCKETS_MAX);
	gate_done(gate, 4096, 0);
	gate_ask(gate, 4096, GATE_SHARDS_MAX, 0);
	assert_true(gate_needs(gate, 4096, GATE_SHARDS_MAX));
	gate_free(gate);
}

/* ---------------------------------------------------------------- several processes */

#define PROCESSES 3
#define SHARDS    24
#define BUCKETS   2
#define TICK_MS   5

/* Of one process: its boot clock, its way to the database, and the reservation that is under way in each bucket. */
struct process {
	struct gate *gate;
	uint64_t ahead_ms; /* of its boot clock */
	struct gate_request request[BUCKETS];
	bool is_asking[BUCKETS];
	uint64_t sent_ms[BUCKETS], served_ms[BUCKETS], answer_ms[BUCKETS];
	double wait_s[BUCKETS];
	uint64_t stopped_until_ms;
};

/* The meaning of gate_reserve (bot/postgres/statements.c). */
static double reserve(const bool *needs, uint64_t *next_ms, unsigned bucket, unsigned shard, uint64_t now_ms)
{
	unsigned first = bucket;
	uint64_t moment_ms;

	while (first < SHARDS && !needs[first])
		first += BUCKETS;
	if (first != shard || next_ms[bucket] > now_ms + 3000)
		return -1;
	moment_ms = next_ms[bucket] > now_ms + GATE_EARLY_MS ? next_ms[bucket] : now_ms + GATE_EARLY_MS;
	next_ms[bucket] = moment_ms + GATE_SPACING_MS;
	return (double)(moment_ms - now_ms) / 1000;
}

/* The database carries out what has reached it. */
static void serve(struct process *process, const bool *needs, uint64_t *next_ms, uint64_t now_ms)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		if (process->is_asking[i] && process->served_ms[i] == now_ms)
			process->wait_s[i] = reserve(needs, next_ms, i, process->request[i].shard, now_ms);
}

static void ask_and_hear(struct process *process, struct random *random, uint64_t now_ms)
{
	struct gate_request request;

	while (gate_wants(process->gate, now_ms + process->ahead_ms, &request)) {
		unsigned i = request.bucket;

		process->request[i] = request;
		process->is_asking[i] = true;
		process->sent_ms[i] = now_ms;
		process->served_ms[i] = now_ms + TICK_MS * (1 + random_below(random, 120 / TICK_MS));
		process->answer_ms[i] = process->served_ms[i] + TICK_MS * random_below(random, 120 / TICK_MS);
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		if (!process->is_asking[i] || process->answer_ms[i] > now_ms)
			continue;
		process->is_asking[i] = false;
		gate_granted(process->gate, SHARDS, process->request[i].shard,
				process->sent_ms[i] + process->ahead_ms, now_ms + process->ahead_ms,
				process->wait_s[i]);
	}
}

struct fleet {
	struct process process[PROCESSES];
	uint64_t next_ms[BUCKETS], last_ms[BUCKETS];
	bool is_done[SHARDS], needs[SHARDS];
	unsigned identified;
};

static void look(struct fleet *fleet, struct process *process, unsigned shard, uint64_t now_ms)
{
	uint64_t *last_ms = &fleet->last_ms[shard % BUCKETS];

	if (!gate_wait(process->gate, SHARDS, shard, now_ms + process->ahead_ms)) {
		assert_true(!*last_ms || now_ms - *last_ms >= 5000);
		*last_ms = now_ms;
		gate_done(process->gate, SHARDS, shard);
		fleet->is_done[shard] = true;
		fleet->identified++;
	}
	fleet->needs[shard] = gate_needs(process->gate, SHARDS, shard);
}

static void run_process(struct fleet *fleet, unsigned i, struct random *random, uint64_t now_ms)
{
	struct process *process = &fleet->process[i];

	serve(process, fleet->needs, fleet->next_ms, now_ms);
	if (now_ms < process->stopped_until_ms)
		return;
	if (!random_below(random, 20000 / TICK_MS))
		process->stopped_until_ms = now_ms + random_below(random, 10000);
	ask_and_hear(process, random, now_ms);
	for (unsigned shard = i; shard < SHARDS; shard += PROCESSES)
		if (!fleet->is_done[shard] && now_ms >= 10000 + 50 * shard)
			look(fleet, process, shard, now_ms);
}

static void test_over_all_processes_a_bucket_never_identifies_twice_in_five_seconds(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 10; seed++) {
		struct fleet fleet = {0};
		uint64_t now_ms = 10000;
		struct random random;

		random_seed(&random, seed);
		for (unsigned i = 0; i < PROCESSES; i++) {
			fleet.process[i].gate = new_gate(BUCKETS);
			fleet.process[i].ahead_ms = random_below(&random, 1000000);
		}
		for (; fleet.identified < SHARDS && now_ms < 1000000; now_ms += TICK_MS)
			for (unsigned i = 0; i < PROCESSES; i++)
				run_process(&fleet, i, &random, now_ms);
		assert_int_equal(fleet.identified, SHARDS);
		for (unsigned i = 0; i < PROCESSES; i++)
			gate_free(fleet.process[i].gate);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
			cmocka_unit_test(
					test_a_shard_connects_before_its_moment_and_identifies_in_its_window),
			cmocka_unit_test(test_a_missed_moment_is_not_used_late),
			cmocka_unit_test(test_wasted_starts_are_spent_more_and_more_slowly),
			cmocka_unit_test(test_buckets_ask_side_by_side_each_for_its_lowest_shard),
			cmocka_unit_test(test_two_sets_of_shards_share_the_buckets),
			cmocka_unit_test(test_more_shards_than_fit_wait_until_there_is_a_place),
			cmocka_unit_test(
					test_over_all_processes_a_bucket_never_identifies_twice_in_five_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
