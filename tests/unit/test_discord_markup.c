/* Text for Discord: escaped, cut at graphemes, and measured in UTF-16 units. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/markup.h"

static void assert_shown(const char *text, enum discord_markup_mode mode, const char *expected)
{
	struct str str = STR(4096);
	size_t units;

	assert_int_equal(discord_markup_append(&str, text, mode, DISCORD_MARKUP_NO_LIMIT, &units),
			strlen(text));
	assert_string_equal(str_text(&str), expected);
	assert_int_equal(units, utf8_utf16_units(expected));
	str_release(&str);
}

static void escapes_markup_and_mentions(void **state)
{
	(void)state;
	assert_shown("plain (text), 50 % - sure.", DISCORD_MARKUP_ESCAPED, "plain (text), 50 % - sure.");
	assert_shown("**b** _i_ ~~s~~ `c`", DISCORD_MARKUP_ESCAPED,
			"\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ \\`c\\`");
	assert_shown("||spoiler|| a\\b", DISCORD_MARKUP_ESCAPED, "\\|\\|spoiler\\|\\| a\\\\b");
	assert_shown("@everyone <@1> <#2> [a](b)", DISCORD_MARKUP_ESCAPED,
			"\\@everyone \\<\\@1\\> \\<\\#2\\> \\[a\\](b)");
	assert_shown("**b** @here", DISCORD_MARKUP_RAW, "**b** @here");
}

static void escapes_lists_where_they_begin(void **state)
{
	(void)state;
	assert_shown("- no list", DISCORD_MARKUP_ESCAPED, "\\- no list");
	assert_shown("12. no list", DISCORD_MARKUP_ESCAPED, "12\\. no list");
	assert_shown("3) no list", DISCORD_MARKUP_ESCAPED, "3\\) no list");
	assert_shown("# no title", DISCORD_MARKUP_ESCAPED, "\\# no title");
	assert_shown("-# no small print", DISCORD_MARKUP_ESCAPED, "-\\# no small print");
	assert_shown("Season 1. Episode 2 - b", DISCORD_MARKUP_ESCAPED, "Season 1. Episode 2 - b");
	assert_shown("1.5 hours", DISCORD_MARKUP_ESCAPED, "1.5 hours");
}

static void keeps_addresses_links(void **state)
{
	(void)state;
	assert_shown("see https://example.org/a_b#c @x", DISCORD_MARKUP_ESCAPED,
			"see https://example.org/a_b#c \\@x");
	assert_shown("Title <https://example.org/a_b>, x_y", DISCORD_MARKUP_ESCAPED,
			"Title <https://example.org/a_b>, x\\_y");
	assert_shown("https://example.org/**b**|`", DISCORD_MARKUP_ESCAPED,
			"https://example.org/%2A%2Ab%2A%2A%7C%60");
	assert_shown("<https://a b>", DISCORD_MARKUP_ESCAPED, "\\<https://a b\\>");
	assert_shown("https:// <http://>", DISCORD_MARKUP_ESCAPED, "https:// \\<http://\\>");
}

static void escapes_bars_inside_a_spoiler(void **state)
{
	(void)state;
	assert_shown("a||b|", DISCORD_MARKUP_VEILED, "a││b│");
	assert_shown("https://example.org/||", DISCORD_MARKUP_VEILED, "https://example.org/%7C%7C");
	assert_shown("end\\", DISCORD_MARKUP_VEILED, "end\\\\");
}

static void measures_as_discord_does(void **state)
{
	size_t units;

	(void)state;
	/* One emoji: two units. A family of them: one grapheme, never torn. */
	assert_int_equal(discord_markup_append(NULL, "😀😀", DISCORD_MARKUP_RAW, 3, &units), 4);
	assert_int_equal(units, 2);
	assert_int_equal(discord_markup_append(NULL, "a👨‍👩‍👧b", DISCORD_MARKUP_RAW, 6, &units),
			1);
	assert_int_equal(units, 1);
	assert_int_equal(discord_markup_append(NULL, "ab*", DISCORD_MARKUP_ESCAPED, 3, &units), 2);
}

static void cuts_what_is_too_long(void **state)
{
	struct str str = STR(4096);

	(void)state;
	assert_int_equal(discord_markup_append_cut(&str, "abcdef", DISCORD_MARKUP_RAW, 6), 6);
	assert_string_equal(str_text(&str), "abcdef");
	str_clear(&str);
	assert_int_equal(discord_markup_append_cut(&str, "abcdefg", DISCORD_MARKUP_RAW, 6), 6);
	assert_string_equal(str_text(&str), "abcde…");
	str_clear(&str);
	/* A backslash is not separated from the character that it escapes. */
	assert_int_equal(discord_markup_append_cut(&str, "ab*****", DISCORD_MARKUP_ESCAPED, 6), 5);
	assert_string_equal(str_text(&str), "ab\\*…");
	str_release(&str);
}

/* A thousand accents on one letter are one grapheme, longer than any limit. */
static void tears_monstrous_graphemes(void **state)
{
	struct str text = STR(8192), str = STR(8192);
	size_t used, units;

	(void)state;
	str_append_char(&text, 'a');
	for (int i = 0; i < 1000; i++)
		str_append(&text, "\xCC\x81");
	used = discord_markup_append(&str, str_text(&text), DISCORD_MARKUP_ESCAPED, 100, &units);
	assert_true(used > 64 && units <= 100);
	assert_true(utf8_valid(str_text(&str), str.length));
	str_release(&text);
	str_release(&str);
}

static void detects_invisible_text(void **state)
{
	(void)state;
	assert_true(discord_markup_is_blank(NULL));
	assert_true(discord_markup_is_blank(""));
	assert_true(discord_markup_is_blank("   "));
	assert_false(discord_markup_is_blank(" a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(escapes_markup_and_mentions),
			cmocka_unit_test(escapes_lists_where_they_begin),
			cmocka_unit_test(keeps_addresses_links),
			cmocka_unit_test(escapes_bars_inside_a_spoiler),
			cmocka_unit_test(measures_as_discord_does),
			cmocka_unit_test(cuts_what_is_too_long),
			cmocka_unit_test(tears_monstrous_graphemes),
			cmocka_unit_test(detects_invisible_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
