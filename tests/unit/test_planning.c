/* What is announced next: each episode once, in its window, never early, whatever becomes of the dataset. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/zone.h"
#include "bot/catalogue/airing.h"
#include "bot/core/planning.h"

#define HOUR_S       3600
#define DAY_S        86400
#define EPISODES_MAX 8
#define NOON_S       INT64_C(1796644800) /* 2026-12-07T12:00:00Z, a Monday */

static const struct planning berlin = {.zone = "Europe/Berlin", .minute = 18 * 60, .late_s = 6 * HOUR_S};

struct stage {
	struct show show;
	struct episode episodes[EPISODES_MAX];
	struct announcement announcement;
};

/* A season of episodes that air at these moments; 0: no date. */
static void settle(struct stage *stage, const int64_t *airs_s, int count)
{
	stage->show = (struct show){.zone = "Europe/Berlin",
			.status = "Running",
			.schedule_time = "",
			.episodes = stage->episodes,
			.episode_count = (size_t)count,
			.last_order = count};
	for (int i = 0; i < count; i++) {
		struct zone_time day = zone_time_at("Europe/Berlin", airs_s[i]);

		stage->episodes[i] = (struct episode){.show = &stage->show,
				.order = i + 1,
				.season = 1,
				.number = i + 1,
				.airtime = "",
				.airstamp = airs_s[i]};
		if (airs_s[i])
			stage->episodes[i].airdate = (struct date){day.year, day.month, day.day};
	}
	airing_settle(&stage->show, stage->episodes);
}

static void begin(struct stage *stage, const int64_t *airs_s, int count)
{
	*stage = (struct stage){.announcement = {.since_s = NOON_S, .floor_s = NOON_S - 3 * DAY_S}};
	settle(stage, airs_s, count);
}

/* The next one of a kind is of this episode and due then; number 0: there is no such episode. */
static struct planned expect(
		struct stage *stage, enum planned_kind kind, int64_t now_s, int number, int64_t due_s)
{
	struct planned planned = {0};
	bool is_there = planning_next(&stage->announcement, &stage->show, &berlin, kind, now_s, &planned);

	assert_int_equal(is_there ? planned.first.number : 0, number);
	if (is_there)
		assert_int_equal(planned.due_s, due_s);
	return planned;
}

static void say(struct stage *stage, const struct planned *planned)
{
	planning_done(&stage->announcement, &stage->show, &berlin, planned);
}

static void an_episode_is_told_once_at_its_hour(void **state)
{
	const int64_t airs[] = {NOON_S - DAY_S, NOON_S + HOUR_S, NOON_S + 7 * DAY_S};
	struct stage stage;
	struct planned planned;

	(void)state;
	begin(&stage, airs, 3);
	planned = expect(&stage, PLANNED_AIRING, NOON_S, 2, NOON_S + HOUR_S);
	assert_int_equal(planned.until_s, NOON_S + 7 * HOUR_S);
	say(&stage, &planned);
	expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 3, NOON_S + 7 * DAY_S);
	/* The clock is set back by a year, and forward again. */
	expect(&stage, PLANNED_AIRING, NOON_S - 365 * DAY_S, 3, NOON_S + 7 * DAY_S);
	expect(&stage, PLANNED_AIRING, NOON_S + 2 * HOUR_S, 3, NOON_S + 7 * DAY_S);
}

static void what_was_missed_for_longer_than_its_window_is_left_out(void **state)
{
	const int64_t airs[] = {NOON_S + HOUR_S, NOON_S + 7 * DAY_S};
	struct stage stage;

	(void)state;
	begin(&stage, airs, 2);
	expect(&stage, PLANNED_AIRING, NOON_S + 7 * HOUR_S - 1, 1, NOON_S + HOUR_S);
	expect(&stage, PLANNED_AIRING, NOON_S + 7 * HOUR_S, 2, NOON_S + 7 * DAY_S);
	/* A wrong clock is set right: it is not lost. */
	expect(&stage, PLANNED_AIRING, NOON_S + 2 * HOUR_S, 1, NOON_S + HOUR_S);
}

