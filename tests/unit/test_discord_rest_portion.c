/*
 * The global limit of REST over several processes, in virtual time: each has its own queue, and its slots move by way of a
 * database that is slow, loses answers, and gives a dead process's slots to the others. In no second do more requests arrive
 * at Discord than the rate allows.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/gateway/discord/rest/portion.h"
#include "bot/gateway/discord/rest/queue.h"

#define RATE         50
#define PROCESSES    3
#define FLIGHTS_MAX  512
#define REAP_MS      10000 /* from the last beat of a process to the loss of its slots */
#define STATEMENT_MS 40
#define LATENCY_MS   150
#define ARRIVALS_MAX 20000

struct flight {
	struct discord_rest_item *item;
	unsigned process;
	uint64_t at_ms;
	bool is_answer, is_refused;
};

struct process {
	struct discord_rest_queue *queue;
	struct discord_rest_portion portion;
	uint64_t look_ms;                   /* its timer */
	uint64_t frozen_until_ms, alive_ms; /* alive_ms: its last beat */
	bool is_reaped, has_lapsed;
	/* The move that is on its way. */
	int change;
	uint64_t moved_ms; /* when its answer comes; 0: there is no move */
	bool is_applied, is_lost;
	unsigned row; /* what the database says it holds */
	unsigned answer, done, moves;
	uint64_t last_done_ms, slowest_ms;
};

struct world {
	struct process processes[PROCESSES];
	struct random random;
	uint64_t now_ms, paused_until_ms;
	unsigned free, calls;
	struct flight flights[FLIGHTS_MAX];
	size_t flight_count;
	uint64_t arrivals_ms[ARRIVALS_MAX];
	size_t arrival_count;
	unsigned lost_percent; /* of statements */
	bool refuses;          /* the next request gets a global 429 */
};

/* Who waits for a call, and since when. */
struct waiting {
	struct world *world;
	struct process *process;
	uint64_t begun_ms;
};

static struct world *make(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->now_ms = 1000000;
	world->free = RATE;
	random_seed(&world->random, seed);
	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *process = &world->processes[i];

		assert_int_equal(discord_rest_queue_new(RATE, seed + i, &process->queue), 0);
		assert_int_equal(discord_rest_portion_init(
						 &process->portion, process->queue, RATE, world->now_ms),
				0);
		discord_rest_portion_beat(&process->portion, PROCESSES, 0, world->now_ms);
	}
	return world;
}

static void unmake(struct world *world)
{
	for (size_t i = 0; i < PROCESSES; i++)
		discord_rest_queue_free(world->processes[i].queue);
	free(world);
}

static uint64_t dice(struct world *world, uint64_t below)
{
	return random_below(&world->random, below);
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct waiting *waiting = user;
	uint64_t took_ms = waiting->world->now_ms - waiting->begun_ms;

	assert_int_equal(result->error, 0);
	waiting->process->done++;
	waiting->process->last_done_ms = waiting->world->now_ms;
	if (took_ms > waiting->process->slowest_ms)
		waiting->process->slowest_ms = took_ms;
	free(waiting);
}

static void add(struct world *world, unsigned number)
{
	struct waiting *waiting = malloc(sizeof(*waiting));
	char channel[16];

	assert_non_null(waiting);
	*waiting = (struct waiting){world, &world->processes[number], world->now_ms};
	snprintf(channel, sizeof(channel), "%u", world->calls++);
	assert_int_equal(discord_rest_queue_add(world->processes[number].queue,
					 &(struct discord_rest_call){.method = "POST",
							 .route = "POST /channels/{}/messages",
							 .major = channel,
							 .path = "/x",
							 .is_idempotent = true,
							 .deadline_ms = 600000},
					 on_done, waiting, world->now_ms),
			0);
	world->processes[number].look_ms = world->now_ms;
}

/* ---------------------------------------------------------------- the database */

/* The statement slots_move. */
static void apply(struct world *world, struct process *process)
{
	int change = process->change;

	if (change > (int)world->free)
		change = (int)world->free;
	assert_true(change >= -(int)process->row);
	world->free -= (unsigned)change;
	process->row += (unsigned)change;
	process->answer = process->row;
	assert_true(world->free <= RATE);
}

static void begin_move(struct world *world, struct process *process, int change)
{
	assert_int_equal(process->moved_ms, 0); /* one at a time */
	process->moves++;
	process->change = change;
	process->moved_ms = world->now_ms + 1 + dice(world, STATEMENT_MS);
	process->is_lost = dice(world, 100) < world->lost_percent;
	process->is_applied = !process->is_lost || dice(world, 2);
	if (process->is_applied)
		apply(world, process);
}

