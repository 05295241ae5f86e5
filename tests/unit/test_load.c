/* Each member of the dataset format, and what is wrong with it. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

#include "bot/base/json.h"
#include "bot/catalogue/telling.h"

#define MANUAL_MAX_BYTES 65536
#define EPISODES_HEAD    "\"episodes\":[{\"season\":1,\"number\":1}"

static const char FULL[] =
		"{\"name\":\"Tide\",\"status\":\"Ended\",\"premiered\":\"2020\",\"ended\":\"2021-05\","
		"\"timezone\":"
		"\"Asia/Seoul\",\"schedule\":{\"time\":\"21:00\",\"days\":[\"Monday\",\"Tuesday\"]},"
		"\"where\":[\"Pier TV\",{\"name\":\"Netflix\",\"url\":\"https://example.org/w\"}],"
		"\"cast\":[{\"actor\":\"Kim A\",\"role\":\"Ada\"},{\"person\":{\"name\":\"Lee "
		"B\"},\"character\":"
		"{\"name\":\"Bo\"}}],\"image\":\"https://example.org/i.png\",\"url\":\"https://example.org/"
		"\","
		"\"rating\":8.5,\"license\":\"CC BY-SA 4.0\",\"warnings\":[\"violence\"],"
		"\"quotes\":[{\"text\":\"Ahoy\",\"speaker\":\"Ada\"}],"
		"\"characters\":[{\"name\":\"Ada\",\"about\":\"A "
		"captain.\",\"image\":\"https://example.org/a\","
		"\"facts\":[{\"text\":\"c\"},{\"text\":\"b\",\"reveal\":1},{\"text\":\"a\",\"reveal\":0},"
		"{\"text\":\"b2\",\"reveal\":1}]}],"
		"\"episodes\":["
		"{\"season\":1,\"number\":1,\"name\":\"Ebb\",\"title_reveal\":true,\"airdate\":\"2020-01-"
		"01\","
		"\"airtime\":\"21:00\",\"airstamp\":\"2020-01-01T21:00:00+09:00\",\"keywords\":[\"ship\","
		"\"boat\"],"
		"\"warnings\":[{\"category\":\"blood\",\"note\":\"a bite\"}],\"rating\":{\"average\":7},"
		"\"quotes\":[{\"text\":\"Aye\",\"reveal\":2}],\"image\":{\"medium\":\"http://example.org/m\","
		"\"original\":\"http://example.org/o\"},\"url\":\"https://example.org/1\"},"
		"{\"season\":1,\"number\":2,\"title_reveal\":1}]}";

static void test_every_member(void **state)
{
	struct catalogue *catalogue = catalogue_of(FULL);
	const struct show *show = catalogue_at(catalogue, 0);
	const struct episode *one = &show->episodes[0], *two = &show->episodes[1];

	(void)state;
	assert_string_equal(show->status, "Ended");
	assert_int_equal(show->ended.year, 2021);
	assert_int_equal(show->ended.month, 5);
	assert_string_equal(show->zone, "Asia/Seoul");
	assert_string_equal(show->schedule_time, "21:00");
	assert_int_equal(show->schedule_day_count, 2);
	assert_string_equal(show->schedule_days[1], "Tuesday");
	assert_int_equal(show->where_count, 2);
	assert_string_equal(show->where[0].name, "Pier TV");
	assert_string_equal(show->where[0].url, "");
	assert_string_equal(show->where[1].url, "https://example.org/w");
	assert_int_equal(show->cast_count, 2);
	assert_string_equal(show->cast[0].actor, "Kim A");
	assert_string_equal(show->cast[1].actor, "Lee B");
	assert_string_equal(show->cast[1].role, "Bo");
	assert_string_equal(show->image, "https://example.org/i.png");
	assert_string_equal(show->url, "https://example.org/");
	assert_true(show->rating > 8.4 && show->rating < 8.6);
	assert_string_equal(show->license, "CC BY-SA 4.0");
	assert_int_equal(show->season_count, 1);
	assert_int_equal(show->warning_count, 1);
	assert_int_equal(show->warnings[0].kind, WARNING_VIOLENCE);
	assert_string_equal(telling_text(show->warnings[0].note.text), "");
	assert_int_equal(show->quotes[0].said.reveal, 2); /* left out: after the last episode */
	assert_string_equal(show->quotes[0].speaker, "Ada");
	assert_int_equal(one->title_reveal, 1);
	assert_string_equal(one->airtime, "21:00");
	assert_int_equal(one->airstamp, 1577880000);
	assert_int_equal(one->keyword_count, 2);
	assert_string_equal(telling_text(one->keywords[1]), "boat");
	assert_int_equal(one->warnings[0].kind, WARNING_BLOOD);
	assert_string_equal(telling_text(one->warnings[0].note.text), "a bite");
	assert_int_equal(one->warnings[0].note.reveal, 1);
	assert_int_equal(one->quotes[0].said.reveal, 2);
	assert_string_equal(one->image, "https://example.org/o");
	assert_string_equal(one->url, "https://example.org/1");
	assert_true(one->rating > 6.9 && one->rating < 7.1);
	assert_int_equal(two->title_reveal, 1);
	catalogue_free(catalogue);
}

