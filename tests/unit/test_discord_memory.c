/* Positions as text, and the channels of one shard. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/memory.h"
#include "bot/gateway/discord/snowflake.h"

#define INTENTS 37377

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void test_a_position_is_read_as_it_was_written(void **state)
{
	const struct discord_memory_position written = {
			.position = {"se\"ss", "wss://r.example", 77}, .intents = INTENTS, .self = 42};
	struct discord_memory_position read;
	struct str text = STR(4096);

	(void)state;
	discord_memory_append_position(&text, 64, &written);
	assert_string_equal(str_text(&text),
			"{\"shards\":64,\"intents\":37377,\"sequence\":77,\"session\":\"se\\\"ss\","
			"\"address\":\"wss://r.example\",\"self\":42}");
	assert_true(discord_memory_read_position(str_text(&text), 64, INTENTS, &read));
	assert_string_equal(read.position.session_id, "se\"ss");
	assert_string_equal(read.position.url, "wss://r.example");
	assert_int_equal(read.position.sequence, 77);
	assert_int_equal(read.self, 42);
	/* A session keeps both for its life. */
	assert_false(discord_memory_read_position(str_text(&text), 65, INTENTS, &read));
	assert_false(discord_memory_read_position(str_text(&text), 64, INTENTS + 1, &read));
	str_release(&text);
}

static void test_a_position_that_is_broken_or_of_an_earlier_version(void **state)
{
	static const char *const broken[] = {"", "{", "null", "[]", "{\"shards\":1}",
			"{\"shards\":1,\"sequence\":5,\"session\":7}",
			"{\"shards\":1,\"sequence\":\"x\",\"session\":\"s\"}"};
	struct discord_memory_position read = {.self = 9};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_false(discord_memory_read_position(broken[i], 1, INTENTS, &read));
	assert_int_equal(read.self, 9);
	assert_true(discord_memory_read_position(
			"{\"shards\":1,\"sequence\":5,\"session\":\"s\"}", 1, INTENTS, &read));
	assert_int_equal(read.self, 0);
	assert_string_equal(read.position.url, "");
	assert_int_equal(read.intents, INTENTS);
}

static void test_the_channels_of_a_shard_go_with_it(void **state)
{
	struct discord_channels channels = {0}, other = {0};
	struct str text = STR(4096);

	(void)state;
	discord_channels_note(&channels, 10, discord_snowflake_of_shard(0), 100);
	discord_channels_note(&channels, 11, discord_snowflake_of_shard(1), 101);
	discord_channels_note(&channels, 12, 0, 102); /* in private: shard 0 */
	discord_channels_append_of(&channels, 2, 0, &text);
	discord_channels_read(&other, whole(str_text(&text)));
	assert_non_null(discord_channels_find(&other, 10));
	assert_null(discord_channels_find(&other, 11));
	assert_non_null(discord_channels_find(&other, 12));
	discord_channels_forget_of(&channels, 2, 0);
	assert_null(discord_channels_find(&channels, 10));
	assert_non_null(discord_channels_find(&channels, 11));
	assert_null(discord_channels_find(&channels, 12));
	str_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_position_is_read_as_it_was_written),
			cmocka_unit_test(test_a_position_that_is_broken_or_of_an_earlier_version),
			cmocka_unit_test(test_the_channels_of_a_shard_go_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
