/* Quiet hours as people type them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/quiet_hours.h"

static void test_forms(void **state)
{
	static const char *const forms[][2] = {{"22:00-07:00", "22:00-07:00"}, {"22-7", "22:00-07:00"},
			{"22:00 - 07:00", "22:00-07:00"}, {"22:00–7:00", "22:00-07:00"},
			{"10pm-7am", "22:00-07:00"}, {"10 PM to 7 AM", "22:00-07:00"},
			{"10 p.m. until 7:30 a.m.", "22:00-07:30"}, {"22.30 bis 7 Uhr", "22:30-07:00"},
			{"22h30-7h", "22:30-07:00"}, {"22h-7h", "22:00-07:00"}, {"2200-0700", "22:00-07:00"},
			{"from 22:00 to 7", "22:00-07:00"}, {"between 22 and 7", "22:00-07:00"},
			{"10-7am", "22:00-07:00"}, {"10-11pm", "22:00-23:00"}, {"9-5pm", "09:00-17:00"},
			{"midnight-noon", "00:00-12:00"}, {"22-24", "22:00-00:00"}, {"0-8", "00:00-08:00"},
			{"12am-12pm", "00:00-12:00"}, {"22 ~ 7", "22:00-07:00"},
			{"２２：００－０７：００", "22:00-07:00"}};
	char found[QUIET_HOURS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		found[0] = '\0';
		assert_int_equal(quiet_hours_find(forms[i][0], found), 0);
		assert_string_equal(found, forms[i][1]);
	}
}

static void test_no_times(void **state)
{
	static const char *const wrong[] = {"", "22", "22-", "-7", "25-7", "22:60-7", "22-7-8", "13pm-7am",
			"0am-7", "22:0-7", "night", "22-7 x", "22 7", "99999-7"};
	char found[QUIET_HOURS_BYTES], longest[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(quiet_hours_find(wrong[i], found), -EINVAL);
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(quiet_hours_find(longest, found), -EINVAL);
	assert_int_equal(quiet_hours_find("22-22", found), -ERANGE);
	assert_int_equal(quiet_hours_find("0-24", found), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_no_times)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
