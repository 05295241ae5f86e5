/* "reveal" and its like as an episode: "s02e02" is the same as its number in the order, and a mistake is named. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

#include "bot/catalogue/telling.h"

/* Two seasons of two and three episodes, and a special; the order of s02e02 is 4. The last line is free. */
#define SHOW(members)                                                                                        \
	"{\"name\": \"Tide\", \"episodes\": [{\"season\": 2, \"number\": 3}, {\"season\": 2, \"number\": "   \
	"2},"                                                                                                \
	"{\"season\": 2, \"number\": 1}, {\"season\": 1, \"number\": 1}, {\"season\": 1, \"number\": 2},"    \
	"{\"season\": 0, \"number\": 1}], // all of them\n" members "}"

static const struct fact *first_fact(const struct catalogue *catalogue)
{
	return &catalogue_at(catalogue, 0)->trivia[0];
}

static void an_episode_is_its_order(void **state)
{
	static const struct {
		const char *text;
		int order;
	} cases[] = {{"\"s02e02\"", 4}, {"\"S2E2\"", 4}, {"\"s1e1\"", 1}, {"\"s02e03\"", 5},
			{"\"s0001e0002\"", 2}, {"4", 4}, {"0", 0}, {"null", 0}};
	struct str text = STR(1000);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct catalogue *catalogue;

		str_clear(&text);
		str_printf(&text, SHOW("\"trivia\": [{\"text\": \"a\", \"reveal\": %s}]"), cases[i].text);
		catalogue = catalogue_of(str_text(&text));
		assert_int_equal(first_fact(catalogue)->reveal, cases[i].order);
		catalogue_free(catalogue);
	}
	str_release(&text);
}

/* Facts of an episode are read while later episodes are still to come. */
static void every_place_takes_an_episode(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\": \"Tide\", \"warnings\": [{\"category\": \"blood\", "
				     "\"reveal\": \"s01e01\"}], \"characters\": [{\"name\": \"Ada\", "
				     "\"about\": \"a\", \"first_seen\": \"s01e02\", \"facts\": "
				     "[{\"text\": \"b\", \"reveal\": \"s02e01\"}]}], \"episodes\": "
				     "[{\"season\": 1, \"number\": 1, \"title_reveal\": \"s02e01\", "
				     "\"trivia\": [{\"text\": \"c\", \"reveal\": \"s01e02\"}], "
				     "\"quotes\": [{\"text\": \"d\", \"reveal\": \"s02e01\"}]}, "
				     "{\"season\": 1, \"number\": 2}, {\"season\": 2, \"number\": 1}]}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	assert_int_equal(show->warnings[0].note.reveal, 1);
	assert_int_equal(show->characters[0].first_seen, 2);
	assert_int_equal(show->characters[0].about.reveal, 2);
	assert_int_equal(show->characters[0].facts[0].reveal, 3);
	assert_int_equal(show->episodes[0].title_reveal, 3);
	assert_int_equal(show->episodes[0].trivia[0].reveal, 2);
	assert_int_equal(show->episodes[0].quotes[0].said.reveal, 3);
	catalogue_free(catalogue);
}

static void expect_problem(const char *reveal, const char *problem)
{
	struct str text = STR(1000);
	char *report;

	str_printf(&text, SHOW("\"trivia\": [{\"text\": \"a\",\n\"reveal\": %s}]"), reveal);
	report = report_on(str_text(&text), -EBADMSG, catalogue_check);
	if (strncmp(report, problem, strlen(problem)) != 0)
		assert_string_equal(report, problem);
	free(report);
	str_release(&text);
}

static void an_episode_that_does_not_exist_is_named(void **state)
{
	(void)state;
	expect_problem("\"s02e09\"",
			"3:1: \"reveal\": there is no episode s02e09; season 2 has s02e01 to s02e03\n");
	expect_problem("\"s04e01\"", "3:1: \"reveal\": there is no season 4; it is one of 2\n");
	expect_problem("\"s00e01\"",
			"3:1: \"reveal\" cannot be a special: name the episode after which it may be told, "
			"like s01e05\n");
	expect_problem("6", "3:1: \"reveal\" must be a whole number from 0 to 5, not 6\n");
}

static void another_form_is_explained(void **state)
{
	static const char *const wrong[] = {"\"\"", "\"4\"", "\"s02\"", "\"s02e\"", "\"s02e02 \"",
			"\"s02e02e\"", "\"s2e00002\"", "\"s-2e2\"", "\"2x02\"", "\"latest\""};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		expect_problem(wrong[i], "3:1: \"reveal\" must be an episode like \"s02e02\", or a number "
					 "from 0 to 5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_episode_is_its_order),
			cmocka_unit_test(every_place_takes_an_episode),
			cmocka_unit_test(an_episode_that_does_not_exist_is_named),
			cmocka_unit_test(another_form_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
