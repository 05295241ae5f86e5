/* Text on Twitch: reading, escaping, counting, and replies as messages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/notice.h"
#include "bot/gateway/twitch/render.h"
#include "bot/gateway/twitch/text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void reads_the_visible_text(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
			{"!episode 5", "!episode 5"},
			{"", ""},
			{"   ", ""},
			{"  a   b  ", "a b"},
			{"!ping \xF3\xA0\x80\x80", "!ping"},      /* U+E0000: Chatterino, 7TV */
			{"!ping\xF3\xA0\x80\x81", "!ping"},       /* U+E0001 */
			{"!ping \xCD\x8F", "!ping"},              /* U+034F */
			{"!ep\xE2\x80\x8Bisode 5", "!episode 5"}, /* zero width space */
			{"\xEF\xBB\xBF!ping", "!ping"},           /* byte order mark */
			{"\xE2\xA0\x80 !ping", "!ping"},          /* empty Braille */
			{"\xC2\xADsoft", "soft"},
			{"온조 \xF0\x9F\x98\x80", "온조 \xF0\x9F\x98\x80"}, /* Hangul and an emoji stay */
			{"é è", "é è"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char read[100];

		assert_int_equal(twitch_text_read(cases[i].text, read, sizeof(read)), 0);
		assert_string_equal(read, cases[i].read);
		/* As much room as the text has is enough; one byte less than what is read is not. */
		assert_int_equal(twitch_text_read(cases[i].text, read, strlen(cases[i].text) + 1), 0);
		assert_int_equal(twitch_text_read(cases[i].text, read, strlen(cases[i].read)), -EMSGSIZE);
	}
}

static void escapes_text_that_would_be_a_command(void **state)
{
	static const struct {
		const char *line, *guarded;
	} cases[] = {
			{"/ban anna", "\xC2\xB7 /ban anna"},
			{".ban anna", "\xC2\xB7 .ban anna"},
			{" /ban", "\xC2\xB7 /ban"},
			{"a /ban", "a /ban"},
			{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str str = STR(100);

		twitch_text_guard(&str, cases[i].line);
		assert_string_equal(str_text(&str), cases[i].guarded);
		str_release(&str);
	}
}

static void spans_code_points(void **state)
{
	(void)state;
	assert_int_equal(twitch_text_span("abc", 2), 2);
	assert_int_equal(twitch_text_span("é온\xF0\x9F\x98\x80x", 3), 9);
	assert_int_equal(twitch_text_span("abc", 9), 3);
	assert_int_equal(twitch_text_span("", 1), 0);
}

static void knows_how_long_to_wait(void **state)
{
	(void)state;
	assert_int_equal(twitch_notice_wait_ms("You are timed out for 12 more seconds.", 1), 12000);
	assert_int_equal(twitch_notice_wait_ms("600", 1), 600000);
	assert_int_equal(twitch_notice_wait_ms("no number", 5), 5);
	assert_int_equal(twitch_notice_wait_ms("99999999999999999999", 5), 5);
	assert_null(twitch_notice_find("slow_on"));
	assert_null(twitch_notice_find(""));
	assert_int_equal(twitch_notice_find("msg_banned")->verdict, TWITCH_OUT);
}

/* ---------------------------------------------------------------- render */

static struct irc_lines render(const struct reply *reply, size_t room, size_t first, size_t *next)
{
	const struct twitch_render_options options = {room, 2, first, "!"};
	struct irc_lines lines;

	assert_int_equal(twitch_render(reply, &options, &lines, next), 0);
	return lines;
}

static void one_line_when_it_fits(void **state)
{
	struct reply reply;
	struct irc_lines lines;
	size_t next = 9;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Episode 5");
	reply_set_text(&reply, "What happens.");
	reply_add_field(&reply, "First shown", "28 January 2022");
	reply_set_footer(&reply, "Source: x");
	lines = render(&reply, 400, 0, &next);
	assert_int_equal(lines.count, 1);
	assert_string_equal(
			lines.line[0], "Episode 5: What happens. · First shown: 28 January 2022 · Source: x");
	assert_int_equal(next, 0);
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void spoilers_are_not_sent(void **state)
{
	struct reply reply;
	struct irc_lines lines;
	size_t next;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, "Cheong-san");
	reply_set_teaser(&reply, "A student.");
	reply_set_spoiler(&reply, "Spoils a later episode");
	reply_set_spoil(&reply, "spoil 12");
	reply_set_text(&reply, "He SECRET.");
	reply.is_text_veiled = true;
	reply_add_field(&reply, "Named in", "episode 1");
	reply_add_item(&reply, "one");
	reply_add_veiled_item(&reply, "SECRET");
	lines = render(&reply, 400, 0, &next);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.line[0], "Cheong-san: A student. · Named in: episode 1 · one · "
					   "Spoils a later episode, so I left it out here.");
	irc_lines_release(&lines);
	reply_release(&reply);
}

