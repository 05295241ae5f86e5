/* Leases: a permit ends before another process may take the lease, whatever clocks, connections and processes do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/cluster/share.h"
#include "bot/cluster/watch.h"
#include "tests/unit/lease_world.h"

#define DATABASE UINT64_C(1800000000000)

/* ---------------------------------------------------------------- one machine */

struct told {
	char taken[256], lost[256], stray[256];
	const struct permit *permit;
};

static void on_taken(void *user, const struct lease_row *row, const struct permit *permit)
{
	struct told *told = user;

	snprintf(told->taken, sizeof(told->taken), "%s %" PRIu64 " %s", row->name, row->epoch, row->position);
	told->permit = permit;
}

static void on_lost(void *user, const char *name, const char *why)
{
	struct told *told = user;

	snprintf(told->lost, sizeof(told->lost), "%s: %s", name, why);
}

static void on_stray(void *user, const struct lease_row *row)
{
	struct told *told = user;

	snprintf(told->stray, sizeof(told->stray), "%s %" PRIu64, row->name, row->epoch);
}

static const struct leases_events events = {on_taken, on_lost, on_stray};

static struct leases *made(struct told *told, unsigned weight)
{
	struct leases *leases = NULL;

	*told = (struct told){0};
	assert_int_equal(leases_new(&events, told, "a/1", weight, &leases), 0);
	return leases;
}

static void take(struct leases *leases, const char *name, uint64_t epoch, uint64_t sent_ms)
{
	const struct lease_row row = {name, epoch, "{}"};

	leases_taken(leases, &row, 1, sent_ms);
}

static void renew(struct leases *leases, const char *name, uint64_t epoch, uint64_t sent_ms)
{
	const struct lease_row row = {name, epoch, ""};

	leases_sent(leases, sent_ms);
	leases_renewed(leases, &row, name ? 1 : 0);
}

static void a_permit_is_counted_from_when_the_statement_was_sent(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	take(leases, "irc/libera", 7, 10000);
	assert_string_equal(told.taken, "irc/libera 7 {}");
	assert_ptr_equal(told.permit, leases_permit(leases, "irc/libera"));
	assert_int_equal(told.permit->until_boot_ms, 10000 + LEASE_MS - LEASE_GUARD_MS);
	renew(leases, "irc/libera", 7, 11000);
	assert_int_equal(told.permit->until_boot_ms, 11000 + LEASE_MS - LEASE_GUARD_MS);
	assert_string_equal(told.lost, "");
	leases_free(leases);
}

static void a_lease_that_a_beat_does_not_list_is_lost_and_its_permit_is_over(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	take(leases, "irc/libera", 7, 10000);
	renew(leases, NULL, 0, 11000);
	assert_string_equal(told.lost, "irc/libera: another process has taken it");
	assert_int_equal(told.permit->until_boot_ms,
			0); /* still readable: it is borrowed until leases_free() */
	assert_null(leases_permit(leases, "irc/libera"));
	assert_int_equal(leases_held(leases), 0);
	leases_free(leases);
}

static void a_lease_of_another_epoch_is_lost_and_given_back(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	take(leases, "irc/libera", 7, 10000);
	renew(leases, "irc/libera", 9, 11000);
	assert_string_equal(told.lost, "irc/libera: another process has taken it");
	assert_string_equal(told.stray, "irc/libera 9");
	leases_free(leases);
}

static void the_answer_to_a_take_was_lost(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	renew(leases, "discord/home/4/1", 3, 10000);
	assert_string_equal(told.stray, "discord/home/4/1 3");
	assert_int_equal(leases_held(leases), 0);
	leases_free(leases);
}

/* Beats once a second from first_ms on; the database's clock is offset by so much. */
static void beats(struct leases *leases, uint64_t first_ms, unsigned count, uint64_t clock_ms)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t sent_ms = first_ms + i * UINT64_C(1000);

		leases_sent(leases, sent_ms);
		leases_clock(leases, clock_ms + sent_ms + 2, sent_ms + 5);
	}
}

