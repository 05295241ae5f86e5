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

	reference_resolve(show, words, NULL, &reference);
	if (reference.kind != REFERENCE_FOUND || reference.candidates[0]->order != order)
		fail_msg("\"%s\" should be %d, is kind %d: %s", words, order, reference.kind,
				reference.reason);
	assert_int_equal(reference.candidate_count, 1);
}

static void expect_reason(const struct show *show, const char *words, const char *reason)
{
	struct reference reference;

	reference_resolve(show, words, NULL, &reference);
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
	expect_order(shipped(state), "THUNDER-STORM", 9);
	expect_order(shipped(state), "music room", 7);
	expect_order(shipped(state), "music-room", 7);
	expect_order(shipped(state), "gwinam", 11);
}

static void expect_guess(const struct show *show, const char *words, int order)
{
	struct reference reference;

	reference_resolve(show, words, NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_GUESS);
	assert_int_equal(reference.candidate_count, 1);
	assert_int_equal(reference.candidates[0]->order, order);
}

/* A typo, the beginning or another form of a word, or a word that is in no text beside one that is: 3 % of all English words opened the
 * card of an episode. */
static void a_guess_opens_no_card(void **state)
{
	expect_guess(shipped(state), "thunderstrom", 9);
	expect_guess(shipped(state), "thunderst", 9);
	expect_guess(shipped(state), "drone helicopter", 5);
	expect_guess(shipped(state), "cellphone", 4);
	expect_guess(shipped(state), "drones", 5);
}