static void test_facts_of_a_character_are_in_order_of_reveal(void **state)
{
	struct catalogue *catalogue = catalogue_of(FULL);
	const struct character *ada = &catalogue_at(catalogue, 0)->characters[0];
	static const char *const TEXTS[] = {"a", "b", "b2", "c"};

	(void)state;
	assert_string_equal(ada->image, "https://example.org/a");
	assert_int_equal(ada->fact_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(telling_text(ada->facts[i].text), TEXTS[i]);
	assert_int_equal(ada->facts[3].reveal, 2); /* left out: after the last episode */
	catalogue_free(catalogue);
}

static void test_what_is_left_out_is_an_empty_string(void **state)
{
	struct catalogue *catalogue = catalogue_of("{\"name\":\"x\"," EPISODES_HEAD "]}");
	const struct show *show = catalogue_at(catalogue, 0);
	const char *const texts[] = {show->status, show->zone, show->schedule_time, show->image, show->url,
			show->license, show->network, show->language, show->summary,
			show->episodes[0].airtime, show->episodes[0].image, show->episodes[0].url,
			show->episodes[0].teaser};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_string_equal(texts[i], "");
	assert_int_equal(show->where_count + show->cast_count + show->warning_count + show->quote_count, 0);
	assert_int_equal(show->episodes[0].airstamp, 0);
	catalogue_free(catalogue);
}

static void test_a_web_channel_is_where_to_watch(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\":\"x\",\"network\":null,\"webChannel\":{\"name\":\"Netflix\","
				     "\"country\":{\"timezone\":"
				     "\"America/New_York\"}},\"officialSite\":\"https://example.org/"
				     "x\",\"externals\":{\"imdb\":"
				     "\"tt0000001\"},\"_embedded\":{\"episodes\":[{\"season\":1,\"number\":1}"
				     "],\"cast\":[{\"person\":"
				     "{\"name\":\"A\"},\"character\":{\"name\":\"B\"},\"self\":false}]}}");
	const struct show *show = catalogue_at(catalogue, 0);

	(void)state;
	assert_string_equal(show->network, "Netflix");
	assert_string_equal(show->zone, "America/New_York");
	assert_int_equal(show->where_count, 1);
	assert_string_equal(show->where[0].name, "Netflix");
	assert_string_equal(show->where[0].url, "https://example.org/x");
	assert_string_equal(show->url, "https://www.imdb.com/title/tt0000001/");
	assert_int_equal(show->cast_count, 1);
	assert_string_equal(show->cast[0].role, "B");
	catalogue_free(catalogue);
}

/* airstamp of an episode with these members; 0 is a day without an hour. */
static int64_t stamp_of(const char *members)
{
	struct str text = STR(1000);
	struct catalogue *catalogue;
	int64_t stamp;

	str_printf(&text, "{\"name\":\"x\",\"episodes\":[{\"season\":1,\"number\":1,%s}]}", members);
	catalogue = catalogue_of(str_text(&text));
	stamp = catalogue_at(catalogue, 0)->episodes[0].airstamp;
	catalogue_free(catalogue);
	str_release(&text);
	return stamp;
}

static void test_noon_beside_an_empty_airtime_is_a_day(void **state)
{
	(void)state;
	assert_int_equal(stamp_of("\"airtime\":\"\",\"airstamp\":\"2022-01-28T12:00:00+00:00\""), 0);
	assert_int_equal(stamp_of("\"airtime\":\"\",\"airstamp\":\"2022-01-28T17:00:00+00:00\""), 0);
	assert_int_equal(stamp_of("\"airtime\":null,\"airstamp\":\"2022-01-28T17:00:00Z\""), 0);
	assert_int_equal(stamp_of("\"airstamp\":\"2022-01-28T12:00:00+00:00\""), 0);
	assert_int_equal(stamp_of("\"airstamp\":\"2022-01-28T12:00:00-05:00\""), 0);
	/* At noon, when the airtime says so. */
	assert_int_equal(stamp_of("\"airtime\":\"12:00\",\"airstamp\":\"2022-01-28T12:00:00Z\""), 1643371200);
	assert_int_equal(stamp_of("\"airstamp\":\"2022-01-28T21:00:00+09:00\""), 1643371200);
}

