/* Parsing interactions: those that Discord sends, and malformed ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bot/gateway/discord/interaction.h"

#define HEAD                                                                                                 \
	"{\"id\":\"81985529216486895\",\"application_id\":\"22\",\"token\":\"to/ken\",\"channel_id\":\"33\""
#define MEMBER                                                                                               \
	",\"guild_id\":\"44\",\"member\":{\"nick\":\"Ada\",\"user\":{\"id\":\"55\",\"username\":\"a\"}}"
#define USER    ",\"user\":{\"id\":\"55\",\"username\":\"a\",\"global_name\":\"Ada L.\"}"
#define COMMAND ",\"type\":2,\"data\":{\"id\":\"1\",\"name\":\"episode\",\"type\":1"

static int read(const char *text, struct discord_interaction *interaction)
{
	return discord_interaction_read((struct span){text, strlen(text)}, interaction);
}

static void reads_a_command_in_a_server(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(read(HEAD MEMBER COMMAND ",\"options\":[{\"name\":\"episode\",\"type\":3,\"value\":"
						  "\"s01 \\\"e5\\\"\"},"
						  "{\"name\":\"count\",\"type\":4,\"value\":12},"
						  "{\"name\":\"loud\",\"type\":5,\"value\":true}]},"
						  "\"context\":0,\"app_permissions\":\"16384\"}",
					 &interaction),
			0);
	assert_int_equal(interaction.kind, DISCORD_INTERACTION_COMMAND);
	assert_true(interaction.id == 81985529216486895ull && interaction.application == 22);
	assert_true(interaction.channel == 33 && interaction.guild == 44 && interaction.user == 55);
	assert_string_equal(str_text(&interaction.token), "to/ken");
	assert_string_equal(str_text(&interaction.user_name), "Ada");
	assert_string_equal(str_text(&interaction.command), "episode");
	assert_int_equal(interaction.option_count, 3);
	assert_string_equal(str_text(&interaction.options[0].value), "s01 \"e5\"");
	assert_string_equal(str_text(&interaction.options[1].value), "12");
	assert_string_equal(str_text(&interaction.options[2].value), "true");
	assert_true(interaction.can_embed);
	assert_false(interaction.is_private);
	discord_interaction_release(&interaction);
}

static void reads_a_command_in_private(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(read(HEAD USER COMMAND "},\"context\":1,\"guild_id\":null,\"member\":null}",
					 &interaction),
			0);
	assert_true(interaction.is_private && interaction.can_embed);
	assert_true(interaction.guild == 0 && interaction.user == 55);
	assert_string_equal(str_text(&interaction.user_name), "Ada L.");
	assert_int_equal(interaction.option_count, 0);
	/* In a private channel of other people the bot is a guest. */
	assert_int_equal(read(HEAD USER COMMAND "},\"context\":2}", &interaction), 0);
	assert_false(interaction.is_private);
	/* Without "context" (older payloads), a missing guild means a direct message. */
	assert_int_equal(read(HEAD USER COMMAND "}}", &interaction), 0);
	assert_true(interaction.is_private);
	discord_interaction_release(&interaction);
}

static void reads_a_button(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(read(HEAD MEMBER ",\"type\":3,\"app_permissions\":\"0\",\"message\":{\"flags\":64},"
					  "\"data\":{\"component_type\":2,\"custom_id\":\"c:episode 6\"}}",
					 &interaction),
			0);
	assert_int_equal(interaction.kind, DISCORD_INTERACTION_BUTTON);
	assert_string_equal(str_text(&interaction.custom_id), "c:episode 6");
	assert_true(interaction.is_host_ephemeral);
	assert_false(interaction.can_embed);
	/* Select menus are not used by the bot. */
	assert_int_equal(
			read(HEAD MEMBER ",\"type\":3,\"data\":{\"component_type\":3,\"custom_id\":\"c:x\"}}",
					&interaction),
			0);
	assert_int_equal(interaction.kind, DISCORD_INTERACTION_OTHER);
	discord_interaction_release(&interaction);
}

static void reads_a_half_typed_option(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(
			read(HEAD MEMBER ",\"type\":4,\"data\":{\"name\":\"episode\",\"type\":1,\"options\":["
					 "{\"name\":\"episode\",\"type\":3,\"value\":\"dr\",\"focused\":true}"
					 "]}}",
					&interaction),
			0);
	assert_int_equal(interaction.kind, DISCORD_INTERACTION_COMPLETE);
	assert_true(interaction.options[0].is_focused);
	assert_string_equal(str_text(&interaction.options[0].value), "dr");
	discord_interaction_release(&interaction);
}

static void reads_the_menu_of_a_message(void **state)
{
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	assert_int_equal(read(HEAD MEMBER ",\"type\":2,\"data\":{\"name\":\"Which episode is "
					  "this?\",\"type\":3,\"target_id\":\"9\","
					  "\"resolved\":{\"messages\":{\"9\":{\"id\":\"9\",\"content\":"
					  "\"the\\ndrone\"}}}}}",
					 &interaction),
			0);
	assert_int_equal(interaction.kind, DISCORD_INTERACTION_MESSAGE);
	assert_string_equal(str_text(&interaction.target), "the drone");
	/* The next one contains no rest of it. */
	assert_int_equal(read(HEAD MEMBER COMMAND "}}", &interaction), 0);
	assert_string_equal(str_text(&interaction.target), "");
	discord_interaction_release(&interaction);
}

