/* Loading datasets: the shipped one, a TVmaze export, and broken ones. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/show_names.h"
#include "bot/catalogue/telling.h"
#include "tests/unit/seed_shingles.h"

/* A TVmaze export with every value null that is null for some show. */
static const char TVMAZE[] =
		"{\"id\":1,\"url\":\"https://example.org/1\",\"name\":\"Tide &amp "
		"Time\",\"type\":\"Scripted\","
		"\"language\":\"English\",\"genres\":[\"Drama\"],\"status\":\"Ended\",\"runtime\":60,"
		"\"averageRuntime\":60,\"premiered\":\"2013-06-24\",\"ended\":null,\"officialSite\":null,"
		"\"schedule\":{\"time\":\"22:00\",\"days\":[\"Thursday\"]},\"rating\":{\"average\":6.5},"
		"\"weight\":98,\"network\":null,\"webChannel\":{\"id\":1,\"name\":\"Channel\",\"country\":"
		"null},"
		"\"dvdCountry\":null,\"externals\":{\"imdb\":null},\"image\":null,"
		"\"summary\":\"<p><b>Tide</b> is a show.</p><p>Sea &amp; sand&#8217;s &quot;x&quot; 1 < "
		"2</p>\","
		"\"updated\":1,\"_links\":{},\"_embedded\":{\"episodes\":["
		"{\"id\":4,\"name\":\"Ebb\",\"season\":2,\"number\":1,\"type\":\"regular\",\"airdate\":"
		"\"2012-01-"
		"01\","
		"\"airtime\":\"\",\"airstamp\":null,\"runtime\":null,\"rating\":{\"average\":null},\"image\":"
		"null,"
		"\"summary\":null,\"_links\":{}},"
		"{\"id\":3,\"name\":\"Behind the "
		"tide\",\"season\":1,\"number\":null,\"type\":\"significant_special\","
		"\"airdate\":\"\",\"airtime\":\"\",\"airstamp\":null,\"runtime\":20,\"rating\":{\"average\":"
		"null},"
		"\"image\":null,\"summary\":\"<p>How.</p>\",\"_links\":{}},"
		"{\"id\":2,\"url\":\"http://example.org/2\",\"name\":\"Episode "
		"2\",\"season\":1,\"number\":2,\"type\":\"regular\","
		"\"airdate\":\"2013-07-01\",\"runtime\":60,\"summary\":\"<p>Two.</p>\"},"
		"{\"id\":1,\"name\":\"Flood\",\"season\":1,\"number\":1,\"type\":\"regular\",\"airdate\":"
		"\"2013-06-"
		"24\","
		"\"airtime\":\"22:00\",\"airstamp\":\"2013-06-25T02:00:00+00:00\",\"runtime\":60,"
		"\"rating\":{\"average\":7.4},\"image\":{\"medium\":\"http://example.org/"
		"m.jpg\"},\"summary\":\"<p>One.<br "
		"/>More.</p>\"}"
		"]}}";

static void test_shipped(void **state)
{
	struct catalogue *catalogue = catalogue_shipped();
	const struct show *show = catalogue_at(catalogue, 0);
	char date[DATE_BYTES], label[EPISODE_LABEL_BYTES];

	(void)state;
	assert_int_equal(catalogue_count(catalogue), 1);
	assert_null(catalogue_at(catalogue, 1));
	assert_string_equal(show->id, "all-of-us-are-dead");
	assert_string_equal(show->name, "All of Us Are Dead");
	assert_string_equal(show->language, "Korean");
	assert_string_equal(show->network, "Netflix");
	assert_string_equal(date_text(show->premiered, date), "28 January 2022");
	assert_int_equal(show->genre_count, 3);
	assert_int_equal(show->episode_count, 12);
	assert_int_equal(show->last_order, 12);
	assert_int_equal(show->character_count, 7);
	assert_true(show->trivia_count >= 10);
	for (int order = 1; order <= 12; order++) {
		const struct episode *episode = show_episode(show, order);

		assert_int_equal(episode->order, order);
		assert_int_equal(episode->season, 1);
		assert_int_equal(episode->number, order);
		assert_true(episode->is_name_generic);
		assert_true(date_equal(episode->airdate, show->premiered));
		assert_true(strlen(telling_text(episode->summary)) > 80);
		assert_true(strlen(episode->teaser) > 20);
		assert_true(episode->trivia_count >= 2);
		assert_true(episode->source_count > 0);
		assert_ptr_equal(episode->show, show);
		for (size_t i = 0; i < episode->trivia_count; i++) {
			assert_true(episode->trivia[i].reveal >= order);
			assert_true(episode->trivia[i].source_count > 0);
		}
	}
	assert_null(show_episode(show, 0));
	assert_null(show_episode(show, 13));
	assert_string_equal(episode_label(show_episode(show, 5), label), "Episode 5");
	assert_string_equal(episode_code(show_episode(show, 5), label), "s01e05");
	catalogue_free(catalogue);
}

