/* Search: ranking, typos and ties. */

#include "tests/unit/catalogue_folder.h"

#include "bot/catalogue/search.h"

static const char SMALL[] =
		"{\"name\": \"Small\", \"characters\": [{\"name\": \"Mi-na Cho\", \"aliases\": [\"Mina\", "
		"\"Captain\"],"
		" \"about\": \"a\", \"first_seen\": 1}], \"episodes\": ["
		"{\"season\": 1, \"number\": 1, \"summary\": \"Mi-na finds a lantern in the old mill.\"},"
		"{\"season\": 1, \"number\": 2, \"summary\": \"The old mill burns; lanterns everywhere, "
		"lanterns "
		"again.\"},"
		"{\"season\": 1, \"number\": 3, \"summary\": \"A mill is old news.\"},"
		"{\"season\": 1, \"number\": 4, \"name\": \"Harbour\", \"summary\": \"The fast-moving "
		"storm.\"},"
		"{\"season\": 1, \"number\": 5, \"summary\": \"온조가 음악실에 있다.\"},"
		"{\"season\": 1, \"number\": 6, \"summary\": \"They wait in the harbour. Zombies sing.\"}]}";

static int set_up(void **state)
{
	*state = catalogue_of(SMALL);
	return 0;
}

static int tear_down(void **state)
{
	catalogue_free(*state);
	return 0;
}

/* The orders found, as text: "2 1". */
static const char *orders(void **state, const char *words)
{
	static char text[64];
	struct search_hit hits[4];
	size_t count = search_episodes(catalogue_at(*state, 0), words, SEARCH_ALL, hits, COUNT_OF(hits));
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_true(hits[i].score > 0);
		assert_true(i == 0 || hits[i].score <= hits[i - 1].score);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d", i ? " " : "",
				hits[i].episode->order);
	}
	return text;
}

static void test_words(void **state)
{
	assert_string_equal(orders(state, "storm"), "4");
	assert_string_equal(orders(state, "STORM!"), "4");
	assert_string_equal(orders(state, "lantern"), "2 1"); /* twice in the second */
	assert_string_equal(orders(state, "lantern storm"), "4 2 1");
	assert_string_equal(orders(state, "nothing of the kind"), "");
	assert_string_equal(orders(state, "storm xyzzy"), "4"); /* unknown words are ignored */
	assert_string_equal(orders(state, ""), "");
	assert_string_equal(orders(state, "?!"), "");
}

static void test_plurals_and_beginnings(void **state)
{
	assert_string_equal(orders(state, "zombie"), "6");
	assert_string_equal(orders(state, "storms"), "4");
	assert_string_equal(orders(state, "lant"), "2 1");
	assert_string_equal(orders(state, "lan"), "");
}

static void test_hyphens(void **state)
{
	assert_string_equal(orders(state, "fast-moving"), "4");
	assert_string_equal(orders(state, "fastmoving"), "4");
	assert_string_equal(orders(state, "fast moving"), "4");
	assert_string_equal(orders(state, "moving"), "4");
}

static void test_characters_by_any_name(void **state)
{
	assert_string_equal(orders(state, "mina"), "1");
	assert_string_equal(orders(state, "mi na"), "1");
	assert_string_equal(orders(state, "captain"), "1");
	assert_string_equal(orders(state, "cho"), "1");
}

static void test_typos(void **state)
{
	assert_string_equal(orders(state, "strom"), "4");
	assert_string_equal(orders(state, "stromm"), "");
	assert_string_equal(orders(state, "lentarn"), "2 1"); /* seven letters, two typos */
	assert_string_equal(orders(state, "mlil"), "");       /* four letters, no typo */
	assert_string_equal(orders(state, "harbor"), "4 6");
}

static void test_phrase_and_title(void **state)
{
	struct search_hit hits[2];

	assert_string_equal(orders(state, "old mill"), "1 2 3");
	assert_string_equal(orders(state, "old news"), "3 1 2");
	assert_int_equal(search_episodes(catalogue_at(*state, 0), "old news", SEARCH_ALL, hits, 2), 2);
	assert_false(search_is_tie(&hits[0], &hits[1]));
	assert_string_equal(orders(state, "harbour"), "4 6");
	assert_int_equal(search_episodes(catalogue_at(*state, 0), "old mill", SEARCH_ALL, hits, 2), 2);
	assert_true(search_is_tie(&hits[0], &hits[1]));
}

