/* Spoilers in a dataset are reported with their position. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

static void test_shipped_is_clean(void **state)
{
	struct str report = STR(REPORT_MAX_BYTES);

	(void)state;
	assert_int_equal(catalogue_check("data", &report), 0);
	assert_string_equal(str_text(&report), "");
	assert_int_equal(catalogue_check("data/all-of-us-are-dead.json", &report), 0);
	assert_string_equal(str_text(&report), "");
	str_release(&report);
}

/* A show of three episodes with one place for a spoiler per line. */
#define SHOW(premise_fact, about, teaser, fact)                                                              \
	"{\"name\": \"Small\", \"summary\": \"A family on an island.\",\n"                                   \
	" \"trivia\": [{\n"                                                                                  \
	"  \"text\": \"" premise_fact "\"}],\n"                                                              \
	" \"characters\": [{\"name\": \"Mi-na Cho\", \"aliases\": [\"Mina\"], \"first_seen\": 3,\n"          \
	"  \"about\": \"" about "\"}],\n"                                                                    \
	" \"episodes\": [\n"                                                                                 \
	"  {\"season\": 1, \"number\": 1, \"summary\": \"The ferry leaves.\",\n"                             \
	"   \"teaser\": \"" teaser "\"},\n"                                                                  \
	"  {\"season\": 1, \"number\": 2, \"summary\": \"A letter from Lisbon arrives.\", \"trivia\": [{\n"  \
	"   \"text\": \"" fact "\"}]},\n"                                                                    \
	"  {\"season\": 1, \"number\": 3, \"summary\": \"Mi-na repairs the lighthouse and leaves for "       \
	"Lisbon.\"}]}\n"

static void expect_report(const char *text, int expected, const char *report)
{
	char *found = report_on(text, expected, catalogue_check);

	assert_string_equal(found, report);
	free(found);
}

static void test_nothing_to_say(void **state)
{
	(void)state;
	expect_report(SHOW("An island.", "Repairs the lighthouse.", "A ferry. Who is on it?",
				      "Lisbon writes."),
			0, "");
}

static void test_name_in_a_teaser(void **state)
{
	(void)state;
	expect_report(SHOW("a", "b", "Will MINA be there?", "c"), -EBADMSG,
			"8:4: this teaser names \"Mina\", first seen in episode 3; leave the name out\n");
	expect_report(SHOW("a", "b", "Will mi-na be there?", "c"), -EBADMSG,
			"8:4: this teaser names \"Mina\", first seen in episode 3; leave the name out\n");
}

static void test_name_in_a_fact(void **state)
{
	(void)state;
	expect_report(SHOW("Mi-na Cho is the heart of it.", "b", "t", "Mina reads it."), -EBADMSG,
			"3:3: this fact names \"Mi-na Cho\", first seen in episode 3; leave the name out, or "
			"set "
			"\"reveal\" later\n"
			"10:4: this fact names \"Mina\", first seen in episode 3; leave the name out, or set "
			"\"reveal\" later\n");
}

static void test_name_of_no_character(void **state)
{
	(void)state;
	expect_report(SHOW("a", "b", "Far from Lisbon.", "c"), -EBADMSG,
			"8:4: this teaser names \"lisbon\", which first occurs in episode 2\n");
}

static void test_rare_word(void **state)
{
	(void)state;
	expect_report(SHOW("Built around a lighthouse.", "b", "t", "c"), 0,
			"3:3: warning: this fact contains \"lighthouse\", a word that otherwise occurs only "
			"in "
			"the synopsis of episode 3; is it a spoiler?\n");
}

static void test_control_characters_in_a_text(void **state)
{
	static const char WARNING[] =
			"3:3: warning: this text contains a control character or a change of the "
			"reading direction, which is not shown\n";

	(void)state;
	expect_report(SHOW("a \\u001b[31m b", "b", "t", "c"), 0, WARNING);
	expect_report(SHOW("a \\u009b31m b", "b", "t", "c"), 0, WARNING);
	expect_report(SHOW("a\xc2\x9b b", "b", "t", "c"), 0, WARNING);
	expect_report(SHOW("a\u202e b", "b", "t", "c"), 0, WARNING);
	expect_report(SHOW("\\u2028a", "b", "t", "c"), 0, WARNING);
	expect_report(SHOW("a\\r\\n\\tb", "b", "t", "c"), 0, "");
}

static void test_first_seen_too_late(void **state)
{
	char *report = report_on(
			"{\"name\": \"x\", \"characters\": [{\"name\": \"Ada\", \"about\": "
			"\"a\",\n\"first_seen\": 2}], "
			"\"episodes\": [{\"season\": 1, \"number\": 1, \"summary\": \"Ada sails.\"}, "
			"{\"season\": 1, \"number\": 2}]}",
			-EBADMSG, catalogue_check);

	(void)state;
	assert_string_equal(report, "1:31: Ada is first seen in episode 2, but the synopsis of episode 1 "
				    "mentions them; set \"first_seen\" to 1\n");
	free(report);
}

