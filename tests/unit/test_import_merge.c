/* Several files of one show: which value wins. */

#include "tests/unit/import_files.h"

#define OWN(episodes) "{'name': 'Tin Moon', 'episodes': [" episodes "]}"
#define SOURCE(episodes)                                                                                     \
	"{'name': 'Tin Moon', 'id': 7, 'url': 'https://a.example/7', '_links': {}, '_embedded': "            \
	"{'episodes': [" episodes "]}}"

static void test_a_better_value_wins_and_a_worse_one_never(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1, 'name': 'Episode 1', 'airdate': '2026', 'summary': "
			    "'A ship la…'},"
			    "{'season': 1, 'number': 2, 'name': 'Leaving', 'airdate': '2026-01-08', "
			    "'summary': 'Mine.'}"));
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1, 'name': 'Landing', 'airdate': '2026-01-01', "
			    "'summary': 'A ship lands.'},"
			    "{'season': 1, 'number': 2, 'name': 'Episode 2', 'airdate': '2026', 'summary': "
			    "'Theirs.'}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_NAME), "Landing");
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_AIRDATE), "2026-01-01");
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_SUMMARY), "A ship lands.");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_NAME), "Leaving");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRDATE), "2026-01-08");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_SUMMARY), "Mine.");
	assert_string_equal(import_files_notes(&files), "");
	/* Also a newer source does not lose anything. */
	import_files_add(&files, MERGE_FACTS | MERGE_TEXTS,
			OWN("{'season': 1, 'number': 1, 'name': 'Episode 1', 'airdate': '2026', 'summary': "
			    "'A ship'}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_NAME), "Landing");
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_AIRDATE), "2026-01-01");
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_SUMMARY), "A ship lands.");
	import_files_release(&files);
}

static void test_date_and_hour_are_of_one_source(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1, 'airdate': '2026-01-01'}, {'season': 1, 'number': 2, "
			    "'airdate': '2026-01-08'}"));
	import_files_add(&files, 0,
			SOURCE("{'season': 1, 'number': 1, 'airdate': '2026-01-01', 'airtime': '21:00', "
			       "'airstamp': '2026-01-01T21:00:00+00:00'},"
			       "{'season': 1, 'number': 2, 'airdate': '2026-01-09', 'airtime': '21:00', "
			       "'airstamp': '2026-01-09T21:00:00+00:00'}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_AIRTIME), "21:00");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRDATE), "2026-01-08");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRTIME), "");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRSTAMP), "");
	assert_has(import_files_notes(&files),
			"s01e02 was shown on 2026-01-09 here, and on 2026-01-08 in another source");
	import_files_release(&files);
}

static void test_an_update_moves_dates_and_keeps_texts_and_hours(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1, 'summary': 'My words.', 'airdate': '2026-01-01', "
			    "'airtime': '21:00',"
			    " 'airstamp': '2026-01-01T21:00:00+00:00'}, {'season': 1, 'number': 2, "
			    "'airdate': '2026-01-08',"
			    " 'airtime': '21:00', 'airstamp': '2026-01-08T21:00:00+00:00'}"));
	import_files_add(&files, MERGE_FACTS,
			SOURCE("{'season': 1, 'number': 1, 'summary': 'Their words.', 'airdate': "
			       "'2026-01-01', 'airtime': '', 'airstamp': '2026-01-01T12:00:00+00:00'},"
			       "{'season': 1, 'number': 2, 'airdate': '2026-02-08', 'airtime': '', "
			       "'airstamp': '2026-02-08T12:00:00+00:00'}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_SUMMARY), "My words.");
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_AIRTIME), "21:00");
	/* The hour of another day says nothing. */
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRDATE), "2026-02-08");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRTIME), "");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_AIRSTAMP), "");
	assert_has(import_files_notes(&files),
			"changed: s01e02: \"airdate\" is now \"2026-02-08\", and was \"2026-01-08\"");
	assert_lacks(import_files_notes(&files), "s01e01");
	import_files_release(&files);
}

static void test_an_episode_with_a_new_number_is_the_same_by_its_id(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			SOURCE("{'id': 11, 'season': 1, 'number': 1, 'name': 'Landing'}, {'id': 12, "
			       "'season': 1, 'number': 2,"
			       " 'name': 'Leaving', 'teaser': 'Mine.'}, {'id': 13, 'season': 1, 'number': 3, "
			       "'name': 'Gone'}"));
	import_files_add(&files, MERGE_FACTS | MERGE_TEXTS,
			SOURCE("{'id': 11, 'season': 1, 'number': 1, 'name': 'Landing'}, {'id': 14, "
			       "'season': 1, 'number': 2, 'name': 'New'},"
			       "{'id': 12, 'season': 1, 'number': 4, 'name': 'Leaving'}"));
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_NAME), "New");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_TEASER), "");
	assert_string_equal(import_files_value(&files, 1, 4, EPISODE_TEASER), "Mine.");
	assert_string_equal(import_files_value(&files, 1, 3, EPISODE_NAME), "Gone");
	assert_has(import_files_notes(&files),
			"changed: an episode is now s01e04, and was season 1, episode 2");
	assert_has(import_files_notes(&files), "please check: s01e03 is no longer in the source; it is kept");
	import_files_release(&files);
}

