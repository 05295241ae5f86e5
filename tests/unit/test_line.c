/* The rule of what may be told, and the weekly step of a channel. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

#include "bot/core/channel_line.h"
#include "bot/core/line.h"

#define MS(seconds) ((uint64_t)(seconds)*1000)
#define LATE_2026   1796000000 /* 2026-11-30 00:53:20 UTC: 10 episodes have aired, the 11th airs in a day */

static const struct show *show_of(struct catalogue *catalogue)
{
	return catalogue_at(catalogue, 0);
}

static int set_up(void **state)
{
	struct catalogue *catalogue = NULL;
	struct str report = STR(64 * 1024);

	assert_int_equal(catalogue_load("tests/shows/everything", &report, &catalogue), 0);
	str_release(&report);
	*state = catalogue;
	return 0;
}

static int tear_down(void **state)
{
	catalogue_free(*state);
	return 0;
}

static void test_an_episode_is_told_before_it_airs(void **state)
{
	const struct show *show = show_of(*state);
	const struct episode *next = show_episode(show, 11);
	struct line early = line_of(show, LINE_UNDECLARED, MS(next->aired_from_s - 1));
	struct line late = line_of(show, LINE_UNDECLARED, MS(next->aired_from_s));
	struct line all = line_of(show, 13, MS(next->aired_from_s - 1));

	assert_int_equal(early.aired, 10);
	assert_int_equal(late.aired, 11);
	assert_false(line_tells_episode(&early, next));
	assert_false(line_tells_episode(&all, next)); /* whatever was declared */
	assert_false(line_tells(&all, 11, 13));
	assert_true(line_tells_episode(&late, next));
	assert_int_equal(line_limit(&all), 10);
}

static void test_a_line_at_4_hides_4_or_tells_5(void **state)
{
	const struct show *show = show_of(*state);
	struct line line = line_of(show, 4, MS(LATE_2026));

	assert_true(line_tells_episode(&line, show_episode(show, 4)));
	assert_false(line_tells_episode(&line, show_episode(show, 5)));
	assert_true(line_tells(&line, 4, 0));
	assert_false(line_tells(&line, 5, 5)); /* asking about it is not having seen it */
	assert_true(line_tells(&line, 0, 0));
	assert_int_equal(line_limit(&line), 4);
}

static void test_nothing_seen_counts_as_undeclared(void **state)
{
	const struct show *show = show_of(*state);
	struct line line = line_of(show, 0, MS(LATE_2026));

	assert_false(line_tells_episode(&line, show_episode(show, 1)));
	assert_true(line_tells(&line, 0, 0));
}

static void test_undeclared_a_fact_is_measured_against_the_question(void **state)
{
	const struct show *show = show_of(*state);
	struct line line = line_of(show, LINE_UNDECLARED, MS(LATE_2026));

	assert_true(line_tells_episode(&line, show_episode(show, 6)));
	assert_true(line_tells(&line, 6, 6));
	assert_false(line_tells(&line, 6, 1));
	assert_false(line_tells(&line, 6, 0));
}

static void test_the_higher_of_two_lines(void **state)
{
	(void)state;
	assert_int_equal(line_lower(4, 7), 4);
	assert_int_equal(line_lower(7, 4), 4);
	assert_int_equal(line_lower(LINE_UNDECLARED, 7), 7);
	assert_int_equal(line_lower(7, LINE_UNDECLARED), 7);
	assert_int_equal(line_lower(0, 7), 0);
	assert_int_equal(line_lower(LINE_UNDECLARED, LINE_UNDECLARED), LINE_UNDECLARED);
}

/* The special was shown after the first season. */
static void test_a_special_is_told_before_the_season_it_follows(void **state)
{
	const struct show *show = show_of(*state);
	const struct episode *special = &show->episodes[show->last_order];
	struct line before = line_of(show, 5, MS(LATE_2026)), after = line_of(show, 6, MS(LATE_2026));

	assert_int_equal(special->order, 0);
	assert_int_equal(line_place(special), 6);
	assert_false(line_tells_episode(&before, special));
	assert_true(line_tells_episode(&after, special));
	after = line_of(show, 6, MS(special->aired_from_s - 1));
	assert_false(line_tells_episode(&after, special));
}