/* All texts of a dataset, joined. */
static void append_all(struct str *str, const struct show *show)
{
	str_append(str, show->summary);
	for (size_t i = 0; i < show->trivia_count; i++)
		str_printf(str, " %s", telling_text(show->trivia[i].text));
}

static void test_shipped_has_the_chart(void **state)
{
	static const char *const facts[] = {"FlixPatrol", "Top TV Shows on Netflix", "15 days", "first place",
			"second place", "Inventing Anna", "2022", "Anna Delvey", "Russian-German", "fraud",
			"heiress", "Squid Game", "2021", "46 days", "Netflix Korea", "Monday", "experiment",
			"high school", "food", "water", "government", "equipment", "battleground",
			"infected"};
	struct catalogue *catalogue = catalogue_shipped();
	struct str all = STR(REPORT_MAX_BYTES);

	(void)state;
	append_all(&all, catalogue_at(catalogue, 0));
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		if (!strstr(str_text(&all), facts[i]))
			fail_msg("nothing is said of \"%s\"", facts[i]);
	}
	str_release(&all);
	catalogue_free(catalogue);
}

static int compare_shingles(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* The position of the first six words in a row that are also in the article; 0: not found. */
static const char *find_taken(const char *folded)
{
	for (const char *at = folded; *at; at += strcspn(at, " "), at += *at == ' ') {
		const char *end = at;
		uint32_t shingle;

		for (int words = 0; words < SEED_SHINGLE_WORDS && *end; words++)
			end += *end == ' ' ? 1 + strcspn(end + 1, " ") : strcspn(end, " ");
		shingle = (uint32_t)str_hash(0, at, (size_t)(end - at));
		if (bsearch(&shingle, SEED_SHINGLES, COUNT_OF(SEED_SHINGLES), sizeof(shingle),
				    compare_shingles))
			return at;
	}
	return NULL;
}

static void look_through(struct json_node *node)
{
	struct str folded = STR(REPORT_MAX_BYTES);
	const char *taken;

	if (json_type(node) == JSON_STRING) {
		utf8_fold(&folded, json_string(node));
		taken = find_taken(str_text(&folded));
		if (taken)
			fail_msg("taken over from the article: %s", taken);
	}
	str_release(&folded);
	if (json_type(node) != JSON_OBJECT && json_type(node) != JSON_ARRAY)
		return;
	for (struct json_node *child = json_first(node); child; child = json_next(child))
		look_through(child);
}

static void test_shipped_is_in_our_own_words(void **state)
{
	struct json *json = NULL;

	(void)state;
	/* The check works: these six words are in the article. */
	assert_non_null(find_taken("view all posts add comment your"));
	assert_null(find_taken("view all posts add comment mine"));
	assert_int_equal(json_parse_file("data/all-of-us-are-dead.json", 0, &json), 0);
	look_through(json_root(json));
	json_free(json);
}

static void test_tvmaze(void **state)
{
	struct catalogue *catalogue = catalogue_of(TVMAZE);
	const struct show *show = catalogue_at(catalogue, 0);
	char label[EPISODE_LABEL_BYTES];

	(void)state;
	assert_string_equal(show->id, "x");
	assert_string_equal(show->name, "Tide & Time"); /* as in browsers, without its semicolon */
	assert_string_equal(show->network, "Channel");
	assert_string_equal(show->summary, "Tide is a show. Sea & sand’s \"x\" 1 < 2");
	assert_int_equal(show->episode_count, 4);
	assert_int_equal(show->last_order, 3);
	assert_string_equal(episode_label(&show->episodes[0], label), "Season 1, episode 1: Flood");
	assert_string_equal(telling_text(show->episodes[0].summary), "One. More.");
	assert_string_equal(telling_text(show->episodes[1].name), "Episode 2");
	assert_true(show->episodes[1].is_name_generic);
	/* The order follows season and number, not the air date. */
	assert_string_equal(episode_code(&show->episodes[2], label), "s02e01");
	assert_string_equal(telling_text(show->episodes[2].summary), "");
	assert_int_equal(show->episodes[2].runtime_minutes, 0);
	assert_string_equal(episode_label(&show->episodes[3], label), "Special: Behind the tide");
	assert_int_equal(show->episodes[3].order, 0);
	assert_int_equal(show->episodes[3].season, 0);
	assert_int_equal(show->episodes[3].airdate.year, 0);
	assert_int_equal(show->episodes[3].source_count, 0);
	catalogue_free(catalogue);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *report;
	} cases[] = {
			{"[]", "1:1: a dataset must be an object in braces\n"},
			{"{\"episodes\": [{\"season\": 1, \"number\": 1}]}", "1:1: \"name\" is missing\n"},
			{"{\"name\": \"\", \"episodes\": [{\"season\": 1}]}", "1:2: \"name\" is empty\n"},
			{"{\"name\": \"x\"}", "1:1: no episodes; list them under \"episodes\", or export "
					      "with ?embed=episodes\n"},
			{"{\"name\": \"x\", \"episodes\": []}",
					"1:15: no episodes; list them under \"episodes\", or export with "
					"?embed=episodes\n"},
			{"{\"name\": \"x\",\n \"episodes\": [{\"season\": 1, \"number\": 2}, {\"season\": 1, "
			 "\"number\": 2}]}",
					"2:43: season 1 already has an episode 2; give this one "
					"another number\n"},
			{"{\"name\": \"x\", \"premiered\": \"2022-02-29\", \"episodes\": [{\"season\": 1, "
			 "\"number\": 1}]}",
					"1:15: \"premiered\" is not a day of the calendar\n"},
			{"{\"name\": \"x\", \"premiered\": \"soon\", \"episodes\": [{\"season\": 1, "
			 "\"number\": 1}]}",
					"1:15: \"premiered\" must be a date like 2022-01-28\n"},
			{"{\"name\": \"x\", \"sources\": [{\"id\": \"article\", \"title\": \"A\"}],\n"
			 "\"episodes\": [{\"season\": 1, \"number\": 1, \"sources\": [\"artcle\"]}]}",
					"2:53: there is no source \"artcle\"; do you mean \"article\"?\n"},
			{"{\"name\": \"x\", \"episodes\": [4]}",
					"1:28: an episode must be an object in braces\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *report = report_on(cases[i].text, -EBADMSG, judge_by_loading);

		assert_string_equal(report, cases[i].report);
		free(report);
	}
}

static void test_reveal_beyond_the_end(void **state)
{
	char *report = report_on(
			"{\"name\": \"x\", \"episodes\": [{\"season\": 1, \"number\": 1, \"trivia\": "
			"[{\"text\": \"t\", \"reveal\": 2}]}]}",
			-EBADMSG, judge_by_loading);

	(void)state;
	assert_non_null(strstr(report, "\"reveal\" must be"));
	free(report);
}

static void test_unknown_key_is_a_warning(void **state)
{
	char *report = report_on("{\"name\": \"x\", \"sumary\": \"\", \"episodes\": [{\"season\": 1, "
				 "\"number\": 1}]}",
			0, judge_by_loading);

	(void)state;
	assert_non_null(strstr(report, "1:15: warning: unknown key \"sumary\""));
	assert_non_null(strstr(report, "summary"));
	free(report);
}

static void test_reveal_left_out(void **state)
{
	struct catalogue *catalogue = catalogue_of(
			"{\"name\": \"x\", \"trivia\": [{\"text\": \"a\"}], \"characters\": [{\"name\": "
			"\"Ada\", "
			"\"about\": \"b\", \"first_seen\": 2}], \"episodes\": [{\"season\": 0, \"name\": "
			"\"Special\", "
			"\"trivia\": [{\"text\": \"c\"}, {\"text\": \"d\", \"reveal\": 0}]}, {\"season\": 1, "
			"\"number\": 1, "
			"\"trivia\": [{\"text\": \"e\"}]}, {\"season\": 1, \"number\": 2}]}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	assert_int_equal(show->trivia[0].reveal, 0);
	assert_int_equal(show->characters[0].about.reveal, 2);
	assert_int_equal(show->episodes[0].trivia[0].reveal, 1);
	assert_int_equal(show->episodes[2].trivia[0].reveal, 2); /* the special comes last */
	assert_int_equal(show->episodes[2].trivia[1].reveal, 0);
	catalogue_free(catalogue);
}

static void test_text_in_languages(void **state)
{
	struct catalogue *catalogue = catalogue_of("{\"name\": \"x\", \"summary\": {\"de\": \"Eins\", "
						   "\"en\": \"One\"}, \"episodes\": [{\"season\": 1, "
						   "\"number\": 1, \"teaser\": {\"de\": \"Zwei\"}}]}");

	(void)state;
	assert_string_equal(catalogue_at(catalogue, 0)->summary, "One");
	assert_string_equal(catalogue_at(catalogue, 0)->episodes[0].teaser, "Zwei");
	catalogue_free(catalogue);
}

static void test_control_characters_become_spaces(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\": \"a\\r\\nb\\u0007\", \"episodes\": [{\"season\": 1, "
				     "\"number\": 1, \"summary\": \"&#13;&#10;x&#27;[0m &#xD800;\"}]}");

	(void)state;
	assert_string_equal(catalogue_at(catalogue, 0)->name, "a b");
	assert_string_equal(telling_text(catalogue_at(catalogue, 0)->episodes[0].summary), "x [0m �");
	catalogue_free(catalogue);
}

static void test_folder(void **state)
{
	static const char EPISODES[] = "\"episodes\": [{\"season\": 1, \"number\": 1}]}";
	struct str report = STR(REPORT_MAX_BYTES), text = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue = NULL;
	struct folder folder;
	const struct show_names *names;

	(void)state;
	folder_init(&folder);
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), -ENOENT);
	assert_null(catalogue);
	folder_add(&folder, "schema.json", "not even JSON");
	str_printf(&text, "{\"name\": \"Tide\", %s", EPISODES);
	folder_add(&folder, "tide.json", str_text(&text));
	str_clear(&text);
	str_printf(&text, "{\"name\": \"All of It\", \"aliases\": [\"aoi\"], %s", EPISODES);
	folder_add(&folder, "all-of-it.json", str_text(&text));
	str_clear(&report);
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), 0);
	assert_string_equal(str_text(&report), "");
	assert_int_equal(catalogue_count(catalogue), 2);
	assert_string_equal(catalogue_at(catalogue, 0)->id, "all-of-it");
	assert_string_equal(catalogue_find(catalogue, "AOI")->id, "all-of-it");
	assert_string_equal(catalogue_find(catalogue, "all of it")->id, "all-of-it");
	assert_string_equal(catalogue_find(catalogue, "tide")->id, "tide");
	assert_null(catalogue_find(catalogue, "tid"));
	assert_null(catalogue_find(catalogue, ""));
	names = catalogue_names(catalogue);
	assert_string_equal(show_names_find(names, "aoi 5", strlen("aoi"))->id, "all-of-it");
	assert_string_equal(
			show_names_find(names, " All Of It  s1 e1", strlen(" All Of It"))->id, "all-of-it");
	assert_string_equal(show_names_find(names, "tide", strlen("tide"))->id, "tide");
	assert_null(show_names_find(names, "5 tide", strlen("5")));
	assert_null(show_names_find(names, "5 tide", strlen("5 tide")));
	catalogue_free(catalogue);
	catalogue = NULL;

	/* A broken dataset is named and left out. */
	folder_add(&folder, "broken.json", "{\"name\": \"x\",\n}");
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), 0);
	assert_int_equal(catalogue_count(catalogue), 2);
	assert_non_null(strstr(str_text(&report), "broken.json:1:13: "));
	assert_non_null(strstr(str_text(&report), "broken.json: left out"));
	assert_string_equal(catalogue_broken(catalogue), "broken.json (left out)");
	catalogue_free(catalogue);
	folder_release(&folder);
	str_release(&text);
	str_release(&report);
}

