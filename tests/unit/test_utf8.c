/* Text as bytes, as what is compared, and as what a person sees. */

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
	assert_false(utf8_valid("\xe2\x82\xac", 2)); /* length is obeyed, not the terminator */
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
		{"\xed\xa0\x80", "���"},
		{"é 온", "é 온"},
	};
	struct str str = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		str_truncate(&str, 0);
		utf8_clean(&str, pairs[i].from, strlen(pairs[i].from));
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_truncate(&str, 0);
	utf8_clean(&str, "a\0b", 3);
	assert_string_equal(str_text(&str), "a b");
	str_release(&str);
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
		str_truncate(&str, 0);
		utf8_fold(&str, pairs[i].from);
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_release(&str);
}

/* Text of ASCII alone takes a shorter way; a letter that is none shows the longer one. */
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

		str_truncate(&folded, 0);
		str_truncate(&expected, 0);
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
		str_truncate(&str, 0);
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
		{"", 0}, {"ab", 1}, {"e\xcc\x81x", 3},                     /* a letter and its accent */
		{"👨‍👩‍👧x", 18},                               /* a family, joined */
		{"🇰🇷🇰🇷", 8},                                               /* a flag of two */
		{"\xe1\x84\x8b\xe1\x85\xa9x", 6},                          /* jamo of one syllable */
		{"\r\nx", 2}, {"\xffx", 1}, {"a\xff", 1}, {"\xcc\x81", 2}, /* an accent alone */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(utf8_grapheme(cases[i].text, strlen(cases[i].text)), cases[i].bytes);
	assert_int_equal(utf8_grapheme("e\xcc\x81", 1), 1);
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
		cmocka_unit_test(test_fold),
		cmocka_unit_test(ascii_is_mapped_as_any_text_is),
		cmocka_unit_test(test_fold_keeps_the_cap),
		cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_grapheme),
		cmocka_unit_test(quotes_a_few_whole_graphemes),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
