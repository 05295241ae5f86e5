/* When episodes air, and which have aired: never too early. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/base/zone.h"
#include "bot/catalogue/airing.h"

#define EPISODES_MAX 8

/* The moment of "2026-11-24T21:00:00-05:00". */
static int64_t at(const char *stamp)
{
	int year, month, day, hour, minute, second, ahead_hours = 0;
	struct zone_time time;

	assert_true(sscanf(stamp, "%4d-%2d-%2dT%2d:%2d:%2d%3d", &year, &month, &day, &hour, &minute, &second,
				    &ahead_hours) >= 6);
	time = (struct zone_time){year, month, day, hour - ahead_hours, minute, second, 0, 0};
	return zone_moment("", &time);
}

/* A show whose episodes have these dates, and no hours. */
struct stage {
	struct show show;
	struct episode episodes[EPISODES_MAX];
};

static void settle(struct stage *stage, const char *zone, const char *status, const struct date *dates,
		int count)
{
	*stage = (struct stage){.show = {.zone = zone,
						.status = status,
						.schedule_time = "",
						.episodes = stage->episodes,
						.episode_count = (size_t)count,
						.last_order = count}};
	for (int i = 0; i < count; i++)
		stage->episodes[i] =
				(struct episode){.show = &stage->show, .order = i + 1, .airdate = dates[i]};
	airing_settle(&stage->show, stage->episodes);
}

/* The episode has aired at the moment, and not a second before. */
static void assert_airs_at(const struct episode *episode, const char *stamp)
{
	assert_false(episode_has_aired(episode, at(stamp) - 1));
	assert_true(episode_has_aired(episode, at(stamp)));
}

/* The airstamp of an episode with this airdate, airtime and airstamp (NULL: not known), in a show with this zone. */
static int64_t hour(struct date airdate, const char *airtime, const char *airstamp, const char *zone)
{
	struct show show = {
			.zone = zone, .schedule_time = "", .status = "", .episode_count = 1, .last_order = 1};
	struct episode episode = {.order = 1,
			.airdate = airdate,
			.airtime = airtime,
			.airstamp = airstamp ? at(airstamp) : 0};

	show.episodes = &episode;
	airing_settle(&show, &episode);
	return episode.airstamp;
}

static void an_hour_of_the_evening_in_the_zone_of_the_show(void **state)
{
	struct date day = {2026, 11, 24};

	(void)state;
	assert_int_equal(hour(day, "21:00", NULL, "America/New_York"), at("2026-11-25T02:00:00Z"));
	assert_int_equal(hour(day, "21:00", "2026-11-25T03:30:00Z", "Europe/Berlin"),
			at("2026-11-25T03:30:00Z"));
	assert_int_equal(hour(day, "25:30", NULL, "Asia/Tokyo"), at("2026-11-24T16:30:00Z"));
	assert_int_equal(hour((struct date){2026, 3, 29}, "02:30", NULL, "Europe/Berlin"),
			at("2026-03-29T01:30:00Z")); /* clocks skip it */
	assert_int_equal(hour((struct date){2026, 10, 25}, "02:30", NULL, "Europe/Berlin"),
			at("2026-10-25T00:30:00Z")); /* clocks show it twice */
	assert_int_equal(hour((struct date){1959, 10, 2}, "22:00", NULL, "America/New_York"),
			at("1959-10-03T02:00:00Z"));
}

static void without_a_zone_or_a_day_there_is_no_hour(void **state)
{
	struct date day = {2022, 1, 28};

	(void)state;
	assert_int_equal(hour(day, "12:00", NULL, ""), 0); /* a streaming service: in which zone? */
	assert_int_equal(hour(day, "12:00", NULL, "Mars/Olympus"), 0);
	assert_int_equal(hour(day, "", NULL, "Asia/Seoul"), 0);
	assert_int_equal(hour(day, "late", NULL, "Asia/Seoul"), 0);
	assert_int_equal(hour((struct date){2022, 1, 0}, "21:00", NULL, "Asia/Seoul"), 0);
	assert_int_equal(hour((struct date){0}, "", NULL, ""), 0);
	assert_int_equal(hour(day, "12:00", "2022-01-28T12:00:00Z", "Europe/London"),
			at("2022-01-28T12:00:00Z"));
}

