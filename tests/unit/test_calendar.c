/* A show's calendar: what it tells, what it must not tell, and that it changes only when the show does. */

#include <errno.h>

#include "tests/unit/catalogue_folder.h"

#include "bot/calendar/alarm.h"
#include "bot/calendar/calendar.h"

#define LINE_MAX_OCTETS 75 /* RFC 5545, 3.1 */

/* 1 March 2027, noon. */
#define NOW_S 1803902400

#define HEAD                                                                                                 \
	"{\"name\":\"Harbour Lights\",\"network\":\"Channel Five\","                                         \
	"\"timezone\":\"Europe/Berlin\","                                                                    \
	"\"where\":[{\"name\":\"Streamy\",\"url\":\"https://streamy.example/lights\"}],\"episodes\":["
#define FIRST                                                                                                \
	"{\"season\":1,\"number\":1,\"name\":\"The Lamp\",\"airdate\":\"2027-03-26\",\"airtime\":\"21:00\"," \
	"\"runtime\":50,\"teaser\":\"A lamp goes out; who lit it, and why?\",\"summary\":\"Bo did it.\"}"
#define SECOND(time)                                                                                         \
	"{\"season\":1,\"number\":2,\"name\":\"The Keeper Dies\",\"title_reveal\":2,"                        \
	"\"airdate\":\"2027-04-02\",\"airtime\":\"" time "\",\"summary\":\"The keeper dies.\"}"
#define THIRD "{\"season\":1,\"number\":3,\"name\":\"Fog\",\"airdate\":\"2027-04-09\"}"
#define SHOW  HEAD FIRST "," SECOND("21:00") "," THIRD "]}"

struct told {
	struct catalogue *catalogue;
	char *text;
};

static struct told tell_at(const char *show, int alarm, int64_t now_s, struct calendar_history *history)
{
	struct told told = {.catalogue = catalogue_of(show)};

	assert_int_equal(calendar_write(catalogue_at(told.catalogue, 0), alarm, now_s, history, &told.text),
			0);
	return told;
}

static void release(struct told *told)
{
	free(told->text);
	catalogue_free(told->catalogue);
}

static int read_of(const struct told *told, const char *text, struct calendar_history *history)
{
	struct calendar_part part = {.show = catalogue_at(told->catalogue, 0), .history = *history};
	int r = calendar_read(text, &part, 1);

	*history = part.history;
	return r;
}

/* The calendar without folded lines; the caller frees it. */
static char *unfolded(const char *text)
{
	struct str str = STR(1 << 24);
	char *ret;

	for (; *text; text++) {
		if (strncmp(text, "\r\n ", 3) == 0)
			text += 2;
		else if (*text != '\r')
			str_append_char(&str, *text);
	}
	ret = str_copy(str_text(&str));
	str_release(&str);
	assert_non_null(ret);
	return ret;
}

/* The text of the event with this key, from BEGIN to END; the caller frees it. NULL: there is no such event. */
static char *event_of(const char *calendar, const char *key)
{
	char *text = unfolded(calendar), *event = NULL, needle[64];

	snprintf(needle, sizeof(needle), "\nUID:x/%s@episoded\n", key);
	for (const char *at = strstr(text, "BEGIN:VEVENT"); at; at = strstr(at + 1, "BEGIN:VEVENT")) {
		const char *end = strstr(at, "END:VEVENT");
		char *one = str_copy_bytes(at, (size_t)(end - at));

		if (strstr(one, needle))
			event = one;
		else
			free(one);
	}
	free(text);
	return event;
}

static void assert_event_has(const char *calendar, const char *key, const char *line)
{
	char *event = event_of(calendar, key), needle[512];

	assert_non_null(event);
	snprintf(needle, sizeof(needle), "\n%s\n", line);
	if (!strstr(event, needle))
		fail_msg("%s is not in %s", line, event);
	free(event);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

static void test_hours_are_in_utc_on_both_sides_of_a_clock_change(void **state)
{
	struct calendar_history history = {0};
	struct told told = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);

	(void)state;
	assert_event_has(told.text, "s01e01", "DTSTART:20270326T200000Z");
	assert_event_has(told.text, "s01e01", "DTEND:20270326T205000Z");
	assert_event_has(told.text, "s01e02", "DTSTART:20270402T190000Z"); /* summer time since 28 March */
	calendar_history_release(&history);
	release(&told);
}