/* Shown after the third episode, and about what happens before the second. */
static void test_a_special_is_told_where_its_dataset_puts_it(void **state)
{
	static const char TEXT[] =
			"{\"name\": \"Tide\", \"episodes\": ["
			"{\"season\": 1, \"number\": 1, \"airdate\": \"2020-01-01\"},"
			"{\"season\": 1, \"number\": 2, \"airdate\": \"2020-01-02\"},"
			"{\"season\": 0, \"number\": 1, \"airdate\": \"2020-03-01\", \"reveal\": \"s01e01\","
			" \"trivia\": [{\"text\": \"a\"}]},"
			"{\"season\": 0, \"number\": 2, \"airdate\": \"2020-03-01\"},"
			"{\"season\": 0, \"number\": 3, \"airdate\": \"2020-03-01\", \"reveal\": 0}]}";
	struct catalogue *catalogue = catalogue_of(TEXT);
	const struct episode *specials = catalogue_at(catalogue, 0)->episodes + 2;
	struct line line = line_of(catalogue_at(catalogue, 0), 1, MS(LATE_2026));

	(void)state;
	assert_int_equal(line_place(&specials[0]), 1);
	assert_int_equal(specials[0].trivia[0].reveal, 1);
	assert_true(line_tells_episode(&line, &specials[0]));
	assert_int_equal(line_place(&specials[1]), 2);
	assert_false(line_tells_episode(&line, &specials[1]));
	line = line_of(catalogue_at(catalogue, 0), 0, MS(LATE_2026));
	assert_true(line_tells_episode(&line, &specials[2]));
	assert_int_equal(line_place(specials - 1), 2); /* an episode has its own place */
	catalogue_free(catalogue);
}

static void test_a_title_that_tells_too_early(void **state)
{
	const struct show *show = show_of(*state);
	const struct episode *episode = show_episode(show, 4);
	struct line line = line_of(show, LINE_UNDECLARED, MS(LATE_2026));

	assert_int_equal(episode->title_reveal, 4);
	assert_false(line_tells_title(&line, episode, 0)); /* in a list */
	assert_false(line_tells_title(&line, episode, 3));
	assert_true(line_tells_title(&line, episode, 4));
	line = line_of(show, 3, MS(LATE_2026));
	assert_false(line_tells_title(&line, episode, 4));
	assert_true(line_tells_title(&line, show_episode(show, 5), 0));
}

static void test_a_list_names_a_later_character(void **state)
{
	const struct show *show = show_of(*state);
	struct line line = line_of(show, 2, MS(LATE_2026));

	assert_true(line_tells_character(&line, &show->characters[0]));
	assert_true(line_tells_character(&line, &show->characters[1]));
	assert_false(line_tells_character(&line, &show->characters[2]));
	line = line_of(show, LINE_UNDECLARED, MS(LATE_2026));
	assert_true(line_tells_character(&line, &show->characters[3]));
	line = line_of(show, LINE_UNDECLARED, MS(show_episode(show, 10)->aired_from_s - 1));
	assert_false(line_tells_character(
			&line, &show->characters[3])); /* in an episode that has not aired */
}

/* ---------------------------------------------------------------- the step of a channel */

#define FRIDAY_2100 1796418000 /* 2026-12-04 21:00 UTC */
#define WEEK_S      (7 * 86400)

static struct channel_line parsed(const char *text, int64_t since_s)
{
	struct channel_line line = {.seen = 7, .since_s = since_s};

	assert_int_equal(channel_line_parse(text, &line), 0);
	return line;
}

static void test_a_step_too_early_or_twice(void **state)
{
	struct channel_line line = parsed("+1 friday 21:00", FRIDAY_2100 - 3600);

	(void)state;
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 - 3600, 99), 7);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 - 1, 99), 7);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100, 99), 8);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 + WEEK_S - 1, 99), 8);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 + WEEK_S, 99), 9);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 + 100 * WEEK_S, 12), 12); /* the last one */
	line = parsed("+1 friday 21:00",
			FRIDAY_2100); /* set at that very moment: the next step is a week later */
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 + WEEK_S - 1, 99), 7);
	assert_int_equal(channel_line_at(&line, 0, 99), 7); /* a clock that went back */
}

static void test_a_step_an_hour_off_in_summer(void **state)
{
	/* 2027-07-02 21:00 in Berlin is 19:00 UTC; a winter's step is at 20:00 UTC. */
	struct channel_line line = parsed("+2 fri 21:00 Europe/Berlin", 1814500000);
	int64_t summer = 1814554800;

	(void)state;
	assert_int_equal(channel_line_at(&line, summer - 1, 99), 7);
	assert_int_equal(channel_line_at(&line, summer, 99), 9);
	line = parsed("+2 fri 21:00 Europe/Berlin", FRIDAY_2100 - 7200);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 - 3601, 99), 7);
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 - 3600, 99), 9);
}

static void test_a_daily_step(void **state)
{
	struct channel_line line = parsed("+1 daily 21:00", FRIDAY_2100 - 1);

	(void)state;
	assert_int_equal(channel_line_at(&line, FRIDAY_2100 + 2 * 86400, 99), 10);
}

static void test_a_zone_is_not_understood(void **state)
{
	static const char *const TYPED[][2] = {{"+1 friday 21:00 new york", "America/New_York"},
			{"+1 friday berlin", "Europe/Berlin"}, {"+1 friday 21:00 est", "America/New_York"},
			{"+1 friday 21:00", "Asia/Seoul"}, {"+1 friday 21:00 utc", "UTC"}};

	(void)state;
	for (size_t i = 0; i < sizeof(TYPED) / sizeof(TYPED[0]); i++) {
		struct channel_line line = {.seen = 7, .zone = "Asia/Seoul"}; /* the channel's */

		assert_int_equal(channel_line_parse(TYPED[i][0], &line), 0);
		assert_string_equal(line.zone, TYPED[i][1]);
	}
}

