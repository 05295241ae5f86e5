/* The application's settings from Discord, and the advice that is logged. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bot/gateway/discord/audit.h"

#define NOON_MS 1796040000000ull /* 2026-11-30, 12:00 UTC */

static int application(struct discord_audit *audit, const char *body)
{
	return discord_audit_application(audit, body, strlen(body));
}

static int gateway(struct discord_audit *audit, const char *body)
{
	return discord_audit_gateway(audit, body, strlen(body));
}

static void collect(void *user, const char *text)
{
	struct str *all = user;

	str_printf(all, "%s\n", text);
}

static void warnings(const struct discord_audit *audit, struct str *all)
{
	str_clear(all);
	discord_audit_each_warning(audit, "!", NOON_MS, collect, all);
}

static void has_nothing_to_say_when_all_is_well(void **state)
{
	struct str all = STR(8192);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, " {\"id\":\"42\",\"name\":\"Bot\",\"flags\":262144,"
					     "\"interactions_endpoint_url\":null}"),
			0);
	assert_int_equal(gateway(&audit, "{\"url\":\"wss://g.example\",\"shards\":3,\"session_start_limit\":"
					 "{\"total\":1000,\"remaining\":999,\"reset_after\":14400000,"
					 "\"max_concurrency\":16}}"),
			0);
	assert_true(audit.application == 42 && audit.has_content && !audit.has_endpoint);
	assert_true(audit.intents == 46593);
	assert_string_equal(str_text(&audit.name), "Bot");
	assert_string_equal(str_text(&audit.url), "wss://g.example");
	assert_int_equal(audit.shards, 3);
	assert_int_equal(audit.sessions_left, 999);
	assert_int_equal(audit.max_concurrency, 16);
	assert_true(audit.sessions_reset_ms == 14400000);
	warnings(&audit, &all);
	assert_string_equal(str_text(&all), "");
	str_release(&all);
	discord_audit_release(&audit);
}

static void names_the_setting_that_is_off(void **state)
{
	struct str all = STR(8192);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, "{\"id\":\"42\",\"flags\":8192}"), 0);
	assert_true(audit.intents == 13825);
	warnings(&audit, &all);
	assert_non_null(strstr(str_text(&all), "Message Content Intent is off"));
	assert_non_null(strstr(str_text(&all), "https://discord.com/developers/applications/42/bot"));
	assert_non_null(strstr(str_text(&all), "mentions"));
	/* An intent granted to a bot in few servers counts as granted. */
	assert_int_equal(application(&audit, "{\"id\":\"42\",\"flags\":524288}"), 0);
	assert_true(audit.has_content);
	str_release(&all);
	discord_audit_release(&audit);
}

static void reports_an_interactions_url(void **state)
{
	struct str all = STR(8192);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, "{\"id\":\"42\",\"flags\":262144,"
					     "\"interactions_endpoint_url\":\"https://example.org/\"}"),
			0);
	warnings(&audit, &all);
	assert_non_null(strstr(str_text(&all), "Interactions Endpoint URL"));
	assert_non_null(strstr(str_text(&all), "https://discord.com/developers/applications/42/information"));
	str_release(&all);
	discord_audit_release(&audit);
}

static void reports_settings_that_break_the_invite_link(void **state)
{
	struct str all = STR(8192);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit,
					 "{\"id\":\"42\",\"flags\":262144,\"bot_require_code_grant\":false}"),
			0);
	warnings(&audit, &all);
	assert_string_equal(str_text(&all), "");
	assert_int_equal(application(&audit,
					 "{\"id\":\"42\",\"flags\":262144,\"bot_require_code_grant\":true}"),
			0);
	warnings(&audit, &all);
	assert_non_null(strstr(str_text(&all), "Requires OAuth2 Code Grant"));
	assert_non_null(strstr(str_text(&all), "https://discord.com/developers/applications/42/bot"));
	str_release(&all);
	discord_audit_release(&audit);
}

