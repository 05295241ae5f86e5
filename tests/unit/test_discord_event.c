/* Messages from Discord: which ones are for the bot, and which ones are ignored. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/event.h"

#define AUTHOR "\"author\":{\"id\":\"30\",\"username\":\"ada\",\"global_name\":\"Ada\"}"
#define HEAD   "{\"id\":\"1574358320553132039\",\"channel_id\":\"20\","
#define GUILD  "\"guild_id\":\"10\","

/* Of the guild in which say() writes. */
static uint64_t role_in(void *user, uint64_t guild)
{
	(void)user;
	return guild == 10 ? 77 : 0;
}

static const char *const prefixes[] = {"??", "ü", NULL}; /* of single channels */
static const struct discord_event_self self = {
		.id = 99, .prefix = "!", .prefixes = prefixes, .role_in = role_in};

static int read(const char *json, struct discord_event_message *message)
{
	size_t length = strlen(json);
	char *bytes = malloc(length ? length : 1);
	int r;

	assert_non_null(bytes);
	memcpy(bytes, json, length);
	r = discord_event_message_read((struct span){bytes, length}, &self, message);
	free(bytes);
	return r;
}

static int setup(void **state)
{
	static struct discord_event_message message;

	discord_event_message_init(&message);
	*state = &message;
	return 0;
}

static int teardown(void **state)
{
	discord_event_message_release(*state);
	return 0;
}

/* A message of a person in a guild. */
static int say(struct discord_event_message *message, const char *content)
{
	char json[600];

	snprintf(json, sizeof(json), HEAD GUILD "\"type\":0,\"content\":\"%s\"," AUTHOR "}", content);
	return read(json, message);
}

/* The channel is not checked here, but in dispatch. */
static void a_prefix_of_a_channel_is_read(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(say(message, "??episode"), 1);
	assert_string_equal(str_text(&message->text), "??episode");
	assert_int_equal(say(message, "\\u00fcepisode"), 1);
	assert_int_equal(say(message, "?episode"), 0);
	assert_int_equal(say(message, "ue"), 0);
}

static void a_command_is_read(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(read(HEAD GUILD "\"type\":0,\"content\":\"!episode 5\",\"member\":{\"nick\":\"Ada "
					 "L.\"}," AUTHOR ",\"mentions\":[],\"flags\":0,\"webhook_id\":null}",
					 message),
			1);
	assert_true(message->id == 1574358320553132039u);
	assert_int_equal(message->channel, 20);
	assert_int_equal(message->guild, 10);
	assert_int_equal(message->author, 30);
	assert_string_equal(str_text(&message->author_name), "Ada L.");
	assert_string_equal(str_text(&message->text), "!episode 5");
	assert_false(message->is_addressed);
	assert_true(discord_snowflake_ms(175928847299117063u) ==
			1462015105796u); /* the documentation's example */
	assert_true(discord_snowflake_at(1462015105796u) <= 175928847299117063u);
}

static void names_fall_back(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(say(message, "!a"), 1);
	assert_string_equal(str_text(&message->author_name), "Ada");
	assert_int_equal(read(HEAD GUILD "\"content\":\"!a\",\"member\":{\"nick\":null},\"author\":{\"id\":"
					 "\"3\","
					 "\"username\":\"ada\",\"global_name\":null}}",
					 message),
			1);
	assert_string_equal(str_text(&message->author_name), "ada");
	assert_int_equal(read(HEAD GUILD "\"content\":\"!a\",\"author\":{\"id\":\"3\"}}", message), 1);
	assert_string_equal(str_text(&message->author_name), "");
}

static void chatter_is_left_alone(void **state)
{
	static const char *const texts[] = {"", " ", "hello", "5!", "hey <@98>", "<@98> !episode",
			"a <@99> b", "<@9", "who is <@99>?", "🧟"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(say(*state, texts[i]), 0);
}

static void mentions_are_stripped(void **state)
{
	static const struct {
		const char *content, *text;
	} cases[] = {
			{"<@99> episode 5", "episode 5"},
			{"<@!99> episode 5", "episode 5"},
			{"  <@99>episode 5", "episode 5"},
			{"episode 5 <@99>", "episode 5"},
			{"episode 5 <@!99>  ", "episode 5"},
			{"\\u003c@99> episode 5", "episode 5"},
			{"<@99> !episode 5", "!episode 5"},
	};
	struct discord_event_message *message = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(say(message, cases[i].content), 1);
		assert_true(message->is_addressed);
		assert_string_equal(str_text(&message->text), cases[i].text);
	}
	assert_int_equal(say(message, "<@99>"), 0);
}

static void escapes_hide_no_command(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(say(message, "\\u0021episode 5"), 1);
	assert_string_equal(str_text(&message->text), "!episode 5");
	assert_int_equal(say(message, "\\n!episode\\n5"), 1);
	assert_string_equal(str_text(&message->text), "!episode 5");
	assert_int_equal(say(message, "\\u0041!episode"), 0);
}

