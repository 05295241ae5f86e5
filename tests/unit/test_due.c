/* When shows are asked for again: once a day over a year of restarts, outages and clocks that are set. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/fetch/due.h"

#define HOUR_MS (3600ull * 1000)
#define YEAR    365u
#define WALL_MS 1700000000000ull /* where a year begins */
#define SEEDS   40u

/* A machine with its clocks, and a process that may be stopped. */
struct machine {
	struct random random;
	uint64_t true_ms;   /* since the beginning of the year */
	uint64_t booted_ms; /* of the monotonic clock */
	int64_t wrong_ms;   /* of the wall clock */
	struct due due;
	char kept[DUE_KEPT_BYTES];
	unsigned requests, answers;
	uint64_t last_ms, least_ms; /* the least time between two requests in one process */
};

static uint64_t now_ms(const struct machine *machine)
{
	return machine->true_ms - machine->booted_ms;
}

static uint64_t wall_ms(const struct machine *machine)
{
	int64_t wall = (int64_t)(WALL_MS + machine->true_ms) + machine->wrong_ms;

	return wall > 0 ? (uint64_t)wall : 0;
}

static void start(struct machine *machine)
{
	machine->booted_ms = machine->true_ms;
	machine->last_ms = 0;
	due_start(&machine->due, machine->kept, now_ms(machine), wall_ms(machine), &machine->random);
}

/* Ask, as the daemon does: the store has the request as a failed one before it is sent. */
static void ask(struct machine *machine, bool is_failed, uint64_t wait_ms)
{
	struct due before = machine->due;

	due_asked(&before, true, 0, now_ms(machine), wall_ms(machine), &machine->random);
	due_keep(&before, machine->kept);
	if (machine->last_ms && machine->true_ms - machine->last_ms < machine->least_ms)
		machine->least_ms = machine->true_ms - machine->last_ms;
	machine->last_ms = machine->true_ms;
	machine->requests++;
	machine->answers += !is_failed;
	due_asked(&machine->due, is_failed, wait_ms, now_ms(machine), wall_ms(machine), &machine->random);
	due_keep(&machine->due, machine->kept);
}

static void run_until(struct machine *machine, uint64_t end_ms, bool is_out)
{
	while (machine->booted_ms + machine->due.next_ms < end_ms) {
		machine->true_ms = machine->booted_ms + machine->due.next_ms;
		ask(machine, is_out, 0);
	}
	machine->true_ms = end_ms;
}

static struct machine machine_of(uint64_t seed)
{
	struct machine machine = {.least_ms = UINT64_MAX};

	random_seed(&machine.random, seed);
	return machine;
}

static void test_a_quiet_year_has_one_request_a_day(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct machine machine = machine_of(seed);

		start(&machine);
		run_until(&machine, YEAR * DUE_DAY_MS, false);
		assert_in_range(machine.requests, YEAR - 3, YEAR + 3);
		assert_true(machine.least_ms >= DUE_DAY_MS - DUE_SPREAD_MS / 2);
	}
}

/* Hosts do not ask in the same minute. */
static void test_requests_are_spread(void **state)
{
	unsigned in_hour[24] = {0};

	(void)state;
	for (unsigned seed = 0; seed < 400; seed++) {
		struct machine machine = machine_of(seed);

		start(&machine);
		run_until(&machine, 200 * DUE_DAY_MS, false);
		in_hour[(machine.last_ms / HOUR_MS) % 24]++;
	}
	for (unsigned hour = 0; hour < 24; hour++)
		assert_true(in_hour[hour] < 400 / 3);
}

static void test_restarts_do_not_ask_again(void **state)
{
	struct machine machine = machine_of(1);

	(void)state;
	start(&machine);
	for (unsigned i = 0; i < 24 * 30; i++) {
		run_until(&machine, machine.true_ms + HOUR_MS, false);
		start(&machine);
	}
	assert_in_range(machine.requests, 28, 32);
}

/* A process that crashes on each answer: the request is in the store before it is sent. */
static void test_a_crash_loop_does_not_ask_each_time(void **state)
{
	struct machine machine = machine_of(2);

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		start(&machine);
		machine.true_ms += 60000;
		if (machine.booted_ms + machine.due.next_ms > machine.true_ms)
			continue;
		machine.requests++;
		due_asked(&machine.due, true, 0, now_ms(&machine), wall_ms(&machine), &machine.random);
		due_keep(&machine.due, machine.kept);
	}
	assert_in_range(machine.requests, 1, 4); /* in 16 hours */
}

static void test_after_a_long_downtime_there_is_one_request(void **state)
{
	struct machine machine = machine_of(3);

	(void)state;
	start(&machine);
	run_until(&machine, DUE_DAY_MS, false);
	machine.requests = 0;
	machine.true_ms += 30 * DUE_DAY_MS;
	start(&machine);
	assert_true(machine.due.next_ms <= DUE_START_MAX_MS);
	run_until(&machine, machine.true_ms + 20 * HOUR_MS, false);
	assert_int_equal(machine.requests, 1);
}