static void a_cut_is_between_two_thoughts(void **state)
{
	struct reply reply;
	struct irc_lines lines;
	size_t next;

	(void)state;
	reply_init(&reply);
	for (int i = 0; i < 12; i++)
		reply_add_item(&reply, "a thought of several words");
	lines = render(&reply, 100, 0, &next);
	assert_int_equal(lines.count, 2);
	assert_string_equal(lines.line[0], "a thought of several words · a thought of several words · a "
					   "thought of several words");
	assert_string_equal(lines.line[1], "a thought of several words · a thought of several words · a "
					   "thought of several words (!more)");
	irc_lines_release(&lines);
	lines = render(&reply, 100, next, &next);
	assert_true(str_starts(lines.line[0], "a thought"));
	irc_lines_release(&lines);
	reply_release(&reply);
}

/* For any text: every message fits, "more" reaches the end, and only spaces at cuts are lost. */
static void pieces_make_up_the_whole(void **state)
{
	static const char *const signs[] = {"word", "온조", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
			"\xF0\x9F\x87\xB0\xF0\x9F\x87\xB7", "e\xCC\x81", "a-long-word-of-many-letters", "/",
			"."};
	struct random random;

	(void)state;
	random_seed(&random, 7);
	for (int round = 0; round < 200; round++) {
		struct str text = STR(4000), joined = STR(8000);
		struct reply reply;
		size_t room = 64 + (size_t)random_below(&random, 400), next = 0, rounds = 0;

		while (text.length < 2000) {
			str_append(&text, signs[random_below(&random, COUNT_OF(signs))]);
			if (random_below(&random, 3) == 0)
				str_append_char(&text, ' ');
		}
		str_append(&text, "end");
		reply_init(&reply);
		reply_set_text(&reply, str_text(&text));
		do {
			struct irc_lines lines = render(&reply, room, next, &next);

			assert_true(lines.count >= 1 && lines.count <= 2);
			for (size_t i = 0; i < lines.count; i++) {
				char *hint = strstr(lines.line[i], " (!more)");

				assert_true(utf8_valid(lines.line[i], strlen(lines.line[i])));
				assert_true(utf8_codepoints(lines.line[i]) <= room);
				assert_true(!hint || (next > 0 && i == 1));
				if (hint)
					*hint = '\0';
				str_append(&joined, lines.line[i]);
			}
			irc_lines_release(&lines);
			assert_true(++rounds < 100);
		} while (next > 0);
		/* The spaces at the cuts are gone. */
		for (const char *a = str_text(&text), *b = str_text(&joined); *a; a++) {
			if (*a == *b)
				b++;
			else
				assert_int_equal(*a, ' ');
			assert_true(a[1] || !*b);
		}
		reply_release(&reply);
		str_release(&text);
		str_release(&joined);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(reads_the_visible_text),
			cmocka_unit_test(escapes_text_that_would_be_a_command),
			cmocka_unit_test(spans_code_points),
			cmocka_unit_test(knows_how_long_to_wait),
			cmocka_unit_test(one_line_when_it_fits),
			cmocka_unit_test(spoilers_are_not_sent),
			cmocka_unit_test(a_cut_is_between_two_thoughts),
			cmocka_unit_test(pieces_make_up_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
