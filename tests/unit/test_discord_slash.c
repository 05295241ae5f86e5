/* Slash commands made from the commands' descriptions, and the text for their use. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/core/commands.h"
#include "bot/gateway/discord/view/slash.h"

#define EVERYWHERE "\"integration_types\":[0,1],\"contexts\":[0,1,2]"

static struct discord_slash *slash_of(const char *description)
{
	struct discord_slash *slash;

	assert_int_equal(discord_slash_read(description, &slash), 0);
	return slash;
}

static void assert_body(const char *description, const char *expected)
{
	struct discord_slash *slash = slash_of(description);
	struct str str = STR(DISCORD_SLASH_BODY_MAX_BYTES);

	assert_int_equal(discord_slash_append_body(slash, DISCORD_SLASH_FULL, &str), 0);
	assert_string_equal(str_text(&str), expected);
	str_release(&str);
	discord_slash_free(slash);
}

static void offers_a_command_without_options(void **state)
{
	(void)state;
	assert_body("{\"commands\":[{\"name\":\"ping\",\"summary\":\"Is it \\\"there\\\"\",\"options\":[]}]}",
			"[{\"type\":1,\"name\":\"ping\",\"description\":\"Is it \\\"there\\\"\"," EVERYWHERE
			",\"options\":[]}]");
}

static void puts_required_options_first(void **state)
{
	(void)state;
	assert_body("{\"commands\":[{\"name\":\"a\",\"summary\":\"\",\"options\":["
		    "{\"name\":\"what\",\"type\":\"choice\",\"required\":false,\"help\":\"Which\","
		    "\"choices\":["
		    "\"x\",\"y\"]},"
		    "{\"name\":\"n\",\"type\":\"integer\",\"required\":true,\"help\":\"\",\"low\":1,\"high\":"
		    "9},"
		    "{\"name\":\"words\",\"type\":\"text\",\"required\":true,\"help\":\"h\"},"
		    "{\"name\":\"who\",\"type\":\"character\",\"required\":false,\"help\":\"h\"}]}]}",
			"[{\"type\":1,\"name\":\"a\",\"description\":\"a\"," EVERYWHERE ",\"options\":["
			"{\"type\":4,\"name\":\"n\",\"description\":\"n\",\"required\":true,\"min_value\":1,"
			"\"max_"
			"value\":9},"
			"{\"type\":3,\"name\":\"words\",\"description\":\"h\",\"required\":true,\"max_"
			"length\":300},"
			"{\"type\":3,\"name\":\"what\",\"description\":\"Which\",\"required\":false,"
			"\"choices\":["
			"{\"name\":\"x\",\"value\":\"x\"},{\"name\":\"y\",\"value\":\"y\"}]},"
			"{\"type\":3,\"name\":\"who\",\"description\":\"h\",\"required\":false,"
			"\"autocomplete\":true,"
			"\"max_length\":100}]}]");
}

/* One bad command would make Discord refuse them all. */
static void omits_buttons_that_discord_would_refuse(void **state)
{
	(void)state;
	assert_body("{\"commands\":[{\"name\":\"Upper\"},{\"name\":\"two words\"},{\"name\":\"\"},{},"
		    "{\"name\":\"a-name-of-more-than-thirty-two-letters\"},"
		    "{\"name\":\"ok\",\"options\":[{\"name\":\"Bad\",\"type\":\"text\"}]}]}",
			"[{\"type\":1,\"name\":\"ok\",\"description\":\"ok\"," EVERYWHERE
			",\"options\":[]}]");
}

static void puts_search_into_the_menu_of_messages(void **state)
{
	(void)state;
	assert_body("{\"commands\":[{\"name\":\"search\",\"summary\":\"s\"}]}",
			"[{\"type\":1,\"name\":\"search\",\"description\":\"s\"," EVERYWHERE
			",\"options\":[]},"
			"{\"type\":3,\"name\":\"Which episode is this?\"," EVERYWHERE "}]");
}