static void episodes_of_one_day_are_one_post(void **state)
{
	const int64_t airs[] = {NOON_S + HOUR_S, NOON_S + HOUR_S, NOON_S + 3 * HOUR_S, NOON_S + 2 * DAY_S};
	const struct episode *told[EPISODES_MAX];
	struct stage stage;
	struct planned planned;

	(void)state;
	begin(&stage, airs, 4);
	planned = expect(&stage, PLANNED_AIRING, NOON_S, 1, NOON_S + HOUR_S);
	say(&stage, &planned);
	assert_int_equal(planning_told(&stage.announcement, &stage.show, NOON_S + HOUR_S, told, EPISODES_MAX),
			3);
	assert_int_equal(told[2]->number, 3);
	expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 4, NOON_S + 2 * DAY_S);
}

static void a_day_without_an_hour_is_told_in_the_evening_of_the_channel(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage, (const int64_t[]){0}, 1);
	stage.episodes[0].airdate = (struct date){2026, 12, 9};
	airing_settle(&stage.show, stage.episodes);
	/* 18:00 in Berlin */
	expect(&stage, PLANNED_AIRING, NOON_S, 1, NOON_S + 2 * DAY_S + 5 * HOUR_S);
}

static void daily_is_the_hour_after_the_airing_over_a_clock_change(void **state)
{
	/* Summer time ends in Berlin on 31 October 2027. */
	const int64_t airs_s = INT64_C(1824926400); /* 2027-10-30T20:00Z: 22:00 in Berlin */
	struct stage stage;

	(void)state;
	begin(&stage, &airs_s, 1);
	stage.announcement.at = ANNOUNCE_DAILY;
	stage.announcement.minute = 20 * 60;
	expect(&stage, PLANNED_AIRING, airs_s - DAY_S, 1, airs_s + 23 * HOUR_S);
	stage.announcement.minute = 23 * 60;
	expect(&stage, PLANNED_AIRING, airs_s - DAY_S, 1, airs_s + HOUR_S);
}

/* Longer than the window: it is not dropped. */
static void what_airs_in_quiet_hours_is_told_at_their_end(void **state)
{
	const int64_t airs_s = NOON_S + 10 * HOUR_S; /* 23:00 in Berlin */
	const struct channel_settings settings = {.zone = "Europe/Berlin",
			.has_quiet_hours = true,
			.quiet_from = 22 * 60,
			.quiet_to = 8 * 60};
	struct planning planning = berlin;
	struct planned planned;
	struct stage stage;

	(void)state;
	planning.quiet = &settings;
	begin(&stage, &airs_s, 1);
	assert_true(planning_next(&stage.announcement, &stage.show, &planning, PLANNED_AIRING,
			airs_s + 8 * HOUR_S, &planned));
	assert_int_equal(planned.due_s, airs_s + 9 * HOUR_S);
	assert_int_equal(planned.until_s, airs_s + 15 * HOUR_S);
}

static void an_airing_that_moves_before_it_was_told_is_planned_again(void **state)
{
	int64_t airs[] = {NOON_S + HOUR_S};
	struct stage stage;

	(void)state;
	begin(&stage, airs, 1);
	expect(&stage, PLANNED_AIRING, NOON_S, 1, NOON_S + HOUR_S);
	airs[0] = NOON_S + 3 * DAY_S;
	settle(&stage, airs, 1);
	expect(&stage, PLANNED_AIRING, NOON_S, 1, NOON_S + 3 * DAY_S);
	airs[0] = 0;
	settle(&stage, airs, 1);
	expect(&stage, PLANNED_AIRING, NOON_S, 0, 0);
}

static void a_post_is_corrected_when_its_episode_moves_to_another_day_and_told_again_then(void **state)
{
	int64_t airs[] = {NOON_S + HOUR_S, NOON_S + HOUR_S};
	struct stage stage;
	struct planned planned;

	(void)state;
	begin(&stage, airs, 2);
	planned = expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 1, NOON_S + HOUR_S);
	say(&stage, &planned);
	airs[1] += HOUR_S; /* a corrected hour is no other day */
	settle(&stage, airs, 2);
	expect(&stage, PLANNED_MOVED, NOON_S + HOUR_S, 0, 0);
	airs[1] += 7 * DAY_S;
	settle(&stage, airs, 2);
	planned = expect(&stage, PLANNED_MOVED, NOON_S + HOUR_S, 2, NOON_S + HOUR_S);
	expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 0, 0);
	say(&stage, &planned);
	expect(&stage, PLANNED_MOVED, NOON_S + HOUR_S, 0, 0);
	/* The first one is not told again. */
	planned = expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 2, airs[1]);
	say(&stage, &planned);
	expect(&stage, PLANNED_AIRING, airs[1], 0, 0);
}