static void reap(struct world *world)
{
	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *process = &world->processes[i];

		if (process->alive_ms + REAP_MS > world->now_ms || process->is_reaped)
			continue;
		process->is_reaped = true;
		world->free += process->row;
		process->row = 0;
	}
}

/* ---------------------------------------------------------------- a process */

static void pump(struct world *world, unsigned number)
{
	struct process *process = &world->processes[number];
	struct discord_rest_item *item;
	uint64_t wait_ms;
	int change;
	bool is_more;

	do {
		wait_ms = UINT64_MAX;
		while ((item = discord_rest_queue_next(process->queue, world->now_ms, &wait_ms))) {
			assert_true(world->flight_count < FLIGHTS_MAX);
			world->flights[world->flight_count++] = (struct flight){.item = item,
					.process = number,
					.at_ms = world->now_ms + 1 + dice(world, LATENCY_MS)};
		}
		is_more = discord_rest_portion_look(&process->portion, world->now_ms, &change, &wait_ms);
		if (change)
			begin_move(world, process, change);
	} while (is_more);
	process->look_ms = wait_ms == UINT64_MAX ? UINT64_MAX : world->now_ms + wait_ms;
}

/* The first beat that is answered after a long sleep. */
static void wake(struct world *world, struct process *process)
{
	process->frozen_until_ms = 0;
	process->moved_ms = 0;
	process->is_reaped = false;
	discord_rest_portion_lapsed(&process->portion, world->now_ms);
	process->look_ms = world->now_ms;
}

static void beat(struct world *world)
{
	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *process = &world->processes[i];

		if (process->frozen_until_ms > world->now_ms)
			continue;
		if (process->frozen_until_ms)
			wake(world, process);
		process->alive_ms = world->now_ms;
		discord_rest_portion_beat(&process->portion, PROCESSES,
				world->paused_until_ms > world->now_ms
						? world->paused_until_ms - world->now_ms
						: 0,
				world->now_ms);
	}
	reap(world);
}

/* ---------------------------------------------------------------- Discord */

static void arrive(struct world *world, struct flight *flight)
{
	size_t oldest;

	assert_true(world->arrival_count < ARRIVALS_MAX);
	world->arrivals_ms[world->arrival_count++] = world->now_ms;
	if (world->arrival_count > RATE) {
		oldest = world->arrival_count - 1 - RATE;
		assert_true(world->now_ms - world->arrivals_ms[oldest] >= 1000);
	}
	flight->is_answer = true;
	flight->is_refused = world->refuses;
	world->refuses = false;
	flight->at_ms = world->now_ms + 1 + dice(world, LATENCY_MS);
}

static void answer(struct world *world, const struct flight *flight)
{
	struct process *process = &world->processes[flight->process];
	struct discord_rest_answer answer = {.reason = "", .status = 200, .body = "{}", .body_bytes = 2};
	uint64_t pause_ms;

	if (flight->is_refused) {
		answer.status = 429;
		answer.body = "{\"message\":\"x\",\"retry_after\":5.0,\"global\":true}";
		answer.body_bytes = strlen(answer.body);
	}
	discord_rest_queue_answer(process->queue, flight->item, &answer, world->now_ms);
	process->look_ms = world->now_ms;
	if (!flight->is_refused)
		return;
	pause_ms = discord_rest_portion_pause_ms(&process->portion, world->now_ms);
	assert_in_range(pause_ms, 4900, 5001);
	assert_int_equal(discord_rest_portion_pause_ms(&process->portion, world->now_ms), 0); /* told once */
	world->paused_until_ms = world->now_ms + pause_ms;
}

static void fly(struct world *world)
{
	for (size_t i = 0; i < world->flight_count;) {
		struct flight flight = world->flights[i];

		/* A frozen process reads its answers when it goes on. */
		if (flight.at_ms > world->now_ms ||
				(flight.is_answer && world->processes[flight.process].frozen_until_ms)) {
			i++;
		} else if (!flight.is_answer) {
			arrive(world, &world->flights[i]);
		} else {
			world->flights[i] = world->flights[--world->flight_count];
			answer(world, &flight);
		}
	}
}

static void end_moves(struct world *world)
{
	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *process = &world->processes[i];

		if (!process->moved_ms || process->moved_ms > world->now_ms || process->frozen_until_ms)
			continue;
		process->moved_ms = 0;
		discord_rest_portion_moved(&process->portion, process->is_lost ? -EAGAIN : 0,
				process->is_lost ? 0 : process->answer, world->now_ms);
		process->look_ms = world->now_ms;
	}
}

