/* The phrase for when something airs, line by line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/base/zone.h"
#include "bot/core/when.h"

/* The moment of "2026-11-29 20:00" in a zone; 0 for "". */
static int64_t moment(const char *zone, const char *text)
{
	struct zone_time time = {0};

	if (!*text)
		return 0;
	assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &time.year, &time.month, &time.day, &time.hour,
					 &time.minute),
			5);
	return zone_moment(zone, &time);
}

struct phrase {
	const char *now;    /* UTC */
	const char *reader; /* zone */
	const char *zone;   /* of the show */
	struct date date;
	const char *airs; /* the hour, in the show's zone */
	const char *wanted, *after_verb;
};

static const struct phrase PHRASES[] = {
		/* Days. */
		{"2026-11-29 20:00", "", "", {2022, 1, 28}, "", "28 January 2022 (4 years ago)",
				"on 28 January 2022 (4 years ago)"},
		{"2026-11-29 20:00", "", "", {2026, 12, 6}, "", "Sunday 6 December, in 7 days",
				"on Sunday 6 December, in 7 days"},
		{"2026-11-29 20:00", "", "", {2026, 11, 29}, "", "today", "today"},
		{"2026-11-29 20:00", "", "", {2026, 11, 30}, "", "tomorrow", "tomorrow"},
		{"2026-11-29 20:00", "", "", {2026, 11, 28}, "", "yesterday", "yesterday"},
		{"2026-11-29 20:00", "", "", {2026, 12, 1}, "", "Tuesday 1 December, in 2 days",
				"on Tuesday 1 December, in 2 days"},
		{"2026-11-29 20:00", "", "", {2026, 11, 27}, "", "27 November 2026 (2 days ago)",
				"on 27 November 2026 (2 days ago)"},
		{"2026-11-29 20:00", "", "", {2026, 11, 15}, "", "15 November 2026 (2 weeks ago)",
				"on 15 November 2026 (2 weeks ago)"},
		{"2026-11-29 20:00", "", "", {2026, 9, 29}, "", "29 September 2026 (8 weeks ago)",
				"on 29 September 2026 (8 weeks ago)"},
		{"2026-11-29 20:00", "", "", {2026, 9, 27}, "", "27 September 2026 (2 months ago)",
				"on 27 September 2026 (2 months ago)"},
		{"2026-11-29 20:00", "", "", {2024, 11, 30}, "", "30 November 2024 (23 months ago)",
				"on 30 November 2024 (23 months ago)"},
		{"2026-11-29 20:00", "", "", {2024, 11, 29}, "", "29 November 2024 (2 years ago)",
				"on 29 November 2024 (2 years ago)"},
		{"2026-11-29 20:00", "", "", {1959, 10, 2}, "", "2 October 1959 (67 years ago)",
				"on 2 October 1959 (67 years ago)"},
		/* The year is told if it is another one. */
		{"2026-11-29 20:00", "", "", {2027, 1, 1}, "", "Friday 1 January 2027, in 4 weeks",
				"on Friday 1 January 2027, in 4 weeks"},
		{"2026-11-29 20:00", "", "", {2027, 3, 1}, "", "1 March 2027, in 3 months",
				"on 1 March 2027, in 3 months"},
		{"2026-11-29 20:00", "", "", {9999, 12, 31}, "", "31 December 9999, in 7973 years",
				"on 31 December 9999, in 7973 years"},
		/* Ends of months and years, leap days. */
		{"2026-12-31 23:59", "", "", {2027, 1, 1}, "", "tomorrow", "tomorrow"},
		{"2027-01-01 00:00", "", "", {2026, 12, 31}, "", "yesterday", "yesterday"},
		{"2024-02-28 12:00", "", "", {2024, 2, 29}, "", "tomorrow", "tomorrow"},
		{"2024-03-01 12:00", "", "", {2024, 2, 29}, "", "yesterday", "yesterday"},
		{"2023-02-28 12:00", "", "", {2023, 3, 1}, "", "tomorrow", "tomorrow"},
		{"2026-02-28 12:00", "", "", {2024, 2, 29}, "", "29 February 2024 (23 months ago)",
				"on 29 February 2024 (23 months ago)"},
		{"2026-11-29 20:00", "", "", {1960, 2, 29}, "", "29 February 1960 (66 years ago)",
				"on 29 February 1960 (66 years ago)"},
		/* A day begins where the show airs; if that is not known, where the reader is. */
		{"2026-11-29 16:00", "America/New_York", "Asia/Seoul", {2026, 11, 30}, "", "today", "today"},
		{"2026-11-29 12:00", "America/New_York", "Asia/Seoul", {2026, 11, 30}, "", "tomorrow",
				"tomorrow"},
		{"2026-11-29 12:00", "Pacific/Kiritimati", "", {2026, 11, 30}, "", "today", "today"},
		{"2026-11-30 09:00", "Pacific/Honolulu", "", {2026, 11, 30}, "", "tomorrow", "tomorrow"},
		/* Hours: in the show's zone if the reader has not set one. */
		{"2026-11-29 20:00", "", "America/New_York", {2026, 11, 29}, "2026-11-29 21:00",
				"tonight at 21:00 (New York)", "tonight at 21:00 (New York)"},
		{"2026-11-30 03:00", "", "America/New_York", {2026, 11, 29}, "2026-11-29 21:00",
				"tonight at 21:00 (New York)", "tonight at 21:00 (New York)"},
		{"2026-11-30 06:00", "", "America/New_York", {2026, 11, 29}, "2026-11-29 21:00",
				"yesterday at 21:00 (New York)", "yesterday at 21:00 (New York)"},
		{"2026-11-29 20:00", "Europe/Berlin", "America/New_York", {2026, 11, 29}, "2026-11-29 21:00",
				"tomorrow at 03:00 (Berlin)", "tomorrow at 03:00 (Berlin)"},
		{"2026-11-29 04:00", "", "Asia/Seoul", {2026, 11, 29}, "2026-11-29 14:30",
				"today at 14:30 (Seoul)", "today at 14:30 (Seoul)"},
		{"2026-11-29 20:00", "", "America/New_York", {2026, 12, 6}, "2026-12-06 21:00",
				"Sunday 6 December at 21:00 (New York), in 7 days",
				"on Sunday 6 December at 21:00 (New York), in 7 days"},
		{"2026-11-29 20:00", "Asia/Kathmandu", "America/New_York", {2026, 12, 6}, "2026-12-06 21:00",
				"Monday 7 December at 07:45 (Kathmandu), in 7 days",
				"on Monday 7 December at 07:45 (Kathmandu), in 7 days"},
		{"2026-11-29 20:00", "Etc/GMT-2", "America/New_York", {2026, 12, 6}, "2026-12-06 21:00",
				"Monday 7 December at 04:00 (UTC+2), in 8 days",
				"on Monday 7 December at 04:00 (UTC+2), in 8 days"},
		{"2026-11-29 20:00", "Asia/Seoul", "America/New_York", {2020, 12, 6}, "2020-12-06 21:00",
				"6 December 2020 (5 years ago)", "on 6 December 2020 (5 years ago)"},
		{"2026-11-29 20:00", "", "", {2026, 11, 29}, "2026-11-29 21:00", "tonight at 21:00 (UTC)",
				"tonight at 21:00 (UTC)"},
		/* Clocks that change between now and then: days are days, not 24 hours. */
		{"2026-03-28 12:00", "", "Europe/Berlin", {2026, 3, 30}, "2026-03-30 00:30",
				"Monday 30 March at 00:30 (Berlin), in 2 days",
				"on Monday 30 March at 00:30 (Berlin), in 2 days"},
		{"2026-10-24 21:30", "", "Europe/Berlin", {2026, 10, 25}, "2026-10-25 23:30",
				"tomorrow at 23:30 (Berlin)", "tomorrow at 23:30 (Berlin)"},
		{"2026-10-03 10:00", "", "Australia/Lord_Howe", {2026, 10, 4}, "2026-10-04 02:15",
				"tomorrow at 02:45 (Lord Howe)", "tomorrow at 02:45 (Lord Howe)"},
		/* Samoa had no 30 December 2011. */
		{"2011-12-29 20:00", "", "Pacific/Apia", {2011, 12, 31}, "2011-12-31 21:00",
				"Saturday 31 December at 21:00 (Apia), in 2 days",
				"on Saturday 31 December at 21:00 (Apia), in 2 days"},
		/* Vague. */
		{"2026-11-29 20:00", "", "", {1959, 0, 0}, "", "in 1959", "in 1959"},
		{"2026-11-29 20:00", "", "", {2027, 3, 0}, "", "in March 2027", "in March 2027"},
		{"2026-11-29 20:00", "", "", {0, 0, 0}, "", "not announced yet", "not announced yet"},
};