static void a_lapsed_lease_is_taken_by_a_clock_watched_for_6_s(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	beats(leases, 50000, 6, DATABASE);
	assert_int_equal(leases_lapsed_before(leases, 55010), 0);
	beats(leases, 56000, 1, DATABASE);
	assert_int_equal(leases_lapsed_before(leases, 56006),
			DATABASE + 56006 - 3); /* of the answers, 3 ms late */
	/* It does not last without a beat. */
	assert_int_equal(leases_lapsed_before(leases, 56006 + LEASE_GAP_MS), 0);
	leases_free(leases);
}

static void the_watch_starts_again(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	beats(leases, 50000, 8, DATABASE);
	assert_int_not_equal(leases_lapsed_before(leases, 57010), 0);
	leases_disturbed(leases);
	assert_int_equal(leases_lapsed_before(leases, 57010), 0);
	/* A step forward, and one back. */
	beats(leases, 58000, 8, DATABASE);
	assert_int_not_equal(leases_lapsed_before(leases, 65010), 0);
	beats(leases, 66000, 1, DATABASE + 10000);
	assert_int_equal(leases_lapsed_before(leases, 66010), 0);
	beats(leases, 67000, 6, DATABASE + 10000);
	assert_int_not_equal(leases_lapsed_before(leases, 72010), 0);
	beats(leases, 73000, 1, DATABASE);
	assert_int_equal(leases_lapsed_before(leases, 73010), 0);
	beats(leases, 74000, 6, DATABASE);
	assert_int_not_equal(leases_lapsed_before(leases, 79010), 0);
	/* This process was stopped for a minute. */
	assert_int_equal(leases_lapsed_before(leases, 139000), 0);
	beats(leases, 139000, 1, DATABASE);
	assert_int_equal(leases_lapsed_before(leases, 139010), 0);
	leases_free(leases);
}

static void hints_that_hasten_beats_do_not_shorten_the_watch(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	for (uint64_t sent_ms = 50000; sent_ms < 57000; sent_ms += 50) {
		leases_sent(leases, sent_ms);
		leases_clock(leases, DATABASE + sent_ms, sent_ms + 1);
		if (sent_ms < 55900)
			assert_int_equal(leases_lapsed_before(leases, sent_ms + 1), 0);
	}
	assert_int_not_equal(leases_lapsed_before(leases, 57000), 0);
	leases_free(leases);
}

static void a_process_may_speak_for_itself_after_a_beat(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	assert_int_equal(leases_own_permit(leases)->until_boot_ms, 0);
	leases_sent(leases, 20000);
	leases_clock(leases, DATABASE, 20003);
	assert_int_equal(leases_own_permit(leases)->until_boot_ms, 20000 + LEASE_MS - LEASE_GUARD_MS);
	leases_free(leases);
}

/* ---------------------------------------------------------------- shares */

static void hosts(struct leases *leases, unsigned other_weight, bool is_leaving)
{
	const struct lease_host list[] = {{"a/1", "a", 1, false}, {"b/1", "b", other_weight, is_leaving}};

	leases_hosts(leases, list, 2);
}

static void shares_follow_the_weights(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 1000), 12); /* alone */
	hosts(leases, 1, false);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 1000), 6);
	assert_int_equal(leases_want(leases, "discord/home/12", 13, 13, 0, 1000), 6); /* b/1 has 7 */
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 2, 0, 1000),
			2); /* no more than are open */
	hosts(leases, 2, false);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 1000), 4);
	hosts(leases, 2, true);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 1000), 12);
	assert_int_equal(leases_want(leases, "discord/home/12", 100, 100, 0, 1000), 16); /* SHARE_TAKE_MAX */
	leases_leave(leases);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 1000), 0);
	leases_free(leases);
	leases = made(&told, 0);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 90000), 0);
	assert_int_equal(leases_want(leases, "discord/home/12", 12, 12, 0, 99000), 0);
	leases_free(leases);
}

