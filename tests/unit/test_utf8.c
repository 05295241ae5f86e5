/* UTF-8: validation, folding, cleaning, and graphemes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct pair {
	const char *from, *to;
};

static void test_valid(void **state)
{
	static const char *const good[] = {
			"", "plain", "On-jo é 온조 🧟", "\xf4\x8f\xbf\xbf", "\x7f\x01"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
			"a\xff", "\xf8\x88\x80\x80\x80", "\xe0\x80\xaf"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_true(utf8_valid("a\0b", 3));
	assert_false(utf8_valid("\xe2\x82\xac", 2)); /* the length counts, not the NUL */
}

static void test_clean(void **state)
{
	static const struct pair pairs[] = {
			{"plain  text", "plain  text"},
			{"a\r\nb\tc\x1b[1m\x7f", "a  b c [1m "},
			{"a\xff"
			 "b",
					"a�b"},
			{"\xc2\x85next", " next"}, /* U+0085 */
			{"\xe2\x80\xa8x", " x"},   /* U+2028 */
			{"\xe2\x80\xa9x", " x"},   /* U+2029 */
			{"a\u202e"
			 "b\u2066c\u2069d\u200e"
			 "e\u200f"
			 "f\u061cg",
					"abcdefg"}, /* what turns the reading direction */
			{"\u2027\u202f\u2065\u2070\u200d", "\u2027\u202f\u2065\u2070\u200d"},
			{"\xed\xa0\x80", "���"},
			{"é 온", "é 온"},
	};
	struct str str = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		str_clear(&str);
		utf8_clean(&str, pairs[i].from, strlen(pairs[i].from));
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_clear(&str);
	utf8_clean(&str, "a\0b", 3);
	assert_string_equal(str_text(&str), "a b");
	str_release(&str);
}

