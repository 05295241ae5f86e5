/* Typed references to episodes and characters. */

#include "tests/unit/catalogue_folder.h"

#include "bot/catalogue/reference.h"

struct fixture {
	struct catalogue *shipped, *long_runner;
};

/* Two seasons of 60, one special: 105 is the 105th of all here. */
static struct catalogue *catalogue_long_runner(void)
{
	struct str text = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue;

	str_append(&text, "{\"name\": \"Long runner\", \"episodes\": [");
	for (int season = 1; season <= 2; season++) {
		for (int number = 1; number <= 60; number++)
			str_printf(&text, "{\"season\": %d, \"number\": %d, \"name\": \"Tale %d\"},", season,
					number, season * 1000 + number);
	}
	str_append(&text, "{\"season\": 0, \"number\": 1, \"name\": \"The Making Of\"}]}");
	catalogue = catalogue_of(str_text(&text));
	str_release(&text);
	return catalogue;
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.shipped = catalogue_shipped();
	fixture.long_runner = catalogue_long_runner();
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	catalogue_free(fixture->shipped);
	catalogue_free(fixture->long_runner);
	return 0;
}

static const struct show *shipped(void **state)
{
	return catalogue_at(((struct fixture *)*state)->shipped, 0);
}

static const struct show *long_runner(void **state)
{
	return catalogue_at(((struct fixture *)*state)->long_runner, 0);
}

static void expect_order(const struct show *show, const char *words, int order)
{
	struct reference reference;

	reference_resolve(show, words, &reference);
	if (reference.kind != REFERENCE_FOUND || reference.candidates[0]->order != order)
		fail_msg("\"%s\" should be %d, is kind %d: %s", words, order, reference.kind,
				reference.reason);
	assert_int_equal(reference.candidate_count, 1);
}

static void expect_reason(const struct show *show, const char *words, const char *reason)
{
	struct reference reference;

	reference_resolve(show, words, &reference);
	assert_int_equal(reference.kind, REFERENCE_MISSING);
	assert_int_equal(reference.candidate_count, 0);
	assert_string_equal(reference.reason, reason);
}

static void test_numbers(void **state)
{
	static const char *const fives[] = {"5", "05", "005", "e5", "E05", "#5", "# 5", "ep5", "ep 5", "ep.5",
			"ep. 5", "Episode 5", "episode #5", "EPISODE 5.", "no. 5", "s01e05", "S1E5", "s1 e5",
			"s1e5", "s1.e5", "s1 ep 5", "1x05", "1X5", "1 x 5", "105", "season 1 episode 5",
			"Season 1, episode 5", "season 1 5", "s1 5", "episode 5 of season 1",
			"episode 5 season 1", "5 of season 1", "five", "episode five", "5th", "5th episode",
			"the fifth episode", "the fifth one", " 5 ", "５", "＃５", "Ｓ１Ｅ５", "ep ５", "-8",
			"−8", "-8 of season 1"};

	for (size_t i = 0; i < COUNT_OF(fives); i++)
		expect_order(shipped(state), fives[i], 5);
	expect_order(shipped(state), "1", 1);
	expect_order(shipped(state), "12", 12);
	expect_order(shipped(state), "twelve", 12);
	expect_order(shipped(state), "112", 12);
}

static void test_positions(void **state)
{
	static const char *const lasts[] = {"latest", "last", "Last!", "finale", "the finale", "newest",
			"latest episode", "the last one", "season finale", "season 1 finale",
			"last of season 1", "-1", "－1", "most recent"};
	static const char *const firsts[] = {"first", "pilot", "premiere", "the first", "first episode",
			"1st", "first episode of season 1", "-12"};

	for (size_t i = 0; i < COUNT_OF(lasts); i++)
		expect_order(shipped(state), lasts[i], 12);
	for (size_t i = 0; i < COUNT_OF(firsts); i++)
		expect_order(shipped(state), firsts[i], 1);
}

static void test_several_seasons(void **state)
{
	const struct show *show = long_runner(state);

	expect_order(show, "105", 105);
	expect_order(show, "61", 61);
	expect_order(show, "s2e1", 61);
	expect_order(show, "2x45", 105);
	expect_order(show, "205", 65); /* there is no 205th: season 2, episode 5 */
	expect_order(show, "121", 21);
	expect_order(show, "last", 120);
	expect_order(show, "season 1 finale", 60);
	expect_order(show, "first of season 2", 61);
	expect_order(show, "-1 of season 1", 60);
	expect_order(show, "tale 2001", 61);
	expect_order(show, "making of", 0);
	expect_reason(show, "199", "No episode 199. There are episodes 1 to 120 in seasons 1 to 2.");
	expect_reason(show, "s2e61", "No episode 61. Season 2 has episodes 1 to 60.");
	expect_reason(show, "s3e1", "No season 3. There are seasons 1 to 2 with 120 episodes.");
	expect_reason(show, "-61 of season 1", "No episode -61. From the end they count -1 to -60.");
}

