/* Clocks and random numbers. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"

static void test_iso_both_ways(void **state)
{
	static const uint64_t times[] = {0, 1, 999, 951827696789, 1643328000000, 4102444799999};
	char text[CLOCK_ISO_BYTES];
	uint64_t back;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		clock_iso(times[i], text);
		assert_int_equal(clock_from_iso(text, &back), 0);
		assert_int_equal(back, times[i]);
	}
	clock_iso(1643328000000, text);
	assert_string_equal(text, "2022-01-28T00:00:00.000Z");
}

static void test_iso_as_servers_send_it(void **state)
{
	uint64_t time;

	(void)state;
	assert_int_equal(clock_from_iso("2022-01-28T00:00:00Z", &time), 0);
	assert_int_equal(time, 1643328000000);
	assert_int_equal(clock_from_iso("2022-01-28T00:00:00.123456Z", &time), 0);
	assert_int_equal(time, 1643328000123);
	assert_int_equal(clock_from_iso("2016-12-31T23:59:60.000Z", &time), 0); /* a leap second */
	assert_int_equal(time, 1483228800000);
}

static void test_iso_refuses_the_rest(void **state)
{
	static const char *const wrong[] = {"", "2022", "2022-01-28", "2022-01-28T00:00:00",
			"2022-13-28T00:00:00Z", "2022-01-28T24:00:00Z", "2022-01-28T00:00:61Z",
			"2022-01-28T00:00:00Zx", "2022-01-28T00:00:00.1Z", "1969-01-28T00:00:00Z",
			"-022-01-28T00:00:00Z"};
	uint64_t time = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(clock_from_iso(wrong[i], &time), -EBADMSG);
	assert_int_equal(time, 5);
}

static void test_http_dates(void **state)
{
	static const char *const wrong[] = {"", "Sun", "Sun, 06", "Sun, 06 Nov 1994 08:49:37",
			"Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
			"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
			"Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 00 Nov 1994 08:49:37 GMT",
			"Sun, 06 Novx1994 08:49:37 GMT"};
	uint64_t time = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(clock_from_http(wrong[i], &time), -EBADMSG);
	assert_int_equal(time, 5);
	assert_int_equal(clock_from_http("Sun, 06 Nov 1994 08:49:37 GMT", &time), 0); /* RFC 9110's example */
	assert_int_equal(time, 784111777000);
	assert_int_equal(clock_from_http("Fri, 28 Jan 2022 00:00:00 GMT", &time), 0);
	assert_int_equal(time, 1643328000000);
}

static void test_monotonic_never_goes_back(void **state)
{
	uint64_t before = clock_monotonic_ms();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t now = clock_monotonic_ms();

		assert_true(now >= before);
		before = now;
	}
}

static void test_random_repeats_from_its_seed(void **state)
{
	struct random one, two;

	(void)state;
	random_seed(&one, 42);
	random_seed(&two, 42);
	for (int i = 0; i < 100; i++)
		assert_int_equal(random_next(&one), random_next(&two));
	random_seed(&two, 43);
	assert_int_not_equal(random_next(&one), random_next(&two));
}

static void test_random_below_is_even(void **state)
{
	struct random random;
	unsigned counts[12] = {0};

	(void)state;
	random_seed(&random, 1);
	assert_int_equal(random_below(&random, 0), 0);
	assert_int_equal(random_below(&random, 1), 0);
	for (int i = 0; i < 120000; i++)
		counts[random_below(&random, 12)]++;
	for (int i = 0; i < 12; i++)
		assert_in_range(counts[i], 9500, 10500);
}

static void test_system_seeds_differ(void **state)
{
	struct random one, two;

	(void)state;
	random_seed_from_system(&one);
	random_seed_from_system(&two);
	assert_int_not_equal(one.state, two.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_iso_both_ways),
			cmocka_unit_test(test_iso_as_servers_send_it),
			cmocka_unit_test(test_iso_refuses_the_rest),
			cmocka_unit_test(test_http_dates),
			cmocka_unit_test(test_monotonic_never_goes_back),
			cmocka_unit_test(test_random_repeats_from_its_seed),
			cmocka_unit_test(test_random_below_is_even),
			cmocka_unit_test(test_system_seeds_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
