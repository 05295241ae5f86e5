/* What people type on keyboards of other kinds, and copy from other programs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include <cmocka.h>

#include "bot/base/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct pair {
	const char *from, *to;
};

static void check_pairs(
		void (*convert)(struct str *str, const char *text), const struct pair *pairs, size_t count)
{
	struct str str = STR(1000);

	for (size_t i = 0; i < count; i++) {
		str_clear(&str);
		convert(&str, pairs[i].from);
		assert_string_equal(str_text(&str), pairs[i].to);
	}
	str_release(&str);
}

static void tidy(struct str *str, const char *text)
{
	size_t length;

	str_append(str, text);
	str_append(str, "|"); /* the tidied text ends where the function says */
	length = utf8_tidy(str->bytes, str->length - 1);
	assert_true(length <= strlen(text));
	str_truncate(str, length);
}

static void spaces_of_other_keyboards_are_spaces(void **state)
{
	static const struct pair pairs[] = {
			{"episode\u00a05", "episode 5"},
			{"episode\u30005", "episode 5"},
			{"\u2009ping\u205f", " ping "},
			{"a\u1680b\u2007c\u202fd\u2028e", "a b c d e"},
			{"episode 5", "episode 5"},
			{"", ""},
	};

	(void)state;
	check_pairs(tidy, pairs, COUNT_OF(pairs));
	check_pairs(utf8_normalize, pairs, COUNT_OF(pairs));
}

static void invisible_characters_are_never_echoed(void **state)
{
	static const struct pair pairs[] = {
			{"ping\u200b", "ping"},
			{"ping\ufe0f", "ping"},
			{"\ufeff\u2060ping\u200d", "ping"},
			{"p\u200ei\u202en\u2066g\u2069\u061c", "ping"},
			{"pi\u00adng\u034f\u180e\u3164", "ping"},
			{"a\U000e0041\U000e007f", "a"},
			{"5\ufe0f\u20e3", "5\u20e3"},
			/* what shapes a word or an emoji stays */
			{"می\u200cخواهم", "می\u200cخواهم"},
			{"👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"},
			{"❤\ufe0f", "❤\ufe0f"},
			{"\xff\u200d\xff", "\xff\xff"},
	};

	(void)state;
	check_pairs(tidy, pairs, COUNT_OF(pairs));
}

static void digits_of_every_script_are_numbers(void **state)
{
	static const struct pair pairs[] = {{"٥", "5"}, {"۵", "5"}, {"５", "5"}, {"१२", "12"}, {"๕", "5"},
			{"𝟓", "5"}, {"৯", "9"}};
	struct str str = STR(100);
	char bytes[UTF8_CODEPOINT_BYTES + 1];

	(void)state;
	check_pairs(tidy, pairs, COUNT_OF(pairs));
	check_pairs(utf8_fold, pairs, COUNT_OF(pairs));
	check_pairs(utf8_normalize, pairs, COUNT_OF(pairs));
	/* Each row of Unicode's decimal digits has ten. */
	for (int32_t codepoint = 0x80, expected = 0; codepoint <= 0x10FFFF; codepoint++) {
		if (utf8proc_category(codepoint) != UTF8PROC_CATEGORY_ND) {
			assert_int_equal(expected % 10, 0);
			expected = 0;
			continue;
		}
		bytes[utf8_encode((uint32_t)codepoint, bytes)] = '\0';
		str_clear(&str);
		tidy(&str, bytes);
		assert_int_equal(str.length, 1);
		assert_int_equal(*str_text(&str), '0' + expected++ % 10);
	}
	str_release(&str);
}

static void full_width_forms_are_ascii(void **state)
{
	static const struct pair pairs[] = {
			{"！ｐｉｎｇ", "!ping"},
			{"！Ｅｐｉｓｏｄｅ　５", "!Episode 5"},
			{"～＃", "~#"},
	};

	(void)state;
	check_pairs(tidy, pairs, COUNT_OF(pairs));
}

static void tidying_twice_changes_nothing(void **state)
{
	static const char *const texts[] = {"é\u200d\u200dé", "é\u200d\u200bé", "❤\ufe0f\ufe0f\u200d🔥",
			"a\u200dé", "\u200d\u200d", "🏴\U000e0067\U000e0062\U000e007f", "\xe2\x80",
			"\u00a0\u200d\u00a0"};
	struct str once = STR(100), twice = STR(100);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		str_clear(&once);
		str_clear(&twice);
		tidy(&once, texts[i]);
		tidy(&twice, str_text(&once));
		assert_string_equal(str_text(&twice), str_text(&once));
	}
	str_release(&once);
	str_release(&twice);
}

