/* The keys of a gateway of type discord. */

#include "tests/unit/config_folder.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GATEWAY(text)                                                                                        \
	"{\"gateways\": [{\"name\": \"home\", \"type\": \"discord\", \"token\": {\"env\": "                  \
	"\"EPISODED_TEST_TOKEN\"}" text "}]}"

static int with_token(void **state)
{
	setenv("EPISODED_TEST_TOKEN", "token", 1);
	return setup(state);
}

static int without_token(void **state)
{
	unsetenv("EPISODED_TEST_TOKEN");
	return teardown(state);
}

static void test_least(void **state)
{
	struct config *config = load_well(*state, GATEWAY(""));
	const struct discord_config *discord = discord_config(config->gateways[0]);

	assert_string_equal(discord->token, "token");
	assert_string_equal(discord->api, "https://discord.com/api/v10");
	assert_int_equal(discord->compress, DISCORD_ZSTD);
	config_free(config);
}

static void test_words(void **state)
{
	struct config *config = load_well(*state, GATEWAY(", \"compress\": \"none\""));

	assert_int_not_equal(discord_config(config->gateways[0])->compress, DISCORD_ZSTD);
	config_free(config);
	assert_reported(*state, GATEWAY(", \"compress\": \"gzip\""),
			"\"compress\" must be \"zstd-stream\", \"zlib-stream\" or \"none\"");
}

/* Changes of style, spoiler channels and owners need no new connection. */
static void test_compare(void **state)
{
	static const struct {
		const char *keys;
		enum config_change change;
	} cases[] = {
			{", \"style\": \"card\", \"shards\": \"auto\"", CONFIG_SAME},
			{", \"style\": \"text\"", CONFIG_LIVE},
			{", \"spoiler_channels\": [\"7\"]", CONFIG_LIVE},
			{", \"bridges\": [\"7\"]", CONFIG_LIVE},
			{", \"owners\": [{\"user_id\": \"7\"}]", CONFIG_LIVE},
			{", \"shards\": 2", CONFIG_RESTART},
			{", \"shards\": 2, \"shard_range\": [0, 1]", CONFIG_RESTART},
			{", \"compress\": \"none\"", CONFIG_RESTART},
			{", \"global_rate\": 51", CONFIG_RESTART},
			{", \"api\": \"https://h/v10\"", CONFIG_RESTART},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[300];

		snprintf(text, sizeof(text), GATEWAY("%s"), cases[i].keys);
		assert_int_equal(compare_texts(*state, GATEWAY(""), text), cases[i].change);
	}
	assert_int_equal(compare_texts(*state, GATEWAY(", \"spoiler_channels\": [\"7\"]"),
					 GATEWAY(", \"spoiler_channels\": [\"8\"]")),
			CONFIG_LIVE);
	assert_int_equal(compare_texts(*state, GATEWAY(", \"shards\": 4, \"shard_range\": [0, 1]"),
					 GATEWAY(", \"shards\": 4, \"shard_range\": [0, 2]")),
			CONFIG_RESTART);
}

/* The token is sent with every request to this address. */
static void test_api_begins_no_header_and_no_query(void **state)
{
	static const char *const wrong[] = {
			GATEWAY(", \"api\": \"http://discord.com/api\""),
			GATEWAY(", \"api\": \"https://h/\\r\\nX: y\""),
			GATEWAY(", \"api\": \"https://h/\\tx\""),
			GATEWAY(", \"api\": \"https://h/\\u007f\""),
			GATEWAY(", \"api\": \"https://h/ x\""),
			GATEWAY(", \"api\": \"https://h/?x\""),
			GATEWAY(", \"api\": \"https://u@h/\""),
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_reported(*state, wrong[i], "\"api\" must be like");
}

#define DISCORD_TEST(name) cmocka_unit_test_setup_teardown(name, with_token, without_token)

int main(void)
{
	const struct CMUnitTest tests[] = {
			DISCORD_TEST(test_least),
			DISCORD_TEST(test_words),
			DISCORD_TEST(test_compare),
			DISCORD_TEST(test_api_begins_no_header_and_no_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