static void a_direct_message_is_for_the_bot(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(read(HEAD "\"content\":\"episode 5\"," AUTHOR "}", message), 1);
	assert_true(message->is_addressed);
	assert_int_equal(message->guild, 0);
	assert_int_equal(read(HEAD "\"guild_id\":null,\"content\":\"episode 5\"," AUTHOR "}", message), 1);
	/* A message in a guild that only the bot and one person see. */
	assert_int_equal(read(HEAD "\"flags\":64,\"content\":\"episode 5\"," AUTHOR "}", message), 0);
}

static void messages_asked_for_later_name_no_guild(void **state)
{
	struct discord_event_self elsewhere = self;
	struct discord_event_message *message = *state;

	elsewhere.guild = 10;
	assert_int_equal(discord_event_message_read(SPAN(HEAD "\"content\":\"episode 5\"," AUTHOR "}"),
					 &elsewhere, message),
			0);
	assert_int_equal(discord_event_message_read(SPAN(HEAD "\"content\":\"!episode 5\"," AUTHOR "}"),
					 &elsewhere, message),
			1);
	assert_int_equal(message->guild, 10);
	assert_false(message->is_addressed);
}

static void only_people_are_answered(void **state)
{
	static const char *const members[] = {
			"\"author\":{\"id\":\"30\",\"bot\":true}",
			"\"author\":{\"id\":\"30\",\"system\":true}",
			"\"author\":{\"id\":\"99\"}",
			"\"author\":{\"id\":\"30\"},\"webhook_id\":\"4\"",
			"\"author\":{\"id\":\"30\"},\"type\":7",
			"\"author\":{\"id\":\"30\"},\"type\":20",
	};
	char json[400];

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(json, sizeof(json), HEAD GUILD "\"content\":\"!episode 5\",%s}", members[i]);
		assert_int_equal(read(json, *state), 0);
	}
	assert_int_equal(read(HEAD GUILD "\"content\":\"!e\",\"type\":19,\"author\":{\"id\":\"30\",\"bot\":"
					 "false}}",
					 *state),
			1);
}

static void malformed_frames_are_distinguished(void **state)
{
	static const char *const texts[] = {"", "[]", "{\"content\":\"!a\"}",
			HEAD GUILD "\"content\":\"!a\"}", HEAD GUILD "\"content\":\"!a\"," AUTHOR,
			HEAD "\"guild_id\":\"x\",\"content\":\"!a\"," AUTHOR "}",
			HEAD GUILD "\"content\":\"!\\q\"," AUTHOR "}",
			HEAD GUILD "\"content\":5," AUTHOR "}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read(texts[i], *state), -EBADMSG);
	assert_int_equal(read(HEAD GUILD "\"content\":null," AUTHOR "}", *state), 0);
}

static void a_very_long_one_is_chatter(void **state)
{
	char *json = malloc(10000);
	size_t length;

	assert_non_null(json);
	length = (size_t)snprintf(json, 10000, HEAD GUILD AUTHOR ",\"content\":\"!");
	memset(json + length, 'x', 5000);
	memcpy(json + length + 5000, "\"}", 3);
	assert_int_equal(read(json, *state), 0);
	free(json);
	assert_int_equal(say(*state, "!still here"), 1);
}

static void the_bots_own_role_means_the_bot(void **state)
{
	struct discord_event_message *message = *state;

	assert_int_equal(say(message, "<@&77> episode 5"), 1);
	assert_string_equal(str_text(&message->text), "episode 5");
	assert_true(message->is_addressed);
	assert_int_equal(say(message, "episode 5 <@&77> "), 1);
	assert_string_equal(str_text(&message->text), "episode 5");
	/* Another role, the role in the middle, alone, in a guild where the bot has no role, and truncated. */
	assert_int_equal(say(message, "<@&78> episode 5"), 0);
	assert_int_equal(say(message, "hello <@&77> episode"), 0);
	assert_int_equal(say(message, "<@&77>"), 0);
	assert_int_equal(read(HEAD "\"guild_id\":\"11\",\"type\":0,\"content\":\"<@&77> episode 5\"," AUTHOR
				   "}",
					 message),
			0);
	assert_int_equal(say(message, "<@&77"), 0);
	assert_int_equal(say(message, "<@99>, episode 5"), 1);
	assert_string_equal(str_text(&message->text), "episode 5");
	assert_int_equal(say(message, "<@!99>: episode 5"), 1);
	assert_string_equal(str_text(&message->text), "episode 5");
	assert_int_equal(say(message, "<@99>,"), 0);
	assert_int_equal(say(message, ">"), 0);
	/* With a prefix it is a command, whatever mention follows. */
	assert_int_equal(say(message, "!who <@&78>"), 1);
	assert_false(message->is_addressed);
	assert_int_equal(say(message, "```!episode 5```"), 0);
	assert_int_equal(say(message, "`!episode 5`"), 0);
	assert_int_equal(say(message, "```\\n!episode 5\\n```"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
			TEST(a_command_is_read),
			TEST(a_prefix_of_a_channel_is_read),
			TEST(names_fall_back),
			TEST(chatter_is_left_alone),
			TEST(mentions_are_stripped),
			TEST(the_bots_own_role_means_the_bot),
			TEST(escapes_hide_no_command),
			TEST(a_direct_message_is_for_the_bot),
			TEST(messages_asked_for_later_name_no_guild),
			TEST(only_people_are_answered),
			TEST(malformed_frames_are_distinguished),
			TEST(a_very_long_one_is_chatter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