static void test_airstamps(void **state)
{
	(void)state;
	assert_int_equal(stamp_of("\"airstamp\":\"2018-11-03T05:00:00+00:00\""), 1541221200);
	assert_int_equal(stamp_of("\"airstamp\":\"2018-11-03T05:00Z\""), 1541221200);
	assert_int_equal(stamp_of("\"airstamp\":\"2018-11-03 00:00:00.25-0500\""), 1541221200);
	assert_int_equal(stamp_of("\"airstamp\":\"1959-10-02T22:00:00-05:00\""), -323384400);
	assert_int_equal(stamp_of("\"airstamp\":\"2024-02-29T23:59:59+05:30\""), 1709231399);
	assert_int_equal(stamp_of("\"airstamp\":\"\""), 0);
	assert_int_equal(stamp_of("\"airstamp\":null"), 0);
}

static void test_seasons_are_counted(void **state)
{
	struct catalogue *catalogue =
			catalogue_of("{\"name\":\"x\",\"episodes\":[{\"season\":2,\"number\":1},{\"season\":"
				     "0,\"number\":1},"
				     "{\"season\":1,\"number\":1},{\"season\":2,\"number\":2}]}");

	(void)state;
	assert_int_equal(catalogue_at(catalogue, 0)->season_count, 2);
	catalogue_free(catalogue);
}

static void test_limits_count_characters(void **state)
{
	struct str text = STR(1000000);
	struct catalogue *catalogue;
	char *report;

	(void)state;
	/* 8,000 Hangul syllables are 24,000 bytes. */
	for (int too_many = 0; too_many <= 1; too_many++) {
		str_clear(&text);
		str_append(&text, "{\"name\":\"x\",\"episodes\":[{\"season\":1,\"number\":1,\"summary\":\"");
		for (int i = 0; i < 8000 + too_many; i++)
			str_append(&text, "가");
		str_append(&text, "\"}]}");
		if (too_many) {
			report = report_on(str_text(&text), -EBADMSG, judge_by_loading);
			assert_non_null(strstr(
					report, "this text is too long; the limit is 8000 characters"));
			free(report);
		} else {
			catalogue = catalogue_of(str_text(&text));
			assert_int_equal(
					strlen(telling_text(catalogue_at(catalogue, 0)->episodes[0].summary)),
					24000);
			catalogue_free(catalogue);
		}
	}
	str_release(&text);
}

static void test_problems(void **state)
{
	static const struct {
		const char *members, *problem;
		int error;
	} CASES[] = {
			{"\"rating\":11", "\"rating\" must be a number from 0 to 10", -EBADMSG},
			{"\"rating\":{\"average\":\"x\"}", "\"rating\" must be a number", -EBADMSG},
			{"\"warnings\":[\"blod\"]", "there is no category \"blod\"; do you mean \"blood\"?",
					-EBADMSG},
			{"\"warnings\":[\"spiders\"]", "the category of a warning must be violence, ",
					-EBADMSG},
			{"\"warnings\":[{\"note\":\"n\"}]", "\"category\" is missing", -EBADMSG},
			{"\"warnings\":[1]", "a warning that is not only a category must be an object",
					-EBADMSG},
			{"\"quotes\":[{\"speaker\":\"n\"}]", "\"text\" is missing", -EBADMSG},
			{"\"timezone\":\"../etc\"", "must be a name of the time zone database", -EBADMSG},
			{"\"timezone\":\"Mars/Olympus\"",
					"warning: the system has no time zone \"Mars/Olympus\": its hours "
					"are left out",
					0},
			{"\"where\":[3]", "a place to watch that is not only a name must be an object",
					-EBADMSG},
			{"\"cast\":[\"A\"]", "a member of the cast must be an object", -EBADMSG},
			{"\"cast\":[{\"role\":\"A\"}]", "\"actor\" is missing", -EBADMSG},
			{"\"network\":3", "\"network\" must be a name, or an object with a name", -EBADMSG},
			{"\"image\":\"javascript:alert(1)\"",
					"warning: \"image\" is left out: it must be a link that begins with "
					"https://",
					0},
			{"\"url\":\"https://a b\"", "warning: \"url\" is left out", 0},
			{"\"url\":\"https://\"", "warning: \"url\" is left out", 0},
			{"\"schedule\":{\"time\":\"9 PM\"}",
					"warning: \"time\" is left out: it must be an hour", 0},
	};
	struct str text = STR(1000);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		char *report;

		str_clear(&text);
		str_printf(&text, "{\"name\":\"x\",%s," EPISODES_HEAD "]}", CASES[i].members);
		report = report_on(str_text(&text), CASES[i].error, judge_by_loading);
		if (!strstr(report, CASES[i].problem))
			fail_msg("%s: \"%s\" is not in \"%s\"", CASES[i].members, CASES[i].problem, report);
		free(report);
	}
	str_release(&text);
}