static void test_an_episode_with_only_a_day_takes_the_whole_day(void **state)
{
	struct calendar_history history = {0};
	struct told told = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);

	(void)state;
	assert_event_has(told.text, "s01e03", "DTSTART;VALUE=DATE:20270409");
	assert_event_has(told.text, "s01e03", "DTEND;VALUE=DATE:20270410");
	calendar_history_release(&history);
	release(&told);
}

static void test_a_calendar_told_what_happens(void **state)
{
	struct calendar_history history = {0};
	struct told told = tell_at(SHOW, 30, NOW_S, &history);

	(void)state;
	assert_event_has(told.text, "s01e01", "SUMMARY:Harbour Lights\\, s01e01: The Lamp");
	assert_event_has(told.text, "s01e01",
			"DESCRIPTION:A lamp goes out\\; who lit it\\, and why?\\n\\nAt 21:00 (Berlin) on "
			"Channel "
			"Five.\\nWhere to watch: Streamy\\, https://streamy.example/lights");
	assert_event_has(
			told.text, "s01e02", "SUMMARY:Harbour Lights\\, s01e02"); /* its title is a spoiler */
	assert_null(strstr(told.text, "ies"));                                    /* dies, Dies */
	assert_null(strstr(told.text, "Bo did"));
	calendar_history_release(&history);
	release(&told);
}

static void test_an_unchanged_show_had_a_new_calendar(void **state)
{
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, 15, NOW_S, &history);
	struct told second = tell_at(SHOW, 15, NOW_S + 86400, &history);

	(void)state;
	assert_string_equal(first.text, second.text);
	assert_event_has(second.text, "s01e01", "DTSTAMP:20270301T120000Z");
	assert_event_has(second.text, "s01e01", "SEQUENCE:0");
	calendar_history_release(&history);
	release(&first);
	release(&second);
}

static void test_a_moved_episode_keeps_its_uid_and_counts_up(void **state)
{
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);
	struct told second = tell_at(HEAD FIRST "," SECOND("22:30") "," THIRD "]}", CALENDAR_NO_ALARM,
			NOW_S + 3600, &history);

	(void)state;
	assert_event_has(second.text, "s01e02", "DTSTART:20270402T203000Z");
	assert_event_has(second.text, "s01e02", "SEQUENCE:1");
	assert_event_has(second.text, "s01e02", "LAST-MODIFIED:20270301T130000Z");
	assert_event_has(second.text, "s01e01", "SEQUENCE:0");
	assert_event_has(second.text, "s01e01", "LAST-MODIFIED:20270301T120000Z");
	calendar_history_release(&history);
	release(&first);
	release(&second);
}

/* A clock that is set back must not make a change look older than what it changes. */
static void test_a_change_was_older_than_the_version_before(void **state)
{
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);
	struct told second = tell_at(HEAD FIRST "," SECOND("22:30") "," THIRD "]}", CALENDAR_NO_ALARM,
			NOW_S - 99999, &history);

	(void)state;
	assert_event_has(second.text, "s01e02", "SEQUENCE:1");
	assert_event_has(second.text, "s01e02", "DTSTAMP:20270301T120000Z");
	calendar_history_release(&history);
	release(&first);
	release(&second);
}

static void test_a_cancelled_episode_stayed_in_the_calendar(void **state)
{
	static const char without[] = HEAD FIRST "," THIRD "]}";
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, 10, NOW_S, &history);
	struct told second = tell_at(without, 10, NOW_S + 60, &history);
	struct told third = tell_at(without, 10, NOW_S + 7 * 86400, &history);
	struct told later = tell_at(without, 10, NOW_S + 70 * 86400, &history);
	struct told back = tell_at(SHOW, 10, NOW_S + 60, &history);

	(void)state;
	assert_event_has(second.text, "s01e02", "STATUS:CANCELLED");
	assert_event_has(second.text, "s01e02", "SEQUENCE:1");
	assert_event_has(second.text, "s01e02", "DTSTART:20270402T190000Z");
	assert_int_equal(count_of(second.text, "BEGIN:VALARM"), 2); /* the cancelled one rings no more */
	assert_string_equal(second.text, third.text);
	assert_null(event_of(later.text, "s01e02")); /* long past */
	assert_event_has(back.text, "s01e02", "STATUS:CONFIRMED");
	calendar_history_release(&history);
	release(&first);
	release(&second);
	release(&third);
	release(&later);
	release(&back);
}

static void test_a_cancelled_episode_that_comes_back_is_newer(void **state)
{
	static const char without[] = HEAD FIRST "," THIRD "]}";
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);
	struct told second = tell_at(without, CALENDAR_NO_ALARM, NOW_S + 60, &history);
	struct told third = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S + 120, &history);

	(void)state;
	assert_event_has(third.text, "s01e02", "STATUS:CONFIRMED");
	assert_event_has(third.text, "s01e02", "SEQUENCE:2");
	calendar_history_release(&history);
	release(&first);
	release(&second);
	release(&third);
}

