/* Splitting: every line fits, no grapheme is cut, and joined the lines are the text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/irc/split.h"

#define TEXTS          3000
#define TEXT_MAX_BYTES 2000
#define SIGN_MAX_BYTES 32 /* the longest of signs[] is shorter */

static const char *const signs[] = {
		"a",
		"b",
		"the",
		"episode",
		" ",
		" ",
		" ",
		"é",
		"e\xCC\x81",
		"ñ",
		"漢",
		"字",
		"온조",
		"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB",
		"👨‍👩‍👧‍👦",
		"👍🏽",
		"🇰🇷",
		"🇫🇷",
		"🏳️‍🌈",
		"❤️",
		"1️⃣",
		"·",
		"…",
		"-",
		".",
		"ก็",
		"नि",
		"\xCC\x88",
};

/* True if at is the start of a grapheme. */
static bool is_boundary(const char *text, size_t length, size_t at)
{
	size_t cut = 0;

	while (cut < at)
		cut += utf8_grapheme(text + cut, length - cut);
	return cut == at;
}

static size_t random_text(struct random *random, char ret[TEXT_MAX_BYTES])
{
	size_t wanted = (size_t)random_below(random, TEXT_MAX_BYTES - SIGN_MAX_BYTES), length = 0;

	while (length < wanted) {
		const char *sign = signs[random_below(random, sizeof(signs) / sizeof(signs[0]))];

		memcpy(ret + length, sign, strlen(sign));
		length += strlen(sign);
	}
	return length;
}

/* A run of combining marks can be longer than a line; a cut inside is then correct. */
static bool has_long_sign(const char *text, size_t length, size_t limit)
{
	size_t at = 0;

	while (at < length) {
		size_t sign = utf8_grapheme(text + at, length - at);

		if (sign > limit)
			return true;
		at += sign;
	}
	return false;
}

static void check(const char *text, size_t length, size_t limit)
{
	size_t at = 0;

	while (at < length) {
		size_t next, piece = irc_split(text + at, length - at, limit, &next);

		assert_true(piece <= limit);
		assert_true(next > 0);
		assert_true(next == piece || (next == piece + 1 && text[at + piece] == ' '));
		assert_true(utf8_valid(text + at, piece));
		assert_true(is_boundary(text, length, at + piece));
		at += next;
	}
	assert_int_equal(at, length);
}

static void cuts_random_text_well(void **state)
{
	struct random random;
	unsigned checked = 0;

	(void)state;
	random_seed(&random, 20220128);
	for (int i = 0; i < TEXTS; i++) {
		char text[TEXT_MAX_BYTES];
		size_t length = random_text(&random, text);
		size_t limit = SIGN_MAX_BYTES + (size_t)random_below(&random, 480);

		if (has_long_sign(text, length, limit))
			continue;
		check(text, length, limit);
		checked++;
	}
	assert_true(checked > TEXTS * 9 / 10);
}

static void prefers_the_end_of_a_word(void **state)
{
	const char *text = "On-jo takes charge of everything";
	size_t next;

	(void)state;
	assert_int_equal(irc_split(text, strlen(text), 20, &next), strlen("On-jo takes charge"));
	assert_int_equal(next, strlen("On-jo takes charge "));
	assert_int_equal(irc_split(text, strlen(text), 12, &next), strlen("On-jo takes"));
	/* A word that would leave the line half empty is cut. */
	assert_int_equal(irc_split("a bcdefghijklmnopqrstuvwxyz", 27, 10, &next), 10);
	assert_int_equal(next, 10);
}

static void cuts_right_at_a_space(void **state)
{
	size_t next;

	(void)state;
	assert_int_equal(irc_split("four five", 9, 4, &next), 4);
	assert_int_equal(next, 5);
	assert_int_equal(irc_split("whole", 5, 5, &next), 5);
	assert_int_equal(next, 5);
	assert_int_equal(irc_split("", 0, 5, &next), 0);
	assert_int_equal(next, 0);
}

static void cuts_an_endless_sign_between_code_points(void **state)
{
	char text[402] = "a";
	size_t next, i;

	(void)state;
	for (i = 0; i < 200; i++)
		memcpy(text + 1 + 2 * i, "\xCC\x81", 3);
	assert_int_equal(irc_split(text, 401, 100, &next), 99);
	assert_int_equal(next, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(cuts_random_text_well),
			cmocka_unit_test(prefers_the_end_of_a_word),
			cmocka_unit_test(cuts_right_at_a_space),
			cmocka_unit_test(cuts_an_endless_sign_between_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
