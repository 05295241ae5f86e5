/* Raw values of files, and what a draft takes of them. */

#include "tests/unit/import_files.h"

struct raw_value {
	const char *raw;
	const char *value; /* "": not taken */
	const char *note;  /* "": silent */
};

/* Set each raw value of a field of an episode that has nothing yet. */
static void check_values(enum episode_field field, const struct raw_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct import_files files;
		struct episode_draft *episode;
		bool is_set;

		import_files_init(&files);
		episode = draft_episode(files.draft, 1, 1, (struct origin){0});
		is_set = draft_set_episode(
				files.draft, episode, field, (struct origin){0}, values[i].raw, files.notes);
		if (strcmp(episode->values[field].text, values[i].value) != 0)
			fail_msg("\"%s\" is taken as \"%s\", not \"%s\"", values[i].raw,
					episode->values[field].text, values[i].value);
		assert_int_equal(is_set, *values[i].value != '\0');
		if (*values[i].note)
			assert_has(import_files_notes(&files), values[i].note);
		else
			assert_string_equal(import_files_notes(&files), "");
		import_files_release(&files);
	}
}

static void test_a_date_that_can_be_read_in_two_ways_is_refused(void **state)
{
	static const struct raw_value values[] = {{"2026-01-15", "2026-01-15", ""},
			{" 2026-01-15 ", "2026-01-15", ""}, {"2026", "2026", ""}, {"2026-01", "2026-01", ""},
			{"2026.01.15", "2026-01-15", ""}, {"2026/01/15", "2026-01-15", ""},
			{"2026-01-15T21:00:00Z", "2026-01-15", ""}, {"", "", ""}, {NULL, "", ""},
			{"0000-00-00", "", ""}, {"N/A", "", ""}, {"null", "", ""}, {"-", "", ""},
			{"1/2/2026", "", "which the month; write dates as 2026-02-01"},
			{"01.02.26", "", "which the month"}, {"15-1-2026", "", "which the month"},
			{"2026-02-30", "", "not a day of the calendar"},
			{"2026-13-01", "", "not a day of the calendar"}, {"soon", "", "not a date like"},
			{"Jan 5", "", "not a date like"}, {"2026-1-5", "", "which the month"}};

	(void)state;
	check_values(EPISODE_AIRDATE, values, COUNT_OF(values));
}

static void test_hours_of_all_forms(void **state)
{
	static const struct raw_value values[] = {{"21:00", "21:00", ""}, {"9:05", "09:05", ""},
			{"21:00:30", "21:00", ""}, {"9:00 PM", "21:00", ""}, {"12:15 am", "00:15", ""},
			{"12:00 PM", "12:00", ""}, {"24:00", "24:00", ""}, {"", "", ""},
			{"25:00", "", "not an hour"}, {"24:01", "", "not an hour"},
			{"13:00 PM", "", "not an hour"}, {"21", "", "not an hour"},
			{"21:00 CET", "", "not an hour"}, {"-1:00", "", "not an hour"}};

	(void)state;
	check_values(EPISODE_AIRTIME, values, COUNT_OF(values));
}

static void test_numbers_that_mean_not_known(void **state)
{
	static const struct raw_value runtimes[] = {{"45", "45", ""}, {"045", "45", ""}, {"0", "", ""},
			{"-1", "", ""}, {"1440", "1440", ""}, {"1441", "", "it must be 1 to 1440"},
			{"-5", "", "it must be 1 to 1440"}, {"45 min", "", "a whole number"},
			{"99999999999999999999", "", "it must be"}};
	static const struct raw_value ratings[] = {{"7.5", "7.5", ""}, {"7,5", "7.5", ""}, {"10", "10", ""},
			{"0", "", ""}, {"0.0", "", ""}, {"10.1", "", "from 0 to 10"},
			{"-1", "", "from 0 to 10"}, {"nan", "", "from 0 to 10"},
			{"7.5/10", "", "from 0 to 10"}, {"8.123456", "8.123", ""}};

	(void)state;
	check_values(EPISODE_RUNTIME, runtimes, COUNT_OF(runtimes));
	check_values(EPISODE_RATING, ratings, COUNT_OF(ratings));
}

static void test_links_and_texts(void **state)
{
	static const struct raw_value links[] = {{"https://a.example/b", "https://a.example/b", ""},
			{"http://a.example/b", "https://a.example/b", ""},
			{"//a.example/b", "https://a.example/b", ""}, {"ftp://a.example", "", "not a link"},
			{"javascript:alert(1)", "", "not a link"}, {"https://a b", "", "not a link"},
			{"", "", ""}};
	static const struct raw_value texts[] = {{"<p>One &amp; <b>two</b></p>", "One & two", ""},
			{"a\r\n\r\nb\tc", "a b c", ""}, {"TBA", "", ""}, {"#N/A", "", ""},
			{"<p></p>", "", ""}, {"Unknown", "Unknown", ""}, {"\x1b[31mred", "[31mred", ""},
			{"a\xff"
			 "b",
					"a\xef\xbf\xbd"
					"b",
					""}};

	(void)state;
	check_values(EPISODE_URL, links, COUNT_OF(links));
	check_values(EPISODE_SUMMARY, texts, COUNT_OF(texts));
}