static void refuses_malformed_descriptions(void **state)
{
	static const char *const strange[] = {"", "{", "[]", "{}", "{\"commands\":{}}", "null"};
	struct discord_slash *slash;

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		assert_int_equal(discord_slash_read(strange[i], &slash), -EBADMSG);
}

static void assert_words(struct json_node *node, const char *key, size_t limit)
{
	const char *text = json_string(json_get(node, key));

	assert_non_null(text);
	assert_in_range(utf8_utf16_units(text), 1, limit);
}

/* All commands of the program. */
static void offers_every_real_command(void **state)
{
	struct str description = STR(64 * 1024), body = STR(DISCORD_SLASH_BODY_MAX_BYTES);
	struct discord_slash *slash;
	struct json *json;
	size_t chat = 0, offered = 0;

	(void)state;
	/* Owner commands are not slash commands. */
	for (size_t i = 0; i < command_entry_count; i++)
		offered += command_entries[i].command->permission != PERMISSION_OWNER;
	commands_append_json(&description, "!", false);
	slash = slash_of(str_text(&description));
	assert_int_equal(discord_slash_append_body(slash, DISCORD_SLASH_FULL, &body), 0);
	assert_int_equal(json_parse(str_text(&body), body.length, 0, &json), 0);
	assert_false(json_is_broken(json));
	for (struct json_node *node = json_first(json_root(json)); node; node = json_next(node)) {
		assert_words(node, "name", 32);
		if ((int)json_number(json_get(node, "type")) != 1)
			continue;
		chat++;
		assert_words(node, "description", 100);
		for (struct json_node *option = json_first(json_get(node, "options")); option;
				option = json_next(option)) {
			assert_words(option, "name", 32);
			assert_words(option, "description", 100);
		}
	}
	assert_int_equal(chat, offered);
	json_free(json);
	str_release(&description);
	str_release(&body);
	discord_slash_free(slash);
}

/* ---------------------------------------------------------------- asked */

static const char both[] =
		"{\"commands\":[{\"name\":\"search\",\"summary\":\"s\",\"options\":[{\"name\":\"words\","
		"\"type\":"
		"\"text\"}]},"
		"{\"name\":\"two\",\"summary\":\"s\",\"options\":[{\"name\":\"first\",\"type\":\"text\"},"
		"{\"name\":\"second\",\"type\":\"integer\"}]}]}";

static void set_option(struct discord_interaction *interaction, const char *name, const char *value)
{
	struct discord_interaction_option *option = &interaction->options[interaction->option_count++];

	str_append(&option->name, name);
	str_append(&option->value, value);
}

static void assert_asked(const struct discord_interaction *interaction, const char *expected)
{
	struct discord_slash *slash = slash_of(both);
	struct str str = STR(4000);

	assert_int_equal(discord_slash_append_text(slash, interaction, &str), 0);
	assert_string_equal(str_text(&str), expected);
	str_release(&str);
	discord_slash_free(slash);
}

static void joins_values_in_the_order_of_the_description(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	interaction.kind = DISCORD_INTERACTION_COMMAND;
	str_append(&interaction.command, "two");
	assert_asked(&interaction, "two");
	set_option(&interaction, "second", "7");
	set_option(&interaction, "unknown", "x");
	set_option(&interaction, "first", "a b");
	assert_asked(&interaction, "two a b 7");
	discord_interaction_release(&interaction);
}

