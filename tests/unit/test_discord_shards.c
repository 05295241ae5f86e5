/* The table of the shards that are here. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/gateway/discord/shards.h"
#include "bot/gateway/discord/snowflake.h"

static void test_parts_are_found_by_total_and_number(void **state)
{
	static const unsigned numbers[] = {5, 0, 63, 7, 6};
	struct discord_shards shards = {0};
	struct discord_part *part;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(discord_shards_add(&shards, 64, numbers[i], &part), 0);
		assert_int_equal(part->number, numbers[i]);
	}
	assert_int_equal(discord_shards_add(&shards, 128, 7, &part), 0);
	assert_int_equal(discord_shards_add(&shards, 64, 7, &part), -EEXIST);
	assert_int_equal(shards.count, 6);
	for (unsigned i = 1; i < shards.count; i++)
		assert_true(shards.part[i - 1]->total < shards.part[i]->total ||
				shards.part[i - 1]->number < shards.part[i]->number);
	assert_ptr_equal(discord_shards_find(&shards, 128, 7), shards.part[5]);
	assert_int_equal(discord_shards_find(&shards, 64, 7)->total, 64);
	assert_null(discord_shards_find(&shards, 64, 8));
	assert_null(discord_shards_find(&shards, 32, 7));
	discord_shards_release(&shards);
	assert_int_equal(shards.count, 0);
}

static void test_a_part_that_has_gone_is_not_found(void **state)
{
	struct discord_shards shards = {0};
	struct discord_part *part;

	(void)state;
	discord_shards_remove(&shards, NULL);
	for (unsigned number = 0; number < 4; number++)
		assert_int_equal(discord_shards_add(&shards, 4, number, &part), 0);
	discord_shards_remove(&shards, discord_shards_find(&shards, 4, 1));
	assert_null(discord_shards_find(&shards, 4, 1));
	assert_int_equal(discord_shards_find(&shards, 4, 2)->number, 2);
	assert_int_equal(shards.count, 3);
	assert_int_equal(discord_shards_add(&shards, 4, 1, &part), 0);
	discord_shards_release(&shards);
}

static void test_no_more_parts_than_the_loop_has_descriptors_for(void **state)
{
	struct discord_shards shards = {0};
	struct discord_part *part;

	(void)state;
	for (unsigned number = 0; number < DISCORD_SHARDS_MAX; number++)
		assert_int_equal(discord_shards_add(&shards, 1000, number, &part), 0);
	assert_int_equal(discord_shards_add(&shards, 1000, 999, &part), -ENOSPC);
	assert_int_equal(shards.count, DISCORD_SHARDS_MAX);
	discord_shards_release(&shards);
}

static void test_a_number_of_a_shard_belongs_to_it_whatever_the_total(void **state)
{
	(void)state;
	for (unsigned total = 8; total < 100; total++)
		assert_int_equal(discord_snowflake_shard(discord_snowflake_of_shard(7), total), 7);
	assert_int_equal(discord_snowflake_shard(0, 64), 0);
}

static void test_while_two_sets_run_the_shard_that_stays_answers(void **state)
{
	const uint64_t guild = discord_snowflake_of_shard(5);
	struct discord_shards shards = {0};
	struct discord_part *old, *new;

	(void)state;
	assert_null(discord_shards_of(&shards, guild));
	assert_int_equal(discord_shards_add(&shards, 4, 1, &old), 0);
	assert_int_equal(discord_shards_add(&shards, 8, 4, &new), 0);
	assert_ptr_equal(discord_shards_of(&shards, guild), old);
	assert_int_equal(discord_shards_add(&shards, 8, 5, &new), 0);
	assert_ptr_equal(discord_shards_of(&shards, guild), old);
	old->leave_by_ms = 1;
	assert_ptr_equal(discord_shards_of(&shards, guild), new);
	discord_shards_remove(&shards, old);
	assert_ptr_equal(discord_shards_of(&shards, guild), new);
	assert_int_equal(discord_shards_role(&shards, guild), 0);
	discord_shards_release(&shards);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_parts_are_found_by_total_and_number),
			cmocka_unit_test(test_a_part_that_has_gone_is_not_found),
			cmocka_unit_test(test_no_more_parts_than_the_loop_has_descriptors_for),
			cmocka_unit_test(test_a_number_of_a_shard_belongs_to_it_whatever_the_total),
			cmocka_unit_test(test_while_two_sets_run_the_shard_that_stays_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
