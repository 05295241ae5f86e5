/* Back-off: delays are spread up to the limit, never above it, and reset only by a stable session. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/net/backoff.h"

#define DRAWS 2000

static struct random seeded(void)
{
	struct random random;

	random_seed(&random, 20220128);
	return random;
}

/* The largest of many random delays after this many failures. */
static uint64_t largest(unsigned failures, uint64_t base_ms, uint64_t cap_ms)
{
	struct random random = seeded();
	uint64_t largest_ms = 0;

	for (int i = 0; i < DRAWS; i++) {
		struct backoff backoff;
		uint64_t delay_ms = 0;

		backoff_init(&backoff, base_ms, cap_ms);
		for (unsigned k = 0; k <= failures; k++)
			delay_ms = backoff_next(&backoff, 0, &random);
		largest_ms = delay_ms > largest_ms ? delay_ms : largest_ms;
	}
	return largest_ms;
}

static void delays_double_up_to_the_cap(void **state)
{
	(void)state;
	for (unsigned failures = 0; failures < 40; failures++) {
		uint64_t ceiling_ms = failures < 20 ? 1000ull << failures : 300000;
		uint64_t found_ms;

		ceiling_ms = ceiling_ms < 300000 ? ceiling_ms : 300000;
		found_ms = largest(failures, 1000, 300000);
		assert_true(found_ms <= ceiling_ms);
		assert_true(found_ms >= ceiling_ms - ceiling_ms / 50); /* the jitter reaches the top */
	}
}

static void jitter_is_full(void **state)
{
	struct random random = seeded();
	unsigned quarter[4] = {0};

	(void)state;
	for (int i = 0; i < DRAWS; i++) {
		struct backoff backoff;

		backoff_init(&backoff, 1000, 300000);
		quarter[backoff_next(&backoff, 0, &random) * 4 / 1001]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(quarter[i], DRAWS / 4 - DRAWS / 20, DRAWS / 4 + DRAWS / 20);
}

static void only_a_stable_session_resets(void **state)
{
	struct random random = seeded();
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, 1000, 300000);
	for (int i = 0; i < 10; i++)
		backoff_next(&backoff, BACKOFF_STABLE_MS - 1, &random);
	assert_int_equal(backoff.failures, 10);
	assert_true(backoff_next(&backoff, BACKOFF_STABLE_MS, &random) <= 1000);
	assert_int_equal(backoff.failures, 1);
}

static void penalty_goes_to_the_cap_and_ends(void **state)
{
	struct random random = seeded();
	struct backoff backoff;
	uint64_t largest_ms = 0;

	(void)state;
	for (int i = 0; i < DRAWS; i++) {
		uint64_t delay_ms;

		backoff_init(&backoff, 1000, 300000);
		backoff_penalize(&backoff);
		delay_ms = backoff_next(&backoff, 0, &random);
		assert_true(delay_ms <= 300000);
		largest_ms = delay_ms > largest_ms ? delay_ms : largest_ms;
	}
	assert_true(largest_ms > 290000);
	assert_true(backoff_next(&backoff, BACKOFF_STABLE_MS, &random) <= 1000);
}

static void extremes_do_not_overflow(void **state)
{
	struct random random = seeded();
	struct backoff backoff;

	(void)state;
	backoff_init(&backoff, UINT64_MAX / 3, UINT64_MAX);
	for (int i = 0; i < 200; i++)
		backoff_next(&backoff, 0, &random);
	backoff_init(&backoff, 0, 0);
	assert_int_equal(backoff_next(&backoff, 0, &random), 0);
	backoff_init(&backoff, 5000, 100); /* a base above the cap: the cap is used */
	for (int i = 0; i < 200; i++)
		assert_true(backoff_next(&backoff, 0, &random) <= 100);
}

static void without_jitter_the_first_failure_waits_the_base(void **state)
{
	(void)state;
	assert_int_equal(backoff_doubled(10, 70, 0), 10);
	assert_int_equal(backoff_doubled(10, 70, 1), 10);
	assert_int_equal(backoff_doubled(10, 70, 2), 20);
	assert_int_equal(backoff_doubled(10, 70, 3), 40);
	assert_int_equal(backoff_doubled(10, 70, 4), 70);
	assert_int_equal(backoff_doubled(10, 70, UINT_MAX), 70);
	assert_int_equal(backoff_doubled(100, 70, 1), 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(delays_double_up_to_the_cap),
			cmocka_unit_test(jitter_is_full),
			cmocka_unit_test(only_a_stable_session_resets),
			cmocka_unit_test(penalty_goes_to_the_cap_and_ends),
			cmocka_unit_test(extremes_do_not_overflow),
			cmocka_unit_test(without_jitter_the_first_failure_waits_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