/* An episode that has aired is gone without a trace: people keep what they have in their calendars. */
static void test_a_removed_episode_of_the_past_was_cancelled(void **state)
{
	struct calendar_history history = {0};
	struct told first = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);
	struct told second =
			tell_at(HEAD FIRST "," THIRD "]}", CALENDAR_NO_ALARM, NOW_S + 60 * 86400, &history);

	(void)state;
	assert_null(event_of(second.text, "s01e02"));
	calendar_history_release(&history);
	release(&first);
	release(&second);
}

/* A calendar is written once for all readers. The texts try to look like its lines. */
static void test_another_alarm_in_a_written_calendar(void **state)
{
	static const char show[] = HEAD FIRST
			"," SECOND("21:00") "," THIRD ",{\"season\":1,\"number\":4,\"name\":\"BEGIN:VALARM\","
					    "\"airdate\":\"2027-04-16\",\"airtime\":\"21:00\","
					    "\"teaser\":\"One\\nTRIGGER:PT0S\\nEND:VALARM\\nand TRIGGER:PT0S "
					    "again and again and again and again\"}]}";
	static const int alarms[] = {CALENDAR_NO_ALARM, 0, 1, 30, 90, CALENDAR_ALARM_MAX_MINUTES};

	(void)state;
	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++) {
		struct calendar_history first = {0}, second = {0};
		struct told plain = tell_at(show, 0, NOW_S, &first),
			    wanted = tell_at(show, alarms[i], NOW_S, &second);
		char *text = NULL;

		assert_int_equal(calendar_set_alarm(plain.text, alarms[i], &text), 0);
		assert_string_equal(text, wanted.text);
		free(text);
		release(&plain);
		release(&wanted);
		calendar_history_release(&first);
		calendar_history_release(&second);
	}
}

static void test_alarms(void **state)
{
	struct calendar_history history = {0};
	struct told told = tell_at(SHOW, 90, NOW_S, &history);

	(void)state;
	assert_event_has(told.text, "s01e01", "TRIGGER:-PT1H30M");
	assert_event_has(told.text, "s01e03", "TRIGGER:PT9H"); /* a day: in the morning */
	assert_int_equal(count_of(told.text, "ACTION:DISPLAY"), 3);
	calendar_history_release(&history);
	release(&told);
}

/* Each line has at most 75 octets, and is cut between two characters. */
static void assert_lines_are_folded(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\r\n");

		assert_non_null(end);
		assert_true(end - text <= LINE_MAX_OCTETS);
		assert_null(memchr(text, '\n', (size_t)(end - text)));
		assert_false((text[0] & 0xc0) == 0x80);
		assert_false(text[0] == ' ' && (text[1] & 0xc0) == 0x80);
		text = end + 2;
	}
}

static void test_korean_was_cut_within_a_character(void **state)
{
	static const char show[] = "{\"name\":\"항구의 불빛\",\"episodes\":["
				   "{\"season\":1,\"number\":1,\"airdate\":\"2027-04-09\",\"name\":\"a오래된 "
				   "등대가 꺼지던 밤에 "
				   "우리는 바다를 보고 있었다 그리고 아무도 돌아오지 "
				   "않았다\",\"teaser\":\"가나다라마바사아자차카타파하가나"
				   "다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차"
				   "카타파하🗼🗼🗼🗼🗼🗼"
				   "🗼🗼🗼🗼🗼🗼🗼🗼🗼🗼🗼🗼🗼🗼\"}]}";
	struct calendar_history history = {0}, read = {0};
	struct told told = tell_at(show, CALENDAR_NO_ALARM, NOW_S, &history);

	(void)state;
	assert_lines_are_folded(told.text);
	assert_event_has(told.text, "s01e01",
			"SUMMARY:항구의 불빛\\, s01e01: a오래된 등대가 꺼지던 밤에 우리는 바다를 보고 있었다 "
			"그리고 아무도 "
			"돌아오지 않았다");
	assert_int_equal(read_of(&told, told.text, &read), 0);
	assert_true(read.versions[0].hash == history.versions[0].hash);
	calendar_history_release(&history);
	calendar_history_release(&read);
	release(&told);
}