static void puts_the_show_before_the_other_values(void **state)
{
	static const char shows[] =
			"{\"commands\":[{\"name\":\"two\",\"summary\":\"s\",\"options\":["
			"{\"name\":\"first\",\"type\":\"text\"},{\"name\":\"show\",\"type\":\"show\"}]}]}";
	struct discord_slash *slash = slash_of(shows);
	struct discord_interaction interaction;
	struct str str = STR(4000);

	(void)state;
	discord_interaction_init(&interaction);
	interaction.kind = DISCORD_INTERACTION_COMMAND;
	str_append(&interaction.command, "two");
	set_option(&interaction, "first", "a b");
	set_option(&interaction, "show", "the office");
	assert_int_equal(discord_slash_append_text(slash, &interaction, &str), 0);
	assert_string_equal(str_text(&str), "two show:the-office a b");
	str_clear(&str);
	discord_slash_append_partial(&interaction, &interaction.options[0], &str);
	assert_string_equal(str_text(&str), "show:the-office a b");
	str_clear(&str);
	discord_slash_append_partial(&interaction, &interaction.options[1], &str);
	assert_string_equal(str_text(&str), "the office");
	str_release(&str);
	assert_asked(&interaction, "two a b"); /* the option is gone: there is one show now */
	discord_interaction_release(&interaction);
	discord_slash_free(slash);
}

static void searches_with_the_text_of_a_message(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	interaction.kind = DISCORD_INTERACTION_MESSAGE;
	str_append(&interaction.command, DISCORD_SLASH_MENU);
	str_append(&interaction.target, "  <@1> the one  with <:e:2> the drone ");
	assert_asked(&interaction, "search the one with the drone");
	str_clear(&interaction.target);
	assert_asked(&interaction, "search");
	discord_interaction_release(&interaction);
}

static void cuts_a_long_message_at_a_word(void **state)
{
	struct discord_slash *slash = slash_of(both);
	struct discord_interaction interaction;
	struct str str = STR(4000);

	(void)state;
	discord_interaction_init(&interaction);
	interaction.kind = DISCORD_INTERACTION_MESSAGE;
	str_append(&interaction.command, DISCORD_SLASH_MENU);
	for (int i = 0; i < 400; i++)
		str_append(&interaction.target, "drone ");
	assert_int_equal(discord_slash_append_text(slash, &interaction, &str), 0);
	assert_in_range(str.length, DISCORD_SLASH_TEXT_MAX_BYTES - 10, DISCORD_SLASH_TEXT_MAX_BYTES + 10);
	assert_string_equal(str_text(&str) + str.length - 6, " drone");
	str_release(&str);
	discord_interaction_release(&interaction);
	discord_slash_free(slash);
}

static void knows_what_is_gone(void **state)
{
	struct discord_slash *slash = slash_of(both);
	struct discord_interaction interaction;
	struct str str = STR(4000);

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(discord_slash_append_text(slash, &interaction, &str), -ENOENT);
	str_append(&interaction.command, "gone");
	assert_int_equal(discord_slash_append_text(slash, &interaction, &str), -ENOENT);
	interaction.kind = DISCORD_INTERACTION_MESSAGE;
	assert_int_equal(discord_slash_append_text(slash, &interaction, &str), -ENOENT);
	str_release(&str);
	discord_interaction_release(&interaction);
	discord_slash_free(slash);
}

/* ---------------------------------------------------------------- completion */

static void assert_choices(const char *suggestions, const char *expected)
{
	struct str str = STR(64 * 1024);

	discord_slash_append_choices(suggestions, &str);
	assert_string_equal(str_text(&str), expected);
	str_release(&str);
}

static void makes_choices_of_suggestions(void **state)
{
	(void)state;
	assert_choices("[]", "{\"choices\":[]}");
	assert_choices("[[\"Episode 5. \\\"A\\\"\",\"s01e05\"],[\"6\",\"6\"]]",
			"{\"choices\":[{\"name\":\"Episode 5. \\\"A\\\"\",\"value\":\"s01e05\"},"
			"{\"name\":\"6\",\"value\":\"6\"}]}");
	assert_choices("[[\"\",\"5\"],[\"5\"],7,[\"a\",\"b\"]]",
			"{\"choices\":[{\"name\":\"a\",\"value\":\"b\"}]}");
	assert_choices("nonsense", "{\"choices\":[]}");
	assert_choices("", "{\"choices\":[]}");
}