static void test_hangul(void **state)
{
	assert_string_equal(orders(state, "음악실에"), "5");
}

static void test_limit(void **state)
{
	struct search_hit hits[1];

	assert_int_equal(search_episodes(catalogue_at(*state, 0), "mill", SEARCH_ALL, hits, 1), 1);
	assert_int_equal(search_episodes(catalogue_at(*state, 0), "mill", SEARCH_ALL, hits, 0), 0);
}

static void a_typo_is_told_from_a_find(void **state)
{
	static const struct {
		const char *words;
		enum search_how how;
	} cases[] = {{"storm", SEARCH_EXACT}, {"storms", SEARCH_STEM}, {"lanter", SEARCH_BEGINNING},
			{"strom", SEARCH_TYPO}, {"old strom", SEARCH_TYPO}};
	struct search_hit hit;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(
				search_episodes(catalogue_at(*state, 0), cases[i].words, SEARCH_ALL, &hit, 1),
				1);
		assert_int_equal(hit.how, cases[i].how);
	}
	assert_false(hit.has_all);
}

static void a_later_episode_is_not_found(void **state)
{
	struct search_hit hits[4];

	assert_int_equal(search_episodes(catalogue_at(*state, 0), "lantern", 1, hits, 4), 1);
	assert_int_equal(hits[0].episode->order, 1);
	assert_int_equal(search_episodes(catalogue_at(*state, 0), "storm", 3, hits, 4), 0);
}

static void a_noun_with_another_particle_is_found(void **state)
{
	assert_string_equal(orders(state, "음악실"), "5");
	assert_string_equal(orders(state, "음악실을"), "5");
	assert_string_equal(orders(state, "온조는"), "5");
	assert_string_equal(orders(state, "도서관"), "");
}

static void the_first_letter_of_a_typo_must_be_right(void **state)
{
	assert_string_equal(orders(state, "storn"), "4");
	assert_string_equal(orders(state, "ltorm"), "");
	assert_string_equal(orders(state, "gaptain"), "1"); /* but names have several spellings */
}

static void only_six_unknown_words_are_guessed(void **state)
{
	assert_string_equal(orders(state, "qa qb qc qd qe strom"), "4");
	assert_string_equal(orders(state, "qa qb qc qd qe qf strom"), "");
	assert_string_equal(orders(state, "qa qb qc qd qe qf storm"), "4");
}

static const char TOLD[] =
		"{\"name\": \"Told\", \"characters\": [{\"name\": \"Ada\", \"about\": \"A sailor.\", "
		"\"first_seen\": 2, \"reveal\": 2}], \"trivia\": [{\"text\": \"Shot in a quarry.\", "
		"\"reveal\": 0}], \"episodes\": ["
		"{\"season\": 1, \"number\": 1, \"summary\": \"Der Sturm und die Stille.\", "
		"\"keywords\": [\"gale\"]},"
		"{\"season\": 1, \"number\": 2, \"summary\": \"Ada und die Mühlen: das ist nicht viel.\", "
		"\"trivia\": [{\"text\": \"The goblet returns later.\", \"reveal\": 3},"
		" {\"text\": \"Filmed in a barn.\", \"reveal\": 2}]},"
		"{\"season\": 1, \"number\": 3, \"summary\": \"Der Kelch.\"}]}";

static void a_fact_is_found_only_up_to_its_reveal(void **state)
{
	struct catalogue *catalogue = catalogue_of(TOLD);
	const struct show *show = catalogue_at(catalogue, 0);
	struct search_hit hits[4];

	(void)state;
	assert_int_equal(search_episodes(show, "barn", SEARCH_ALL, hits, 4), 1);
	assert_int_equal(hits[0].field, SEARCH_FACT);
	/* A fact that a later episode reveals does not find the episode. */
	assert_int_equal(search_episodes(show, "goblet", SEARCH_ALL, hits, 4), 0);
	assert_int_equal(search_texts(show, "goblet", SEARCH_FACTS, 2, hits, 4), 0);
	assert_int_equal(search_texts(show, "goblet", SEARCH_FACTS, 3, hits, 4), 1);
	assert_ptr_equal(hits[0].fact, &show->episodes[1].trivia[0]);
	assert_int_equal(search_texts(show, "quarry", SEARCH_FACTS, 0, hits, 4), 1);
	assert_null(hits[0].episode);
	assert_int_equal(search_texts(show, "sailor", SEARCH_CHARACTERS, 1, hits, 4), 0);
	assert_int_equal(search_texts(show, "sailor", SEARCH_CHARACTERS, 2, hits, 4), 1);
	assert_ptr_equal(hits[0].character, &show->characters[0]);
	assert_int_equal(search_episodes(show, "gale", SEARCH_ALL, hits, 4), 1);
	assert_int_equal(hits[0].field, SEARCH_KEYWORD);
	/* A keyword is never shown, so it is not offered either. */
	assert_null(search_nearest_word(show, "galee", SEARCH_ALL));
	catalogue_free(catalogue);
}

