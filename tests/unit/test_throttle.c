/* The throttle: a burst, then the rate, and never more than a server that counts in the same way accepts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/net/throttle.h"

#define COST_MS  2000
#define BURST_MS 8000

static void burst_then_rate(void **state)
{
	struct throttle throttle;
	uint64_t now_ms = 1000000;
	unsigned at_once = 0;

	(void)state;
	throttle_init(&throttle, BURST_MS);
	while (!throttle_wait(&throttle, now_ms)) {
		throttle_spend(&throttle, COST_MS, now_ms);
		at_once++;
	}
	assert_int_equal(at_once, BURST_MS / COST_MS + 1);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(throttle_wait(&throttle, now_ms), COST_MS);
		now_ms += COST_MS;
		assert_int_equal(throttle_wait(&throttle, now_ms), 0);
		throttle_spend(&throttle, COST_MS, now_ms);
	}
}

static void waiting_for_the_given_time_is_enough(void **state)
{
	struct random random;
	struct throttle throttle;
	uint64_t now_ms = 0;

	(void)state;
	random_seed(&random, 7);
	throttle_init(&throttle, BURST_MS);
	for (int i = 0; i < 20000; i++) {
		uint64_t wait_ms = throttle_wait(&throttle, now_ms);

		if (wait_ms)
			assert_true(throttle_wait(&throttle, now_ms + wait_ms - 1) == 1);
		now_ms += wait_ms;
		assert_int_equal(throttle_wait(&throttle, now_ms), 0);
		throttle_spend(&throttle, random_below(&random, 5000), now_ms);
		now_ms += random_below(&random, 3000);
	}
}

/* A server's clock, RFC 1459 8.10: at most 10 s ahead. Lines reach it late, never early. */
static void server_never_sees_more_than_its_limit(void **state)
{
	struct random random;
	struct throttle throttle;
	uint64_t now_ms = 0, server_ms = 0;

	(void)state;
	random_seed(&random, 8);
	throttle_init(&throttle, BURST_MS);
	for (int i = 0; i < 20000; i++) {
		now_ms += throttle_wait(&throttle, now_ms) + random_below(&random, 100);
		throttle_spend(&throttle, COST_MS, now_ms);
		server_ms = (server_ms > now_ms ? server_ms : now_ms) + COST_MS;
		assert_true(server_ms - now_ms <= BURST_MS + COST_MS);
	}
}

static void silence_is_not_saved_up(void **state)
{
	struct throttle throttle;
	unsigned at_once = 0;

	(void)state;
	throttle_init(&throttle, BURST_MS);
	throttle_spend(&throttle, COST_MS, 0);
	while (!throttle_wait(&throttle, 3600000)) {
		throttle_spend(&throttle, COST_MS, 3600000);
		at_once++;
	}
	assert_int_equal(at_once, BURST_MS / COST_MS + 1);
}

static void extremes_do_not_overflow(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 0);
	throttle_spend(&throttle, UINT64_MAX, 5);
	throttle_spend(&throttle, UINT64_MAX, 5);
	assert_int_equal(throttle_wait(&throttle, 5), UINT64_MAX - 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(burst_then_rate),
			cmocka_unit_test(waiting_for_the_given_time_is_enough),
			cmocka_unit_test(server_never_sees_more_than_its_limit),
			cmocka_unit_test(silence_is_not_saved_up),
			cmocka_unit_test(extremes_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
