/* Replies: cleaning, cutting, plain lines and JSON. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/reply.h"

static void test_texts_are_cleaned(void **state)
{
	struct reply reply;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "one\r\ntwo\x1b[31m");
	assert_null(strpbrk(reply.title, "\r\n\x1b"));
	reply_set_text(&reply, "bad \xff byte");
	assert_string_equal(reply.text, "bad \xef\xbf\xbd byte");
	reply_release(&reply);
}

static void test_long_texts_are_cut_at_a_grapheme(void **state)
{
	char longer[2000] = "";
	struct reply reply;
	size_t length;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(longer); i += 3)
		memcpy(longer + i, "e\xcc\x81", 3); /* e and a combining acute: one grapheme */
	reply_init(&reply);
	reply_set_title(&reply, longer);
	length = strlen(reply.title);
	assert_true(length <= REPLY_TITLE_MAX_BYTES);
	assert_memory_equal(reply.title + length - 3, "…", 3);
	assert_memory_equal(reply.title + length - 6, "e\xcc\x81", 3);
	reply_release(&reply);
}

static void test_lists_are_bounded(void **state)
{
	struct reply reply;

	(void)state;
	reply_init(&reply);
	for (int i = 0; i < REPLY_ITEMS_MAX + 1; i++) {
		reply_add_item(&reply, "item");
		reply_add_field(&reply, "name", "value");
		reply_add_choice(&reply, "label", "command");
	}
	assert_int_equal(reply.item_count, REPLY_ITEMS_MAX);
	assert_int_equal(reply.field_count, REPLY_FIELDS_MAX);
	assert_int_equal(reply.choice_count, REPLY_CHOICES_MAX);
	assert_int_equal(reply.error, 0);
	reply_release(&reply);
}

static void test_a_reply_has_a_largest_size(void **state)
{
	static char text[REPLY_TEXT_MAX_BYTES + 1];
	struct reply reply;

	(void)state;
	memset(text, 'a', REPLY_TEXT_MAX_BYTES);
	reply_init(&reply);
	for (int i = 0; i < 5; i++)
		reply_set_text(&reply, text); /* replaced, not added */
	for (int i = 0; i < REPLY_ITEMS_MAX; i++)
		reply_add_item(&reply, text);
	assert_int_equal(strlen(reply.text), REPLY_TEXT_MAX_BYTES);
	assert_int_equal(reply.item_count, REPLY_MAX_BYTES / REPLY_TEXT_MAX_BYTES - 1);
	assert_int_equal(reply.error, 0);
	reply_release(&reply);
}

static void test_lines(void **state)
{
	static const struct {
		const char *text;
		bool is_veiled, is_title, is_hint;
	} expected[] = {
			{.text = "Title", .is_title = true},
			{.text = "Teaser"},
			{.text = "Text", .is_veiled = true},
			{.text = "First shown: a day"},
			{.text = "item"},
			{.text = "veiled item", .is_veiled = true},
			{.text = "Spoils a later episode: say !spoil 3, and I'll tell you alone.",
					.is_hint = true},
			{.text = "Footer"},
	};
	struct reply_line *lines;
	struct reply reply;
	size_t count;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Title");
	reply_set_teaser(&reply, "Teaser");
	reply_set_spoiler(&reply, "Spoils a later episode");
	reply_set_spoil(&reply, "spoil 3");
	reply_set_text(&reply, "Text");
	reply.is_text_veiled = true;
	reply_add_field(&reply, "First shown", "a day");
	reply_add_item(&reply, "item");
	reply_add_veiled_item(&reply, "veiled item");
	reply_set_footer(&reply, "Footer");
	reply_add_choice(&reply, "Next", "next");
	assert_int_equal(reply_lines(&reply, "!", &lines, &count), 0);
	assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(lines[i].text, expected[i].text);
		assert_int_equal(lines[i].is_veiled, expected[i].is_veiled);
		assert_int_equal(lines[i].is_title, expected[i].is_title);
		assert_int_equal(lines[i].is_hint, expected[i].is_hint);
	}
	reply_lines_free(lines, count);
	reply_release(&reply);
}