/* "episoded calendar -o" knows the earlier versions from the file that it replaces. */
static void test_a_file_that_was_read_again_counted_from_0(void **state)
{
	static const char without[] = HEAD FIRST "," THIRD "]}";
	struct calendar_history history = {0}, read = {0};
	struct told first = tell_at(SHOW, 5, NOW_S, &history), second, third;

	(void)state;
	assert_int_equal(read_of(&first, first.text, &read), 0);
	second = tell_at(SHOW, 5, NOW_S + 500, &read);
	assert_string_equal(first.text, second.text);
	third = tell_at(without, 5, NOW_S + 60, &read);
	calendar_history_release(&read);
	assert_int_equal(read_of(&third, third.text, &read), 0);
	release(&second);
	second = tell_at(without, 5, NOW_S + 600, &read);
	assert_string_equal(second.text, third.text);
	assert_event_has(second.text, "s01e02", "SEQUENCE:1");
	calendar_history_release(&history);
	calendar_history_release(&read);
	release(&first);
	release(&second);
	release(&third);
}

/* The calendar of all shows, of two with the same episodes. */
static void test_the_calendar_of_all_shows_took_two_episodes_for_one(void **state)
{
	struct folder folder;
	struct str report = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue = NULL;
	struct calendar_part parts[3] = {{0}}, again[3] = {{0}};
	char *text = NULL, *second = NULL;

	(void)state;
	folder_init(&folder);
	folder_add(&folder, "ebb.json", SHOW);
	folder_add(&folder, "flow.json", SHOW);
	folder_add(&folder, "old.json",
			"{\"name\": \"Old\", \"episodes\": [{\"season\": 1, \"number\": 1, "
			"\"airdate\": \"2001-01-01\"}]}");
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), 0);
	for (size_t i = 0; i < 3; i++)
		parts[i].show = again[i].show = catalogue_at(catalogue, i);
	assert_int_equal(calendar_write_all(parts, 3, CALENDAR_NO_ALARM, NOW_S - CALENDAR_ALL_PAST_S, NOW_S,
					 NULL, NULL, &text),
			0);
	assert_non_null(strstr(text, "UID:ebb/s01e01@episoded"));
	assert_non_null(strstr(text, "UID:flow/s01e01@episoded"));
	assert_null(strstr(text, "UID:old"));
	assert_non_null(strstr(text, "NAME:" CALENDAR_ALL_NAME));
	assert_int_equal(calendar_read(text, again, 3), 0);
	assert_int_equal(again[1].history.count, 3);
	assert_int_equal(calendar_write_all(again, 3, CALENDAR_NO_ALARM, NOW_S - CALENDAR_ALL_PAST_S,
					 NOW_S + 9000, NULL, NULL, &second),
			0);
	assert_string_equal(text, second);
	for (size_t i = 0; i < 3; i++) {
		calendar_history_release(&parts[i].history);
		calendar_history_release(&again[i].history);
	}
	free(text);
	free(second);
	catalogue_free(catalogue);
	str_release(&report);
	folder_release(&folder);
}

static void test_a_foreign_file_was_taken_for_a_calendar(void **state)
{
	static const char *const foreign[] = {"", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
			"BEGIN:VCALENDAR\r\nPRODID:-//other//EN\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
			"BEGIN:VEVENT\r\nUID:x/s01e01@episoded\r\nEND:VEVENT\r\n", "\xff\xfe\x01",
			"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(foreign); i++) {
		struct calendar_part part = {0};

		assert_int_equal(calendar_read(foreign[i], &part, 1), -EBADMSG);
		assert_null(part.history.versions);
	}
}

static void test_the_history_of_the_store_is_read_as_it_was_written(void **state)
{
	struct calendar_history history = {0}, read = {0};
	struct told told = tell_at(SHOW, CALENDAR_NO_ALARM, NOW_S, &history);
	char *text = NULL, *again = NULL;

	(void)state;
	assert_int_equal(calendar_history_write(&history, &text), 0);
	assert_int_equal(calendar_history_read(text, &read), 0);
	assert_int_equal(read.count, 3);
	assert_int_equal(calendar_history_write(&read, &again), 0);
	assert_string_equal(text, again);
	calendar_history_release(&read);
	assert_int_equal(calendar_history_read("s01e01 x\n\ns01e02 1 5 6 ff c\nbad", &read), 0);
	assert_int_equal(read.count, 1);
	assert_true(read.versions[0].is_cancelled && !read.versions[0].is_day);
	calendar_history_release(&history);
	calendar_history_release(&read);
	free(text);
	free(again);
	release(&told);
}

