/* The schedule: what is due first, in any order of changes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/occasion/schedule.h"

#define ITEMS 100000

static void what_is_due_first_comes_first_and_equals_in_their_order(void **state)
{
	struct schedule schedule;
	struct schedule_item items[4] = {0};

	(void)state;
	schedule_init(&schedule);
	assert_null(schedule_first(&schedule));
	schedule_put(&schedule, &items[0], 20);
	schedule_put(&schedule, &items[1], 10);
	schedule_put(&schedule, &items[2], 20);
	schedule_put(&schedule, &items[3], 10);
	for (int i = 0; i < 4; i++) {
		static const int order[] = {1, 3, 0, 2};

		assert_ptr_equal(schedule_first(&schedule), &items[order[i]]);
		schedule_remove(&schedule, &items[order[i]]);
	}
	assert_null(schedule_first(&schedule));
	schedule_remove(&schedule, &items[0]);
	schedule_release(&schedule);
}

/* Against the slow way: the smallest of all that are in. */
static void every_change_keeps_the_first_one_right(void **state)
{
	enum { COUNT = 60 };
	struct schedule schedule;
	struct schedule_item items[COUNT] = {0};
	struct random random;

	(void)state;
	random_seed(&random, 7);
	schedule_init(&schedule);
	for (int step = 0; step < 20000; step++) {
		struct schedule_item *item = &items[random_below(&random, COUNT)], *first = NULL;

		if (random_below(&random, 3))
			assert_int_equal(schedule_put(&schedule, item, random_below(&random, 50)), 0);
		else
			schedule_remove(&schedule, item);
		for (int i = 0; i < COUNT; i++) {
			if (items[i].place && (!first || items[i].due_s < first->due_s ||
							      (items[i].due_s == first->due_s &&
									      items[i].turn < first->turn)))
				first = &items[i];
		}
		assert_ptr_equal(schedule_first(&schedule), first);
	}
	schedule_release(&schedule);
}

static uint64_t cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A scan for each of 100,000 would take minutes. */
static void a_hundred_thousand_cost_a_heap_and_no_scan(void **state)
{
	struct schedule_item *items = calloc(ITEMS, sizeof(*items));
	struct schedule schedule;
	struct random random;
	uint64_t begun_us = cpu_us();
	int64_t before = INT64_MIN;

	(void)state;
	assert_non_null(items);
	random_seed(&random, 1);
	schedule_init(&schedule);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(schedule_put(&schedule, &items[i], random_below(&random, 1000000)), 0);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(schedule_put(&schedule, &items[i], random_below(&random, 1000000)), 0);
	for (int i = 0; i < ITEMS; i++) {
		struct schedule_item *first = schedule_first(&schedule);

		assert_true(first->due_s >= before);
		before = first->due_s;
		schedule_remove(&schedule, first);
	}
	assert_null(schedule_first(&schedule));
	assert_true(cpu_us() - begun_us < 5 * 1000 * 1000);
	schedule_release(&schedule);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_is_due_first_comes_first_and_equals_in_their_order),
			cmocka_unit_test(every_change_keeps_the_first_one_right),
			cmocka_unit_test(a_hundred_thousand_cost_a_heap_and_no_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