static void test_a_long_text_is_cut_after_a_sentence(void **state)
{
	struct import_files files;
	struct str text = STR(100000);
	struct episode_draft *episode;
	const char *summary, *name;

	(void)state;
	import_files_init(&files);
	episode = draft_episode(files.draft, 1, 1, (struct origin){0});
	for (int i = 0; i < 900; i++)
		str_append(&text, "Das Schiff fährt. ");
	draft_set_episode(files.draft, episode, EPISODE_SUMMARY, (struct origin){0}, str_text(&text),
			files.notes);
	draft_set_episode(
			files.draft, episode, EPISODE_NAME, (struct origin){0}, str_text(&text), files.notes);
	summary = episode->values[EPISODE_SUMMARY].text;
	name = episode->values[EPISODE_NAME].text;
	assert_true(strlen(summary) > 8000 && strlen(summary) <= 8000 * 2);
	assert_string_equal(summary + strlen(summary) - strlen("fährt."), "fährt.");
	assert_true(strlen(name) < 220);
	str_clear(&text);
	for (int i = 0; i < 9000; i++)
		str_append(&text, "ä"); /* without a space: cut anywhere */
	draft_set_episode(files.draft, episode, EPISODE_TEASER, (struct origin){0}, str_text(&text),
			files.notes);
	assert_has(episode->values[EPISODE_TEASER].text, "ä…");
	assert_int_equal(notes_count(files.notes, NOTE_CHANGED), 3);
	str_release(&text);
	import_files_release(&files);
}

static void test_placeholders_for_titles(void **state)
{
	static const char *const placeholders[] = {
			"Episode 886", "episode 1", "Folge 3", "Épisode 12", "TBA", "", "7"};
	static const char *const titles[] = {"Episode of Mara", "The Episode 5 Problem", "Part of Us",
			"Episode", "Episode 5: Tide"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(placeholders); i++)
		assert_true(draft_is_placeholder(placeholders[i]));
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		assert_false(draft_is_placeholder(titles[i]));
}

static void test_reveals_as_people_write_them(void **state)
{
	struct draft_reveal reveal;
	static const char *const wrong[] = {
			"", "s02", "02", "s02e", "e05", "s02e02x", "s2 e2", "s99999e1", "s00e01", "first"};

	(void)state;
	assert_int_equal(draft_reveal_from("s02e05", &reveal), 0);
	assert_true(reveal.kind == REVEAL_EPISODE && reveal.season == 2 && reveal.number == 5);
	assert_int_equal(draft_reveal_from("2X13", &reveal), 0);
	assert_true(reveal.season == 2 && reveal.number == 13);
	assert_int_equal(draft_reveal_from("last", &reveal), 0);
	assert_true(reveal.kind == REVEAL_LAST);
	assert_int_equal(draft_reveal_from("0", &reveal), 0);
	assert_true(reveal.kind == REVEAL_NEVER);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(draft_reveal_from(wrong[i], &reveal), -EBADMSG);
}

static void test_thousands_of_episodes_and_items_are_found(void **state)
{
	struct import_files files;
	char name[32];

	(void)state;
	import_files_init(&files);
	for (int i = 0; i < DRAFT_EPISODES_MAX; i++)
		assert_non_null(draft_episode(files.draft, 1 + i / 1000, 1 + i % 1000, (struct origin){0}));
	assert_null(draft_episode(files.draft, 900, 1, (struct origin){0}));
	draft_refuse_episode(files.draft, 900, 1, (struct origin){0}, files.notes);
	assert_true(notes_have_problem(files.notes));
	assert_non_null(draft_find(files.draft, 20, 1000));
	assert_null(draft_find(files.draft, 21, 1));
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "Name %d", i % 1000);
		assert_int_equal(draft_add_name(files.draft, &files.draft->lists[SHOW_ALIASES],
						 (struct origin){0}, name, files.notes),
				i < 1000);
	}
	assert_int_equal(files.draft->lists[SHOW_ALIASES].count, 1000);
	assert_int_equal(draft_error(files.draft), 0);
	import_files_release(&files);
}

static void test_many_alike_notes_are_counted(void **state)
{
	struct import_files files;
	static const char bytes[] = "one\ntwö three\n";
	struct import_input input = {.name = "a\x1b: b.csv", .bytes = bytes, .length = sizeof(bytes) - 1};
	const char *notes;

	(void)state;
	import_files_init(&files);
	for (int i = 0; i < 1000; i++)
		notes_add(files.notes, NOTE_DROPPED, (struct origin){.input = &input, .offset = 9},
				"value %d", i);
	notes_add(files.notes, NOTE_DOUBTFUL, (struct origin){.input = &input, .line = 7}, "a\nb");
	notes_add(files.notes, NOTE_PROBLEM, (struct origin){0}, "no \xff good");
	notes = import_files_notes(&files);
	assert_has(notes, "no \\xff good\na\\x1b: b.csv:2:5: left out: value 0\n");
	assert_has(notes, "left out: value 4\n  and 995 more like this\n");
	assert_has(notes, "a\\x1b: b.csv:7: please check: a\\x0ab\n");
	assert_lacks(notes, "value 5");
	import_files_release(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_date_that_can_be_read_in_two_ways_is_refused),
			cmocka_unit_test(test_hours_of_all_forms),
			cmocka_unit_test(test_numbers_that_mean_not_known),
			cmocka_unit_test(test_links_and_texts),
			cmocka_unit_test(test_a_long_text_is_cut_after_a_sentence),
			cmocka_unit_test(test_placeholders_for_titles),
			cmocka_unit_test(test_reveals_as_people_write_them),
			cmocka_unit_test(test_thousands_of_episodes_and_items_are_found),
			cmocka_unit_test(test_many_alike_notes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
