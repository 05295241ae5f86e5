/* Addresses of calendars, as anyone who reaches the lobby's port can send them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/calendar/address.h"
#include "bot/calendar/calendar.h"

static void test_a_show_and_an_alarm(void **state)
{
	struct calendar_address address = {0};

	(void)state;
	assert_int_equal(calendar_address_read("/calendar.ics", "alarm=5", &address), 0);
	assert_string_equal(address.show, "");
	assert_int_equal(address.alarm_minutes, 5);
	assert_int_equal(calendar_address_read("/calendar/harbour-lights.ics", "", &address), 0);
	assert_string_equal(address.show, "harbour-lights");
	assert_int_equal(address.alarm_minutes, CALENDAR_NO_ALARM);
	assert_int_equal(
			calendar_address_read("/calendar/%EB%93%B1%eb%8c%80.v2.ics", "alarm=0", &address), 0);
	assert_string_equal(address.show, "등대.v2");
	assert_int_equal(address.alarm_minutes, 0);
}

static void test_a_path_that_is_no_calendar(void **state)
{
	static const char *const paths[] = {"", "/", "/calendar", "/calendar/", "/calendar/.ics",
			"/calendar/x", "/calendar/x.ics/", "/Calendar/x.ics", "/calendar/a/b.ics",
			"/calendar/%2e%2e%2fx.ics", "/calendar/x%00.ics", "/calendar/x%0a.ics",
			"/calendar/x%7F.ics", "/calendar/%.ics", "/calendar/%4.ics", "/calendar/%4g.ics",
			"/calendar/%+4.ics", "calendar/x.ics"};
	struct calendar_address address = {.show = "untouched"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(calendar_address_read(paths[i], "", &address), -ENOENT);
		assert_string_equal(address.show, "untouched");
	}
}

static void test_a_query_that_is_not_understood(void **state)
{
	static const char *const queries[] = {"?", "alarm", "alarm=", "alarm=x", "alarm=-5", "alarm=10081",
			"alarm=5&alarm=6", "Alarm=5", "alarm=99999999999999999999"};
	struct calendar_address address = {.show = "untouched"};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		assert_int_equal(calendar_address_read("/calendar/x.ics", queries[i], &address), -EINVAL);
		assert_string_equal(address.show, "untouched");
	}
}

/* The name of a file has at most 255 bytes. */
static void test_a_name_that_is_too_long(void **state)
{
	char path[600], name[300];
	struct calendar_address address;

	(void)state;
	memset(name, 'a', sizeof(name));
	snprintf(path, sizeof(path), "/calendar/%.*s.ics", CALENDAR_SHOW_BYTES - 1, name);
	assert_int_equal(calendar_address_read(path, "", &address), 0);
	assert_int_equal(strlen(address.show), CALENDAR_SHOW_BYTES - 1);
	snprintf(path, sizeof(path), "/calendar/%.*s.ics", CALENDAR_SHOW_BYTES, name);
	assert_int_equal(calendar_address_read(path, "", &address), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_show_and_an_alarm),
			cmocka_unit_test(test_a_path_that_is_no_calendar),
			cmocka_unit_test(test_a_query_that_is_not_understood),
			cmocka_unit_test(test_a_name_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