static void live(struct world *world, uint64_t ms)
{
	for (uint64_t end_ms = world->now_ms + ms; world->now_ms < end_ms; world->now_ms++) {
		if (world->now_ms % 1000 == 0)
			beat(world);
		end_moves(world);
		fly(world);
		for (unsigned i = 0; i < PROCESSES; i++)
			if (world->processes[i].look_ms <= world->now_ms &&
					!world->processes[i].frozen_until_ms)
				pump(world, i);
	}
}

/* ---------------------------------------------------------------- the tests */

static unsigned done(const struct world *world)
{
	unsigned count = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		count += world->processes[i].done;
	return count;
}

static void a_burst_over_three_processes_keeps_the_rate(void **state)
{
	struct world *world = make(1);
	uint64_t last_ms = 0, begun_ms;
	unsigned moves = 0;

	(void)state;
	live(world, 100);
	begun_ms = world->now_ms;
	for (unsigned i = 0; i < 600; i++)
		add(world, i % PROCESSES);
	live(world, 60000);
	assert_int_equal(done(world), 600);
	for (size_t i = 0; i < PROCESSES; i++) {
		last_ms = world->processes[i].last_done_ms > last_ms ? world->processes[i].last_done_ms
								     : last_ms;
		moves += world->processes[i].moves;
		assert_int_equal(world->processes[i].row, SLOTS_LEAST); /* the rest went back */
		assert_true(world->processes[i].look_ms == UINT64_MAX); /* and an idle process has no timer */
	}
	print_message("600 calls: %.1f of %d a second, %u statements\n",
			600.0 * 1000 / (double)(last_ms - begun_ms), RATE, moves);
	assert_true(last_ms - begun_ms < 20000);
	assert_true(moves < 100);
	unmake(world);
}

static void one_busy_process_gets_almost_all(void **state)
{
	struct world *world = make(2);
	uint64_t begun_ms;

	(void)state;
	live(world, 100);
	begun_ms = world->now_ms;
	for (unsigned i = 0; i < 1000; i++)
		add(world, 0);
	live(world, 60000);
	assert_int_equal(done(world), 1000);
	print_message("1000 calls of one process of three: %.1f of %d a second\n",
			1000.0 * 1000 / (double)(world->processes[0].last_done_ms - begun_ms), RATE);
	assert_true(world->processes[0].last_done_ms - begun_ms < 32000);
	unmake(world);
}

/* A process that has all the slots must not keep the others from theirs. */
static void a_busy_process_yields_to_another(void **state)
{
	struct world *world = make(3);

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		add(world, 0);
	live(world, 15000);
	for (unsigned i = 0; i < 20; i++)
		add(world, 1);
	live(world, 60000);
	print_message("20 calls beside a busy process: the slowest took %llu ms\n",
			(unsigned long long)world->processes[1].slowest_ms);
	assert_int_equal(world->processes[1].done, 20);
	assert_true(world->processes[1].slowest_ms < 5000);
	unmake(world);
}

static void a_global_429_stops_all_processes(void **state)
{
	struct world *world = make(4);
	size_t before;

	(void)state;
	for (unsigned i = 0; i < 900; i++)
		add(world, i % PROCESSES);
	live(world, 5000);
	world->refuses = true;
	live(world, 1500); /* the response, and a beat */
	assert_true(world->paused_until_ms > world->now_ms + 2000);
	before = world->arrival_count;
	live(world, world->paused_until_ms - world->now_ms - 50);
	assert_in_range(world->arrival_count - before, 0, 40); /* those that were on the way */
	before = world->arrival_count;
	live(world, 3000);
	assert_true(world->arrival_count > before + 50);
	live(world, 60000);
	assert_int_equal(done(world), 900);
	unmake(world);
}

/* Random loads, lost statements, and processes that sleep until others have their slots. */
static void no_second_has_more_than_the_rate(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 130; seed++) {
		struct world *world = make(seed);
		unsigned asked = 0;

		world->lost_percent = (unsigned)dice(world, 30);
		for (unsigned step = 0; step < 12; step++) {
			unsigned number = (unsigned)dice(world, PROCESSES),
				 count = (unsigned)dice(world, 120);

			for (unsigned i = 0; i < count; i++)
				add(world, number);
			asked += count;
			if (dice(world, 3) == 0) {
				number = (unsigned)dice(world, PROCESSES);
				world->processes[number].frozen_until_ms =
						world->now_ms + 5500 + dice(world, 15000);
			}
			live(world, dice(world, 4000));
		}
		live(world, 120000);
		assert_int_equal(done(world), asked);
		assert_true(world->free <= RATE);
		unmake(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_burst_over_three_processes_keeps_the_rate),
			cmocka_unit_test(one_busy_process_gets_almost_all),
			cmocka_unit_test(a_busy_process_yields_to_another),
			cmocka_unit_test(a_global_429_stops_all_processes),
			cmocka_unit_test(no_second_has_more_than_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