static void test_escape(void **state)
{
	static const struct pair pairs[] = {
			{"plain \\ text", "plain \\ text"},
			{"a\r\nb\t\x1b[1m\x7f", "a\\x0d\\x0ab\\x09\\x1b[1m\\x7f"},
			{"\xc2\x9b"
			 "2J",
					"\\u009b2J"},
			{"\x9b"
			 "2J",
					"\\x9b2J"},
			{"\xc0\x9b", "\\xc0\\x9b"}, /* overlong */
			{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
			{"\u2028\u2029\u202e\u2066\u200e\u061c",
					"\\u2028\\u2029\\u202e\\u2066\\u200e\\u061c"},
			{"온\xec\x98", "온\\xec\\x98"}, /* cut in the middle */
			{"é 온 🧟", "é 온 🧟"},
	};
	struct str str = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		str_clear(&str);
		utf8_escape(&str, pairs[i].from, strlen(pairs[i].from));
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_clear(&str);
	utf8_escape(&str, "a\0b", 3);
	assert_string_equal(str_text(&str), "a\\x00b");
	str_release(&str);
}

static void test_a_line_is_one_line_and_is_cut_after_a_whole_character(void **state)
{
	static char text[3 * UTF8_LINE_MAX_BYTES + 1];
	struct str str = STR(3 * UTF8_LINE_MAX_BYTES);
	/* Repeat each of these until the line is too long; one byte shifts the cut. */
	static const char *const fillers[] = {"x", "é", "온", "🧟", "\x1b", "\u202e", "\xff"};

	(void)state;
	utf8_line(&str, "STATUS=%s", "a\nWATCHDOG=trigger\rb");
	assert_string_equal(str_text(&str), "STATUS=a\\x0aWATCHDOG=trigger\\x0db");
	str_clear(&str);
	utf8_report(&str, "%s: wrong", "a\nb");
	assert_string_equal(str_text(&str), "a\\x0ab: wrong\n");
	for (size_t i = 0; i < COUNT_OF(fillers) * 8; i++) {
		const char *filler = fillers[i % COUNT_OF(fillers)];
		size_t length = i / COUNT_OF(fillers), step = strlen(filler);

		memset(text, 'a', length);
		for (; length + step <= 2 * UTF8_LINE_MAX_BYTES; length += step)
			memcpy(text + length, filler, step);
		text[length] = '\0';
		str_clear(&str);
		utf8_line(&str, "%s", text);
		assert_int_equal(str.error, 0);
		assert_true(utf8_valid(str_text(&str), str.length));
		assert_true(str.length <= UTF8_LINE_MAX_BYTES);
		assert_true(str.length > UTF8_LINE_MAX_BYTES - 16);
		assert_string_equal(str_text(&str) + str.length - strlen("…"), "…");
		length = str.length - strlen("…");
		/* Whole escapes only: one ends where the ellipsis begins. */
		if (*filler == '\x1b' || *filler == '\xff')
			assert_int_equal(str.bytes[length - 4], '\\');
		if (*filler == '\xe2')
			assert_int_equal(str.bytes[length - 6], '\\');
	}
	str_release(&str);
}

static void test_print_is_clean_and_cut_after_a_whole_character(void **state)
{
	char small[8], large[64];

	(void)state;
	assert_string_equal(utf8_print(large, sizeof(large), "%s %d", "by\ne\x9b\u202e", 3), "by e� 3");
	assert_string_equal(utf8_print(small, sizeof(small), "abcde%s", "온"), "abcde");
	assert_string_equal(utf8_print(small, sizeof(small), "abcd%s", "온"), "abcd온");
	assert_string_equal(utf8_print(small, sizeof(small), "ab%s", "\xff\xff\xff"), "ab�");
	assert_string_equal(utf8_print(small, sizeof(small), "abcd%s", "🧟"), "abcd");
	assert_string_equal(utf8_print(small, 1, "%s", "온"), "");
}

static void test_whole_drops_only_a_truncated_character(void **state)
{
	static const struct {
		const char *text;
		size_t whole;
	} cases[] = {{"", 0}, {"a", 1}, {"a\xec", 1}, {"a\xec\x98", 1}, {"a\xec\x98\xa8", 4},
			{"\xf0\x9f\xa7", 0}, {"\xf0\x9f\xa7\x9f", 4}, {"\xc3", 0}, {"\xc3\xa9", 2},
			{"\x9b", 1}, {"\x9b\x9b\x9b\x9b", 4}, {"a\xff", 1}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(utf8_whole(cases[i].text, strlen(cases[i].text)), cases[i].whole);
}

static void test_fold(void **state)
{
	static const struct pair pairs[] = {
			{"Nam On-jo!", "nam onjo"},
			{"On\xe2\x80\x91jo", "onjo"}, /* the hyphen that does not break */
			{"on\xc2\xadjo", "onjo"},     /* the one that is not seen */
			{"ＯＮＪＯ　５", "onjo 5"},
			{"CAFÉ cafe\xcc\x81", "cafe cafe"},
			{"Straße", "strasse"},
			{"ﬁre", "fire"},
			{"teachers’ office", "teachers office"},
			{"it's", "its"},
			{"  a \t\r\n b  ", "a b"},
			{"a $ b+c", "a b c"},
			{"one — two", "one two"},
			{"온조", "온조"},
			{"\xe1\x84\x8b\xe1\x85\xa9\xe1\x86\xab", "온"}, /* its three jamo */
			{"a\xff"
			 "b",
					"a b"},
			{"!?", ""},
			{"", ""},
			{"🧟 zombie", "zombie"},
	};
	struct str str = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		str_clear(&str);
		utf8_fold(&str, pairs[i].from);
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_release(&str);
}

/* ASCII text has a fast path; one other letter tests the general path. */
static void ascii_is_mapped_as_any_text_is(void **state)
{
	(void)state;
	for (int byte = 1; byte < 0x80; byte++) {
		const char plain[] = {'a', (char)byte, 'Z', ' ', (char)byte, '\0'};
		struct str longer = STR(64), folded = STR(64), expected = STR(64);

		str_printf(&longer, "%s\u0416", plain); /* its small form is U+0436 */
		utf8_fold(&folded, plain);
		utf8_fold(&expected, str_text(&longer));
		assert_int_equal(expected.length >= 2, 1);
		str_truncate(&expected, expected.length - 2);
		while (expected.length && expected.bytes[expected.length - 1] == ' ')
			str_truncate(&expected, expected.length - 1);
		assert_string_equal(str_text(&folded), str_text(&expected));

		str_clear(&folded);
		str_clear(&expected);
		utf8_normalize(&folded, plain);
		utf8_normalize(&expected, str_text(&longer));
		str_truncate(&expected, expected.length - 2);
		assert_string_equal(str_text(&folded), str_text(&expected));

		str_release(&longer);
		str_release(&folded);
		str_release(&expected);
	}
}

static void test_fold_keeps_the_cap(void **state)
{
	struct str str = STR(4);

	(void)state;
	utf8_fold(&str, "abcdef");
	assert_true(str.error < 0);
	str_release(&str);
}

static void test_normalize(void **state)
{
	static const struct pair pairs[] = {
			{"Ｓ１Ｅ５", "s1e5"},
			{"＃５", "#5"},
			{"－1", "-1"},
			{"−1", "-1"}, /* U+2212 */
			{"–1", "-1"}, /* U+2013 */
			{"Season 1", "season 1"},
	};
	struct str str = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		str_clear(&str);
		utf8_normalize(&str, pairs[i].from);
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_release(&str);
}

static void test_grapheme(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
	} cases[] = {
			{"", 0}, {"ab", 1}, {"e\xcc\x81x", 3}, /* a letter and its accent */
			{"👨‍👩‍👧x", 18},           /* a family, joined */
			{"🇰🇷🇰🇷", 8},                           /* a flag of two */
			{"\xe1\x84\x8b\xe1\x85\xa9x", 6},      /* jamo of one syllable */
			{"\r\nx", 2}, {"\xffx", 1}, {"a\xff", 1}, {"\xcc\x81", 2}, /* an accent alone */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(utf8_grapheme(cases[i].text, strlen(cases[i].text)), cases[i].bytes);
	assert_int_equal(utf8_grapheme("e\xcc\x81", 1), 1);
}

static void test_next_and_encode_are_inverse(void **state)
{
	static const uint32_t codepoints[] = {0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF};
	char bytes[UTF8_CODEPOINT_BYTES + 1];
	int32_t codepoint;

	(void)state;
	for (size_t i = 0; i < sizeof(codepoints) / sizeof(codepoints[0]); i++) {
		size_t length = utf8_encode(codepoints[i], bytes);

		assert_int_equal(length, 1 + i / 2);
		bytes[length] = '\xFF';
		assert_int_equal(utf8_next(bytes, length + 1, &codepoint), length);
		assert_int_equal(codepoint, codepoints[i]);
		if (length == 1)
			continue;
		/* Cut short: its first byte alone is taken. */
		assert_int_equal(utf8_next(bytes, length - 1, &codepoint), 1);
		assert_int_equal(codepoint, -1);
	}
	assert_int_equal(utf8_encode(0xD800, bytes), 3);
	assert_false(utf8_valid(bytes, 3));
	assert_int_equal(utf8_next("a", 0, &codepoint), 0);
}

static void test_fit_takes_whole_graphemes(void **state)
{
	static const char text[] = "ae\xcc\x81\xf0\x9f\x87\xb0\xf0\x9f\x87\xb7"; /* a, e with acute, a flag */
	static const size_t fits[] = {0, 1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 12, 12};

	(void)state;
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		assert_int_equal(utf8_fit(text, strlen(text), i), fits[i]);
	assert_int_equal(utf8_fit("e\xcc\x81", 1, 1), 1);
	assert_int_equal(utf8_fit("", 0, 5), 0);
}

static void quotes_a_few_whole_graphemes(void **state)
{
	char quoted[UTF8_QUOTE_BYTES], text[4000] = "", zalgo[400] = "a";

	(void)state;
	assert_string_equal(utf8_quote("", quoted), "");
	assert_string_equal(utf8_quote("one\r\ntwo\xFF", quoted), "one  two\uFFFD");
	memset(text, 'x', 40);
	assert_string_equal(utf8_quote(text, quoted), text);
	memset(text, 'x', 3999);
	assert_int_equal(strlen(utf8_quote(text, quoted)), 40 + strlen("…"));
	assert_string_equal(quoted + 40, "…");
	for (int i = 0; i < 50; i++)
		memcpy(text + 8 * i, "🇰🇷", 9);
	assert_int_equal(strlen(utf8_quote(text, quoted)), 15 * 8 + strlen("…"));
	for (int i = 0; i < 150; i++)
		memcpy(zalgo + 1 + 2 * i, "\u0301", 3);
	assert_string_equal(utf8_quote(zalgo, quoted), "…"); /* one sign, and too long to be shown */
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(utf8_codepoints(""), 0);
	assert_int_equal(utf8_codepoints("aé온🧟"), 4);
	assert_int_equal(utf8_utf16_units("aé온🧟"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_valid),
			cmocka_unit_test(test_clean),
			cmocka_unit_test(test_escape),
			cmocka_unit_test(test_a_line_is_one_line_and_is_cut_after_a_whole_character),
			cmocka_unit_test(test_print_is_clean_and_cut_after_a_whole_character),
			cmocka_unit_test(test_whole_drops_only_a_truncated_character),
			cmocka_unit_test(test_fold),
			cmocka_unit_test(ascii_is_mapped_as_any_text_is),
			cmocka_unit_test(test_fold_keeps_the_cap),
			cmocka_unit_test(test_normalize),
			cmocka_unit_test(test_grapheme),
			cmocka_unit_test(test_next_and_encode_are_inverse),
			cmocka_unit_test(test_fit_takes_whole_graphemes),
			cmocka_unit_test(quotes_a_few_whole_graphemes),
			cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