static void a_post_is_corrected_when_its_episode_is_cancelled(void **state)
{
	int64_t airs[] = {NOON_S + HOUR_S};
	struct stage stage;
	struct planned planned;

	(void)state;
	begin(&stage, airs, 1);
	planned = expect(&stage, PLANNED_AIRING, NOON_S + HOUR_S, 1, NOON_S + HOUR_S);
	say(&stage, &planned);
	airs[0] = 0;
	settle(&stage, airs, 1);
	planned = expect(&stage, PLANNED_CANCELLED, NOON_S + 2 * HOUR_S, 1, NOON_S + 2 * HOUR_S);
	say(&stage, &planned);
	expect(&stage, PLANNED_CANCELLED, NOON_S + 2 * HOUR_S, 0, 0);
}

static void an_event_is_made_a_week_before_and_follows_its_episode(void **state)
{
	int64_t airs[] = {NOON_S + 30 * DAY_S};
	struct stage stage;
	struct planned planned;

	(void)state;
	begin(&stage, airs, 1);
	expect(&stage, PLANNED_EVENT, NOON_S, 0, 0);
	stage.announcement.has_event = true;
	planned = expect(&stage, PLANNED_EVENT, NOON_S, 1, NOON_S + 23 * DAY_S);
	say(&stage, &planned);
	expect(&stage, PLANNED_EVENT, NOON_S + 23 * DAY_S, 0, 0);
	airs[0] += DAY_S;
	settle(&stage, airs, 1);
	planned = expect(&stage, PLANNED_EVENT, NOON_S + 24 * DAY_S, 1, NOON_S + 24 * DAY_S);
	assert_int_equal(planned.airs_s, airs[0]);
	say(&stage, &planned);
	airs[0] = 0;
	settle(&stage, airs, 1);
	planned = expect(&stage, PLANNED_EVENT, NOON_S + 24 * DAY_S, 1, NOON_S + 24 * DAY_S);
	assert_int_equal(planned.airs_s, 0);
	say(&stage, &planned);
	expect(&stage, PLANNED_EVENT, NOON_S + 24 * DAY_S, 0, 0);
}

/* More posts than are remembered: the oldest are forgotten, and what aired until then is not told again. */
static void a_full_memory_forgets_the_oldest_and_repeats_nothing(void **state)
{
	struct announcement announcement = {.since_s = 0};

	(void)state;
	for (int i = 1; i <= ANNOUNCEMENT_TOLD_MAX + 10; i++)
		announcement_tell(&announcement, (struct announcement_key){i, 1}, i * DAY_S, i * DAY_S);
	assert_int_equal(announcement.told_count, ANNOUNCEMENT_TOLD_MAX);
	assert_int_equal(announcement.floor_s, 10 * DAY_S);
	assert_null(announcement_told_of(&announcement, (struct announcement_key){10, 1}));
	assert_non_null(announcement_told_of(&announcement, (struct announcement_key){11, 1}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_episode_is_told_once_at_its_hour),
			cmocka_unit_test(what_was_missed_for_longer_than_its_window_is_left_out),
			cmocka_unit_test(episodes_of_one_day_are_one_post),
			cmocka_unit_test(a_day_without_an_hour_is_told_in_the_evening_of_the_channel),
			cmocka_unit_test(daily_is_the_hour_after_the_airing_over_a_clock_change),
			cmocka_unit_test(what_airs_in_quiet_hours_is_told_at_their_end),
			cmocka_unit_test(an_airing_that_moves_before_it_was_told_is_planned_again),
			cmocka_unit_test(
					a_post_is_corrected_when_its_episode_moves_to_another_day_and_told_again_then),
			cmocka_unit_test(a_post_is_corrected_when_its_episode_is_cancelled),
			cmocka_unit_test(an_event_is_made_a_week_before_and_follows_its_episode),
			cmocka_unit_test(a_full_memory_forgets_the_oldest_and_repeats_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
