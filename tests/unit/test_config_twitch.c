/* The keys of a gateway of type twitch. */

#include "tests/unit/config_folder.h"

#include "bot/core/message.h"
#include "bot/core/rights.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TOKEN           "\"token\": {\"env\": \"EPISODED_TEST_TOKEN\"}"
#define HEAD            "\"name\": \"t\", \"type\": \"twitch\", "
#define LEAST           HEAD "\"login\": \"EpisodeD\", " TOKEN ", \"channels\": [\"#Tv\", \"#Two_2\"]"
#define FILE_OF(text)   "{\"gateways\": [{" text "}]}"

static int with_token(void **state)
{
	setenv("EPISODED_TEST_TOKEN", "oauth:abc123", 1);
	return setup(state);
}

static int without_token(void **state)
{
	unsetenv("EPISODED_TEST_TOKEN");
	return teardown(state);
}

static void test_least(void **state)
{
	struct config *config = load_well(*state, FILE_OF(LEAST));
	const struct twitch_config *twitch = twitch_config(config->gateways[0]);
	const struct url *url = twitch->link.servers.urls;

	assert_ptr_equal(twitch->head.network, &twitch_network);
	assert_string_equal(twitch->login, "episoded");
	assert_string_equal(twitch->token, "abc123");
	assert_string_equal(url->host, "irc-ws.chat.twitch.tv");
	assert_true(url->is_tls);
	assert_int_equal(url->port, 443);
	assert_int_equal(twitch->link.servers.count, 1);
	assert_int_equal(twitch->head.channels.count, 2);
	assert_string_equal(twitch->head.channels.names[0], "#tv");
	assert_string_equal(twitch->head.channels.names[1], "#two_2");
	assert_false(twitch->is_verified);
	config_free(config);
}

static void test_transport(void **state)
{
	struct config *config = load_well(*state, FILE_OF(LEAST));
	const struct twitch_config *twitch = twitch_config(config->gateways[0]);

	assert_int_equal(twitch->transport, TWITCH_IRC);
	config_free(config);
	config = load_well(*state,
			FILE_OF(LEAST ", \"transport\": \"eventsub\", \"api\": \"https://localhost:8/x/\""));
	twitch = twitch_config(config->gateways[0]);
	assert_int_equal(twitch->transport, TWITCH_EVENTSUB);
	assert_string_equal(twitch->link.servers.urls->host, "eventsub.wss.twitch.tv");
	assert_string_equal(twitch->link.servers.urls->path, "/ws");
	assert_string_equal(twitch->api, "https://localhost:8/x");
	config_free(config);
	assert_int_equal(
			compare_texts(*state, FILE_OF(LEAST), FILE_OF(LEAST ", \"transport\": \"eventsub\"")),
			CONFIG_RESTART);
}

static void test_token_without_oauth(void **state)
{
	struct config *config;

	setenv("EPISODED_TEST_TOKEN", "abc123", 1);
	config = load_well(*state, FILE_OF(LEAST ", \"verified\": true"));
	assert_string_equal(twitch_config(config->gateways[0])->token, "abc123");
	assert_true(twitch_config(config->gateways[0])->is_verified);
	config_free(config);
}

static void test_the_same_until_it_is_verified(void **state)
{
	assert_int_equal(compare_texts(*state, FILE_OF(LEAST), FILE_OF(LEAST)), CONFIG_SAME);
	assert_int_equal(compare_texts(*state, FILE_OF(LEAST), FILE_OF(LEAST ", \"verified\": false")),
			CONFIG_SAME);
	assert_int_equal(compare_texts(*state, FILE_OF(LEAST), FILE_OF(LEAST ", \"verified\": true")),
			CONFIG_RESTART);
	assert_int_equal(compare_texts(*state, FILE_OF(LEAST),
					 FILE_OF(LEAST ", \"owners\": [{\"user_id\": \"1\"}]")),
			CONFIG_LIVE);
}

/* Who may be told to join what. */
static void test_names_of_channels(void **state)
{
	(void)state;
	assert_true(twitch_network.is_channel("#Tv_1"));
	assert_false(twitch_network.is_channel("#a-b"));
	assert_false(twitch_network.is_channel("&tv"));
	assert_true(irc_network.is_channel("&a-b"));
	assert_false(irc_network.is_channel("#a b"));
	assert_false(irc_network.is_channel("tv"));
	assert_null(lobby_network.is_channel);
	assert_null(discord_network.is_channel);
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
			{HEAD "\"login\": \"a\", \"channels\": []",
					"\"client_id\" is missing: the client ID of your application"},
			{HEAD TOKEN ", \"channels\": []", "\"login\" is missing"},
			{HEAD "\"login\": \"a b\", " TOKEN ", \"channels\": []",
					"\"login\" is the account's login"},
			{HEAD "\"login\": \"a\", " TOKEN, "\"channels\" is missing"},
			{HEAD "\"login\": \"a\", " TOKEN ", \"channels\": [\"#a-b\"]", "not #a-b"},
			{HEAD "\"login\": \"a\", " TOKEN ", \"channels\": [\"&tv\"]", "not &tv"},
			{LEAST ", \"url\": \"ws://irc.example.org/\"", "without TLS shows the token"},
			{LEAST ", \"url\": \"ircs://irc.example.org/\"", "a WebSocket begins with"},
			{LEAST ", \"nick\": \"x\"", "unknown key \"nick\""},
			{LEAST ", \"owners\": [{\"account\": \"anna\"}]",
					"people are identified by \"user_id\" here, not by account"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[600];

		snprintf(text, sizeof(text), FILE_OF("%s"), cases[i].text);
		assert_reported(*state, text, cases[i].said);
	}
}

static void test_a_token_is_one_word(void **state)
{
	setenv("EPISODED_TEST_TOKEN", "oauth:abc 123", 1);
	assert_refused(*state, FILE_OF(LEAST),
			"1:78: the secret contains a space as character 10, which is in no token; copy the "
			"token "
			"again\n");
	setenv("EPISODED_TEST_TOKEN", "oauth:", 1);
	assert_refused(*state, FILE_OF(LEAST),
			"1:68: \"token\" holds something else than a user access token of Twitch: one "
			"word\n");
}

/* A login name can change, and another person can then take it. */
static void test_an_owner_is_a_number(void **state)
{
	struct config *config = load_well(*state, FILE_OF(LEAST ", \"owners\": [{\"user_id\": \"123\"}]"));
	struct message message = {.author_id = "123", .author_name = "Anna", .account = ""};

	assert_true(orders_is_owner(config->gateways[0], &message));
	message.author_id = "1234";
	assert_false(orders_is_owner(config->gateways[0], &message));
	message.author_name = "123";
	assert_false(orders_is_owner(config->gateways[0], &message));
	config_free(config);
}

#define TWITCH_TEST(name) cmocka_unit_test_setup_teardown(name, with_token, without_token)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TWITCH_TEST(test_least),
			TWITCH_TEST(test_transport),
			TWITCH_TEST(test_token_without_oauth),
			TWITCH_TEST(test_the_same_until_it_is_verified),
			TWITCH_TEST(test_names_of_channels),
			TWITCH_TEST(test_faults),
			TWITCH_TEST(test_a_token_is_one_word),
			TWITCH_TEST(test_an_owner_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
