/* The seasons of a show, and how people refer to one. */

#include "bot/core/season.h"
#include "tests/unit/catalogue_folder.h"

static struct catalogue *three_seasons(void)
{
	return catalogue_of("{\"name\":\"x\",\"episodes\":[{\"season\":1,\"number\":1},{\"season\":2,"
			    "\"number\":1},"
			    "{\"season\":2,\"number\":7},{\"season\":2024,\"number\":1},{\"season\":0,"
			    "\"name\":\"S\"}]}");
}

static void test_references(void **state)
{
	static const struct {
		const char *text;
		int season, from;
	} CASES[] = {{"2", 2, 0}, {"season 2", 2, 0}, {"S02", 2, 0}, {" Series  2 ", 2, 0},
			{"the latest season", 2024, 0}, {"2024", 2024, 0}, {"first", 1, 0}, {"0", 0, 0},
			{"specials", 0, 0}, {"2 from 5", 2, 5}, {"season 2 from 7", 2, 7}};
	struct catalogue *catalogue = three_seasons();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		int season = -1, from = -1;

		if (!season_parse(catalogue_at(catalogue, 0), CASES[i].text, &season, &from))
			fail_msg("\"%s\" is no season", CASES[i].text);
		assert_int_equal(season, CASES[i].season);
		assert_int_equal(from, CASES[i].from);
	}
	catalogue_free(catalogue);
}

static void test_what_is_no_season(void **state)
{
	static const char *const TEXTS[] = {"3", "season", "", "99999999999999999999", "two two", "drone",
			"averyveryverylongwordthatisnoseason"};
	struct catalogue *catalogue = three_seasons();
	int season = -1, from = -1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(TEXTS); i++)
		assert_false(season_parse(catalogue_at(catalogue, 0), TEXTS[i], &season, &from));
	assert_int_equal(season, -1);
	catalogue_free(catalogue);
}

static void test_list(void **state)
{
	struct catalogue *catalogue = three_seasons();
	struct season_list seasons;

	(void)state;
	season_list(catalogue_at(catalogue, 0), &seasons);
	assert_int_equal(seasons.count, 3);
	assert_int_equal(seasons.number[2], 2024);
	assert_true(seasons.has_specials);
	catalogue_free(catalogue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_references),
			cmocka_unit_test(test_what_is_no_season),
			cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