static void test_a_broken_airstamp_is_left_out(void **state)
{
	static const char *const WRONG[] = {"soon", "2022-01-28", "2022-01-28T21:00:00",
			"2022-01-28T21:00:00+9", "2022-13-28T21:00:00Z", "2022-01-28T25:00:00Z",
			"2022-01-28T21:00:61Z", "2022-01-28T21:0", "2022-01-28T21:00:00+09:00x"};
	struct str text = STR(1000);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
		char *report;

		str_clear(&text);
		str_printf(&text,
				"{\"name\":\"x\"," EPISODES_HEAD
				",{\"season\":1,\"number\":2,\"airstamp\":\"%s\"}]}",
				WRONG[i]);
		report = report_on(str_text(&text), 0, judge_by_loading);
		assert_non_null(strstr(report, "warning: \"airstamp\" is left out"));
		free(report);
	}
	str_release(&text);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, MANUAL_MAX_BYTES);
	size_t length;

	assert_non_null(file);
	assert_non_null(text);
	length = fread(text, 1, MANUAL_MAX_BYTES - 1, file);
	assert_in_range(length, 1, MANUAL_MAX_BYTES - 2);
	assert_int_equal(fclose(file), 0);
	return text;
}

/* Each name under "properties" of node and below it. */
static void check_described(const char *manual, struct json_node *node)
{
	struct json_node *member;

	if (json_key(node) && strcmp(json_key(node), "properties") == 0) {
		for (member = json_first(node); member; member = json_next(member)) {
			if (json_key(member)[0] != '$' && !strstr(manual, json_key(member)))
				fail_msg("docs/episoded-show.5.scd does not describe \"%s\"",
						json_key(member));
		}
	}
	for (member = json_first(node); member; member = json_next(member))
		check_described(manual, member);
}

static void test_the_manual_describes_every_member(void **state)
{
	char *manual = read_file("docs/episoded-show.5.scd");
	struct json *schema = NULL;

	(void)state;
	assert_int_equal(json_parse_file("data/schema.json", 0, &schema), 0);
	assert_non_null(json_root(schema));
	check_described(manual, json_root(schema));
	json_free(schema);
	free(manual);
}

static void test_the_manual_s_example_is_a_dataset(void **state)
{
	char *manual = read_file("docs/episoded-show.5.scd"), *begin = strstr(manual, "```\n{"), *end;
	struct catalogue *catalogue;

	(void)state;
	assert_non_null(begin);
	begin += 4;
	end = strstr(begin, "```");
	assert_non_null(end);
	*end = '\0';
	catalogue = catalogue_of(begin);
	assert_string_equal(catalogue_at(catalogue, 0)->zone, "Europe/London");
	assert_string_equal(catalogue_at(catalogue, 0)->episodes[0].airtime, "21:00");
	catalogue_free(catalogue);
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_every_member),
			cmocka_unit_test(test_facts_of_a_character_are_in_order_of_reveal),
			cmocka_unit_test(test_what_is_left_out_is_an_empty_string),
			cmocka_unit_test(test_a_web_channel_is_where_to_watch),
			cmocka_unit_test(test_noon_beside_an_empty_airtime_is_a_day),
			cmocka_unit_test(test_airstamps),
			cmocka_unit_test(test_seasons_are_counted),
			cmocka_unit_test(test_limits_count_characters),
			cmocka_unit_test(test_problems),
			cmocka_unit_test(test_a_broken_airstamp_is_left_out),
			cmocka_unit_test(test_the_manual_describes_every_member),
			cmocka_unit_test(test_the_manual_s_example_is_a_dataset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