static int read_again(const struct folder *folder, struct catalogue *earlier, struct str *report,
		struct catalogue **ret)
{
	const char *path = folder->path;

	return catalogue_read(
			&(struct catalogue_source){.folders = &path, .folder_count = 1, .earlier = earlier},
			report, ret);
}

/* In 2026-11 an error in one dataset took its show away at the next reload. */
static void a_reload_keeps_the_show_of_a_broken_dataset(void **state)
{
	struct str report = STR(REPORT_MAX_BYTES);
	struct catalogue *first = NULL, *second = NULL, *third = NULL;
	struct folder folder;

	(void)state;
	folder_init(&folder);
	folder_add(&folder, "tide.json",
			"{\"name\": \"Tide\", \"episodes\": [{\"season\": 1, \"number\": 1, \"name\": "
			"\"Ebb\"}]}");
	folder_add(&folder, "dark.json",
			"{\"name\": \"Dark\", \"episodes\": [{\"season\": 1, \"number\": 1}]}");
	assert_int_equal(catalogue_load(folder.path, &report, &first), 0);
	assert_string_equal(catalogue_broken(first), "");

	folder_change(&folder, "tide.json", "{\"name\": \"Tide\",\n}");
	folder_add(&folder, "late.json", "{");
	assert_int_equal(read_again(&folder, first, &report, &second), 0);
	assert_int_equal(catalogue_count(second), 2);
	assert_non_null(strstr(str_text(&report), "tide.json: the show stays as it was before"));
	assert_string_equal(catalogue_broken(second), "late.json (left out), tide.json (as it was before)");
	assert_ptr_equal(catalogue_find(second, "tide"), catalogue_find(first, "tide"));
	catalogue_free(first);
	assert_string_equal(telling_text(catalogue_find(second, "tide")->episodes[0].name), "Ebb");

	/* Still broken at the next reload, and mended at the one after it. */
	folder_change(&folder, "late.json",
			"{\"name\": \"Late\", \"episodes\": [{\"season\": 1, \"number\": 1}]}");
	assert_int_equal(read_again(&folder, second, &report, &third), 0);
	assert_string_equal(catalogue_broken(third), "tide.json (as it was before)");
	catalogue_free(second);
	folder_change(&folder, "tide.json",
			"{\"name\": \"Tides\", \"episodes\": [{\"season\": 1, \"number\": 1}]}");
	assert_int_equal(read_again(&folder, third, &report, &first), 0);
	assert_string_equal(catalogue_broken(first), "");
	assert_string_equal(catalogue_find(first, "tides")->name, "Tides");

	/* Where no dataset can be read, nothing is loaded. */
	folder_change(&folder, "tide.json", "{");
	folder_change(&folder, "dark.json", "{");
	folder_change(&folder, "late.json", "{");
	assert_int_equal(read_again(&folder, first, &report, &second), -EBADMSG);
	catalogue_free(first);
	catalogue_free(third);
	folder_release(&folder);
	str_release(&report);
}

static void test_dates(void **state)
{
	char buffer[DATE_BYTES];

	(void)state;
	assert_string_equal(date_text((struct date){0}, buffer), "not known");
	assert_string_equal(date_text((struct date){.year = 2022}, buffer), "2022");
	assert_string_equal(date_text((struct date){.year = 2022, .month = 12}, buffer), "December 2022");
	assert_string_equal(date_text((struct date){2024, 2, 29}, buffer), "29 February 2024");
	assert_false(date_equal((struct date){2022, 1, 28}, (struct date){2022, 1, 29}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_shipped),
			cmocka_unit_test(test_shipped_has_the_chart),
			cmocka_unit_test(test_shipped_is_in_our_own_words),
			cmocka_unit_test(test_tvmaze),
			cmocka_unit_test(test_refused),
			cmocka_unit_test(test_reveal_beyond_the_end),
			cmocka_unit_test(test_unknown_key_is_a_warning),
			cmocka_unit_test(test_reveal_left_out),
			cmocka_unit_test(test_text_in_languages),
			cmocka_unit_test(test_control_characters_become_spaces),
			cmocka_unit_test(test_folder),
			cmocka_unit_test(a_reload_keeps_the_show_of_a_broken_dataset),
			cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