static void phrases(void **state)
{
	char buffer[WHEN_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(PHRASES) / sizeof(PHRASES[0]); i++) {
		const struct phrase *phrase = &PHRASES[i];
		int64_t now_s = moment("", phrase->now);
		struct when when = {.date = phrase->date,
				.moment_s = moment(phrase->zone, phrase->airs),
				.zone = phrase->zone};

		assert_string_equal(when_phrase(&when, now_s, phrase->reader, buffer), phrase->wanted);
		assert_string_equal(
				when_after_verb(&when, now_s, phrase->reader, buffer), phrase->after_verb);
	}
}

static void phrases_of_lists(void **state)
{
	static const struct {
		struct date date;
		const char *wanted;
	} DAYS[] = {{{2022, 1, 28}, "28 January 2022"}, {{2026, 11, 30}, "tomorrow"},
			{{2026, 12, 6}, "Sunday 6 December"}, {{2027, 5, 6}, "6 May 2027"},
			{{1961, 5, 0}, "May 1961"}, {{1961, 0, 0}, "1961"}, {{0, 0, 0}, "not announced yet"}};
	int64_t now_s = moment("", "2026-11-29 20:00");
	char buffer[WHEN_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(DAYS) / sizeof(DAYS[0]); i++) {
		struct when when = {.date = DAYS[i].date, .zone = ""};

		assert_string_equal(when_short(&when, now_s, "", buffer), DAYS[i].wanted);
	}
}