static void test_a_malformed_step_is_taken(void **state)
{
	static const char *const bad[] = {"", "+", "+1", "1 friday", "+0 friday", "+10 friday", "+1 someday",
			"+1 fr", "+1 friday 24:00", "+1 friday 21:60", "+1 friday 21",
			"+1 friday 21:00 Mars/Base", "+1 friday 21:00 UTC now", "+1 friday UTC 21:00",
			"+1 friday 21:00 ../../etc/passwd"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct channel_line line = {.seen = 7};

		if (channel_line_parse(bad[i], &line) != -EINVAL)
			fail_msg("taken: \"%s\"", bad[i]);
		assert_int_equal(line.step, 0);
	}
}

static void test_a_stored_line_is_read_differently(void **state)
{
	static const char *const bad[] = {"", "7", "x 1 ", "-1 5 ", "7 x ", "7 5 +1", "7 -5 "};
	struct channel_line line = parsed("+3 sun 9:05 Asia/Seoul", 123), read;
	struct str text = STR(256);

	(void)state;
	channel_line_append(&line, &text);
	assert_string_equal(str_text(&text), "7 123 +3 sunday 09:05 Asia/Seoul");
	assert_int_equal(channel_line_read(str_text(&text), &read), 0);
	assert_int_equal(read.seen, 7);
	assert_int_equal(read.since_s, 123);
	assert_int_equal(read.minute, 9 * 60 + 5);
	assert_string_equal(read.zone, "Asia/Seoul");
	str_release(&text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (channel_line_read(bad[i], &read) != -EINVAL)
			fail_msg("read: \"%s\"", bad[i]);
	}
}

/* In 2026-11 a zone that had left the system made the stored line unreadable, and the channel was told everything. */
static void test_a_zone_vanishes_and_the_line_with_it(void **state)
{
	struct channel_line line = parsed("+1 friday 21:00 Europe/Berlin", FRIDAY_2100 - 2 * 86400), read;
	struct str text = STR(256);

	(void)state;
	channel_line_append(&line, &text);
	assert_false(channel_line_lacks_zone(&line));
	assert_int_equal(setenv("TZDIR", "/nowhere", 1), 0);
	assert_int_equal(channel_line_read(str_text(&text), &read), 0);
	assert_true(channel_line_lacks_zone(&read));
	assert_string_equal(read.zone, "Europe/Berlin");
	assert_int_equal(read.step, 1);
	/* 21:00 in the last zone of the world is 09:00 UTC of the next day. */
	assert_int_equal(channel_line_at(&read, FRIDAY_2100 + 12 * 3600 - 1, 99), 7);
	assert_int_equal(channel_line_at(&read, FRIDAY_2100 + 12 * 3600, 99), 8);
	assert_int_equal(channel_line_at(&read, FRIDAY_2100 + WEEK_S + 12 * 3600, 99), 9);
	/* Set after the step in some zone: it is not counted. */
	read.since_s = FRIDAY_2100 - 3600;
	assert_int_equal(channel_line_at(&read, FRIDAY_2100 + 12 * 3600, 99), 7);
	/* What is stored again is the same, and what a person types is checked as before. */
	str_clear(&text);
	channel_line_append(&read, &text);
	assert_int_equal(channel_line_parse("+1 friday 21:00 Europe/Berlin", &line), -EINVAL);
	assert_int_equal(unsetenv("TZDIR"), 0);
	assert_int_equal(channel_line_read(str_text(&text), &read), 0);
	assert_false(channel_line_lacks_zone(&read));
	str_release(&text);
}

#define LINE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			LINE_TEST(test_an_episode_is_told_before_it_airs),
			LINE_TEST(test_a_line_at_4_hides_4_or_tells_5),
			LINE_TEST(test_nothing_seen_counts_as_undeclared),
			LINE_TEST(test_undeclared_a_fact_is_measured_against_the_question),
			cmocka_unit_test(test_a_special_is_told_where_its_dataset_puts_it),
			cmocka_unit_test(test_the_higher_of_two_lines),
			LINE_TEST(test_a_special_is_told_before_the_season_it_follows),
			LINE_TEST(test_a_title_that_tells_too_early),
			LINE_TEST(test_a_list_names_a_later_character),
			cmocka_unit_test(test_a_step_too_early_or_twice),
			cmocka_unit_test(test_a_step_an_hour_off_in_summer),
			cmocka_unit_test(test_a_daily_step),
			cmocka_unit_test(test_a_zone_is_not_understood),
			cmocka_unit_test(test_a_malformed_step_is_taken),
			cmocka_unit_test(test_a_stored_line_is_read_differently),
			cmocka_unit_test(test_a_zone_vanishes_and_the_line_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