static void test_broken_and_absent(void **state)
{
	struct str report = STR(REPORT_MAX_BYTES);
	char *broken;

	(void)state;
	assert_int_equal(catalogue_check("/nonexistent", &report), -ENOENT);
	assert_string_equal(str_text(&report), "/nonexistent: no dataset here\n");
	str_release(&report);
	broken = report_on("{\"name\": }", -EBADMSG, catalogue_check);
	assert_int_equal(strncmp(broken, "1:10: ", 6), 0);
	free(broken);
}

static void test_a_fact_that_cannot_be_drawn(void **state)
{
	struct str text = STR(1000000);
	char *report;

	(void)state;
	str_append(&text,
			"{\"name\": \"x\", \"episodes\": [{\"season\": 1, \"number\": 1}], \"trivia\": [\n");
	for (int i = 0; i < FACTS_DRAWN_MAX; i++)
		str_append(&text, "{\"text\": \"a\"},");
	str_append(&text, "\n{\"text\": \"b\"}]}");
	report = report_on(str_text(&text), -EBADMSG, catalogue_check);
	assert_string_equal(report,
			"3:2: this fact can never be drawn: a list has at most 512; move it to an "
			"episode\n");
	free(report);
	str_release(&text);
}

static void test_names_in_what_becomes_known_later(void **state)
{
	static const char *const MEMBERS[] = {
			("\"characters\": [{\"name\": \"Bo\", \"about\": \"b\", \"facts\": [{\"text\": "
			 "\"Meets Ada.\", "
			 "\"reveal\": 1}]}, {\"name\": \"Ada\", \"about\": \"a\", \"reveal\": 2}]"),
			("\"quotes\": [{\"text\": \"Ada!\", \"reveal\": 1}], \"characters\": [{\"name\": "
			 "\"Ada\", "
			 "\"about\": \"a\", \"reveal\": 2}]"),
			("\"warnings\": [{\"category\": \"blood\", \"note\": \"Of Ada.\", \"reveal\": 1}], "
			 "\"characters\": [{\"name\": \"Ada\", \"about\": \"a\", \"reveal\": 2}]")};
	struct str text = STR(10000);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(MEMBERS); i++) {
		char *report;

		str_clear(&text);
		str_printf(&text,
				"{\"name\": \"x\", %s, \"episodes\": [{\"season\": 1, \"number\": 1}, "
				"{\"season\": 1, "
				"\"number\": 2, \"summary\": \"Ada.\"}]}",
				MEMBERS[i]);
		report = report_on(str_text(&text), -EBADMSG, catalogue_check);
		assert_non_null(strstr(report, "names \"Ada\", first seen in episode 2"));
		free(report);
	}
	str_release(&text);
}

#define HOURS(member, hour)                                                                                  \
	"{\"name\": \"Tide\", " member "\"episodes\": [{\"season\": 1, \"number\": 1, \"airdate\": "         \
	"\"2025-03-02\"},\n{\"season\": 1, \"number\": 2, \"airdate\": \"2025-03-09\", " hour "}]}"

/* Without a zone the hour of an episode is dropped, which its author did not notice. */
static void an_hour_without_a_zone_is_warned_of(void **state)
{
	static const char warning[] = "2:53: warning: hours are left out, because the show has no "
				      "\"timezone\"; add the one of "
				      "its channel, like \"timezone\": \"Europe/London\"\n";

	(void)state;
	expect_report(HOURS("", "\"airtime\": \"21:00\""), 0, warning);
	expect_report(HOURS("\"network\": {\"name\": \"Pier TV\"}, ", "\"airtime\": \"21:00\""), 0, warning);
	expect_report(HOURS("\"timezone\": \"Europe/London\", ", "\"airtime\": \"21:00\""), 0, "");
	expect_report(HOURS("\"network\": {\"name\": \"a\", \"country\": {\"timezone\": "
			    "\"Europe/London\"}}, ",
				      "\"airtime\": \"21:00\""),
			0, "");
	expect_report(HOURS("", "\"airtime\": \"\""), 0, "");
	expect_report(HOURS("", "\"airtime\": \"21:00\", \"airstamp\": \"2025-03-09T21:00:00+00:00\""), 0,
			"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_shipped_is_clean),
			cmocka_unit_test(test_nothing_to_say),
			cmocka_unit_test(an_hour_without_a_zone_is_warned_of),
			cmocka_unit_test(test_name_in_a_teaser),
			cmocka_unit_test(test_name_in_a_fact),
			cmocka_unit_test(test_name_of_no_character),
			cmocka_unit_test(test_rare_word),
			cmocka_unit_test(test_control_characters_in_a_text),
			cmocka_unit_test(test_first_seen_too_late),
			cmocka_unit_test(test_a_fact_that_cannot_be_drawn),
			cmocka_unit_test(test_names_in_what_becomes_known_later),
			cmocka_unit_test(test_broken_and_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