/* 4 shards over 3 hosts of one weight: 1, 1, 2, not 2, 2, 0. */
static void shares_are_all_leases_and_no_host_has_nothing(void **state)
{
	(void)state;
	for (unsigned hosts_count = 1; hosts_count <= 20; hosts_count++) {
		for (unsigned all = 0; all <= 100; all++) {
			unsigned sum = 0;

			for (unsigned i = 0; i < hosts_count; i++) {
				unsigned share = share_of(all, i, 1, hosts_count);

				assert_in_range(share, all / hosts_count,
						(all + hosts_count - 1) / hosts_count);
				sum += share;
			}
			assert_int_equal(sum, all);
		}
	}
	assert_int_equal(share_of(12, 5, 0, 5), 0); /* weight 0 */
	assert_int_equal(share_of(12, 0, 0, 0), 0);
}

static void a_new_host_is_given_its_share_one_lease_a_second(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);
	unsigned given = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof(name), "discord/home/12/%d", i);
		take(leases, name, 1, 1000);
	}
	hosts(leases, 1, false);
	for (uint64_t now_ms = 100000; now_ms < 130000; now_ms += 500) {
		const char *name = leases_to_give(leases, "discord/home/12", 12, now_ms);

		if (!name)
			continue;
		assert_true(now_ms >= 100000 + SHARE_ABOVE_MS + given * SHARE_GIVE_MS);
		if (!given)
			assert_string_equal(name, "discord/home/12/11"); /* the last one first */
		given++;
		leases_gave(leases, name);
	}
	assert_int_equal(given, 6);
	assert_int_equal(leases_held(leases), 6);
	leases_free(leases);
}

static void a_connection_moves_for_two_leases_above_the_share_and_a_role_goes_first(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	take(leases, "irc/one", 1, 1000);
	take(leases, "role/announce", 1, 1000);
	take(leases, "twitch/two", 1, 1000);
	hosts(leases, 2, false); /* a share of 1 */
	assert_null(leases_to_give(leases, "", 3, 10000));
	assert_string_equal(leases_to_give(leases, "", 3, 20000), "role/announce");
	assert_null(leases_to_give(leases, "", 3, 40000));
	leases_free(leases);
}

/* Two hosts, but the other one cannot take it: its address is blocked. */
static void a_lease_that_no_other_process_takes_is_taken_above_the_share(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	hosts(leases, 1, false);
	take(leases, "irc/one", 1, 1000);
	beats(leases, 1000, 8, DATABASE);
	assert_int_equal(leases_want(leases, "", 2, 1, 0, 8100), 0);
	beats(leases, 9000, 10, DATABASE);
	assert_int_equal(leases_want(leases, "", 2, 1, 0, 18100), 0);
	assert_int_equal(leases_want(leases, "", 2, 1, 1, 18100), 1);
	take(leases, "irc/two", 1, 18100);
	take(leases, "irc/three", 1, 18100);
	/* And is not given away at once. */
	assert_null(leases_to_give(leases, "", 2, 20000));
	assert_null(leases_to_give(leases, "", 2, 77000));
	assert_null(leases_to_give(leases, "", 2, 79000));
	assert_string_equal(leases_to_give(leases, "", 2, 90000), "irc/two");
	leases_free(leases);
}

static void while_leases_move_no_host_takes_above_its_share(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	hosts(leases, 1, false);
	for (int i = 0; i < 6; i++) {
		char name[32];

		snprintf(name, sizeof(name), "discord/home/12/%d", i);
		take(leases, name, 1, 1000);
	}
	beats(leases, 1000, 60, DATABASE);
	/* Some lease is open at each beat, but each one for a moment only. */
	for (uint64_t now_ms = 20000; now_ms < 60000; now_ms += 1000)
		assert_int_equal(leases_want(leases, "discord/home/12", 12, 2, 0, now_ms), 0);
	leases_free(leases);
}

