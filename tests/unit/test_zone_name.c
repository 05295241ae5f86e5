/* Names of time zones as people type them, and as they are shown. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/base/zone_name.h"

static void names_without_case_or_folder(void **state)
{
	static const char *const TYPED[][2] = {
			{"Europe/Berlin", "Europe/Berlin"},
			{"europe/berlin", "Europe/Berlin"},
			{"berlin", "Europe/Berlin"},
			{"  Berlin ", "Europe/Berlin"},
			{"new york", "America/New_York"},
			{"New_York", "America/New_York"},
			{"NEW-YORK", "America/New_York"},
			{"america new york", "America/New_York"},
			{"são paulo", "America/Sao_Paulo"},
			{"argentina/buenos aires", "America/Argentina/Buenos_Aires"},
			{"kathmandu", "Asia/Kathmandu"},
			{"lord howe", "Australia/Lord_Howe"},
			{"CET", "CET"},
			{"cest", "CET"},
			{"est", "America/New_York"},
			{"ET", "America/New_York"},
			{"pacific", "America/Los_Angeles"},
			{"KST", "Asia/Seoul"},
			{"UTC", "UTC"},
			{"gmt", "UTC"},
			{"utc+2", "Etc/GMT-2"},
			{"UTC -3", "Etc/GMT+3"},
			{"+09:00", "Etc/GMT-9"},
			{"gmt+0", "UTC"},
			{"germany", "Europe/Berlin"},
			{"Japan", "Japan"},
			{"south korea", "Asia/Seoul"},
			{"kenya", "Africa/Nairobi"},
			{"munich", "Europe/Berlin"},
	};
	char zone[ZONE_NAME_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(TYPED) / sizeof(TYPED[0]); i++) {
		assert_int_equal(zone_find(TYPED[i][0], zone), 0);
		assert_string_equal(zone, TYPED[i][1]);
	}
}

static void what_is_no_zone_is_refused_with_the_nearest(void **state)
{
	static const char *const TYPED[][2] = {
			{"berln", "Europe/Berlin"},
			{"new yrok", "America/New_York"},
			{"europe/berlim", "Europe/Berlin"},
			{"buenos airse", "America/Argentina/Buenos_Aires"},
			{"munihc", "Europe/Berlin"},
			{"united states", "America/New_York"}, /* has several */
			{"narnia of the north", ""},
			{"", ""},
			{"!", ""},
			{"../../etc/passwd", ""},
			{"서울", ""},
			{"utc+25", ""},
			{"utc+5:30", ""},
			{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
					""},
	};
	char zone[ZONE_NAME_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(TYPED) / sizeof(TYPED[0]); i++) {
		assert_int_equal(zone_find(TYPED[i][0], zone), -ENOENT);
		assert_string_equal(zone, TYPED[i][1]);
	}
}

static void a_system_without_zone_files_says_so(void **state)
{
	char zone[ZONE_NAME_BYTES];

	(void)state;
	assert_int_equal(setenv("TZDIR", "/nowhere", 1), 0);
	assert_int_equal(zone_find("Europe/Berlin", zone), -ENODATA);
	assert_int_equal(zone_find("berlin", zone), -ENODATA);
	assert_int_equal(zone_find("est", zone), -ENODATA);
	assert_int_equal(zone_find("utc+2", zone), -ENODATA);
	assert_int_equal(unsetenv("TZDIR"), 0);
	assert_int_equal(zone_find("est", zone), 0);
}

static void a_half_typed_zone_is_completed(void **state)
{
	static const char *const TYPED[][2] = {
			{"berl", "Europe/Berlin"},
			{"new yo", "America/New_York"},
			{"america/new", "America/New_York"},
			{"erlin", "Europe/Berlin"},  /* a part */
			{"berlni", "Europe/Berlin"}, /* a typo */
			{"kst", "Asia/Seoul"},
			{"utc+2", "Etc/GMT-2"},
			{"são p", "America/Sao_Paulo"},
	};
	char zones[5][ZONE_NAME_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(TYPED) / sizeof(TYPED[0]); i++) {
		assert_in_range(zone_suggest(TYPED[i][0], zones, 5), 1, 5);
		assert_string_equal(zones[0], TYPED[i][1]);
	}
	assert_int_equal(zone_suggest("a", zones, 5), 5);
	for (size_t i = 1; i < 5; i++)
		assert_string_not_equal(zones[i - 1], zones[i]);
	assert_int_equal(zone_suggest("", zones, 5), 0);
	assert_int_equal(zone_suggest("xyzzyxyzzy", zones, 5), 0);
	assert_int_equal(setenv("TZDIR", "/nonexistent", 1), 0);
	assert_int_equal(zone_suggest("berl", zones, 5), 0);
	assert_int_equal(unsetenv("TZDIR"), 0);
}

static void zones_are_shown_by_their_city(void **state)
{
	static const char *const CITIES[][2] = {{"America/New_York", "New York"}, {"Europe/Berlin", "Berlin"},
			{"America/Argentina/Buenos_Aires", "Buenos Aires"}, {"CET", "CET"}, {"", "UTC"},
			{"UTC", "UTC"}, {"Etc/UTC", "UTC"}, {"Etc/GMT-2", "UTC+2"}, {"Etc/GMT+11", "UTC-11"}};
	char city[ZONE_NAME_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(CITIES) / sizeof(CITIES[0]); i++)
		assert_string_equal(zone_city(CITIES[i][0], city), CITIES[i][1]);
	assert_string_equal(zone_title("Etc/GMT-2", city), "UTC+2");
	assert_string_equal(zone_title("America/New_York", city), "America/New_York");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(names_without_case_or_folder),
			cmocka_unit_test(what_is_no_zone_is_refused_with_the_nearest),
			cmocka_unit_test(a_system_without_zone_files_says_so),
			cmocka_unit_test(a_half_typed_zone_is_completed),
			cmocka_unit_test(zones_are_shown_by_their_city),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