static void test_a_tie_is_no_guess(void **state)
{
	struct reference reference;

	reference_resolve(shipped(state), "onjo", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_int_equal(reference.candidate_count, 2);
	assert_int_equal(reference.candidates[0]->order + reference.candidates[1]->order, 2 + 5);
	assert_string_equal(reference.reason, "Several episodes fit \"onjo\"; which one?");
}

static void test_a_season_alone_is_ambiguous(void **state)
{
	struct reference reference;

	reference_resolve(shipped(state), "season 1 episodes", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	reference_resolve(shipped(state), "season 1", NULL, &reference);
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
	reference_resolve(shipped(state), words, NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_MISSING);
	assert_non_null(strstr(reference.reason, "xxx…\""));
}

static void test_quotes_are_clean(void **state)
{
	expect_reason(shipped(state), "qq\r\nQUIT\x01%s%n",
			"No episode fits \"qq  QUIT %s%n\". Season 1 has episodes 1 to 12.");
}

/* ---------------------------------------------------------------- shows with gaps, specials, dates and titles */

static const struct episode *resolve(const struct show *show, const char *words,
		const struct reference_asked *asked, struct reference *ret)
{
	reference_resolve(show, words, asked, ret);
	return ret->kind == REFERENCE_FOUND ? ret->candidates[0] : NULL;
}

static void expect_code(const struct show *show, const char *words, const struct reference_asked *asked,
		const char *code)
{
	struct reference reference;
	const struct episode *episode = resolve(show, words, asked, &reference);
	char found[EPISODE_LABEL_BYTES];

	if (!episode)
		fail_msg("\"%s\" should be %s, is kind %d: %s", words, code, reference.kind,
				reference.reason);
	else if (strcmp(episode_code(episode, found), code) != 0)
		fail_msg("\"%s\" should be %s, is %s", words, code, found);
}

static void a_gap_in_the_numbers_shifts_no_other(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\": \"Gap\", \"episodes\": [{\"season\": 1, \"number\": 1}, "
				     "{\"season\": 1, \"number\": 2}, {\"season\": 1, \"number\": 4}, "
				     "{\"season\": 2, \"number\": 1}, {\"season\": 2, \"number\": 3}]}");
	const struct show *show = catalogue_at(catalogue, 0);
	struct reference reference;

	(void)state;
	expect_code(show, "4", NULL, "s01e04");
	expect_code(show, "5", NULL, "s02e01");
	expect_code(show, "7", NULL, "s02e03");
	expect_code(show, "-1", NULL, "s02e03");
	expect_code(show, "104", NULL, "s01e04");
	assert_null(resolve(show, "3", NULL, &reference));
	assert_string_equal(reference.reason, "No episode 3. The nearest are s01e02 and s01e04.");
	assert_null(resolve(show, "s2e2", NULL, &reference));
	assert_string_equal(reference.reason, "No episode 2. The nearest are s02e01 and s02e03.");
	assert_null(resolve(show, "8", NULL, &reference));
	assert_string_equal(reference.reason, "No episode 8. There are episodes 1 to 7 in seasons 1 to 2.");
	catalogue_free(catalogue);
}

static void seasons_may_continue_the_numbers(void **state)
{
	struct catalogue *catalogue = catalogue_of(
			"{\"name\": \"Absolute\", \"episodes\": [{\"season\": 1, \"number\": 1}, "
			"{\"season\": 1, \"number\": 2}, {\"season\": 2, \"number\": 4}, "
			"{\"season\": 2, \"number\": 5}]}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	expect_code(show, "5", NULL, "s02e05");
	expect_code(show, "4", NULL, "s02e04");
	expect_code(show, "s2e4", NULL, "s02e04");
	catalogue_free(catalogue);
}

static void specials_have_numbers(void **state)
{
	struct catalogue *catalogue = catalogue_of(
			"{\"name\": \"Specials\", \"episodes\": [{\"season\": 1, \"number\": 1, \"airdate\": "
			"\"2005-03-01\"}, {\"season\": 2, \"number\": 1, \"airdate\": \"2006-03-01\"}, "
			"{\"season\": 0, \"number\": 2, \"name\": \"Winter\", \"airdate\": \"2005-12-25\"}, "
			"{\"season\": 0, \"number\": 1, \"name\": \"Charity\", \"airdate\": \"2005-11-18\"}, "
			"{\"season\": 2, \"number\": null, \"name\": \"Lost\"}, "
			"{\"season\": 0, \"number\": 2, \"name\": \"Twice\"}]}");
	const struct show *show = catalogue_at(catalogue, 0);
	const struct episode *winter = show_numbered(show, 0, 2), *charity = show_numbered(show, 0, 1);
	struct reference reference;

	(void)state;
	expect_code(show, "s00e01", NULL, "s00e01");
	expect_code(show, "0x02", NULL, "s00e02");
	expect_code(show, "special 2", NULL, "s00e02");
	expect_code(show, "winter", NULL, "s00e02");
	expect_code(show, "s02e00", NULL, "s00e03");
	expect_code(show, "lost", NULL, "s00e03");
	expect_code(show, "season 2 special", NULL, "s00e03");
	expect_code(show, "special 4", NULL, "s00e04");
	expect_code(show, "25 December 2005", NULL, "s00e02");
	reference_resolve(show, "season 0", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_string_equal(reference.reason, "There are 4 specials; which one?");
	expect_reason(show, "special 5", "No special 5. There are 4 specials.");
	expect_reason(show, "season 1 special", "There's no such special of season 1.");
	assert_ptr_equal(show_neighbour(charity, +1), winter);
	assert_ptr_equal(show_neighbour(winter, -1), charity);
	assert_ptr_equal(show_neighbour(winter, +1), show_episode(show, 2));
	assert_ptr_equal(show_neighbour(charity, -1), show_episode(show, 1));
	assert_ptr_equal(show_neighbour(show_episode(show, 1), +1), show_episode(show, 2));
	catalogue_free(catalogue);
}

static void a_title_comes_before_grammar(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\": \"Titles\", \"episodes\": [{\"season\": 1, \"number\": 1, "
				     "\"name\": \"33\"}, "
				     "{\"season\": 1, \"number\": 2, \"name\": \"The End\"}, "
				     "{\"season\": 1, \"number\": 3, \"name\": \"Pilot\"}, "
				     "{\"season\": 1, \"number\": 4, \"name\": \"Finale\"}, "
				     "{\"season\": 1, \"number\": 5, \"name\": \"Tomorrow\"}, "
				     "{\"season\": 1, \"number\": 6, \"name\": \"2\"}, "
				     "{\"season\": 2, \"number\": 1, \"name\": \"Twins\"}, "
				     "{\"season\": 2, \"number\": 2, \"name\": \"Twins\"}, "
				     "{\"season\": 2, \"number\": 3, \"name\": \"Latest\"}, "
				     "{\"season\": 2, \"number\": 4, \"name\": \"Latest\"}, "
				     "{\"season\": 2, \"number\": 5, \"name\": \"Episode 5\"}]}");
	const struct show *show = catalogue_at(catalogue, 0);
	struct reference reference;

	(void)state;
	expect_code(show, "33", NULL, "s01e01");
	expect_code(show, "the end", NULL, "s01e02");
	expect_code(show, "Pilot", NULL, "s01e03");
	expect_code(show, "finale!", NULL, "s01e04");
	expect_code(show, "tomorrow", NULL, "s01e05");
	expect_code(show, "2", NULL, "s01e06");
	expect_code(show, "ep 2", NULL, "s01e02");
	expect_code(show, "the pilot", NULL, "s01e01");
	/* Two episodes have the title: the word's other meaning counts. */
	expect_code(show, "latest", NULL, "s02e05");
	reference_resolve(show, "twins", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_int_equal(reference.candidate_count, 2);
	assert_string_equal(reference.reason, "2 episodes have this title; which one?");
	/* A name that is only a number is no title. */
	expect_code(show, "episode 5", NULL, "s01e05");
	catalogue_free(catalogue);
}

static struct catalogue *weekly(void)
{
	return catalogue_of("{\"name\": \"Weekly\", \"episodes\": ["
			    "{\"season\": 1, \"number\": 1, \"airdate\": \"2025-11-28\"}, "
			    "{\"season\": 1, \"number\": 2, \"airdate\": \"2025-12-05\"}, "
			    "{\"season\": 2, \"number\": 1, \"airdate\": \"2026-11-20\"}, "
			    "{\"season\": 2, \"number\": 2, \"airdate\": \"2026-11-27\"}, "
			    "{\"season\": 2, \"number\": 3, \"airdate\": \"2026-12-04\"}, "
			    "{\"season\": 2, \"number\": 4, \"airdate\": \"2026-12-11\"}, "
			    "{\"season\": 3, \"number\": 1}]}");
}

static void the_latest_is_the_last_shown(void **state)
{
	/* Monday */
	const struct reference_asked asked = {.today = {2026, 11, 30}, .aired = 4, .limit = REFERENCE_ALL},
				     early = {.today = {2025, 1, 1}, .limit = REFERENCE_ALL};
	struct catalogue *catalogue = weekly();
	const struct show *show = catalogue_at(catalogue, 0);
	struct reference reference;

	(void)state;
	expect_code(show, "latest", &asked, "s02e02");
	expect_code(show, "last", &asked, "s02e02");
	expect_code(show, "second to last", &asked, "s02e01");
	expect_code(show, "next", &asked, "s02e03");
	expect_code(show, "season finale", &asked, "s02e04");
	expect_code(show, "season premiere", &asked, "s02e01");
	expect_code(show, "finale", &asked, "s03e01");
	expect_code(show, "-1", &asked, "s03e01");
	expect_code(show, "-2", &asked, "s02e04");
	expect_code(show, "last of season 1", &asked, "s01e02");
	expect_code(show, "latest", NULL, "s03e01");
	assert_null(resolve(show, "last of season 3", &asked, &reference));
	assert_string_equal(reference.reason, "No episode of season 3 has been shown yet.");
	assert_null(resolve(show, "latest", &early, &reference));
	assert_string_equal(reference.reason, "No episode has been shown yet.");
	expect_code(show, "next", &early, "s01e01");
	catalogue_free(catalogue);
}

static void a_date_is_a_reference(void **state)
{
	const struct reference_asked asked = {.today = {2026, 11, 30}, .aired = 4, .limit = REFERENCE_ALL};
	struct catalogue *catalogue = weekly();
	const struct show *show = catalogue_at(catalogue, 0);
	struct reference reference;

	(void)state;
	expect_code(show, "2026-11-27", &asked, "s02e02");
	expect_code(show, "27 November", &asked, "s02e02");
	expect_code(show, "28 November", &asked, "s01e01");
	expect_code(show, "Dec 4", &asked, "s02e03");
	expect_code(show, "5/12/2025", &asked, "s01e02");
	expect_code(show, "12/5/2025", &asked, "s01e02");
	expect_code(show, "last friday", &asked, "s02e02");
	expect_code(show, "friday", &asked, "s02e02");
	expect_code(show, "next friday", &asked, "s02e03");
	reference_resolve(show, "November 2026", &asked, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_string_equal(reference.reason, "2 episodes have the date November 2026; which one?");
	assert_null(resolve(show, "today", &asked, &reference));
	assert_string_equal(reference.reason, "No episode is dated 30 November 2026. The nearest before it "
					      "is s02e02, 27 November 2026.");
	assert_null(resolve(show, "today", NULL, &reference));
	assert_string_equal(reference.reason, "I don't know which day it is; please give a date.");
	assert_null(resolve(shipped(state), "28 December", NULL, &reference));
	assert_string_equal(reference.reason, "No episode has that date. Which year do you mean?");
	assert_null(resolve(long_runner(state), "2026-11-27", &asked, &reference));
	assert_string_equal(reference.reason, "I don't know on which days the episodes were shown.");
	catalogue_free(catalogue);
}

/* "24.11", "last week": what people write for what aired. */
static void a_short_date_and_a_week_are_references(void **state)
{
	const struct reference_asked asked = {.today = {2026, 11, 30}, .aired = 4, .limit = REFERENCE_ALL};
	struct catalogue *catalogue = weekly();
	const struct show *show = catalogue_at(catalogue, 0);
	struct reference reference;

	(void)state;
	expect_code(show, "27.11.", &asked, "s02e02");
	expect_code(show, "27.11", &asked, "s02e02");
	expect_code(show, "27/11", &asked, "s02e02");
	expect_code(show, "11/27", &asked, "s02e02"); /* not number 11 of 27 */
	expect_code(show, "4/12", &asked, "s02e03");
	expect_code(show, "12/4", &asked, "s02e03");
	expect_code(show, "5/12", &asked, "s01e02");
	expect_code(show, "2.02", &asked, "s02e02");
	expect_code(show, "last week", &asked, "s02e02");
	expect_code(show, "this week", &asked, "s02e03");
	expect_code(show, "a week ago", &asked, "s02e02");
	expect_code(show, "2 weeks ago", &asked, "s02e01");
	expect_code(show, "three days ago", &asked, "s02e02");
	reference_resolve(show, "last month", &asked, &reference);
	assert_null(resolve(show, "last month", &asked, &reference));
	assert_string_equal(reference.reason,
			"No episode is dated October 2026. The nearest before it is s01e02, "
			"5 December 2025.");
	reference_resolve(show, "this month", &asked, &reference);
	assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
	assert_string_equal(reference.reason, "2 episodes are dated November 2026; which one?");
	assert_null(resolve(show, "3 weeks ago", &asked, &reference));
	assert_string_equal(reference.reason,
			"No episode is dated 9 November 2026 to 15 November 2026. The nearest "
			"before it is s01e02, 5 December 2025.");
	assert_null(resolve(show, "last week", NULL, &reference));
	assert_string_equal(reference.reason, "I don't know which day it is; please give a date.");
	expect_order(shipped(state), "5/12", 5);
	expect_order(shipped(state), "1.05", 5);
	catalogue_free(catalogue);
}

/* In 2026-11 "latest zzqqyab" opened the latest episode's card: the unknown word may be another show. */
static void an_unknown_word_beside_a_position_is_not_dropped(void **state)
{
	static const char *const UNKNOWN[] = {"latest episode zzqqyab", "the last one zzqqyab",
			"zzqqyab season finale", "the season premiere of zzqqyab"};
	static const char *const KNOWN[] = {"what happens in the finale", "please show me the latest episode",
			"the latest episode with onjo", "the last episode please"};
	struct reference reference;

	for (size_t i = 0; i < COUNT_OF(UNKNOWN); i++) {
		reference_resolve(shipped(state), UNKNOWN[i], NULL, &reference);
		if (reference.kind == REFERENCE_FOUND)
			fail_msg("\"%s\" opens a card", UNKNOWN[i]);
	}
	for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
		expect_order(shipped(state), KNOWN[i], 12);
	reference_resolve_part(shipped(state), "latest zzqqyab", "latest", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_GUESS);
	assert_string_equal(reference.reason, "Nothing fits \"latest zzqqyab\" exactly. Is it this one?");
	assert_int_equal(reference.candidates[0]->order, 12);
	reference_resolve_part(shipped(state), "latest please", "latest", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_FOUND);
	reference_resolve_part(shipped(state), "s01e05 zzqqyab", "s01e05", NULL, &reference);
	assert_int_equal(reference.kind, REFERENCE_FOUND);
}

static void several_episodes_are_a_choice(void **state)
{
	static const struct {
		const char *words, *reason;
		size_t count;
		int first, last;
	} cases[] = {
			{"1-3", "Episodes 1 to 3 of season 1: which one?", 3, 1, 3},
			{"5,6", "Which of these?", 2, 5, 6},
			{"3-1", "Episodes 1 to 3 of season 1: which one?", 3, 1, 3},
			{"s01e59-s02e02", "s01e59 to s02e02: which one?", 4, 59, 62},
			{"119-140", "Episodes 59 to 60 of season 2: which one?", 2, 119, 120},
			{"last 3", "Episodes 58 to 60 of season 2: which one?", 3, 118, 120},
			{"first two", "Episodes 1 to 2 of season 1: which one?", 2, 1, 2},
			{"season 2 episodes 5-7", "Episodes 5 to 7 of season 2: which one?", 3, 65, 67},
			{"1-60", "Episodes 1 to 60 of season 1: which one?", REFERENCE_CANDIDATES, 1, 5},
	};
	struct reference reference;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		reference_resolve(long_runner(state), cases[i].words, NULL, &reference);
		assert_int_equal(reference.kind, REFERENCE_AMBIGUOUS);
		assert_string_equal(reference.reason, cases[i].reason);
		assert_int_equal(reference.candidate_count, cases[i].count);
		assert_int_equal(reference.candidates[0]->order, cases[i].first);
		assert_int_equal(reference.candidates[cases[i].count - 1]->order, cases[i].last);
	}
	/* One of them exists: it is meant. */
	expect_order(shipped(state), "5 and 13", 5);
	expect_reason(shipped(state), "13,14", "No episode 13. Season 1 has episodes 1 to 12.");
}

/* What is past the limit is neither searched nor quoted. */
static void a_reason_quotes_nothing_past_the_limit(void **state)
{
	const struct reference_asked asked = {.aired = 12, .limit = 4},
				     all = {.aired = 12, .limit = REFERENCE_ALL};
	struct reference reference;

	assert_null(resolve(shipped(state), "dhunterstonm", &all, &reference));
	assert_non_null(strstr(reference.reason, "thunderstorm"));
	assert_null(resolve(shipped(state), "dhunterstonm", &asked, &reference));
	assert_null(strstr(reference.reason, "thunderstorm"));
	assert_null(resolve(shipped(state), "thunderstorm", &asked, &reference));
	assert_int_equal(reference.candidate_count, 0);
	assert_non_null(resolve(shipped(state), "9", &asked, &reference));
}

/* A roman number is also a name. */
static void a_name_comes_before_a_roman_number(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\": \"Cities\", \"episodes\": [{\"season\": 1, \"number\": 1, "
				     "\"summary\": \"Rain.\"}, "
				     "{\"season\": 1, \"number\": 2, \"summary\": \"Vi finds her sister.\"}, "
				     "{\"season\": 1, \"number\": 6, \"summary\": \"Snow.\"}]}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	expect_order(show, "vi", 2);
	expect_order(show, "ep vi", 3);
	expect_order(show, "I", 1);
	catalogue_free(catalogue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_numbers),
			cmocka_unit_test(test_positions),
			cmocka_unit_test(test_several_seasons),
			cmocka_unit_test(test_misses_name_the_nearest),
			cmocka_unit_test(test_words),
			cmocka_unit_test(a_guess_opens_no_card),
			cmocka_unit_test(test_a_tie_is_no_guess),
			cmocka_unit_test(test_a_season_alone_is_ambiguous),
			cmocka_unit_test(test_too_long),
			cmocka_unit_test(test_quotes_are_clean),
			cmocka_unit_test(a_gap_in_the_numbers_shifts_no_other),
			cmocka_unit_test(seasons_may_continue_the_numbers),
			cmocka_unit_test(specials_have_numbers),
			cmocka_unit_test(a_title_comes_before_grammar),
			cmocka_unit_test(the_latest_is_the_last_shown),
			cmocka_unit_test(a_date_is_a_reference),
			cmocka_unit_test(a_short_date_and_a_week_are_references),
			cmocka_unit_test(an_unknown_word_beside_a_position_is_not_dropped),
			cmocka_unit_test(several_episodes_are_a_choice),
			cmocka_unit_test(a_reason_quotes_nothing_past_the_limit),
			cmocka_unit_test(a_name_comes_before_a_roman_number),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