/* After a fail-over of the database, all that had lapsed before looks stale. */
static void hosts_below_their_share_have_the_first_chance(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	hosts(leases, 1, false);
	take(leases, "irc/one", 1, 1000);
	beats(leases, 1000, 12, DATABASE);
	assert_int_equal(leases_want(leases, "", 2, 1, 1, 8100), 0);
	assert_int_equal(leases_want(leases, "", 2, 1, 1, 8100 + SHARE_CHANCE_MS - 1), 0);
	assert_int_equal(leases_want(leases, "", 2, 1, 1, 8100 + SHARE_CHANCE_MS), 1);
	leases_free(leases);
}

static void a_leaving_process_gives_all(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);

	(void)state;
	take(leases, "irc/one", 1, 1000);
	take(leases, "role/announce", 1, 1000);
	take(leases, "discord/home/12/3", 1, 1000);
	assert_null(leases_to_give(leases, "", 2, 1000));
	leases_leave(leases);
	assert_non_null(leases_to_give(leases, "", 2, 1000));
	assert_non_null(leases_to_give(leases, "", 2, 1000));
	assert_null(leases_to_give(leases, "", 2, 1000));
	assert_string_equal(leases_to_give(leases, "discord/home/12", 12, 1000), "discord/home/12/3");
	assert_int_equal(leases_held(leases), 3);
	leases_gave(leases, "irc/one");
	leases_gave(leases, "role/announce");
	leases_gave(leases, "discord/home/12/3");
	assert_int_equal(leases_held(leases), 0);
	assert_string_equal(told.lost, "");
	leases_free(leases);
}

static void more_leases_than_a_process_can_hold_are_given_back(void **state)
{
	struct told told;
	struct leases *leases = made(&told, 1);
	char name[32];

	(void)state;
	for (int i = 0; i < LEASES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "discord/home/2048/%d", i);
		take(leases, name, 1, 1000);
	}
	assert_int_equal(leases_held(leases), LEASES_MAX);
	assert_int_equal(leases_want(leases, "discord/home/2048", 2048, 100, 0, 1000), 0);
	assert_null(leases_permit(leases, name));
	/* Names of many sets come and go. */
	for (int set = 0; set < 100; set++) {
		for (int i = 0; i < 100; i++) {
			snprintf(name, sizeof(name), "discord/home/2048/%d", i);
			leases_gave(leases, name);
			snprintf(name, sizeof(name), "irc/%d-%d", set, i);
			take(leases, name, 1, 1000);
			leases_gave(leases, name);
		}
	}
	assert_int_equal(leases_held(leases), LEASES_MAX - 100);
	leases_free(leases);
}

/* ---------------------------------------------------------------- many processes */

static void two_processes_never_speak_for_one_lease(void **state)
{
	unsigned takes = 0, lapses = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct world world;

		world_begin(&world, seed, false);
		world_run(&world, 120000);
		assert_int_equal(world.doubles, 0);
		takes += world.takes;
		lapses += world.lapses;
		world_end(&world);
	}
	assert_true(takes > 800);
	assert_true(lapses > 300);
}

/* Without the taker's own estimate, a step of the database's clock makes every lease look lapsed. */
static void the_property_finds_a_taker_that_trusts_the_databases_clock_alone(void **state)
{
	unsigned doubles = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world world;

		world_begin(&world, seed, true);
		world_run(&world, 60000);
		doubles += world.doubles;
		world_end(&world);
	}
	assert_true(doubles > 0);
}

static void in_calm_every_lease_has_one_owner_and_shares_are_even(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 110; seed++) {
		struct world world;

		world_begin(&world, seed, false);
		world_run(&world, 60000);
		world.is_calm = true;
		world_run(&world, 260000); /* SHARE_STAY_FIRST_MS, doubled once or twice */
		for (int i = 0; i < WORLD_LEASES; i++)
			assert_int_equal(world_speakers(&world, i), 1);
		for (int i = 0; i < WORLD_PROCESSES; i++)
			assert_int_equal(leases_held(world.processes[i].leases),
					WORLD_LEASES / WORLD_PROCESSES);
		world_end(&world);
	}
}

