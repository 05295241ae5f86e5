/* The moment that typed words mean, phrase by phrase. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/json.h"
#include "bot/catalogue/load.h"
#include "bot/core/moment.h"

#define FOUND_BYTES 2048

static const char SHOW[] =
		"{\"name\": \"Harbour Lights\", \"timezone\": \"America/New_York\", \"episodes\": ["
		"{\"season\": 1, \"number\": 1, \"name\": \"The Storm\", \"airdate\": \"2026-11-01\", "
		"\"airtime\": \"21:00\"},"
		"{\"season\": 1, \"number\": 2, \"name\": \"Low Tide\", \"airdate\": \"2026-12-06\", "
		"\"airtime\": \"21:00\"},"
		"{\"season\": 1, \"number\": 3, \"name\": \"The Long Night\", \"airdate\": \"2026-12-13\"},"
		"{\"season\": 1, \"number\": 4, \"name\": \"Lanterns\"}]}";

static struct dataset *dataset;

static int load(void **state)
{
	struct json *json = NULL;

	(void)state;
	assert_int_equal(json_parse(SHOW, strlen(SHOW), JSON_OPTIONAL, &json), 0);
	assert_int_equal(dataset_read(json, "harbour-lights", &dataset), 0);
	json_free(json);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	dataset_free(dataset);
	return 0;
}

static int64_t clock_at(const char *zone, const char *text)
{
	struct zone_time time = {0};

	assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &time.year, &time.month, &time.day, &time.hour,
					 &time.minute),
			5);
	return zone_moment(zone, &time);
}

/* "2026-12-04 20:00 | watch party", or the reason. */
static void describe(const char *now, const char *zone, const char *typed, char ret[FOUND_BYTES])
{
	struct moment_reading reading;
	struct moment moment;
	struct reference_asked asked = {.today = {2026, 11, 30}, .aired = 1, .limit = REFERENCE_ALL};
	struct moment_asker asker = {.now_s = clock_at(*zone ? zone : "UTC", now),
			.zone = zone,
			.show = &dataset->show,
			.asked = &asked,
			.prefix = "!",
			.command = "remind"};
	struct zone_time shown;
	char code[EPISODE_LABEL_BYTES];

	moment_read(typed, &reading);
	if (moment_of(&reading, &asker, &moment) < 0) {
		snprintf(ret, FOUND_BYTES, "%s", moment.reason);
		return;
	}
	shown = zone_time_at(*moment.zone ? moment.zone : zone, moment.at_s);
	snprintf(ret, FOUND_BYTES, "%s%s%04d-%02d-%02d %02d:%02d%s%s%s%s%s%s%s%s",
			reading.is_for_channel ? "us " : "",
			moment.episode ? episode_code(moment.episode, code) : "", shown.year, shown.month,
			shown.day, shown.hour, shown.minute, moment.is_skipped ? " skipped" : "",
			moment.is_twice ? " twice" : "", moment.is_morning ? " morning" : "",
			moment.is_undated ? " undated" : "", moment.is_day_only ? " day" : "",
			moment.episode ? " @" : "", *reading.text ? " | " : "", reading.text);
}

struct sample {
	const char *now, *zone, *typed, *expected;
};

