/* When episodes air, and which have aired: never too early. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/clock.h"
#include "bot/catalogue/airing.h"

#define EPISODES_MAX 8

static int64_t at(const char *stamp)
{
	int64_t moment_s = 0;

	assert_int_equal(airing_read_stamp(stamp, &moment_s), 0);
	return moment_s;
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

static void stamps_of_every_form(void **state)
{
	static const char *const WRONG[] = {"", "2026-11-24", "2026-11-24T21:00", "2026-11-24T24:00:00Z",
			"2026-13-24T21:00:00Z", "2026-11-32T21:00:00Z", "2026-11-24T21:00:00",
			"0000-01-01T00:00:00Z", "2026-11-24T21:00:00+99:00", "2026-11-24T21:00:00Zulu",
			"2026-11-24T21:00:00+5"};
	int64_t untouched = 42;

	(void)state;
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("2022-01-28T08:00:00+00:00"), 1643356800);
	assert_int_equal(at("2022-01-28T17:00:00+09:00"), 1643356800);
	assert_int_equal(at("2022-01-28T17:00:00.123+0900"), 1643356800);
	assert_int_equal(at("2022-01-28 03:00-05"), 1643356800);
	assert_int_equal(at("1959-10-02T22:00:00-04:00"), -323388000);
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		assert_int_not_equal(airing_read_stamp(WRONG[i], &untouched), 0);
	assert_int_equal(untouched, 42);
}

static void an_hour_of_the_evening_in_the_zone_of_the_show(void **state)
{
	struct date day = {2026, 11, 24};

	(void)state;
	assert_int_equal(airing_hour(day, "21:00", NULL, "America/New_York"), at("2026-11-25T02:00:00Z"));
	assert_int_equal(airing_hour(day, "21:00", "2026-11-25T02:00:00Z", "Europe/Berlin"),
			at("2026-11-25T02:00:00Z"));
	assert_int_equal(airing_hour(day, "25:30", NULL, "Asia/Tokyo"), at("2026-11-24T16:30:00Z"));
	assert_int_equal(airing_hour((struct date){2026, 3, 29}, "02:30", NULL, "Europe/Berlin"),
			at("2026-03-29T01:30:00Z")); /* clocks skip it */
	assert_int_equal(airing_hour((struct date){2026, 10, 25}, "02:30", NULL, "Europe/Berlin"),
			at("2026-10-25T00:30:00Z")); /* clocks show it twice */
}

static void a_placeholder_is_a_day_and_not_an_hour(void **state)
{
	struct date day = {2022, 1, 28};

	(void)state;
	assert_int_equal(airing_hour(day, "", "2022-01-28T12:00:00+00:00", ""), 0);
	assert_int_equal(airing_hour(day, "", "2022-01-28T12:00:00+00:00", "Asia/Seoul"), 0);
	assert_int_equal(airing_hour(day, "", NULL, "Asia/Seoul"), 0);
	assert_int_equal(airing_hour(day, NULL, "2022-01-28T12:00:00+00:00", "Asia/Seoul"), 0);
	assert_int_equal(airing_hour(day, "12:00", "2022-01-28T12:00:00+00:00", ""), 0);
	assert_int_equal(airing_hour(day, "12:00", NULL, ""), 0); /* a streaming service: in which zone? */
	assert_int_equal(airing_hour(day, "late", NULL, "Asia/Seoul"), 0);
	assert_int_equal(airing_hour((struct date){2022, 1, 0}, "21:00", NULL, "Asia/Seoul"), 0);
	assert_int_equal(airing_hour((struct date){0}, NULL, NULL, ""), 0);
	/* Noon in London is an hour. */
	assert_int_equal(airing_hour(day, "12:00", "2022-01-28T12:00:00+00:00", "Europe/London"),
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
			cmocka_unit_test(stamps_of_every_form),
			cmocka_unit_test(an_hour_of_the_evening_in_the_zone_of_the_show),
			cmocka_unit_test(a_placeholder_is_a_day_and_not_an_hour),
			cmocka_unit_test(a_day_begins_in_the_zone_of_the_show_or_everywhere),
			cmocka_unit_test(an_episode_without_a_date_airs_after_earlier_and_with_later_ones),
			cmocka_unit_test(a_show_without_dates_has_aired_unless_its_status_says_otherwise),
			cmocka_unit_test(the_latest_and_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
