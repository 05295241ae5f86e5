/* Examples of commands are of the show that is loaded. */

#include "bot/core/example.h"
#include "tests/unit/catalogue_folder.h"

static void check(const struct show *show, int seen, const char *text, const char *expected)
{
	struct line line = line_of(show, seen, UINT64_C(1800000000000));
	char example[EXAMPLE_BYTES];

	assert_int_equal(example_fill(&line, text, example), expected != NULL);
	if (expected)
		assert_string_equal(example, expected);
}

static void test_a_show_without_an_episode_5_is_not_offered_one(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\":\"x\",\"episodes\":[{\"season\":1,\"number\":1},"
				     "{\"season\":1,\"number\":2},{\"season\":1,\"number\":3}]}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	check(show, LINE_UNDECLARED, "episode {episode}", "episode 2");
	check(show, LINE_UNDECLARED, "episodes {season}", "episodes 1");
	check(show, LINE_UNDECLARED, "set show {show}", "set show x");
	check(show, LINE_UNDECLARED, "random trivia", "random trivia");
	check(show, LINE_UNDECLARED, "who {name}", NULL);
	catalogue_free(catalogue);
}

static void test_several_seasons(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\":\"x\",\"episodes\":[{\"season\":3,\"number\":5},"
				     "{\"season\":4,\"number\":5}]}");

	(void)state;
	check(catalogue_at(catalogue, 0), LINE_UNDECLARED, "spoil {episode}", "spoil s03e05");
	check(catalogue_at(catalogue, 0), LINE_UNDECLARED, "episodes {season}", "episodes 3");
	catalogue_free(catalogue);
}

static void test_only_specials(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\":\"x\",\"episodes\":[{\"season\":0,\"name\":\"S\"}]}");

	(void)state;
	check(catalogue_at(catalogue, 0), LINE_UNDECLARED, "episode {episode}", NULL);
	catalogue_free(catalogue);
}

static void test_a_character_past_the_line_is_no_example(void **state)
{
	struct catalogue *catalogue = catalogue_shipped();
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	check(show, LINE_UNDECLARED, "spoil who {name}", "spoil who Lee Byeong-chan");
	check(show, 1, "who {name}", "who Lee Byeong-chan");
	check(show, 0, "who {name}", NULL);
	catalogue_free(catalogue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_show_without_an_episode_5_is_not_offered_one),
			cmocka_unit_test(test_several_seasons),
			cmocka_unit_test(test_only_specials),
			cmocka_unit_test(test_a_character_past_the_line_is_no_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
