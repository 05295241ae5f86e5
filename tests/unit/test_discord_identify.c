/* When a shard may IDENTIFY: buckets, the daily limit, and its state across restarts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/gateway/discord/stream/identify.h"

#define NOW_MS  10000ull
#define WALL_MS 1800000000000ull

static struct discord_identify_gate gate;

static int setup(void **state)
{
	(void)state;
	discord_identify_gate_init(&gate);
	return 0;
}

/* Identify at this time, if allowed. */
static bool identify(unsigned shard, uint64_t at_ms)
{
	if (discord_identify_gate_ask(&gate, shard, NOW_MS + at_ms))
		return false;
	discord_identify_gate_spend(&gate, shard, NOW_MS + at_ms);
	return true;
}

static void one_bucket_goes_in_turn(void **state)
{
	(void)state;
	assert_true(identify(0, 0));
	assert_false(identify(1, 0));
	assert_false(identify(1, 5000));
	assert_true(discord_identify_gate_ask(&gate, 1, NOW_MS) == DISCORD_IDENTIFY_SPACING_MS);
	assert_true(identify(1, DISCORD_IDENTIFY_SPACING_MS));
}

static void buckets_go_side_by_side(void **state)
{
	(void)state;
	discord_identify_gate_limit(&gate, 1000, 1000, 0, 16, NOW_MS);
	for (unsigned shard = 0; shard < 16; shard++)
		assert_true(identify(shard, shard));
	for (unsigned shard = 16; shard < 32; shard++)
		assert_false(identify(shard, 100));
	for (unsigned shard = 16; shard < 32; shard++)
		assert_true(identify(shard, DISCORD_IDENTIFY_SPACING_MS + 16));
}

static void a_bucket_is_reserved_until_it_is_used_or_released(void **state)
{
	(void)state;
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS) == 0);
	assert_true(discord_identify_gate_ask(&gate, 1, NOW_MS) > 0);
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS) == 0); /* its own bucket */
	discord_identify_gate_release(&gate, 1);                       /* not owned by it */
	assert_true(discord_identify_gate_ask(&gate, 1, NOW_MS) > 0);
	discord_identify_gate_release(&gate, 0);
	assert_true(discord_identify_gate_ask(&gate, 1, NOW_MS) == 0);
}

static void no_session_left_waits_for_the_reset(void **state)
{
	(void)state;
	discord_identify_gate_limit(&gate, 1000, 1, 3600000, 1, NOW_MS);
	assert_true(identify(0, 0));
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS + 10000) == 3590000);
	assert_true(identify(0, 3600000));
}

/* Identify as often as allowed for ten days: at most 90 of 100 in any 24 hours. */
static void no_day_is_overdrawn(void **state)
{
	static uint64_t times_ms[20000];
	size_t count = 0, oldest = 0;

	(void)state;
	discord_identify_gate_limit(&gate, 1000, 1000, 0, 1, NOW_MS);
	for (uint64_t at_ms = 0; at_ms < 10 * DISCORD_IDENTIFY_DAY_MS;) {
		uint64_t wait_ms = discord_identify_gate_ask(&gate, 0, NOW_MS + at_ms);

		if (wait_ms) {
			at_ms += wait_ms;
			continue;
		}
		discord_identify_gate_spend(&gate, 0, NOW_MS + at_ms);
		assert_true(count < sizeof(times_ms) / sizeof(times_ms[0]));
		times_ms[count++] = at_ms;
		while (at_ms - times_ms[oldest] >= DISCORD_IDENTIFY_DAY_MS)
			oldest++;
		assert_true(count - oldest <= 900);
	}
	assert_true(count > 4000); /* and the limit can be used up */
}

static void a_restart_forgets_nothing(void **state)
{
	struct discord_identify_memory memory;
	unsigned count = 0;
	uint64_t at_ms = 0;

	(void)state;
	for (; identify(0, at_ms); at_ms += DISCORD_IDENTIFY_SPACING_MS)
		count++;
	assert_true(count > 400 && count <= 900);
	at_ms -= DISCORD_IDENTIFY_SPACING_MS;
	memory = discord_identify_gate_memory(&gate, NOW_MS + at_ms, WALL_MS + at_ms);
	discord_identify_gate_init(&gate);
	discord_identify_gate_restore(&gate, &memory, NOW_MS, memory.last_ms + 100);
	assert_true(discord_identify_gate_ask(&gate, 7, NOW_MS) > 5000);
	assert_true(discord_identify_gate_ask(&gate, 7, NOW_MS + 6000) > 0); /* the daily limit is used up */
}

static void a_crash_loop_is_spaced(void **state)
{
	struct discord_identify_memory memory;

	(void)state;
	assert_true(identify(0, 0));
	memory = discord_identify_gate_memory(&gate, NOW_MS, WALL_MS);
	discord_identify_gate_init(&gate);
	discord_identify_gate_restore(&gate, &memory, 55, WALL_MS + 2000);
	assert_true(discord_identify_gate_ask(&gate, 0, 55) == DISCORD_IDENTIFY_SPACING_MS - 2000);
	assert_true(discord_identify_gate_ask(&gate, 0, 55 + DISCORD_IDENTIFY_SPACING_MS) == 0);
}

static void a_wrong_clock_delays_identify_only_briefly(void **state)
{
	struct discord_identify_memory memory = {WALL_MS * 2, WALL_MS * 2};

	(void)state;
	discord_identify_gate_restore(&gate, &memory, NOW_MS, WALL_MS);
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS) <= DISCORD_IDENTIFY_SPACING_MS);
}

/* Half of the allowance is spent, and then the clock says that a year or no time has passed. */
static void a_clock_set_back_gives_no_identify_back(void **state)
{
	struct discord_identify_memory memory;
	uint64_t at_ms = 0;

	(void)state;
	for (; identify(0, at_ms); at_ms += DISCORD_IDENTIFY_SPACING_MS)
		;
	memory = discord_identify_gate_memory(&gate, NOW_MS + at_ms, WALL_MS);
	discord_identify_gate_init(&gate);
	discord_identify_gate_restore(&gate, &memory, NOW_MS, WALL_MS - DISCORD_IDENTIFY_DAY_MS);
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS + DISCORD_IDENTIFY_SPACING_MS) > 0);
	assert_true(discord_identify_gate_ask(&gate, 0, NOW_MS + DISCORD_IDENTIFY_SPACING_MS) < 300000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
			TEST(one_bucket_goes_in_turn),
			TEST(buckets_go_side_by_side),
			TEST(a_bucket_is_reserved_until_it_is_used_or_released),
			TEST(no_session_left_waits_for_the_reset),
			TEST(no_day_is_overdrawn),
			TEST(a_restart_forgets_nothing),
			TEST(a_crash_loop_is_spaced),
			TEST(a_wrong_clock_delays_identify_only_briefly),
			TEST(a_clock_set_back_gives_no_identify_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