/* All members, except those needed to answer, may be null, absent or of another type. */
static void survives_unusual_input(void **state)
{
	static const char *const good[] = {
			HEAD USER "}",
			HEAD USER ",\"type\":null,\"data\":null,\"context\":null,\"message\":null,\"app_"
				  "permissions\":null}",
			HEAD USER ",\"type\":\"x\",\"data\":7,\"context\":{},\"message\":[],\"app_"
				  "permissions\":\"-1\"}",
			HEAD USER ",\"type\":5,\"data\":{\"custom_id\":\"x\",\"components\":[]}}",
			HEAD USER ",\"type\":1}",
			HEAD USER COMMAND ",\"options\":null,\"resolved\":{\"messages\":[]}}}",
			HEAD USER COMMAND ",\"options\":[null,7,{\"name\":null,\"value\":{\"a\":[1]}},{}]}}",
			HEAD USER COMMAND ",\"resolved\":{\"messages\":{\"9\":{\"content\":null}}}}}",
	};
	static const char *const bad[] = {
			"",
			"null",
			"[]",
			"{",
			"{}",
			HEAD "}",
			HEAD ",\"user\":null,\"member\":null}",
			HEAD ",\"user\":{\"id\":\"x\"}}",
			HEAD USER COMMAND ",\"options\":{}}}",
			HEAD USER COMMAND ",\"name2\":1,\"options\":[1 2]}}",
			"{\"id\":\"0\",\"application_id\":\"22\",\"token\":\"t\"" USER "}",
			"{\"id\":\"1\",\"application_id\":\"22\",\"token\":\"\"" USER "}",
			"{\"id\":\"1\",\"application_id\":\"22\",\"token\":null" USER "}",
			"{\"id\":\"1\",\"token\":\"t\"" USER "}",
			"{\"id\":\"99999999999999999999\",\"application_id\":\"22\",\"token\":\"t\"" USER "}",
	};
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(read(good[i], &interaction), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read(bad[i], &interaction), -EBADMSG);
	discord_interaction_release(&interaction);
}

static void keeps_no_more_options_than_there_may_be(void **state)
{
	struct str text = STR(8192);
	struct discord_interaction interaction;

	(void)state;
	discord_interaction_init(&interaction);
	str_append(&text, HEAD USER COMMAND ",\"options\":[");
	for (int i = 0; i < 40; i++)
		str_printf(&text, "%s{\"name\":\"o%d\",\"value\":%d}", i ? "," : "", i, i);
	str_append(&text, "]}}");
	assert_int_equal(read(str_text(&text), &interaction), 0);
	assert_int_equal(interaction.option_count, DISCORD_INTERACTION_OPTIONS_MAX);
	str_release(&text);
	discord_interaction_release(&interaction);
}

static void keeps_a_ticket_over_a_restart(void **state)
{
	const struct discord_interaction_ticket ticket = {.application = UINT64_MAX,
			.kind = DISCORD_INTERACTION_BUTTON,
			.page = 12,
			.is_page = true,
			.is_host_ephemeral = true,
			.token = "to/ken/"};
	struct discord_interaction_ticket again;
	struct str text = STR(4096);

	(void)state;
	discord_interaction_append_ticket(&text, &ticket);
	assert_int_equal(discord_interaction_read_ticket(str_text(&text), &again), 0);
	assert_true(again.application == UINT64_MAX && again.page == 12);
	assert_int_equal(again.kind, DISCORD_INTERACTION_BUTTON);
	assert_true(again.is_page && again.is_host_ephemeral && !again.can_embed);
	assert_string_equal(again.token, "to/ken/");
	str_release(&text);
}

static void refuses_a_strange_ticket(void **state)
{
	static const char *const strange[] = {"", "/", "0/1/2/3", "0/1/2/3/", "x/1/2/3/t", "9/1/2/3/t",
			"0//2/3/t", "0/1/99999999999/3/t", "0/-1/2/3/t"};
	struct discord_interaction_ticket ticket = {.page = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		assert_int_equal(discord_interaction_read_ticket(strange[i], &ticket), -EBADMSG);
	assert_int_equal(ticket.page, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(reads_a_command_in_a_server),
			cmocka_unit_test(reads_a_command_in_private),
			cmocka_unit_test(reads_a_button),
			cmocka_unit_test(reads_a_half_typed_option),
			cmocka_unit_test(reads_the_menu_of_a_message),
			cmocka_unit_test(survives_unusual_input),
			cmocka_unit_test(keeps_no_more_options_than_there_may_be),
			cmocka_unit_test(keeps_a_ticket_over_a_restart),
			cmocka_unit_test(refuses_a_strange_ticket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
