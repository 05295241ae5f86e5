/* The text of IRC messages: formatting is removed, Latin-1 becomes UTF-8, control characters become spaces. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "bot/irc/text.h"

static void assert_read(const char *text, const char *wanted)
{
	char read[100];

	assert_int_equal(irc_text_read(text, read, sizeof(read)), 0);
	assert_string_equal(read, wanted);
}

static void drops_formatting(void **state)
{
	(void)state;
	assert_read("!episode 5", "!episode 5");
	assert_read("\x02!ep\x02isode\x0F \x1D"
		    "5\x1F",
			"!episode 5");
	assert_read("\x03"
		    "04,12!episode\x03 5",
			"!episode 5");
	assert_read("\x03"
		    "4!episode \x03"
		    "0455",
			"!episode 55");
	assert_read("\x03,5", ",5");
	assert_read("\x03"
		    "4,x",
			",x");
	assert_read("\x04"
		    "FF00ff,000000!ping\x04",
			"!ping");
}

static void makes_control_bytes_spaces(void **state)
{
	(void)state;
	assert_read("a\tb\x07"
		    "c\x7F"
		    "d",
			"a b c d");
	assert_read("a\xC2\x85"
		    "b",
			"a b");
}

static void takes_other_bytes_for_latin_1(void **state)
{
	(void)state;
	assert_read("caf\xE9 \xA7", "café §");
	assert_read("caf\xE9 \x9b"
		    "31m",
			"café  31m");        /* its control characters as well */
	assert_read("café \xFF", "cafÃ© ÿ"); /* one bad byte, and the whole text is taken so */
	assert_read("온조", "온조");
}

static void refuses_oversized_values(void **state)
{
	char read[4];

	(void)state;
	assert_int_equal(irc_text_read("abc", read, sizeof(read)), 0);
	assert_int_equal(irc_text_read("abcd", read, sizeof(read)), -EMSGSIZE);
	assert_int_equal(irc_text_read("ab\xE9", read, sizeof(read)), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(drops_formatting),
			cmocka_unit_test(makes_control_bytes_spaces),
			cmocka_unit_test(takes_other_bytes_for_latin_1),
			cmocka_unit_test(refuses_oversized_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
