/* Days, hours and lengths as people type them, and those that only their writer knows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/import/typed_day.h"

static void check(const char *text, enum typed_day expected, const char *expected_day,
		const char *expected_other)
{
	char day[TYPED_DAY_BYTES], other[TYPED_DAY_BYTES];
	enum typed_day kind = typed_day(text, day, other);

	if (kind != expected)
		fail_msg("\"%s\" is %d, not %d", text, (int)kind, (int)expected);
	assert_string_equal(day, expected_day);
	assert_string_equal(other, expected_other);
}

static void days_of_one_meaning_are_read(void **state)
{
	static const char *const TEXTS[] = {"2026-01-15", "2026.01.15", "2026/1/15", "2026. 1. 15.",
			" 2026-01-15 ", "15.1.2026", "15.01.2026", "15 January 2026", "15. January 2026",
			"January 15, 2026", "Jan 15 2026", "15-Jan-2026", "Thu, 15 Jan 2026",
			"Thursday 15 JANUARY 2026", "2026-01-15T21:00:00Z", "2026-01-15 21:00",
			"15 January 2026 9:00 pm"};

	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		check(TEXTS[i], TYPED_DAY, "2026-01-15", "");
	check("2026", TYPED_DAY, "2026", "");
	check("2026-01", TYPED_DAY, "2026-01", "");
	check("January 2026", TYPED_DAY, "2026-01", "");
	check("1.2.2026", TYPED_DAY, "2026-02-01", "");
	check("2026-02-31", TYPED_DAY, "2026-02-31", ""); /* the draft looks at the calendar */
}

static void days_that_only_their_writer_knows_are_not_guessed(void **state)
{
	(void)state;
	check("1/2/2026", TYPED_AMBIGUOUS, "2026-02-01", "2026-01-02");
	check("01-02-2026", TYPED_AMBIGUOUS, "2026-02-01", "2026-01-02");
	check("13/2/2026", TYPED_AMBIGUOUS, "2026-02-13", "");
	check("2/13/2026", TYPED_AMBIGUOUS, "2026-02-13", "");
	check("3/3/2026", TYPED_AMBIGUOUS, "2026-03-03", "");
	check("1/2/26", TYPED_SHORT, "", "");
	check("5-Jan", TYPED_SHORT, "", "");
	check("Jan-05", TYPED_SHORT, "", "");
	check("13/14/2026", TYPED_OTHER, "", "");
}

static void the_numbers_of_spreadsheets_are_named(void **state)
{
	(void)state;
	check("25569", TYPED_SERIAL, "1970-01-01", "");
	check("46037", TYPED_SERIAL, "2026-01-15", "");
	check("36585", TYPED_SERIAL, "2000-02-29", "");
	check("36586", TYPED_SERIAL, "2000-03-01", "");
	check("12", TYPED_OTHER, "", "");
	check("19999", TYPED_OTHER, "", "");
}

static void a_text_that_is_no_day_is_not_taken_for_one(void **state)
{
	static const char *const TEXTS[] = {"", " ", "soon", "1x05", "s01e05", "-", "2026-01-15-16-17",
			"2026-Foo-15", "99999999999999999999", "15th of May", "2026--01", "\xC3\xA9"};

	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		check(TEXTS[i], TYPED_OTHER, "", "");
}

static void check_clock(const char *text, const char *expected)
{
	char clock[TYPED_CLOCK_BYTES] = "";

	assert_int_equal(typed_clock(text, clock), *expected != '\0');
	assert_string_equal(clock, expected);
}

static void hours_are_read_as_people_type_them(void **state)
{
	(void)state;
	check_clock("21:00", "21:00");
	check_clock(" 9:05 ", "09:05");
	check_clock("9 pm", "21:00");
	check_clock("9:30 PM", "21:30");
	check_clock("12:15 am", "00:15");
	check_clock("12 pm", "12:00");
	check_clock("21h00", "21:00");
	check_clock("21.30", "21:30");
	check_clock("21:00:00", "21:00");
	check_clock("24:00", "24:00");
	check_clock("24:01", "");
	check_clock("13 pm", "");
	check_clock("25:00", "");
	check_clock("21:60", "");
	check_clock("21", "");
	check_clock("21:", "");
	check_clock("evening", "");
	check_clock("", "");
}

static void lengths_are_minutes(void **state)
{
	(void)state;
	assert_int_equal(typed_minutes("45"), 45);
	assert_int_equal(typed_minutes("45 min"), 45);
	assert_int_equal(typed_minutes("45m"), 45);
	assert_int_equal(typed_minutes("1 h 5 min."), 65);
	assert_int_equal(typed_minutes("1h5"), 65);
	assert_int_equal(typed_minutes("2 hours"), 120);
	assert_int_equal(typed_minutes("0:45"), 45);
	assert_int_equal(typed_minutes("1:05:59"), 65);
	assert_int_equal(typed_minutes("1:"), -1);
	assert_int_equal(typed_minutes("1:05:"), -1);
	assert_int_equal(typed_minutes("45 parsecs"), -1);
	assert_int_equal(typed_minutes("-5"), -1);
	assert_int_equal(typed_minutes(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(days_of_one_meaning_are_read),
			cmocka_unit_test(days_that_only_their_writer_knows_are_not_guessed),
			cmocka_unit_test(the_numbers_of_spreadsheets_are_named),
			cmocka_unit_test(a_text_that_is_no_day_is_not_taken_for_one),
			cmocka_unit_test(hours_are_read_as_people_type_them),
			cmocka_unit_test(lengths_are_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