static void expect(const struct sample *samples, size_t count)
{
	char found[FOUND_BYTES];
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sample *sample = &samples[i];

		describe(sample->now ? sample->now : "2026-11-30 16:00",
				sample->zone ? sample->zone : "Europe/Berlin", sample->typed, found);
		if (strcmp(found, sample->expected) == 0)
			continue;
		print_message("\"%s\" should be \"%s\", is \"%s\"\n", sample->typed, sample->expected, found);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define EXPECT(samples) expect(samples, sizeof(samples) / sizeof((samples)[0]))

/* 30 November 2026 is a Monday. */
static void days_and_hours(void **state)
{
	static const struct sample SAMPLES[] = {
			{.typed = "friday 20:00 watch party", .expected = "2026-12-04 20:00 | watch party"},
			{.typed = "fri 20:00", .expected = "2026-12-04 20:00"},
			{.typed = "on Friday at 8pm, snacks", .expected = "2026-12-04 20:00 | snacks"},
			{.typed = "next friday 20:00", .expected = "2026-12-04 20:00"},
			{.typed = "monday 20:00", .expected = "2026-11-30 20:00"},
			{.typed = "monday 15:00", .expected = "2026-12-07 15:00"},
			{.typed = "next monday 20:00", .expected = "2026-12-07 20:00"},
			{.typed = "this monday 20:00", .expected = "2026-11-30 20:00"},
			{.typed = "tomorrow 8pm", .expected = "2026-12-01 20:00"},
			{.typed = "tomorrow at 8 pm pizza", .expected = "2026-12-01 20:00 | pizza"},
			{.typed = "tmrw 20:00", .expected = "2026-12-01 20:00"},
			{.typed = "the day after tomorrow at 20:00", .expected = "2026-12-02 20:00"},
			{.typed = "tomorrow evening", .expected = "2026-12-01 20:00"},
			{.typed = "tomorrow evening at 8", .expected = "2026-12-01 20:00"},
			{.typed = "tomorrow morning", .expected = "2026-12-01 09:00"},
			{.typed = "tonight", .expected = "2026-11-30 20:00"},
			{.typed = "tonight at 8 watch party", .expected = "2026-11-30 20:00 | watch party"},
			{.typed = "tonight at 12", .expected = "2026-12-01 00:00"},
			{.typed = "tonight at 1", .expected = "2026-12-01 01:00"},
			{.typed = "this evening", .expected = "2026-11-30 20:00"},
			{.typed = "8 in the evening", .expected = "2026-11-30 20:00"},
			{.typed = "at 8 in the evening", .expected = "2026-11-30 20:00"},
			{.typed = "at 21:00", .expected = "2026-11-30 21:00"},
			{.typed = "21:00", .expected = "2026-11-30 21:00"},
			{.typed = "at 15:00 tea", .expected = "2026-12-01 15:00 | tea"},
			{.typed = "at 8", .expected = "2026-11-30 20:00"},
			{.typed = "at 8am", .expected = "2026-12-01 08:00"},
			{.typed = "at 08:00", .expected = "2026-12-01 08:00"},
			{.typed = "at 2030", .expected = "2026-11-30 20:30"},
			{.typed = "at 20.30", .expected = "2026-11-30 20:30"},
			{.typed = "at midnight", .expected = "2026-12-01 00:00"},
			{.typed = "noon", .expected = "2026-12-01 12:00"},
			{.typed = "friday at 8", .expected = "2026-12-04 08:00 morning"},
			{.typed = "24 December 18:00", .expected = "2026-12-24 18:00"},
			{.typed = "December 24 at 6pm presents", .expected = "2026-12-24 18:00 | presents"},
			{.typed = "24.12. 18:00", .expected = "2026-12-24 18:00"},
			{.typed = "24.12.2026 18:00", .expected = "2026-12-24 18:00"},
			{.typed = "24/12 18:00", .expected = "2026-12-24 18:00"},
			{.typed = "2026-12-24 18:00", .expected = "2026-12-24 18:00"},
			{.typed = "2026-12-24T18:00 gifts", .expected = "2026-12-24 18:00 | gifts"},
			{.typed = "1 March 12:00", .expected = "2027-03-01 12:00"},
			{.typed = "friday, 4 December 20:00", .expected = "2026-12-04 20:00"},
			{.typed = "20:00 on friday", .expected = "2026-12-04 20:00"},
			{.typed = "next week friday 20:00", .expected = "2026-12-11 20:00"},
	};

	(void)state;
	EXPECT(SAMPLES);
}

static void delays(void **state)
{
	static const struct sample SAMPLES[] = {
			{.typed = "in 2 hours", .expected = "2026-11-30 18:00"},
			{.typed = "in 2h tea", .expected = "2026-11-30 18:00 | tea"},
			{.typed = "10m tea", .expected = "2026-11-30 16:10 | tea"},
			{.typed = "90 min", .expected = "2026-11-30 17:30"},
			{.typed = "1h30 oven", .expected = "2026-11-30 17:30 | oven"},
			{.typed = "in an hour", .expected = "2026-11-30 17:00"},
			{.typed = "in half an hour", .expected = "2026-11-30 16:30"},
			{.typed = "in two hours and ten minutes", .expected = "2026-11-30 18:10"},
			{.typed = "2 hours from now", .expected = "2026-11-30 18:00"},
			{.typed = "in 1.5 hours", .expected = "2026-11-30 17:30"},
			{.typed = "in 3 days", .expected = "2026-12-03 16:00"},
			{.typed = "in 3 days at 20:00", .expected = "2026-12-03 20:00"},
			{.typed = "in a week", .expected = "2026-12-07 16:00"},
			{.typed = "in a month", .expected = "2026-12-30 16:00"},
			{.now = "2027-01-31 16:00", .typed = "in a month", .expected = "2027-02-28 16:00"},
			{.zone = "",
					.now = "2026-11-30 15:00",
					.typed = "in 2 hours tea",
					.expected = "2026-11-30 17:00 | tea"},
			{.typed = "in 2 stunden", .expected = "2026-11-30 18:00"},
			{.typed = "dans 2 heures", .expected = "2026-11-30 18:00"},
	};

	(void)state;
	EXPECT(SAMPLES);
}

static void words_around_the_time(void **state)
{
	static const struct sample SAMPLES[] = {
			{.typed = "me to take the pizza out in 20 minutes",
					.expected = "2026-11-30 16:20 | take the pizza out"},
			{.typed = "me tomorrow at 8pm that Ana brings snacks",
					.expected = "2026-12-01 20:00 | Ana brings snacks"},
			{.typed = "us friday 20:00 watch party",
					.expected = "us 2026-12-04 20:00 | watch party"},
			{.typed = "channel about the watch party on friday at 8pm",
					.expected = "us 2026-12-04 20:00 | the watch party"},
			{.typed = "watch party friday 20:00", .expected = "2026-12-04 20:00 | watch party"},
			{.typed = "friday watch party at 20:00",
					.expected = "2026-12-04 20:00 | watch party"},
			{.typed = "at 8pm pizza tomorrow", .expected = "2026-12-01 20:00 | pizza"},
			{.typed = "pizza at 20:00 with Ana", .expected = "2026-11-30 20:00 | pizza with Ana"},
			{.typed = "sat down at 20:00", .expected = "2026-12-05 20:00 | down"},
			{.typed = "Friday 20:00 Wir schauen \"Das Boot\"",
					.expected = "2026-12-04 20:00 | Wir schauen \"Das Boot\""},
			{.typed = "freitag um 20 uhr pizza", .expected = "2026-12-04 20:00 | pizza"},
			{.typed = "morgen 20:00", .expected = "2026-12-01 20:00"},
			{.typed = "demain à 20h30", .expected = "2026-12-01 20:30"},
			{.typed = "viernes a las 20:00", .expected = "2026-12-04 20:00 | a"},
	};

	(void)state;
	EXPECT(SAMPLES);
}

static void zones(void **state)
{
	static const struct sample SAMPLES[] = {
			{.zone = "",
					.now = "2026-11-30 15:00",
					.typed = "friday 20:00",
					.expected = "In which time zone? Tell me yours once, as \"!zone "
						    "Berlin\", or "
						    "write it behind the hour, as \"20:00 UTC\"."},
			{.zone = "",
					.now = "2026-11-30 15:00",
					.typed = "friday 20:00 UTC party",
					.expected = "2026-12-04 20:00 | party"},
			{.zone = "",
					.now = "2026-11-30 15:00",
					.typed = "friday 8pm EST party",
					.expected = "2026-12-04 20:00 | party"},
			{.typed = "21:00 (New York)", .expected = "2026-11-30 21:00"},
			{.typed = "20:00 America/New_York tea", .expected = "2026-11-30 20:00 | tea"},
			{.typed = "20:00 DONT forget", .expected = "2026-11-30 20:00 | DONT forget"},
			/* 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00. */
			{.now = "2026-03-28 16:00",
					.typed = "tomorrow 02:30",
					.expected = "2026-03-29 03:30 skipped"},
			{.now = "2026-10-24 16:00",
					.typed = "tomorrow 02:30",
					.expected = "2026-10-25 02:30 twice"},
			{.now = "2026-10-24 16:00",
					.typed = "tomorrow 03:30",
					.expected = "2026-10-25 03:30"},
			{.now = "2026-03-28 16:00", .typed = "in 1 day", .expected = "2026-03-29 16:00"},
			{.now = "2026-03-28 16:00", .typed = "in 24 hours", .expected = "2026-03-29 17:00"},
			/* Half an hour. */
			{.now = "2026-04-04 12:00",
					.zone = "Australia/Lord_Howe",
					.typed = "tomorrow 01:45",
					.expected = "2026-04-05 01:45 twice"},
	};

	(void)state;
	EXPECT(SAMPLES);
}

static void refused(void **state)
{
	static const struct sample SAMPLES[] = {
			{.typed = "today 15:00 tea",
					.expected = "That's past: it's 16:00 now (Berlin). For the next day, "
						    "say "
						    "\"tomorrow\"."},
			{.typed = "2026-11-29 20:00",
					.expected = "That's past: today is 30 November 2026 (Berlin)."},
			{.typed = "in 400 days",
					.expected = "That's more than a year away: I look ahead for one "
						    "year."},
			{.typed = "in 999999999999 years",
					.expected = "That's more than a year away: I look ahead for one "
						    "year."},
			{.typed = "24 December 2031 20:00",
					.expected = "That's more than a year away: I look ahead for one "
						    "year."},
			{.typed = "5/6 20:00",
					.expected = "That may be two days: please write the month as a word, "
						    "as \"5 June\"."},
			{.typed = "friday watch party",
					.expected = "At what time? For example: \"!remind friday 20:00 "
						    "watch party\"."},
			{.typed = "",
					.expected = "When? For example: \"!remind friday 20:00 watch "
						    "party\", \"!remind in 2 "
						    "hours\" or \"!remind next 1h before\"."},
			{.typed = "at 25:00",
					.expected = "When? For example: \"!remind friday 20:00 watch "
						    "party\", "
						    "\"!remind in 2 hours\" or \"!remind next 1h before\"."},
			{.typed = "s01e01",
					.expected = "Episode 1 has aired already. Give a time, as \"!remind "
						    "tomorrow 20:00 s01e01\"."},
			{.typed = "s01e09 1h before",
					.expected = "No episode 9. Season 1 has episodes 1 to 4."},
			{.typed = "10 days before s01e02",
					.expected = "That's past already: Episode 2 airs sooner. For its "
						    "airing "
						    "itself, say \"!remind s01e02\"."},
	};

	(void)state;
	EXPECT(SAMPLES);
}

static void airings(void **state)
{
	static const struct sample SAMPLES[] = {
			{.typed = "next", .expected = "s01e022026-12-07 03:00 @"},
			{.typed = "next episode", .expected = "s01e022026-12-07 03:00 @"},
			{.typed = "next get snacks", .expected = "s01e022026-12-07 03:00 @ | get snacks"},
			{.typed = "next 1h before", .expected = "s01e022026-12-07 02:00 @"},
			{.typed = "s01e02 1h before", .expected = "s01e022026-12-07 02:00 @"},
			{.typed = "s01e02 1h before get snacks",
					.expected = "s01e022026-12-07 02:00 @ | get snacks"},
			{.typed = "s01e02 -1h", .expected = "s01e022026-12-07 02:00 @"},
			{.typed = "30m after s01e02", .expected = "s01e022026-12-07 03:30 @"},
			{.typed = "an hour before the next episode", .expected = "s01e022026-12-07 02:00 @"},
			{.typed = "before the next episode", .expected = "s01e022026-12-07 02:45 @"},
			{.typed = "me when episode 2 airs", .expected = "s01e022026-12-07 03:00 @"},
			{.typed = "2", .expected = "s01e022026-12-07 03:00 @"},
			{.typed = "get snacks 1h before s01e02",
					.expected = "s01e022026-12-07 02:00 @ | get snacks"},
			{.typed = "1h before low tide", .expected = "s01e022026-12-07 02:00 @"},
			{.typed = "episode 3", .expected = "s01e032026-12-13 06:00 day @"},
			{.typed = "finale", .expected = "s01e042027-11-30 16:00 undated @"},
			{.typed = "s01e02 tomorrow 20:00", .expected = "2026-12-01 20:00 | s01e02"},
			{.typed = "finale friday 20:00", .expected = "2026-12-04 20:00 | finale"},
			{.typed = "about the finale", .expected = "s01e042027-11-30 16:00 undated @"},
	};

	(void)state;
	EXPECT(SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(days_and_hours),
			cmocka_unit_test(delays),
			cmocka_unit_test(words_around_the_time),
			cmocka_unit_test(zones),
			cmocka_unit_test(refused),
			cmocka_unit_test(airings),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