static void test_a_show_without_dates_has_an_empty_calendar(void **state)
{
	struct calendar_history history = {0};
	struct told told = tell_at("{\"name\":\"X\",\"episodes\":["
				   "{\"season\":1,\"number\":1,\"airdate\":\"2027-04\"}]}",
			CALENDAR_NO_ALARM, NOW_S, &history);

	(void)state;
	assert_int_equal(count_of(told.text, "BEGIN:VEVENT"), 0);
	assert_int_equal(count_of(told.text, "END:VCALENDAR\r\n"), 1);
	calendar_history_release(&history);
	release(&told);
}

/* 5,000 episodes: the newest 1,000. */
static void test_a_long_show_had_a_calendar_without_end(void **state)
{
	struct str show = STR(4 << 20);
	struct calendar_history history = {0};
	struct told told;

	(void)state;
	str_append(&show, HEAD);
	for (int i = 0; i < 5000; i++)
		str_printf(&show, "%s{\"season\":%d,\"number\":%d,\"airdate\":\"%d-%02d-%02d\"}",
				i ? "," : "", 1 + i / 250, 1 + i % 250, 2007 + i / 250, 1 + i % 250 / 25,
				1 + i % 25);
	str_append(&show, "]}");
	told = tell_at(str_text(&show), 30, NOW_S, &history);
	assert_int_equal(count_of(told.text, "BEGIN:VEVENT"), CALENDAR_EVENTS_MAX);
	assert_non_null(strstr(told.text, "/s20e250@"));
	assert_null(strstr(told.text, "/s16e250@"));
	str_release(&show);
	calendar_history_release(&history);
	release(&told);
}

static int count_load(void *user, struct calendar_part *part)
{
	size_t *count = user;

	assert_int_equal(part->history.count, 0);
	(*count)++;
	return 0;
}

/* 2,000 shows of three episodes each: those that find no place cost nothing, and keep their histories. */
static void test_shows_behind_the_last_event_are_not_looked_at(void **state)
{
	const size_t count = 2000, told = (CALENDAR_ALL_MAX + 2) / 3;
	struct calendar_part *parts = calloc(count, sizeof(*parts));
	struct folder folder;
	struct str report = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue = NULL;
	char *text = NULL;
	size_t loaded = 0;

	(void)state;
	assert_non_null(parts);
	folder_init(&folder);
	folder_add(&folder, "ebb.json", SHOW);
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), 0);
	for (size_t i = 0; i < count; i++)
		parts[i].show = catalogue_at(catalogue, 0);
	assert_int_equal(calendar_write_all(parts, count, CALENDAR_NO_ALARM, NOW_S - CALENDAR_ALL_PAST_S,
					 NOW_S, count_load, &loaded, &text),
			0);
	assert_int_equal(loaded, told);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(parts[i].is_told, i < told);
		assert_int_equal(parts[i].history.count, i < told ? 3 : 0);
		calendar_history_release(&parts[i].history);
	}
	free(parts);
	free(text);
	catalogue_free(catalogue);
	str_release(&report);
	folder_release(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_hours_are_in_utc_on_both_sides_of_a_clock_change),
			cmocka_unit_test(test_an_episode_with_only_a_day_takes_the_whole_day),
			cmocka_unit_test(test_a_calendar_told_what_happens),
			cmocka_unit_test(test_an_unchanged_show_had_a_new_calendar),
			cmocka_unit_test(test_a_moved_episode_keeps_its_uid_and_counts_up),
			cmocka_unit_test(test_a_change_was_older_than_the_version_before),
			cmocka_unit_test(test_a_cancelled_episode_stayed_in_the_calendar),
			cmocka_unit_test(test_a_cancelled_episode_that_comes_back_is_newer),
			cmocka_unit_test(test_a_removed_episode_of_the_past_was_cancelled),
			cmocka_unit_test(test_alarms),
			cmocka_unit_test(test_another_alarm_in_a_written_calendar),
			cmocka_unit_test(test_korean_was_cut_within_a_character),
			cmocka_unit_test(test_a_file_that_was_read_again_counted_from_0),
			cmocka_unit_test(test_the_calendar_of_all_shows_took_two_episodes_for_one),
			cmocka_unit_test(test_shows_behind_the_last_event_are_not_looked_at),
			cmocka_unit_test(test_a_foreign_file_was_taken_for_a_calendar),
			cmocka_unit_test(test_the_history_of_the_store_is_read_as_it_was_written),
			cmocka_unit_test(test_a_show_without_dates_has_an_empty_calendar),
			cmocka_unit_test(test_a_long_show_had_a_calendar_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