static void what_has_aired_without_a_date_is_not_known(void **state)
{
	struct when when = {.zone = "", .has_happened = true};
	char buffer[WHEN_BYTES];

	(void)state;
	assert_string_equal(when_phrase(&when, 0, "", buffer), "not known yet");
	assert_false(when_is_to_come(&when, 0, ""));
	when.has_happened = false;
	assert_true(when_is_to_come(&when, 0, ""));
}

static void a_premiere_is_past_or_to_come(void **state)
{
	struct show show = {.zone = "Asia/Seoul"};
	int64_t now_s = moment("Asia/Seoul", "2026-11-29 12:00");

	(void)state;
	assert_true(when_of_day(&show, (struct date){2026, 11, 29}, now_s).has_happened);
	assert_false(when_of_day(&show, (struct date){2026, 11, 30}, now_s).has_happened);
	assert_true(when_of_day(&show, (struct date){2026, 10, 0}, now_s).has_happened);
	assert_false(when_of_day(&show, (struct date){2026, 12, 0}, now_s).has_happened);
	assert_true(when_of_day(&show, (struct date){2025, 0, 0}, now_s).has_happened);
	assert_false(when_of_day(&show, (struct date){2027, 0, 0}, now_s).has_happened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(phrases),
			cmocka_unit_test(phrases_of_lists),
			cmocka_unit_test(what_has_aired_without_a_date_is_not_known),
			cmocka_unit_test(a_premiere_is_past_or_to_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