static void reports_when_sessions_are_used_up(void **state)
{
	struct str all = STR(8192);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, "{\"id\":\"42\",\"flags\":262144}"), 0);
	assert_int_equal(gateway(&audit, "{\"url\":\"wss://g\",\"session_start_limit\":{\"total\":1000,"
					 "\"remaining\":0,\"reset_after\":90001}}"),
			0);
	warnings(&audit, &all);
	assert_non_null(strstr(str_text(&all), "another 2 min: all 1000 of a day"));
	assert_non_null(strstr(str_text(&all), "until 12:02 UTC"));
	str_release(&all);
	discord_audit_release(&audit);
}

static void uses_defaults_for_missing_values(void **state)
{
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(gateway(&audit, "{\"url\":\"wss://g\",\"shards\":0,\"session_start_limit\":"
					 "{\"remaining\":null,\"max_concurrency\":0}}"),
			0);
	assert_int_equal(audit.shards, 1);
	assert_int_equal(audit.sessions_left, 1000);
	assert_int_equal(audit.max_concurrency, 1);
	discord_audit_release(&audit);
}

static void refuses_malformed_responses(void **state)
{
	static const char *const strange[] = {"", " ", "{}", "[]", "<html>", "{\"id\":\"x\",\"url\":7}",
			"{\"id\":null,\"url\":null}", "{\"id\":\"0\",\"url\":\"\"}"};
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		assert_int_equal(application(&audit, strange[i]), -EBADMSG);
		assert_int_equal(gateway(&audit, strange[i]), -EBADMSG);
	}
	assert_true(audit.application == 0);
	discord_audit_release(&audit);
}

static void links_to_a_server(void **state)
{
	struct str str = STR(512);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, "{\"id\":\"42\"}"), 0);
	discord_audit_append_invite_with(&audit, 1ull << 44, &str);
	assert_non_null(strstr(str_text(&str), "&permissions=17867064036352&"));
	str_clear(&str);
	discord_audit_append_invite(&audit, &str);
	assert_string_equal(str_text(&str),
			"https://discord.com/oauth2/authorize?client_id=42"
			"&scope=bot%20applications.commands&permissions=274877991936&integration_type=0");
	str_release(&str);
	discord_audit_release(&audit);
}

static void links_to_an_account(void **state)
{
	struct str str = STR(512);
	struct discord_audit audit;

	(void)state;
	discord_audit_init(&audit);
	assert_int_equal(application(&audit, "{\"id\":\"42\"}"), 0);
	discord_audit_append_user_link(&audit, &str);
	assert_string_equal(str_text(&str),
			"https://discord.com/oauth2/authorize?client_id=42&scope=applications.commands"
			"&integration_type=1");
	str_release(&str);
	discord_audit_release(&audit);
}

static void reads_where_it_can_be_installed(void **state)
{
	static const struct {
		const char *contexts;
		bool has_guild_install, has_user_install;
	} cases[] = {
			{"{}", true, false},
			{"null", true, false},
			{"{\"0\":{\"oauth2_install_params\":{\"scopes\":[\"bot\"]}}}", true, false},
			{"{\"0\":{},\"1\":{}}", true, true},
			{"{\"1\":{}}", false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str all = STR(8192), body = STR(512);
		struct discord_audit audit;

		discord_audit_init(&audit);
		str_printf(&body, "{\"id\":\"42\",\"flags\":262144,\"integration_types_config\":%s}",
				cases[i].contexts);
		assert_int_equal(application(&audit, str_text(&body)), 0);
		assert_int_equal(audit.has_guild_install, cases[i].has_guild_install);
		assert_int_equal(audit.has_user_install, cases[i].has_user_install);
		warnings(&audit, &all);
		if (cases[i].has_guild_install)
			assert_string_equal(str_text(&all), "");
		else
			assert_non_null(strstr(str_text(&all), "/applications/42/installation"));
		str_release(&body);
		str_release(&all);
		discord_audit_release(&audit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(has_nothing_to_say_when_all_is_well),
			cmocka_unit_test(names_the_setting_that_is_off),
			cmocka_unit_test(reports_an_interactions_url),
			cmocka_unit_test(reports_settings_that_break_the_invite_link),
			cmocka_unit_test(reports_when_sessions_are_used_up),
			cmocka_unit_test(uses_defaults_for_missing_values),
			cmocka_unit_test(refuses_malformed_responses),
			cmocka_unit_test(links_to_a_server),
			cmocka_unit_test(links_to_an_account),
			cmocka_unit_test(reads_where_it_can_be_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
