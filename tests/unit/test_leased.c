/* The list of leases, and the hosts that are configured in another way. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/cluster/differing.h"
#include "bot/cluster/leased.h"

static const struct lease_wanted irc = {LEASE_GATEWAY, "net", "irc", 0, 0};
static const struct lease_wanted role = {LEASE_ROLE, "home", "discord", 0, 0};

static struct lease_wanted shard(unsigned number)
{
	return (struct lease_wanted){LEASE_SHARD, "home", "discord", 16, number};
}

static void want_shards(struct leased_list *leased)
{
	for (unsigned i = 16; i-- > 0;) {
		const struct lease_wanted lease = shard(i);
		struct leased *one = leased_add(leased, &lease);

		assert_non_null(one);
		one->is_wanted = one->is_open = true;
		one->is_stale = i % 2 == 0;
	}
}

static void test_a_lease_is_added_once_and_found_by_its_name(void **state)
{
	struct leased_list leased = {0};
	const struct lease_wanted last = shard(15);

	(void)state;
	want_shards(&leased);
	want_shards(&leased);
	assert_int_equal(leased.count, 16);
	for (size_t i = 1; i < leased.count; i++)
		assert_true(strcmp(leased.list[i - 1]->name, leased.list[i]->name) < 0);
	assert_int_equal(leased_find(&leased, "discord/home/16/7")->wanted.number, 7);
	assert_ptr_equal(leased_find_wanted(&leased, &last), leased_find(&leased, "discord/home/16/15"));
	assert_null(leased_find(&leased, "discord/home/16/16"));
	assert_null(leased_find_wanted(&leased, &irc));
	leased_release(&leased);
}

static void test_what_is_held_stays_in_the_list_until_it_is_given(void **state)
{
	struct leased_list leased = {0};
	struct leased *held = leased_add(&leased, &irc), *stray = leased_add_stray(&leased, "irc/gone");

	(void)state;
	held->state = LEASED_HELD;
	stray->state = LEASED_GIVEN;
	leased_add(&leased, &role)->is_wanted = true;
	leased_drop_unwanted(&leased);
	assert_int_equal(leased.count, 3);
	held->state = stray->state = LEASED_FREE;
	leased_drop_unwanted(&leased);
	assert_int_equal(leased.count, 1);
	assert_non_null(leased_find(&leased, "role/discord/home"));
	leased_release(&leased);
}

static void test_a_pool_counts_what_others_left(void **state)
{
	struct leased_list leased = {0};
	struct leased_pool pools[2];

	(void)state;
	want_shards(&leased);
	leased_find(&leased, "discord/home/16/0")->state = LEASED_HELD;
	leased_add(&leased, &irc)->is_wanted = true;
	assert_int_equal(leased_count_pools(&leased, pools, 2), 2);
	assert_string_equal(pools[0].name, "discord/home/16");
	assert_int_equal(pools[0].all, 16);
	assert_int_equal(pools[0].open, 15);
	assert_int_equal(pools[0].stale, 7);
	assert_string_equal(pools[1].name, "");
	assert_int_equal(pools[1].open, 0);
	assert_int_equal(leased_count_pools(&leased, pools, 1), 1);
	leased_release(&leased);
}

static void test_shards_are_no_difference_between_hosts(void **state)
{
	struct leased_list with = {0}, without = {0};

	(void)state;
	leased_add(&with, &role)->is_wanted = leased_add(&without, &role)->is_wanted = true;
	want_shards(&with);
	assert_int_equal(leased_hash(&with), leased_hash(&without));
	leased_add(&with, &irc)->is_wanted = true;
	assert_int_not_equal(leased_hash(&with), leased_hash(&without));
	leased_release(&with);
	leased_release(&without);
}

static void test_a_shard_of_a_new_set_has_no_questions(void **state)
{
	struct leased_list leased = {0};
	const struct lease_wanted first = shard(0);
	struct leased *one = leased_add(&leased, &first);

	(void)state;
	assert_true(leased_has_questions(one));
	one->set = SET_NEW;
	assert_false(leased_has_questions(one));
	assert_false(leased_has_questions(leased_add(&leased, &role)));
	assert_true(leased_has_questions(leased_add(&leased, &irc)));
	leased_set_position(one, "7/abc");
	leased_set_position(one, NULL);
	assert_null(one->position);
	leased_release(&leased);
}

/* The log goes to this file from here on. */
static int capture(FILE *file)
{
	int before = dup(STDERR_FILENO);

	assert_true(before >= 0);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	return before;
}

static long logged_bytes(FILE *file)
{
	return (long)lseek(fileno(file), 0, SEEK_END);
}

static void test_a_host_that_differs_for_a_moment_is_not_warned_of(void **state)
{
	struct differing_hosts hosts = {0};
	FILE *file = tmpfile();
	int before;
	long first;

	(void)state;
	assert_non_null(file);
	before = capture(file);
	differing_warn(&hosts, "b/1a2b3c4d", 1000);
	differing_warn(&hosts, "b/1a2b3c4d", 10999);
	differing_agree(&hosts, "b/1a2b3c4d", 11000);
	differing_agree(&hosts, "c/1a2b3c4d", 11000); /* never differed */
	differing_warn(&hosts, "b/1a2b3c4d", 20999);
	assert_int_equal(logged_bytes(file), 0);
	differing_warn(&hosts, "b/1a2b3c4d", 21000);
	first = logged_bytes(file);
	differing_warn(&hosts, "b/1a2b3c4d", 99000); /* once */
	assert_int_equal(logged_bytes(file), first);
	dup2(before, STDERR_FILENO);
	close(before);
	fclose(file);
	assert_true(first > 0);
	assert_int_equal(differing_host_length("b/1a2b3c4d"), 1);
	assert_int_equal(differing_host_length("host"), 4);
	differing_release(&hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_lease_is_added_once_and_found_by_its_name),
			cmocka_unit_test(test_what_is_held_stays_in_the_list_until_it_is_given),
			cmocka_unit_test(test_a_pool_counts_what_others_left),
			cmocka_unit_test(test_shards_are_no_difference_between_hosts),
			cmocka_unit_test(test_a_shard_of_a_new_set_has_no_questions),
			cmocka_unit_test(test_a_host_that_differs_for_a_moment_is_not_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
