/* The estimate of a network's wall clock: what renews it, what does not, and a clock that is stepped or drifts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/remote_clock.h"

#define MINUTE_MS UINT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define THEN_MS   UINT64_C(1795425089000) /* on the remote clock when ours is at NOW_MS */
#define NOW_MS    5000

static void is_not_known_before_it_is_heard(void **state)
{
	struct remote_clock clock = {0};

	(void)state;
	assert_int_equal(remote_clock_now(&clock, NOW_MS), 0);
	assert_int_equal(remote_clock_age(&clock, 1, NOW_MS), 0);
	remote_clock_hear(&clock, THEN_MS, NOW_MS);
	assert_int_equal(remote_clock_now(&clock, NOW_MS + 7), THEN_MS + 7);
	assert_int_equal(remote_clock_age(&clock, THEN_MS - 3, NOW_MS + 7), 10);
	assert_int_equal(remote_clock_age(&clock, THEN_MS + HOUR_MS, NOW_MS), 0);
}

static void a_delayed_time_does_not_spoil_it(void **state)
{
	struct remote_clock clock = {0};

	(void)state;
	remote_clock_hear(&clock, THEN_MS, NOW_MS);
	remote_clock_hear(&clock, THEN_MS, NOW_MS + 14000); /* sent at once, and 14 s on its way */
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS);
	remote_clock_hear(&clock, THEN_MS + 14200, NOW_MS + 14000); /* faster than any before */
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS + 200);
}

static void follows_a_clock_that_is_stepped(void **state)
{
	struct remote_clock clock = {0};

	(void)state;
	remote_clock_hear(&clock, THEN_MS, NOW_MS);
	remote_clock_hear(&clock, THEN_MS + HOUR_MS, NOW_MS);
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS + HOUR_MS);
	remote_clock_hear(&clock, THEN_MS - HOUR_MS, NOW_MS);
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS - HOUR_MS);
}

/* 100 ms in a minute, in both directions, for a day. */
static void follows_a_clock_that_drifts(void **state)
{
	(void)state;
	for (int fast = 0; fast < 2; fast++) {
		struct remote_clock clock = {0};

		for (uint64_t minute = 0; minute < 24 * 60; minute++) {
			uint64_t real_ms = THEN_MS + minute * (fast ? MINUTE_MS + 100 : MINUTE_MS - 100);
			uint64_t now_ms = NOW_MS + minute * MINUTE_MS, time_ms;

			remote_clock_hear(&clock, real_ms, now_ms);
			time_ms = remote_clock_now(&clock, now_ms);
			assert_in_range(time_ms, real_ms, real_ms + REMOTE_CLOCK_DELAY_MS);
		}
	}
}

static void one_relayed_time_that_contradicts_is_not_taken_over(void **state)
{
	struct remote_clock clock = {0};

	(void)state;
	remote_clock_hear_relayed(&clock, THEN_MS, NOW_MS); /* better than nothing */
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS);
	remote_clock_hear_relayed(&clock, THEN_MS + HOUR_MS, NOW_MS);
	remote_clock_hear_relayed(&clock, THEN_MS - HOUR_MS, NOW_MS);
	remote_clock_hear_relayed(&clock, THEN_MS, NOW_MS);
	remote_clock_hear_relayed(&clock, THEN_MS + HOUR_MS, NOW_MS);
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS);
	remote_clock_hear_relayed(&clock, THEN_MS + HOUR_MS + 100, NOW_MS + 200); /* two agree */
	assert_int_equal(remote_clock_now(&clock, NOW_MS + 200), THEN_MS + HOUR_MS + 100);
}

static void its_own_time_counts_more_than_all_others(void **state)
{
	struct remote_clock clock = {0};

	(void)state;
	remote_clock_hear_of(&clock, THEN_MS, NOW_MS);
	remote_clock_hear_of(&clock, THEN_MS - HOUR_MS, NOW_MS); /* it is at least the first */
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS);
	remote_clock_hear(&clock, THEN_MS - 5, NOW_MS);
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS - 5);
	remote_clock_hear_of(&clock, THEN_MS + HOUR_MS, NOW_MS); /* a Date that lies */
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS - 5);
}

/* A server may write any number. */
static void takes_any_time(void **state)
{
	static const uint64_t times[] = {0, 1, UINT64_MAX, INT64_MAX, THEN_MS};
	struct remote_clock clock = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
			remote_clock_hear(&clock, times[i], NOW_MS);
			remote_clock_hear_relayed(&clock, times[k], NOW_MS);
			remote_clock_hear_of(&clock, times[k], NOW_MS);
			remote_clock_age(&clock, times[k], NOW_MS);
		}
	}
	assert_int_equal(remote_clock_now(&clock, NOW_MS), THEN_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(is_not_known_before_it_is_heard),
			cmocka_unit_test(a_delayed_time_does_not_spoil_it),
			cmocka_unit_test(follows_a_clock_that_is_stepped),
			cmocka_unit_test(follows_a_clock_that_drifts),
			cmocka_unit_test(one_relayed_time_that_contradicts_is_not_taken_over),
			cmocka_unit_test(its_own_time_counts_more_than_all_others),
			cmocka_unit_test(takes_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