static void test_a_problem_has_suggestions(void **state)
{
	struct reply_line *lines;
	struct reply reply;
	size_t count;

	(void)state;
	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply_set_text(&reply, "No.");
	reply_add_choice(&reply, "One", "episode 1");
	reply_add_choice(&reply, "Two", "episode 2");
	assert_int_equal(reply_lines(&reply, "%", &lines, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(lines[1].text, "Try: %episode 1, %episode 2");
	reply_lines_free(lines, count);
	reply_release(&reply);
}

static void test_json(void **state)
{
	struct str json = STR(4096);
	struct reply reply;

	(void)state;
	reply_init(&reply);
	reply_append_json(&reply, &json);
	assert_string_equal(str_text(&json), "{\"kind\":\"answer\"}");
	str_clear(&json);
	reply.kind = REPLY_PROBLEM;
	reply_set_text(&reply, "say \"no\"");
	reply_add_field(&reply, "a", "b");
	reply_add_field(&reply, "c", "d");
	reply_add_item(&reply, "i");
	reply_add_choice(&reply, "l", "c 1");
	reply_append_json(&reply, &json);
	assert_string_equal(str_text(&json), "{\"kind\":\"problem\",\"text\":\"say "
					     "\\\"no\\\"\",\"fields\":[[\"a\",\"b\"],[\"c\",\"d\"]],"
					     "\"items\":[\"i\"],\"choices\":[[\"l\",\"c 1\"]]}");
	str_release(&json);
	reply_release(&reply);
}

static void test_json_names_the_veiled_parts(void **state)
{
	struct str json = STR(4096);
	struct reply reply;

	(void)state;
	reply_init(&reply);
	reply_set_teaser(&reply, "t");
	reply_set_spoiler(&reply, "why");
	reply_set_text(&reply, "x");
	reply_add_veiled_item(&reply, "a");
	reply_add_item(&reply, "b");
	reply_add_veiled_item(&reply, "c");
	reply_set_image(&reply, "https://a.example/p.png");
	reply_set_url(&reply, "https://a.example/");
	reply_append_json(&reply, &json);
	assert_string_equal(str_text(&json),
			"{\"kind\":\"answer\",\"teaser\":\"t\",\"spoiler\":\"why\",\"text\":\"x\",\"items\":["
			"\"a\",\"b\","
			"\"c\"],\"veiled\":{\"items\":[0,2]},\"image\":\"https://a.example/p.png\","
			"\"picture\":\"/picture/bbf69f004faac823\",\"url\":\"https://a.example/\"}");
	str_clear(&json);
	reply.is_text_veiled = true;
	reply_append_json(&reply, &json);
	assert_non_null(strstr(str_text(&json), ",\"veiled\":{\"text\":true,\"items\":[0,2]},"));
	str_release(&json);
	reply_release(&reply);
}

static void test_a_list_of_episodes_was_text_only(void **state)
{
	struct reply reply;
	struct str json = STR(4096);

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "A show – 2 episodes");
	reply.title_show_bytes = strlen("A show – ");
	reply_set_item_command(&reply, "no", "item yet");
	reply_add_item(&reply, "Episode 1: Pilot. It begins.");
	reply_set_item_command(&reply, "Episode 1: Pilot", "episode s01e01");
	reply_set_item_heading(&reply, "Season 1");
	reply_add_item(&reply, "Episode 2 (3 May 2022)");
	reply_set_item_command(&reply, "Episode 2", "episode s01e02");
	reply_add_item(&reply, "Cut…");
	reply_set_item_command(&reply, "Cut at a limit", "episode s01e03");
	reply_append_json(&reply, &json);
	assert_string_equal(str_text(&json),
			"{\"kind\":\"answer\",\"title\":\"2 episodes\",\"items\":["
			"{\"heading\":\"Season 1\",\"label\":\"Episode 1: Pilot\",\"command\":\"episode "
			"s01e01\",\"text\":\"It begins.\"},"
			"{\"label\":\"Episode 2\",\"command\":\"episode s01e02\",\"text\":\"(3 May "
			"2022)\"},\"Cut…\"]}");
	str_release(&json);
	reply_release(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_texts_are_cleaned),
			cmocka_unit_test(test_long_texts_are_cut_at_a_grapheme),
			cmocka_unit_test(test_lists_are_bounded),
			cmocka_unit_test(test_a_reply_has_a_largest_size),
			cmocka_unit_test(test_lines),
			cmocka_unit_test(test_a_problem_has_suggestions),
			cmocka_unit_test(test_json),
			cmocka_unit_test(test_json_names_the_veiled_parts),
			cmocka_unit_test(test_a_list_of_episodes_was_text_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