static void a_prefix_is_found_before_and_after_tidying(void **state)
{
	static const struct {
		const char *text, *prefix, *after;
	} cases[] = {
			{"!ping", "!", "ping"},
			{"  !ping", "!", "ping"},
			{"\u00a0!ping", "!", "ping"},
			{"！ping", "!", "ping"},
			{"\u200b!\u200bping", "!", "\u200bping"},
			{"!ping", "！", "ping"},
			{"tv!ping", "tv!", "ping"},
			{"tv\u200d！ping", "tv!", "ping"},
			{"hello", "!", NULL},
			{"tv", "tv!", NULL},
			{"", "!", NULL},
			{"\u200b", "!", NULL},
			{"안녕", "!", NULL},
			{"\xff!", "!", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *after = utf8_after_prefix(cases[i].text, strlen(cases[i].text), cases[i].prefix);

		if (cases[i].after)
			assert_string_equal(after, cases[i].after);
		else
			assert_null(after);
	}
	assert_null(utf8_after_prefix("tv!", 2, "tv!"));
	assert_null(utf8_after_prefix("\uff01", 2, "!"));
}

static void letters_with_strokes_are_typed_without(void **state)
{
	static const struct pair pairs[] = {
			{"Łódź", "lodz"},
			{"Søren", "soren"},
			{"Đorđe", "dorde"},
			{"Kırşehir İzmir", "kirsehir izmir"},
			{"Guðrún Þór", "gudrun thor"},
			{"Ħal Għaxaq", "hal ghaxaq"},
			{"Straße STRASSE ẞ", "strasse strasse ss"},
			{"Æsir œuvre Ǽ", "aesir oeuvre ae"},
			{"Müller naïve café", "muller naive cafe"},
			{"ﬁre", "fire"},
	};

	(void)state;
	check_pairs(utf8_fold, pairs, COUNT_OF(pairs));
}

static void words_joined_by_signs_are_separate(void **state)
{
	static const struct pair pairs[] = {
			{"Hunter/Scholar", "hunter scholar"},
			{"castle—now", "castle now"},
			{"castle--now", "castle now"},
			{"mother–daughter", "mother daughter"},
			{"waits…then", "waits then"},
			{"Rain.Thunder", "rain thunder"},
			{"Fog:mist;rain,sun", "fog mist rain sun"},
			{"snake_case|a(b)c", "snake case a b c"},
			{"愛・恋", "愛 恋"},
			{"كتاب،قلم", "كتاب قلم"},
			{"fast-moving", "fastmoving"},
			{"O'Brien's rock'n'roll", "obriens rocknroll"},
			{"O’Brien Oʼbrien O`Brien O´Brien", "obrien obrien obrien obrien"},
			{"'quoted' “words”", "quoted words"},
			{"S.H.I.E.L.D. and U.S. 1.5", "shield and us 1 5"},
			{"- jo -", "jo"},
	};
	static const struct pair apart[] = {{"fast-moving", "fast moving"}, {"l'homme", "l homme"}};

	(void)state;
	check_pairs(utf8_fold, pairs, COUNT_OF(pairs));
	check_pairs(utf8_fold_apart, apart, COUNT_OF(apart));
}

static void scripts_without_spaces_keep_their_letters(void **state)
{
	static const struct pair pairs[] = {
			{"Netflix의 드론", "netflix 의 드론"},
			{"第5話", "第 5 話"},
			{"ガンダム ｶﾞﾝﾀﾞﾑ がんだむ", "がんだむ がんだむ がんだむ"},
			{"हिन्दी", "हिन्दी"},
			{"กำลัง", "กาลัง"},
			{"نَصّ طـويل", "نص طويل"},
			{"שָׁלוֹם", "שלום"},
	};

	(void)state;
	check_pairs(utf8_fold, pairs, COUNT_OF(pairs));
	assert_true(utf8_is_glued(0xC628));
	assert_true(utf8_is_glued(0x3042));
	assert_false(utf8_is_glued('a'));
	assert_false(utf8_is_glued(0x10D0)); /* Georgian */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(spaces_of_other_keyboards_are_spaces),
			cmocka_unit_test(invisible_characters_are_never_echoed),
			cmocka_unit_test(digits_of_every_script_are_numbers),
			cmocka_unit_test(full_width_forms_are_ascii),
			cmocka_unit_test(tidying_twice_changes_nothing),
			cmocka_unit_test(a_prefix_is_found_before_and_after_tidying),
			cmocka_unit_test(letters_with_strokes_are_typed_without),
			cmocka_unit_test(words_joined_by_signs_are_separate),
			cmocka_unit_test(scripts_without_spaces_keep_their_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
