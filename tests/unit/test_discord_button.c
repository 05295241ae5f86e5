/* Buttons, whose custom ID of at most 100 characters contains their action. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bot/gateway/discord/view/button.h"

static void reads_its_own_output(void **state)
{
	struct discord_button button;

	(void)state;
	assert_int_equal(discord_button_parse("c:episode 6", &button), 0);
	assert_false(button.is_page);
	assert_string_equal(button.command, "episode 6");
	assert_int_equal(discord_button_parse("m:12:search a:b", &button), 0);
	assert_true(button.is_page);
	assert_int_equal(button.page, 12);
	assert_string_equal(button.command, "search a:b");
}

static void refuses_malformed_custom_ids(void **state)
{
	static const char *const strange[] = {"", "c", "c:", "x:episode", "m", "m:", "m:1",
			"m:1:", "m::episode", "m:-1:episode", "m:1000:episode",
			"m:99999999999999999999:episode", "m:1x:episode", "episode"};
	struct discord_button button = {.page = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		assert_int_equal(discord_button_parse(strange[i], &button), -EBADMSG);
	assert_int_equal(button.page, 77);
}

static void is_at_most_a_hundred_units_long(void **state)
{
	char command[120];

	(void)state;
	memset(command, 'x', sizeof(command));
	command[96] = '\0';
	assert_true(discord_button_holds(command, 9)); /* "m:9:" and 96 */
	assert_false(discord_button_holds(command, 10));
	assert_false(discord_button_holds(NULL, 0));
	assert_false(discord_button_holds("", 0));
}

static void assert_rows(const struct reply *reply, struct discord_button_pages pages, const char *expected)
{
	struct str str = STR(8192);

	pages.is_first = true;
	discord_button_append_rows(&str, reply, &pages);
	assert_string_equal(str_text(&str), expected);
	str_release(&str);
}

static void puts_choices_and_pages_in_rows(void **state)
{
	struct reply reply;

	(void)state;
	reply_init(&reply);
	assert_rows(&reply, (struct discord_button_pages){.page = 0, .count = 1, .command = "help"}, "");
	reply_add_choice(&reply, "← \"5\"", "episode 5");
	reply_add_choice(&reply, "7 →", "episode 7");
	assert_rows(&reply, (struct discord_button_pages){.page = 1, .count = 3, .command = "help"},
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":2,\"label\":\"← \\\"5\\\"\",\"custom_id\":\"c:episode 5\"},"
			"{\"type\":2,\"style\":2,\"label\":\"7 →\",\"custom_id\":\"c:episode 7\"}]},"
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":1,\"label\":\"◀ Previous page\",\"custom_id\":\"m:0:help\"},"
			"{\"type\":2,\"style\":1,\"label\":\"Next page ▶\",\"custom_id\":\"m:2:help\"}]}");
	assert_rows(&reply, (struct discord_button_pages){.page = 1, .count = 3, .command = NULL},
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":2,\"label\":\"← \\\"5\\\"\",\"custom_id\":\"c:episode 5\"},"
			"{\"type\":2,\"style\":2,\"label\":\"7 →\",\"custom_id\":\"c:episode 7\"}]}");
	reply_release(&reply);
}

static void puts_a_link_behind_the_pages(void **state)
{
	struct reply reply;

	(void)state;
	reply_init(&reply);
	assert_rows(&reply,
			(struct discord_button_pages){
					.count = 2, .command = "help", .url = "https://tv.example/"},
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":1,\"label\":\"Next page ▶\",\"custom_id\":\"m:1:help\"},"
			"{\"type\":2,\"style\":5,\"label\":\"Read more\",\"url\":\"https://tv.example/\"}]}");
	reply_release(&reply);
}

/* Each of these would make Discord refuse the whole message. */
static void omits_buttons_that_discord_would_refuse(void **state)
{
	char command[200];
	struct reply reply;

	(void)state;
	reply_init(&reply);
	memset(command, 'x', sizeof(command));
	command[99] = '\0';
	reply_add_choice(&reply, "too long", command);
	reply_add_choice(&reply, "  ", "ping");
	reply_add_choice(&reply, "nothing", "");
	reply_add_choice(&reply, "once", "ping");
	reply_add_choice(&reply, "twice", "ping");
	/* "ping" without a label is left out, so the first "once" is a repetition of nothing that is there.
	 */
	assert_rows(&reply, (struct discord_button_pages){.page = 0, .count = 1, .command = NULL},
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":2,\"label\":\"once\",\"custom_id\":\"c:ping\"}]}");
	reply_release(&reply);
}

static void cuts_long_labels(void **state)
{
	char label[120];
	struct str expected = STR(1024);
	struct reply reply;

	(void)state;
	memset(label, 'x', sizeof(label));
	label[81] = '\0';
	reply_init(&reply);
	reply_add_choice(&reply, label, "ping");
	label[79] = '\0';
	str_printf(&expected,
			"{\"type\":1,\"components\":["
			"{\"type\":2,\"style\":2,\"label\":\"%s…\",\"custom_id\":\"c:ping\"}]}",
			label);
	assert_rows(&reply, (struct discord_button_pages){.page = 0, .count = 1, .command = NULL},
			str_text(&expected));
	str_release(&expected);
	reply_release(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(reads_its_own_output),
			cmocka_unit_test(refuses_malformed_custom_ids),
			cmocka_unit_test(is_at_most_a_hundred_units_long),
			cmocka_unit_test(puts_choices_and_pages_in_rows),
			cmocka_unit_test(puts_a_link_behind_the_pages),
			cmocka_unit_test(omits_buttons_that_discord_would_refuse),
			cmocka_unit_test(cuts_long_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
