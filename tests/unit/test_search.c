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
			cmocka_unit_test(test_nearest_word),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
