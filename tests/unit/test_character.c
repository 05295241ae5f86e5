/* Characters by typed words. */

#include "tests/unit/catalogue_folder.h"

#include "bot/catalogue/character.h"

static int set_up(void **state)
{
	*state = catalogue_shipped();
	return 0;
}

static int tear_down(void **state)
{
	catalogue_free(*state);
	return 0;
}

static void expect_character(const struct show *show, const char *words, const char *name)
{
	struct character_match match;
	const struct character *character = character_find(show, words, CHARACTER_ALL, &match);

	if (!character)
		fail_msg("\"%s\" should be %s: %s", words, name, match.reason);
	else
		assert_string_equal(character->name, name);
}

static void test_characters(void **state)
{
	static const struct {
		const char *words, *name;
	} cases[] = {
			{"onjo", "Nam On-jo"},
			{"On-jo", "Nam On-jo"},
			{"on jo", "Nam On-jo"},
			{"NAM ONJO", "Nam On-jo"},
			{"nam on jo", "Nam On-jo"},
			{"cheongsan", "Lee Cheong-san"},
			{"cheong-sam", "Lee Cheong-san"},
			{"byungchan", "Lee Byeong-chan"},
			{"detective", "Song Jae-ik"},
			{"gwi nam", "Yoon Gwi-nam"},
			{"yoon", "Yoon Gwi-nam"},
			{"soju", "Nam So-ju"},
			{"jae-ik song", "Song Jae-ik"},
			{"Jaeik Song", "Song Jae-ik"},
			{"Mr. Song", "Song Jae-ik"},
			{"officer Song", "Song Jae-ik"},
			{"the Detective Jae-ik", "Song Jae-ik"},
			{"Dr Byeong-chan", "Lee Byeong-chan"},
			{"soju's", "Nam So-ju"},
			{"On-jo’s", "Nam On-jo"},
			{"남온조", "Nam On-jo"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_character(catalogue_at(*state, 0), cases[i].words, cases[i].name);
}

static void test_characters_missed(void **state)
{
	struct catalogue *empty = catalogue_of("{\"name\": \"Empty\", \"episodes\": [{\"season\": 1, "
					       "\"number\": 1}]}");
	struct character_match match;

	assert_null(character_find(catalogue_at(*state, 0), "lee", CHARACTER_ALL, &match));
	assert_int_equal(match.candidate_count, 3);
	assert_string_equal(match.reason, "Several characters fit \"lee\"; which one?");
	assert_null(character_find(catalogue_at(*state, 0), "nobody", CHARACTER_ALL, &match));
	assert_int_equal(match.candidate_count, 0);
	assert_string_equal(match.reason,
			"There's no character called \"nobody\". One of them is Lee Byeong-chan.");
	assert_null(character_find(catalogue_at(*state, 0), "", CHARACTER_ALL, &match));
	assert_string_equal(match.reason, "Which character? For example, Lee Byeong-chan.");
	assert_null(character_find(catalogue_at(empty, 0), "onjo", CHARACTER_ALL, &match));
	assert_string_equal(match.reason, "I don't know any characters of this show.");
	catalogue_free(empty);
}

static void a_character_behind_the_limit_is_not_named(void **state)
{
	struct catalogue *catalogue = catalogue_of(
			"{\"name\": \"Two\", \"characters\": [{\"name\": \"Late Smith\", \"about\": \"a\", "
			"\"first_seen\": 2}, {\"name\": \"Early Smith\", \"about\": \"b\", \"first_seen\": "
			"1}], "
			"\"episodes\": [{\"season\": 1, \"number\": 1, \"summary\": \"Early Smith.\"}, "
			"{\"season\": 1, \"number\": 2, \"summary\": \"Late Smith.\"}]}");
	const struct show *show = catalogue_at(catalogue, 0);
	struct character_match match;

	(void)state;
	assert_null(character_find(show, "smith", CHARACTER_ALL, &match));
	assert_int_equal(match.candidate_count, 2);
	assert_string_equal(character_find(show, "smith", 1, &match)->name, "Early Smith");
	assert_null(character_find(show, "", 1, &match));
	assert_string_equal(match.reason, "Which character? For example, Early Smith.");
	assert_null(character_find(show, "xyzzy", 0, &match));
	assert_string_equal(match.reason, "There's no character called \"xyzzy\".");
	/* Who types the whole name knows it. */
	assert_string_equal(character_find(show, "late smith", 1, &match)->name, "Late Smith");
	catalogue_free(catalogue);
}

/* The dataset says when it tells who a character is, and not where the character is first seen. */
static void a_typo_names_a_character_whose_text_comes_later(void **state)
{
	const struct show *show = catalogue_at(*state, 0);
	struct character_match match;

	assert_int_equal(character_place(character_find(show, "Yoon Gwi-nam", 4, &match)), 11);
	assert_null(character_find(show, "gwi naam", 4, &match));
	assert_int_equal(match.candidate_count, 0);
	assert_null(strstr(match.reason, "Gwi-nam"));
	assert_string_equal(character_find(show, "gwi naam", 11, &match)->name, "Yoon Gwi-nam");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_characters),
			cmocka_unit_test(test_characters_missed),
			cmocka_unit_test(a_character_behind_the_limit_is_not_named),
			cmocka_unit_test(a_typo_names_a_character_whose_text_comes_later),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
