/* Time zones: clocks that skip and repeat an hour, half an hour or a day, far years, names that are no zones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "bot/base/zone.h"

/* The expected values are those of Python's zoneinfo (PEP 495: fold 0). */
static const struct {
	const char *zone;
	struct zone_time shown;
	int64_t moment_s;
} MOMENTS[] = {
		{"", {2026, 12, 31, 23, 59, 0, 0, 0}, 1798761540},
		{"UTC", {2026, 12, 31, 23, 59, 0, 0, 0}, 1798761540},
		{"Europe/Berlin", {2026, 3, 29, 2, 30, 0, 0, 0}, 1774747800},       /* skipped */
		{"Europe/Berlin", {2026, 10, 25, 2, 30, 0, 0, 0}, 1792888200},      /* twice */
		{"America/New_York", {2026, 3, 8, 2, 30, 0, 0, 0}, 1772955000},     /* skipped */
		{"America/New_York", {2026, 11, 1, 1, 30, 0, 0, 0}, 1793511000},    /* twice */
		{"Australia/Sydney", {2026, 4, 5, 2, 30, 0, 0, 0}, 1775316600},     /* twice */
		{"Australia/Sydney", {2026, 10, 4, 2, 30, 0, 0, 0}, 1791045000},    /* skipped */
		{"Australia/Lord_Howe", {2026, 4, 5, 1, 45, 0, 0, 0}, 1775313900},  /* half an hour twice */
		{"Australia/Lord_Howe", {2026, 10, 4, 2, 15, 0, 0, 0}, 1791042300}, /* and skipped */
		{"Asia/Kathmandu", {2024, 2, 29, 20, 0, 0, 0, 0}, 1709216100},
		{"Pacific/Kiritimati", {2026, 1, 1, 0, 0, 0, 0, 0}, 1767175200},
		{"Pacific/Apia", {2011, 12, 30, 12, 0, 0, 0, 0}, 1325282400}, /* a day that Samoa skipped */
		{"America/Santiago", {2026, 9, 6, 0, 0, 0, 0, 0},
				1788667200}, /* a midnight that is skipped */
		{"Asia/Seoul", {2022, 1, 28, 17, 0, 0, 0, 0}, 1643356800},
		{"America/New_York", {1959, 10, 2, 22, 0, 0, 0, 0}, -323388000},
		{"Europe/London", {9999, 7, 1, 12, 0, 0, 0, 0}, 253386442800},
};

static void the_moment_of_what_clocks_show(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(MOMENTS) / sizeof(MOMENTS[0]); i++)
		assert_int_equal(zone_moment(MOMENTS[i].zone, &MOMENTS[i].shown), MOMENTS[i].moment_s);
}

static void assert_shows(const char *zone, int64_t moment_s, const char *wanted)
{
	struct zone_time time = zone_time_at(zone, moment_s);
	struct tm date = {.tm_year = time.year - 1900,
			.tm_mon = time.month - 1,
			.tm_mday = time.day,
			.tm_hour = time.hour,
			.tm_min = time.minute,
			.tm_sec = time.second,
			.tm_wday = time.weekday};
	char text[64];

	assert_true(strftime(text, sizeof(text), "%a %Y-%m-%d %H:%M:%S", &date) > 0);
	assert_string_equal(text, wanted);
}

static void what_clocks_show_at_a_moment(void **state)
{
	(void)state;
	assert_shows("", 0, "Thu 1970-01-01 00:00:00");
	assert_shows("Europe/Berlin", 1774745999, "Sun 2026-03-29 01:59:59");
	assert_shows("Europe/Berlin", 1774746000, "Sun 2026-03-29 03:00:00");
	assert_shows("Asia/Kathmandu", 1709216100, "Thu 2024-02-29 20:00:00");
	assert_shows("Pacific/Kiritimati", 1767175200, "Thu 2026-01-01 00:00:00");
	assert_shows("Pacific/Honolulu", 1767175200, "Wed 2025-12-31 00:00:00");
	assert_shows("America/New_York", -323388000, "Fri 1959-10-02 22:00:00");
	assert_shows("Europe/London", 253386442800, "Thu 9999-07-01 12:00:00");
	assert_shows("Europe/London", INT64_MAX, "Thu 9999-12-30 23:59:59");
	assert_shows("Europe/London", INT64_MIN, "Mon 1-01-01 23:58:45"); /* local mean time */
}

/* Each moment of 60 years, three hours apart, in each of these zones: there and back. */
static void a_moment_is_found_again(void **state)
{
	static const char *const ZONES[] = {"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe",
			"Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca"};

	(void)state;
	for (size_t i = 0; i < sizeof(ZONES) / sizeof(ZONES[0]); i++) {
		for (int64_t moment_s = 315532800; moment_s < INT64_C(2208988800);
				moment_s += 3 * 3600 + 60) {
			struct zone_time time = zone_time_at(ZONES[i], moment_s), again;
			int64_t found_s = zone_moment(ZONES[i], &time);

			again = zone_time_at(ZONES[i], found_s);
			assert_true(found_s <= moment_s && moment_s - found_s <= ZONE_DAY_S);
			assert_true(again.day == time.day && again.hour == time.hour &&
					again.minute == time.minute);
		}
	}
}

static void a_day_beyond_its_month_counts_on(void **state)
{
	struct zone_time time = {.year = 2026, .month = 12, .day = 32};

	(void)state;
	assert_shows("Europe/Berlin", zone_moment("Europe/Berlin", &time), "Fri 2027-01-01 00:00:00");
	time = (struct zone_time){.year = 2023, .month = 2, .day = 29, .hour = 25};
	assert_shows("", zone_moment("", &time), "Thu 2023-03-02 01:00:00");
}

static void names_that_are_no_zones_are_utc(void **state)
{
	static const char *const WRONG[] = {"", "Europe/Nowhere", "../../../etc/passwd", "/etc/passwd",
			"Europe", "Europe/", "Europe//Berlin", "europe/berlin", "zone.tab", "EST+5\nTZ",
			":UTC", "a_name_that_is_longer_than_the_name_of_any_zone_in_the_whole_database"};

	(void)state;
	assert_true(zone_is_known("Europe/Berlin"));
	assert_true(zone_is_known("CET"));
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		assert_false(zone_is_known(WRONG[i]));
		assert_shows(WRONG[i], 0, "Thu 1970-01-01 00:00:00");
	}
}

static void only_the_selected_zone_counts_and_not_the_one_of_the_machine(void **state)
{
	(void)state;
	assert_shows("Asia/Tokyo", 0, "Thu 1970-01-01 09:00:00");
	assert_shows("", 0, "Thu 1970-01-01 00:00:00");
	assert_shows("America/New_York", 0, "Wed 1969-12-31 19:00:00");
	assert_int_equal(zone_forget(), 0);
	assert_shows("America/New_York", 0, "Wed 1969-12-31 19:00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_moment_of_what_clocks_show),
			cmocka_unit_test(what_clocks_show_at_a_moment),
			cmocka_unit_test(a_moment_is_found_again),
			cmocka_unit_test(a_day_beyond_its_month_counts_on),
			cmocka_unit_test(names_that_are_no_zones_are_utc),
			cmocka_unit_test(only_the_selected_zone_counts_and_not_the_one_of_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