static void test_misses_name_the_nearest(void **state)
{
	static const struct {
		const char *words, *reason;
	} cases[] = {
			{"13", "No episode 13. Season 1 has episodes 1 to 12."},
			{"0", "No episode 0. Season 1 has episodes 1 to 12."},
			{"s1e13", "No episode 13. Season 1 has episodes 1 to 12."},
			{"s1e0", "No episode 0. Season 1 has episodes 1 to 12."},
			{"113", "No episode 113. Season 1 has episodes 1 to 12."},
			{"season 2", "No season 2. There is season 1 with 12 episodes."},
			{"season 2 episode 1", "No season 2. There is season 1 with 12 episodes."},
			{"season 0", "No season 0. There is season 1 with 12 episodes."},
			{"last of season 9", "No season 9. There is season 1 with 12 episodes."},
			{"-13", "No episode -13. From the end they count -1 to -12."},
			{"-0", "No episode -0. From the end they count -1 to -12."},
			{"99999999999999999999999999", "There's no episode with a number that high. Season 1 "
						       "has episodes 1 to 12."},
			{"", "Which episode? Season 1 has episodes 1 to 12."},
			{" \t ", "Which episode? Season 1 has episodes 1 to 12."},
			{"🧟", "Which episode? Season 1 has episodes 1 to 12."},
			{"xyzzy", "No episode fits \"xyzzy\". Season 1 has episodes 1 to 12."},
			{"audtrm", "No episode fits \"audtrm\". Season 1 has episodes 1 to 12."},
			{"dhunterstonm", "No episode fits \"dhunterstonm\". Did you mean \"thunderstorm\"?"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_reason(shipped(state), cases[i].words, cases[i].reason);
}

static void test_words(void **state)
{
	expect_order(shipped(state), "drone", 5);
	expect_order(shipped(state), "the one with the drone", 5);
	expect_order(shipped(state), "thunderstorm", 9);
	expect_order(shipped(state), "thunderstrom", 9);
	expect_order(shipped(state), "THUNDER-STORM", 9);
	expect_order(shipped(state), "music room", 7);
	expect_order(shipped(state), "music-room", 7);
	expect_order(shipped(state), "cellphone", 4);
	expect_order(shipped(state), "gwinam", 11);
}

static void test_a_tie_is_no_guess(void **state)
{
	struct reference reference;

	reference_resolve(shipped(state), "onjo", &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_int_equal(reference.candidate_count, 2);
	assert_int_equal(reference.candidates[0]->order + reference.candidates[1]->order, 2 + 5);
	assert_string_equal(reference.reason, "Several episodes fit \"onjo\"; which one?");
}

static void test_a_season_alone_is_ambiguous(void **state)
{
	struct reference reference;

	reference_resolve(shipped(state), "season 1 episodes", &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	reference_resolve(shipped(state), "season 1", &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_int_equal(reference.candidate_count, REFERENCE_CANDIDATES);
	assert_int_equal(reference.candidates[0]->order, 1);
	assert_string_equal(reference.reason, "Season 1 has episodes 1 to 12; which one?");
}

static void test_too_long(void **state)
{
	char words[REFERENCE_MAX_BYTES + 2];
	struct reference reference;

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	expect_reason(shipped(state), words, "That's too long for an episode; the limit is 200 bytes.");
	words[REFERENCE_MAX_BYTES] = '\0';
	reference_resolve(shipped(state), words, &reference);
	assert_int_equal(reference.kind, REFERENCE_MISSING);
	assert_non_null(strstr(reference.reason, "xxx…\""));
}

static void test_quotes_are_clean(void **state)
{
	expect_reason(shipped(state), "qq\r\nQUIT\x01%s%n",
			"No episode fits \"qq  QUIT %s%n\". Season 1 has episodes 1 to 12.");
}

static void expect_character(const struct show *show, const char *words, const char *name)
{
	struct character_match match;
	const struct character *character = reference_character(show, words, &match);

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
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_character(shipped(state), cases[i].words, cases[i].name);
}

static void test_characters_missed(void **state)
{
	struct character_match match;

	assert_null(reference_character(shipped(state), "lee", &match));
	assert_int_equal(match.candidate_count, 3);
	assert_string_equal(match.reason, "Several characters fit \"lee\"; which one?");
	assert_null(reference_character(shipped(state), "nobody", &match));
	assert_int_equal(match.candidate_count, 0);
	assert_string_equal(match.reason,
			"There's no character called \"nobody\". One of them is Lee Byeong-chan.");
	assert_null(reference_character(shipped(state), "", &match));
	assert_string_equal(match.reason, "Which character? For example, Lee Byeong-chan.");
	assert_null(reference_character(long_runner(state), "onjo", &match));
	assert_string_equal(match.reason, "I don't know any characters of this show.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_numbers),
			cmocka_unit_test(test_positions),
			cmocka_unit_test(test_several_seasons),
			cmocka_unit_test(test_misses_name_the_nearest),
			cmocka_unit_test(test_words),
			cmocka_unit_test(test_a_tie_is_no_guess),
			cmocka_unit_test(test_a_season_alone_is_ambiguous),
			cmocka_unit_test(test_too_long),
			cmocka_unit_test(test_quotes_are_clean),
			cmocka_unit_test(test_characters),
			cmocka_unit_test(test_characters_missed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