/* "lanterney" is one edit from words that are not searched, and two from "lantern". */
static void a_word_that_is_not_searched_hid_a_less_similar_one(void **state)
{
	static const char text[] = "{\"name\": \"Hidden\", \"episodes\": ["
				   "{\"season\": 1, \"number\": 1, \"summary\": \"A lantern is lit.\", "
				   "\"trivia\": [{\"text\": \"The lanternez were made of paper.\", "
				   "\"reveal\": 2}]},"
				   "{\"season\": 1, \"number\": 2, \"summary\": \"The lanternex burns.\"}]}";
	struct catalogue *catalogue = catalogue_of(text);
	const struct show *show = catalogue_at(catalogue, 0);
	struct search_hit hits[4];

	(void)state;
	assert_int_equal(search_episodes(show, "lanterney", 1, hits, 4), 1);
	assert_int_equal(hits[0].episode->order, 1);
	assert_int_equal(hits[0].how, SEARCH_TYPO);
	assert_int_equal(search_texts(show, "lanterney", SEARCH_FACTS, SEARCH_ALL, hits, 4), 1);
	catalogue_free(catalogue);
}

static void german_texts_have_german_stems(void **state)
{
	struct catalogue *catalogue = catalogue_of(TOLD);
	struct search_hit hit;

	(void)state;
	assert_int_equal(search_episodes(catalogue_at(catalogue, 0), "Mühle", SEARCH_ALL, &hit, 1), 1);
	assert_int_equal(hit.how, SEARCH_STEM);
	catalogue_free(catalogue);
}

static void a_reason_tells_only_typed_words(void **state)
{
	static const char *const cases[][2] = {{"lantern", "synopsis"},
			{"lanterm", "close to \"lanterm\": synopsis"},
			{"lantern fire", "only \"lantern\": synopsis"}, {"captain", "characters"}};
	struct search_hit hit;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str reason = STR(200);

		assert_int_equal(search_episodes(catalogue_at(*state, 0), cases[i][0], SEARCH_ALL, &hit, 1),
				1);
		search_reason(&hit, cases[i][0], &reason);
		assert_string_equal(str_text(&reason), cases[i][1]);
		str_release(&reason);
	}
}

static void test_nearest_word(void **state)
{
	const struct show *show = catalogue_at(*state, 0);

	assert_string_equal(search_nearest_word(show, "lanterm", SEARCH_ALL), "lantern");
	assert_null(search_nearest_word(show, "xyzzy", SEARCH_ALL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_words),
			cmocka_unit_test(test_plurals_and_beginnings),
			cmocka_unit_test(test_hyphens),
			cmocka_unit_test(test_characters_by_any_name),
			cmocka_unit_test(test_typos),
			cmocka_unit_test(test_phrase_and_title),
			cmocka_unit_test(test_hangul),
			cmocka_unit_test(test_limit),
			cmocka_unit_test(a_typo_is_told_from_a_find),
			cmocka_unit_test(a_later_episode_is_not_found),
			cmocka_unit_test(a_noun_with_another_particle_is_found),
			cmocka_unit_test(the_first_letter_of_a_typo_must_be_right),
			cmocka_unit_test(only_six_unknown_words_are_guessed),
			cmocka_unit_test(a_fact_is_found_only_up_to_its_reveal),
			cmocka_unit_test(a_word_that_is_not_searched_hid_a_less_similar_one),
			cmocka_unit_test(german_texts_have_german_stems),
			cmocka_unit_test(a_reason_tells_only_typed_words),
			cmocka_unit_test(test_nearest_word),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
