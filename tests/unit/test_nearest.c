/* The most similar word, and words without a similar one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/nearest.h"
#include "bot/base/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned limit, distance;
	} cases[] = {
			{"", "", 0, 0},
			{"", "ab", 5, 2},
			{"drone", "drone", 2, 0},
			{"drone", "drine", 2, 1},  /* replaced */
			{"drone", "dron", 2, 1},   /* left out */
			{"drone", "droone", 2, 1}, /* doubled */
			{"drone", "drnoe", 2, 1},  /* swapped */
			{"ca", "abc", 5, 3},       /* no edit between the halves of a swap */
			{"kitten", "sitting", 5, 3},
			{"kitten", "sitting", 2, 3},
			{"kitten", "sitting", 0, 1},
			{"a", "abcdefgh", 3, 4},
			{"thunderstorm", "thunderstrom", 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(nearest_distance(cases[i].a, cases[i].b, cases[i].limit), cases[i].distance);
		assert_int_equal(nearest_distance(cases[i].b, cases[i].a, cases[i].limit), cases[i].distance);
	}
}

/* Random words of few letters, changed here and there: the limit only cuts what is above it. */
static void test_a_limit_changes_no_distance_within_it(void **state)
{
	struct random random;
	char a[12], b[12];

	(void)state;
	random_seed(&random, 1);
	for (int i = 0; i < 50000; i++) {
		size_t length = random_below(&random, sizeof(a));
		unsigned distance;

		for (size_t k = 0; k < length; k++) {
			a[k] = (char)('a' + random_below(&random, 3));
			b[k] = random_below(&random, 3) ? a[k] : (char)('a' + random_below(&random, 3));
		}
		a[length] = '\0';
		b[random_below(&random, length + 1)] = '\0';
		b[length] = '\0';
		distance = nearest_distance(a, b, sizeof(a));
		for (unsigned limit = 0; limit < 6; limit++) {
			unsigned wanted = distance <= limit ? distance : limit + 1;

			assert_int_equal(nearest_distance(a, b, limit), wanted);
			assert_int_equal(nearest_distance(b, a, limit), wanted);
		}
	}
}

static void test_distance_of_long_words(void **state)
{
	static const char long_word[] =
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	(void)state;
	assert_int_equal(nearest_distance(long_word, long_word, 3), 0);
	assert_int_equal(nearest_distance(long_word, long_word + 1, 3), 4);
}

static void test_nearest(void **state)
{
	static const char *const names[] = {
			"episode", "episodes", "airdate", "random", "show", "who", "help"};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
			{"epsode", "episode"},
			{"episode", "episode"},
			{"airdat", "airdate"},
			{"rnadom", "random"},
			{"shwo", "show"},
			{"hlep", "help"},
			{"zzzzzz", NULL},
			{"x", NULL}, /* replacing its only letter leaves nothing of it */
			{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *nearest = nearest_of(cases[i].word, names, COUNT_OF(names));

		if (cases[i].nearest)
			assert_string_equal(nearest, cases[i].nearest);
		else
			assert_null(nearest);
	}
}

static void test_no_guess_between_two(void **state)
{
	static const char *const names[] = {"bat", "cat"}, *const twins[] = {"cat", "cat"};

	(void)state;
	assert_null(nearest_of("rat", names, COUNT_OF(names)));
	assert_string_equal(nearest_of("rat", twins, COUNT_OF(twins)), "cat");
	assert_null(nearest_of("rat", names, 0));
}

/* Letters are counted, not bytes. */
static void test_forgiven(void **state)
{
	(void)state;
	assert_int_equal(nearest_forgiven("four"), 0);
	assert_int_equal(nearest_forgiven("drone"), 1);
	assert_int_equal(nearest_forgiven("camera"), 1);
	assert_int_equal(nearest_forgiven("corpses"), 2);
	assert_int_equal(nearest_forgiven("교실로"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_distance),
			cmocka_unit_test(test_a_limit_changes_no_distance_within_it),
			cmocka_unit_test(test_distance_of_long_words),
			cmocka_unit_test(test_nearest),
			cmocka_unit_test(test_no_guess_between_two),
			cmocka_unit_test(test_forgiven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