static void test_two_episodes_that_swap_their_numbers(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			SOURCE("{'id': 11, 'season': 1, 'number': 1, 'teaser': 'One.'}, {'id': 12, 'season': "
			       "1, 'number': 2, 'teaser': 'Two.'}"));
	import_files_add(&files, MERGE_FACTS,
			SOURCE("{'id': 12, 'season': 1, 'number': 1}, {'id': 11, 'season': 1, 'number': 2}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_TEASER), "Two.");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_TEASER), "One.");
	/* Two that would have one number stay where they are. */
	import_files_add(&files, MERGE_FACTS, SOURCE("{'id': 12, 'season': 1, 'number': 2}"));
	assert_string_equal(import_files_value(&files, 1, 1, EPISODE_TEASER), "Two.");
	assert_string_equal(import_files_value(&files, 1, 2, EPISODE_TEASER), "One.");
	import_files_release(&files);
}

static void test_specials_are_one_by_name_or_day(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1}, {'season': 1, 'number': null, 'name': 'The Making', "
			    "'airdate': '2026-03-01'},"
			    "{'season': 0, 'number': 9, 'name': 'TBA', 'airdate': '2026-12-24'}"));
	import_files_add(&files, 0,
			OWN("{'season': 1, 'number': 1}, {'season': 0, 'number': 1, 'name': 'The making', "
			    "'summary': 'How.'},"
			    "{'season': 0, 'number': 2, 'name': 'Christmas', 'airdate': '2026-12-24'},"
			    "{'season': 0, 'number': 3, 'name': 'Another', 'airdate': '2026-03-01'}"));
	draft_sort(files.draft);
	assert_int_equal(files.draft->episode_count, 4);
	assert_string_equal(import_files_value(&files, 0, 9, EPISODE_NAME), "Christmas");
	assert_string_equal(import_files_value(&files, 0, 3, EPISODE_NAME), "Another");
	assert_null(draft_find(files.draft, 0, 1));
	import_files_release(&files);
}

static void test_two_shows_are_not_one(void **state)
{
	struct import_files files;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0, OWN("{'season': 1, 'number': 1}"));
	import_files_add(&files, 0,
			"{'name': 'The Tin Moon', 'aliases': ['Tin Moon'], 'episodes': [{'season': 1, "
			"'number': 2}]}");
	assert_false(notes_have_problem(files.notes));
	import_files_add(&files, MERGE_RENAMED,
			"{'name': 'La luna', 'episodes': [{'season': 1, 'number': 3}]}");
	assert_false(notes_have_problem(files.notes));
	import_files_add(&files, 0, "{'name': 'Copper Road', 'episodes': [{'season': 1, 'number': 4}]}");
	assert_true(notes_have_problem(files.notes));
	assert_int_equal(files.draft->episode_count, 3);
	import_files_release(&files);
}

static void test_what_only_our_datasets_have_survives(void **state)
{
	struct import_files files;
	const char *text;

	(void)state;
	import_files_init(&files);
	import_files_add(&files, 0,
			"{'name': {'en': 'Tin Moon', 'de': 'Zinnmond'}, 'license': 'mine', 'cast': "
			"[{'actor': 'Ines Holt', 'role': 'Vesna'}],"
			" 'episodes': [{'season': 1, 'number': 1, 'title_reveal': true, 'keywords': ['ship'],"
			" 'warnings': [{'category': 'grief', 'note': 'A farewell.', 'reveal': 1}]}]}");
	import_files_add(&files, MERGE_FACTS,
			"{'name': 'Tin Moon', 'license': 'theirs', 'cast': [{'actor': 'Ines Holt', 'role': "
			"'Vesna Kral'},"
			" {'actor': 'Oskar Lind'}], 'episodes': [{'season': 1, 'number': 1, 'keywords': "
			"['Ship', 'moon']}]}");
	text = import_files_dataset(&files);
	assert_has(text, "\"name\": {\"en\": \"Tin Moon\", \"de\": \"Zinnmond\"}");
	assert_has(text, "\"license\": \"mine\"");
	assert_has(text, "\"title_reveal\": true");
	assert_has(text, "\"keywords\": [\"ship\", \"moon\"]");
	assert_has(text, "{\"category\": \"grief\", \"note\": \"A farewell.\", \"reveal\": 1}");
	assert_has(text, "{\"actor\": \"Ines Holt\", \"role\": \"Vesna\"},\n    {\"actor\": \"Oskar "
			 "Lind\"}\n");
	import_files_release(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_better_value_wins_and_a_worse_one_never),
			cmocka_unit_test(test_date_and_hour_are_of_one_source),
			cmocka_unit_test(test_an_update_moves_dates_and_keeps_texts_and_hours),
			cmocka_unit_test(test_an_episode_with_a_new_number_is_the_same_by_its_id),
			cmocka_unit_test(test_two_episodes_that_swap_their_numbers),
			cmocka_unit_test(test_specials_are_one_by_name_or_day),
			cmocka_unit_test(test_two_shows_are_not_one),
			cmocka_unit_test(test_what_only_our_datasets_have_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