static void a_day_begins_in_the_zone_of_the_show_or_everywhere(void **state)
{
	static const struct date DATES[] = {{2026, 11, 24}, {2026, 12, 31}, {2026, 12, 0}, {2027, 0, 0}};
	struct stage stage;

	(void)state;
	settle(&stage, "Asia/Seoul", "Running", DATES, 4);
	assert_airs_at(&stage.episodes[0], "2026-11-24T00:00:00+09:00");
	assert_airs_at(&stage.episodes[1], "2026-12-31T00:00:00+09:00");
	assert_airs_at(&stage.episodes[2], "2027-01-01T00:00:00+09:00");
	assert_airs_at(&stage.episodes[3], "2028-01-01T00:00:00+09:00");
	settle(&stage, "", "", DATES, 4);
	assert_airs_at(&stage.episodes[0], "2026-11-24T12:00:00Z"); /* midnight in UTC-12 */
	assert_airs_at(&stage.episodes[2], "2027-01-01T12:00:00Z");
	assert_airs_at(&stage.episodes[3], "2028-01-01T12:00:00Z");
	stage.show.zone = "America/New_York";
	stage.show.schedule_time = "21:00";
	stage.episodes[1].airstamp = at("2026-12-31T20:30:00-05:00");
	airing_settle(&stage.show, stage.episodes);
	assert_airs_at(&stage.episodes[0], "2026-11-24T21:00:00-05:00");
	assert_airs_at(&stage.episodes[1], "2026-12-31T20:30:00-05:00");
	assert_airs_at(&stage.episodes[2], "2027-01-01T00:00:00-05:00");
}

static void an_episode_without_a_date_airs_after_earlier_and_with_later_ones(void **state)
{
	static const struct date DATES[] = {{0}, {2026, 11, 1}, {0}, {2026, 11, 8}, {0}};
	static const struct date CROSSED[] = {{2026, 11, 8}, {0}, {2026, 11, 1}};
	struct stage stage;

	(void)state;
	settle(&stage, "Europe/Berlin", "Running", DATES, 5);
	assert_airs_at(&stage.episodes[0], "2026-11-01T00:00:00+01:00");
	assert_airs_at(&stage.episodes[2], "2026-11-08T00:00:00+01:00");
	assert_int_equal(stage.episodes[4].aired_from_s, AIRED_NEVER);
	settle(&stage, "Europe/Berlin", "", DATES, 5);
	assert_int_equal(stage.episodes[4].aired_from_s, AIRED_NEVER);
	settle(&stage, "Europe/Berlin", "Ended", DATES, 5);
	assert_int_equal(stage.episodes[4].aired_from_s, AIRED_ALWAYS);
	assert_airs_at(&stage.episodes[3], "2026-11-08T00:00:00+01:00"); /* a date is more than a status */
	settle(&stage, "Europe/Berlin", "Running", CROSSED, 3);
	assert_airs_at(&stage.episodes[1], "2026-11-08T00:00:00+01:00");
}

static void a_show_without_dates_has_aired_unless_its_status_says_otherwise(void **state)
{
	static const struct {
		const char *status;
		bool has_aired;
	} SHOWS[] = {{"", true}, {"Ended", true}, {"To Be Determined", true}, {"Running", false},
			{"In Development", false}};
	static const struct date DATES[2] = {{0}};
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < sizeof(SHOWS) / sizeof(SHOWS[0]); i++) {
		settle(&stage, "", SHOWS[i].status, DATES, 2);
		assert_int_equal(episode_has_aired(&stage.episodes[0], 0), SHOWS[i].has_aired);
		assert_int_equal(episode_has_aired(&stage.episodes[1], 0), SHOWS[i].has_aired);
	}
}

static void the_latest_and_the_next(void **state)
{
	static const struct date DATES[] = {{2026, 11, 1}, {2026, 11, 8}, {2026, 11, 15}, {0}};
	struct stage stage;

	(void)state;
	settle(&stage, "Europe/Berlin", "Running", DATES, 4);
	assert_null(show_latest(&stage.show, at("2026-10-31T22:59:59Z")));
	assert_int_equal(show_upcoming(&stage.show, at("2026-10-31T22:59:59Z"))->order, 1);
	assert_int_equal(show_latest(&stage.show, at("2026-11-07T23:00:00Z"))->order, 2);
	assert_int_equal(show_upcoming(&stage.show, at("2026-11-07T23:00:00Z"))->order, 3);
	assert_int_equal(show_latest(&stage.show, at("2030-01-01T00:00:00Z"))->order, 3);
	assert_int_equal(show_upcoming(&stage.show, at("2030-01-01T00:00:00Z"))->order, 4);
	settle(&stage, "Europe/Berlin", "Ended", DATES, 4);
	assert_int_equal(show_latest(&stage.show, at("2030-01-01T00:00:00Z"))->order, 4);
	assert_null(show_upcoming(&stage.show, at("2030-01-01T00:00:00Z")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_hour_of_the_evening_in_the_zone_of_the_show),
			cmocka_unit_test(without_a_zone_or_a_day_there_is_no_hour),
			cmocka_unit_test(a_day_begins_in_the_zone_of_the_show_or_everywhere),
			cmocka_unit_test(an_episode_without_a_date_airs_after_earlier_and_with_later_ones),
			cmocka_unit_test(a_show_without_dates_has_aired_unless_its_status_says_otherwise),
			cmocka_unit_test(the_latest_and_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
