/* A draft as the text of a dataset. */

#include "tests/unit/import_files.h"

#define AT_NO_PLACE ((struct origin){0})

static struct draft_reveal reveal_of(const char *text)
{
	struct draft_reveal reveal = {0};

	assert_int_equal(draft_reveal_from(text, &reveal), 0);
	return reveal;
}

static void test_a_reveal_is_the_order_of_its_episode(void **state)
{
	struct import_files files;
	struct draft_list *trivia;
	const char *text;

	(void)state;
	import_files_init(&files);
	trivia = &files.draft->lists[SHOW_TRIVIA];
	draft_set_show(files.draft, SHOW_NAME, AT_NO_PLACE, "Tin Moon", files.notes);
	draft_add_fact(files.draft, trivia, AT_NO_PLACE, "In the second season.", reveal_of("s02e01"),
			files.notes);
	draft_add_fact(files.draft, trivia, AT_NO_PLACE, "At the end.", reveal_of("last"), files.notes);
	draft_add_fact(files.draft, trivia, AT_NO_PLACE, "Always.", reveal_of("0"), files.notes);
	draft_add_fact(files.draft, trivia, AT_NO_PLACE, "By default.", (struct draft_reveal){0},
			files.notes);
	draft_add_fact(files.draft, trivia, AT_NO_PLACE, "Nowhere.", reveal_of("s09e09"), files.notes);
	for (int i = 0; i < 5; i++)
		draft_episode(files.draft, i < 3 ? 1 : 2, i < 3 ? 3 - i : i - 2, AT_NO_PLACE);
	draft_episode(files.draft, 0, 1, AT_NO_PLACE);
	text = import_files_dataset(&files);
	assert_has(text, "{\"text\": \"In the second season.\", \"reveal\": 4}");
	assert_has(text, "{\"text\": \"At the end.\", \"reveal\": 5}");
	assert_has(text, "{\"text\": \"Always.\", \"reveal\": 0}");
	assert_has(text, "{\"text\": \"By default.\"}");
	assert_has(text, "{\"text\": \"Nowhere.\", \"reveal\": 5}");
	assert_has(import_files_notes(&files),
			"the show has no episode s09e09: this is shown after the last one");
	import_files_release(&files);
}

static void test_numbers_follow_their_episodes_when_others_come_between(void **state)
{
	struct import_files files;
	const char *text;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			"{'name': 'Tin Moon', 'characters': [{'name': 'Vesna Kral', 'about': 'A pilot.', "
			"'reveal': 2, 'first_seen': 2,"
			" 'facts': [{'text': 'Comes back.', 'reveal': 2}]}], 'episodes': [{'season': 1, "
			"'number': 1},"
			" {'season': 1, 'number': 5, 'title_reveal': 2, 'trivia': [{'text': 'Old.', "
			"'reveal': 1}]}]}");
	import_files_add(&files, 0,
			"{'name': 'Tin Moon', 'episodes': [{'season': 1, 'number': 2}, {'season': 1, "
			"'number': 3}]}");
	text = import_files_dataset(&files);
	assert_has(text, "\"about\": \"A pilot.\", \"reveal\": 4, \"first_seen\": 4, \"facts\": [{\"text\": "
			 "\"Comes back.\", \"reveal\": 4}]");
	assert_has(text, "\"title_reveal\": 4");
	assert_has(text, "{\"text\": \"Old.\", \"reveal\": 1}");
	assert_has(import_files_notes(&files), "episodes came between");
	import_files_release(&files);
}

static void test_what_the_loader_refuses_is_named_where_it_was_read(void **state)
{
	struct import_files files;
	struct str text = STR(0);

	(void)state;
	import_files_init(&files);
	assert_int_equal(import_files_add(&files, 0,
					 "{'name': 'A',\n 'episodes': [\n {'season': 1, 'number': 1, "
					 "'airdate': 'soon'}]}"),
			-EBADMSG);
	assert_has(import_files_notes(&files), "f:3:29: \"airdate\" must be a date");
	assert_int_equal(write_dataset(files.draft, files.notes, &text), -EBADMSG);
	str_release(&text);
	import_files_release(&files);
}

static void test_a_spoiler_is_named_where_it_was_read(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			"{'name': 'Tin Moon', 'characters': [{'name': 'Vesna Kral', 'about': 'A pilot.', "
			"'first_seen': 2}],\n"
			" 'episodes': [{'season': 1, 'number': 1,\n 'teaser': 'Where is Vesna Kral?'},\n"
			" {'season': 1, 'number': 2, 'summary': 'Vesna Kral lands.'}]}");
	import_files_dataset(&files);
	assert_has(import_files_notes(&files), "f:3:2: please check: this teaser names \"Vesna Kral\"");
	assert_false(notes_have_problem(files.notes));
	import_files_release(&files);
}

static void test_a_dataset_that_is_too_large_is_refused(void **state)
{
	struct import_files files;
	struct str text = STR(0), summary = STR(100000);

	(void)state;
	import_files_init(&files);
	for (int i = 0; i < 500; i++)
		str_append(&summary, "A harbour. ");
	draft_set_show(files.draft, SHOW_NAME, AT_NO_PLACE, "Tin Moon", files.notes);
	for (int i = 0; i < 2000; i++)
		draft_set_episode(files.draft, draft_episode(files.draft, 1, i + 1, AT_NO_PLACE),
				EPISODE_SUMMARY, AT_NO_PLACE, str_text(&summary), files.notes);
	assert_int_equal(write_dataset(files.draft, files.notes, &text), -EBADMSG);
	assert_has(import_files_notes(&files), "larger than 8 MB");
	str_release(&text);
	str_release(&summary);
	import_files_release(&files);
}

static void test_file_names_of_shows(void **state)
{
	static const char *const names[][2] = {{"Harbour Lights", "harbour-lights"},
			{"R&R: The Show!", "r-r-the-show"}, {"../../etc/passwd", "etc-passwd"},
			{"Schema", "schema-show"}, {"???", "show"}, {"", "show"}, {"Łódź", "lodz"},
			{".hidden", "hidden"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *name = write_file_name(names[i][0]);

		assert_string_equal(name, names[i][1]);
		free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_reveal_is_the_order_of_its_episode),
			cmocka_unit_test(test_numbers_follow_their_episodes_when_others_come_between),
			cmocka_unit_test(test_what_the_loader_refuses_is_named_where_it_was_read),
			cmocka_unit_test(test_a_spoiler_is_named_where_it_was_read),
			cmocka_unit_test(test_a_dataset_that_is_too_large_is_refused),
			cmocka_unit_test(test_file_names_of_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