static void test_a_clock_that_is_set_asks_nothing(void **state)
{
	static const int64_t wrong_ms[] = {-10ll * 365 * 24 * 3600 * 1000, 10ll * 365 * 24 * 3600 * 1000,
			-(int64_t)(WALL_MS), -3600000, 3600000};
	struct machine machine = machine_of(4);

	(void)state;
	start(&machine);
	for (unsigned i = 0; i < 30 * 24 * 6; i++) {
		machine.wrong_ms = wrong_ms[random_below(&machine.random, 5)];
		run_until(&machine, machine.true_ms + HOUR_MS / 6, false);
	}
	assert_in_range(machine.requests, 29, 32);
}

/* A machine without a battery begins each day in 1970, after a day that NTP had set right. */
static void test_a_machine_that_boots_in_1970(void **state)
{
	struct machine machine = machine_of(5);

	(void)state;
	for (unsigned day = 0; day < 30; day++) {
		machine.wrong_ms = -(int64_t)(WALL_MS + machine.true_ms);
		start(&machine);
		machine.wrong_ms = 0;
		run_until(&machine, machine.true_ms + DUE_DAY_MS, false);
	}
	assert_in_range(machine.requests, 25, 32);
}

static void test_an_outage_of_a_month(void **state)
{
	struct machine machine = machine_of(6);

	(void)state;
	start(&machine);
	run_until(&machine, 30 * DUE_DAY_MS, true);
	assert_in_range(machine.requests, 29, 34); /* the first day has three */
	machine.requests = 0;
	run_until(&machine, 40 * DUE_DAY_MS, false);
	assert_in_range(machine.requests, 9, 12);
}

static void test_the_site_is_left_alone_for_as_long_as_it_wants(void **state)
{
	struct machine machine = machine_of(7);

	(void)state;
	start(&machine);
	machine.true_ms = machine.booted_ms + machine.due.next_ms;
	ask(&machine, true, 9 * HOUR_MS);
	assert_in_range(machine.due.next_ms - now_ms(&machine), 9 * HOUR_MS, 10 * HOUR_MS);
	ask(&machine, true, 1000);
	assert_in_range(machine.due.next_ms - now_ms(&machine), 4 * HOUR_MS, 5 * HOUR_MS);
}

static void test_what_is_kept_may_be_anything(void **state)
{
	static const char *const kept[] = {"", "x", "1 2", "18446744073709551615 1 0", "5 4 0", "-1 -1 -1",
			"99999999999999999999999999 1 1", "0 18446744073709551615 4294967295",
			"1700000000000 18446744073709551615 0"};
	struct random random;

	(void)state;
	random_seed(&random, 8);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct due due;

		due_start(&due, kept[i], 5, WALL_MS, &random);
		assert_in_range(due.next_ms, 5 + DUE_START_MIN_MS, DUE_DAY_MS + DUE_SPREAD_MS + 5);
	}
}

/* A year with everything at once: restarts, downtimes, outages, and a wall clock that is set. */
static void test_a_bad_year(void **state)
{
	unsigned most = 0, least = UINT32_MAX;

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct machine machine = machine_of(seed + 100);
		unsigned days_up = 0, starts = 1;

		start(&machine);
		for (unsigned day = 0; day < YEAR; day++) {
			bool is_out = random_below(&machine.random, 10) == 0;
			uint64_t dice = random_below(&machine.random, 20);

			if (dice == 0)
				machine.wrong_ms = (int64_t)random_below(&machine.random, 20 * HOUR_MS) -
						   (int64_t)(10 * HOUR_MS);
			if (dice == 1)
				machine.true_ms += random_below(&machine.random, 5 * DUE_DAY_MS); /* down */
			if (dice <= 3) {
				start(&machine);
				starts++;
			}
			run_until(&machine, machine.true_ms + DUE_DAY_MS, is_out);
			days_up++;
		}
		/* One a day, two more in the first day of an outage, and one for each start. */
		assert_true(machine.requests <= days_up + 2 * days_up / 10 * 2 + starts);
		assert_true(machine.answers >= days_up * 8 / 10);
		most = machine.requests > most ? machine.requests : most;
		least = machine.requests < least ? machine.requests : least;
	}
	print_message("%u to %u requests in a bad year\n", least, most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_quiet_year_has_one_request_a_day),
			cmocka_unit_test(test_requests_are_spread),
			cmocka_unit_test(test_restarts_do_not_ask_again),
			cmocka_unit_test(test_a_crash_loop_does_not_ask_each_time),
			cmocka_unit_test(test_after_a_long_downtime_there_is_one_request),
			cmocka_unit_test(test_a_clock_that_is_set_asks_nothing),
			cmocka_unit_test(test_a_machine_that_boots_in_1970),
			cmocka_unit_test(test_an_outage_of_a_month),
			cmocka_unit_test(test_the_site_is_left_alone_for_as_long_as_it_wants),
			cmocka_unit_test(test_what_is_kept_may_be_anything),
			cmocka_unit_test(test_a_bad_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