static void after_a_death_every_lease_is_taken_within_8_s(void **state)
{
	(void)state;
	for (uint64_t seed = 200; seed < 220; seed++) {
		struct world world;

		world_begin(&world, seed, false);
		world.is_calm = true;
		world_run(&world, 20000 + world_chance(&world, 1000));
		world.processes[0].is_alive = false;
		world.processes[0].starts_at = UINT64_MAX;
		world_run(&world, 8000);
		for (int i = 0; i < WORLD_LEASES; i++)
			assert_int_equal(world_speakers(&world, i), 1);
		world_end(&world);
	}
}

/* All owners renew as soon as it is back, before any process may take. */
static void a_failover_of_30_s_moves_no_lease(void **state)
{
	(void)state;
	for (uint64_t seed = 300; seed < 310; seed++) {
		struct world world;
		unsigned takes;

		world_begin(&world, seed, false);
		world.is_calm = true;
		world_run(&world, 40000);
		takes = world.takes;
		world.away_until = world.now + 30000;
		world.step += 1500;
		for (int i = 0; i < WORLD_PROCESSES; i++)
			world.processes[i].cut_at = world.now;
		world_run(&world, 60000);
		assert_int_equal(world.takes, takes);
		for (int i = 0; i < WORLD_LEASES; i++)
			assert_int_equal(world_speakers(&world, i), 1);
		world_end(&world);
	}
}

static void a_process_that_was_stopped_for_a_minute_says_nothing(void **state)
{
	struct world world;
	struct world_process *process = &world.processes[1];

	(void)state;
	world_begin(&world, 400, false);
	world.is_calm = true;
	world_run(&world, 20000);
	assert_true(leases_held(process->leases) > 0);
	process->paused_until = world.now + 60000;
	world_run(&world, 59990);
	for (int i = 0; i < WORLD_LEASES; i++) {
		assert_int_equal(world_speakers(&world, i), 1);
		assert_false(world_speaks(process, world.rows[i].name));
	}
	assert_int_equal(process->lost, 0);
	world_run(&world, 3000); /* the answer of the beat before it, then one that tells */
	assert_true(process->lost > 0);
	assert_int_equal(world.doubles, 0);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_permit_is_counted_from_when_the_statement_was_sent),
			cmocka_unit_test(a_lease_that_a_beat_does_not_list_is_lost_and_its_permit_is_over),
			cmocka_unit_test(a_lease_of_another_epoch_is_lost_and_given_back),
			cmocka_unit_test(the_answer_to_a_take_was_lost),
			cmocka_unit_test(a_lapsed_lease_is_taken_by_a_clock_watched_for_6_s),
			cmocka_unit_test(the_watch_starts_again),
			cmocka_unit_test(hints_that_hasten_beats_do_not_shorten_the_watch),
			cmocka_unit_test(a_process_may_speak_for_itself_after_a_beat),
			cmocka_unit_test(shares_follow_the_weights),
			cmocka_unit_test(shares_are_all_leases_and_no_host_has_nothing),
			cmocka_unit_test(a_new_host_is_given_its_share_one_lease_a_second),
			cmocka_unit_test(
					a_connection_moves_for_two_leases_above_the_share_and_a_role_goes_first),
			cmocka_unit_test(a_lease_that_no_other_process_takes_is_taken_above_the_share),
			cmocka_unit_test(while_leases_move_no_host_takes_above_its_share),
			cmocka_unit_test(hosts_below_their_share_have_the_first_chance),
			cmocka_unit_test(a_leaving_process_gives_all),
			cmocka_unit_test(more_leases_than_a_process_can_hold_are_given_back),
			cmocka_unit_test(two_processes_never_speak_for_one_lease),
			cmocka_unit_test(the_property_finds_a_taker_that_trusts_the_databases_clock_alone),
			cmocka_unit_test(in_calm_every_lease_has_one_owner_and_shares_are_even),
			cmocka_unit_test(after_a_death_every_lease_is_taken_within_8_s),
			cmocka_unit_test(a_failover_of_30_s_moves_no_lease),
			cmocka_unit_test(a_process_that_was_stopped_for_a_minute_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