static void makes_at_most_25_short_choices(void **state)
{
	struct str suggestions = STR(64 * 1024), str = STR(64 * 1024);
	struct json_node *choices;
	struct json *json;

	(void)state;
	for (int i = 0; i < 40; i++) {
		str_printf(&suggestions, "%s[\"", i ? "," : "[");
		for (int k = 0; k < 60; k++)
			str_append(&suggestions, "😀");
		str_printf(&suggestions, "\",\"%d\"]", i);
	}
	str_append_char(&suggestions, ']');
	discord_slash_append_choices(str_text(&suggestions), &str);
	assert_int_equal(json_parse(str_text(&str), str.length, 0, &json), 0);
	choices = json_get(json_root(json), "choices");
	assert_int_equal(json_count(choices), 25);
	for (struct json_node *choice = json_first(choices); choice; choice = json_next(choice))
		assert_words(choice, "name", 100);
	json_free(json);
	str_release(&suggestions);
	str_release(&str);
}

/* Without what came later: limits of a value, and where a command is offered. */
static void an_old_server_gets_old_members_only(void **state)
{
	struct discord_slash *slash =
			slash_of("{\"commands\":[{\"name\":\"search\",\"options\":[{\"name\":\"n\",\"type\":"
				 "\"integer\","
				 "\"required\":true,\"help\":\"\",\"low\":1,\"high\":9},{\"name\":\"w\","
				 "\"type\":\"text\","
				 "\"help\":\"\"}]},{\"name\":\"Bad\"},{\"name\":\"ping\",\"options\":[]}]}");
	struct str str = STR(DISCORD_SLASH_BODY_MAX_BYTES);

	(void)state;
	assert_int_equal(discord_slash_append_body(slash, DISCORD_SLASH_OLD, &str), 0);
	assert_string_equal(str_text(&str), "[{\"type\":1,\"name\":\"search\",\"description\":\"search\","
					    "\"options\":[{\"type\":4,\"name\":"
					    "\"n\",\"description\":\"n\",\"required\":true},{\"type\":3,"
					    "\"name\":\"w\",\"description\":\"w\","
					    "\"required\":false}]},{\"type\":1,\"name\":\"ping\","
					    "\"description\":\"ping\",\"options\":[]},"
					    "{\"type\":3,\"name\":\"Which episode is this?\"}]");
	str_clear(&str);
	assert_int_equal(discord_slash_append_command(slash, DISCORD_SLASH_OLD, 1, &str), 0);
	assert_string_equal(str_text(&str),
			"{\"type\":1,\"name\":\"ping\",\"description\":\"ping\",\"options\":[]}");
	assert_string_equal(discord_slash_name(slash, 0), "search");
	assert_string_equal(discord_slash_name(slash, 2), DISCORD_SLASH_MENU);
	assert_string_equal(discord_slash_name(slash, 3), "");
	assert_int_equal(discord_slash_append_command(slash, DISCORD_SLASH_FULL, 3, &str), -ENOENT);
	str_release(&str);
	discord_slash_free(slash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_old_server_gets_old_members_only),
			cmocka_unit_test(offers_a_command_without_options),
			cmocka_unit_test(puts_required_options_first),
			cmocka_unit_test(omits_buttons_that_discord_would_refuse),
			cmocka_unit_test(puts_search_into_the_menu_of_messages),
			cmocka_unit_test(refuses_malformed_descriptions),
			cmocka_unit_test(offers_every_real_command),
			cmocka_unit_test(joins_values_in_the_order_of_the_description),
			cmocka_unit_test(puts_the_show_before_the_other_values),
			cmocka_unit_test(searches_with_the_text_of_a_message),
			cmocka_unit_test(cuts_a_long_message_at_a_word),
			cmocka_unit_test(knows_what_is_gone),
			cmocka_unit_test(makes_choices_of_suggestions),
			cmocka_unit_test(makes_at_most_25_short_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
