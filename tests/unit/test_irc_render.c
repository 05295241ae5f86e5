/* Replies as IRC lines: compact, within the line length, paged, without what is veiled. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bot/irc/render.h"

static struct irc_lines render(const struct reply *reply, size_t room, size_t first, size_t *ret_next)
{
	struct irc_render_options options = {
			.room_bytes = room, .lines_max = 4, .position = first, .address = "", .prefix = "!"};
	struct irc_lines lines;
	size_t i;

	assert_int_equal(irc_render(reply, &options, &lines, ret_next), 0);
	assert_true(lines.count <= 4);
	for (i = 0; i < lines.count; i++)
		assert_true(strlen(lines.line[i]) <= room);
	return lines;
}

static void says_an_episode_in_one_line(void **state)
{
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Episode 5");
	reply_set_text(&reply, "The drone.");
	reply_add_field(&reply, "First shown", "28 January 2022");
	reply_add_field(&reply, "Runtime", "60 minutes");
	reply_add_choice(&reply, "Episode 6", "episode 6");
	lines = render(&reply, 400, 0, &next);
	assert_int_equal(next, 0);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.line[0],
			"\x02"
			"Episode 5\x02: The drone. · First shown: 28 January 2022 · Runtime: 60 minutes");
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void names_choices_of_a_problem(void **state)
{
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply_set_text(&reply, "Which one?");
	reply_add_choice(&reply, "Episode 6", "episode 6");
	reply_add_choice(&reply, "Episode 7", "episode 7");
	lines = render(&reply, 400, 0, &next);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.line[0], "Which one? · Try: !episode 6, !episode 7");
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void leaves_out_what_is_veiled(void **state)
{
	struct irc_render_options options = {.room_bytes = 400, .lines_max = 4, .address = "", .prefix = "%"};
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Episode 9");
	reply_set_teaser(&reply, "The rescue.");
	reply_set_text(&reply, "SECRET");
	reply.is_text_veiled = true;
	reply_add_field(&reply, "First shown", "28 January 2022");
	reply_add_item(&reply, "one");
	reply_add_veiled_item(&reply, "SECRET");
	reply_add_item(&reply, "three");
	reply_set_footer(&reply, "Source: A");
	reply_set_spoiler(&reply, "Spoils a later episode");
	assert_int_equal(irc_render(&reply, &options, &lines, &next), 0);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.line[0],
			"\x02"
			"Episode 9\x02: The rescue. · First shown: 28 January 2022 · one · three · "
			"Spoils a later episode, so I left it out here. · Source: A");
	irc_lines_release(&lines);
	reply_set_spoil(&reply, "spoil 9");
	assert_int_equal(irc_render(&reply, &options, &lines, &next), 0);
	assert_int_equal(lines.count, 1);
	assert_non_null(strstr(lines.line[0],
			" · Spoils a later episode: say %spoil 9, and I'll tell you alone. · Source: A"));
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void a_spoiler_without_anything_in_clear_is_a_hint(void **state)
{
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Trivia");
	reply_set_text(&reply, "SECRET");
	reply.is_text_veiled = true;
	reply_set_spoiler(&reply, "Spoils a later episode");
	lines = render(&reply, 400, 0, &next);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.line[0], "\x02Trivia\x02: Spoils a later episode, so I left it out here.");
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void gives_a_long_title_its_own_line(void **state)
{
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "A title that takes nearly all the room there is, and more");
	reply_set_text(&reply, "Text.");
	lines = render(&reply, 70, 0, &next);
	assert_int_equal(lines.count, 2);
	assert_string_equal(lines.line[1], "Text.");
	irc_lines_release(&lines);
	reply_clear(&reply);
	reply_set_title(&reply, "Only this");
	lines = render(&reply, 70, 0, &next);
	assert_int_equal(lines.count, 1);
	irc_lines_release(&lines);
	reply_release(&reply);
}

/* Page by page, all text is sent once and in order. */
static void pages_with_more(void **state)
{
	struct str said = STR(10000), all = STR(10000);
	struct reply reply;
	size_t next = 0;
	unsigned pages = 0;

	(void)state;
	reply_init(&reply);
	for (int i = 100; i < 160; i++) {
		char item[32];

		snprintf(item, sizeof(item), "item number %d", i);
		reply_add_item(&reply, item);
		str_printf(&all, "%s%s", i > 100 ? " · " : "", item);
	}
	do {
		struct irc_lines lines = render(&reply, 100, next, &next);
		size_t i;

		for (i = 0; i < lines.count; i++) {
			char *hint = strstr(lines.line[i], " (!more)");

			assert_int_equal(hint != NULL, next && i + 1 == lines.count);
			if (hint)
				*hint = '\0';
			str_printf(&said, "%s%s", said.length ? " · " : "", lines.line[i]);
		}
		irc_lines_release(&lines);
		pages++;
	} while (next);
	assert_string_equal(str_text(&said), str_text(&all));
	assert_true(pages > 2);
	str_release(&said);
	str_release(&all);
	reply_release(&reply);
}

static void says_nothing_past_the_end(void **state)
{
	struct irc_lines lines;
	struct reply reply;
	size_t next = 7;

	(void)state;
	reply_init(&reply);
	reply_set_text(&reply, "Short.");
	lines = render(&reply, 100, 300, &next);
	assert_int_equal(lines.count, 0);
	assert_int_equal(next, 0);
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void addresses_on_the_first_line(void **state)
{
	struct irc_render_options options = {
			.room_bytes = 64, .lines_max = 4, .address = "jin: ", .prefix = "!"};
	struct irc_lines lines;
	struct reply reply;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_text(&reply, "The group needs a cell phone, so two students risk the way to the teachers.");
	assert_int_equal(irc_render(&reply, &options, &lines, &next), 0);
	assert_int_equal(lines.count, 2);
	assert_string_equal(lines.line[0], "jin: The group needs a cell phone, so two students risk the way");
	assert_string_equal(lines.line[1], "to the teachers.");
	irc_lines_release(&lines);
	reply_release(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(says_an_episode_in_one_line),
			cmocka_unit_test(names_choices_of_a_problem),
			cmocka_unit_test(leaves_out_what_is_veiled),
			cmocka_unit_test(a_spoiler_without_anything_in_clear_is_a_hint),
			cmocka_unit_test(gives_a_long_title_its_own_line),
			cmocka_unit_test(pages_with_more),
			cmocka_unit_test(says_nothing_past_the_end),
			cmocka_unit_test(addresses_on_the_first_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
