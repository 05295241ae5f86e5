/* HTML as plain text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/catalogue/entity_table.h"
#include "bot/catalogue/html.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX_BYTES  1000

static void check(const char *html, const char *expected)
{
	struct str str = STR(TEXT_MAX_BYTES);

	html_plain(&str, html);
	assert_int_equal(str.error, 0);
	assert_string_equal(str_text(&str), expected);
	str_release(&str);
}

static void test_tags(void **state)
{
	(void)state;
	check("<p>One.</p><p>Two.<br />Three</p>", "One. Two. Three");
	check("<b>B</b>old <i>and</i> more", "Bold and more");
	check("1 < 2 and 3 > 2 <", "1 < 2 and 3 > 2 <");
	check("", "");
}

static void test_named_references(void **state)
{
	(void)state;
	check("Caf&eacute; &amp; Zo&euml; &ndash; &Uuml;ber &nbsp; &hearts; &NotEqualTilde;",
			"Café & Zoë – Über ♥ ≂̸");
	check("&CounterClockwiseContourIntegral;", "∳");
	check("&lt;b&gt;", "<b>");
}

static void test_the_semicolon_may_be_missing_after_old_names(void **state)
{
	(void)state;
	check("Tom &amp Jerry, Andr&eacute", "Tom & Jerry, André");
	check("R&D, AT&T, Q&A, a && b, &", "R&D, AT&T, Q&A, a && b, &");
	check("&hearts &copy2 ?a=1&copy=2 &notit;", "&hearts &copy2 ?a=1&copy=2 &notit;");
	check("&nothing; &; &#; &#x; &#xg;", "&nothing; &; &#; &#x; &#xg;");
}

static void test_numbers(void **state)
{
	(void)state;
	check("&#233;&#xE9;&#XE9;&#233 &#x1F600;", "ééé\xC3\xA9 😀");
	/* As browsers do: Windows-1252, and U+FFFD for what is no character. */
	check("&#128;&#150;&#x99;", "€–™");
	check("&#0;&#xD800;&#x110000;&#99999999999999999999999;", "����");
	check("a&#7;b&#160;c&#x2028;d", "a b c d");
}

static void test_the_table_is_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENTITY_COUNT; i++) {
		assert_in_range(strlen(ENTITIES[i].name), 1, ENTITY_NAME_MAX_BYTES);
		assert_true(*ENTITIES[i].text);
		if (i > 0)
			assert_true(strcmp(ENTITIES[i - 1].name, ENTITIES[i].name) < 0);
	}
}

static void test_too_long(void **state)
{
	struct str str = STR(3);

	(void)state;
	html_plain(&str, "four");
	assert_int_not_equal(str.error, 0);
	str_release(&str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_tags),
			cmocka_unit_test(test_named_references),
			cmocka_unit_test(test_the_semicolon_may_be_missing_after_old_names),
			cmocka_unit_test(test_numbers),
			cmocka_unit_test(test_the_table_is_sorted),
			cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
