/* CTCP queries: which are answered, and how often. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/homepage.h"
#include "bot/irc/ctcp.h"

#define WALL_MS 1795425089000u /* 2026-11-23T09:11:29Z */

static int ask(struct irc_ctcp *ctcp, const char *who, const char *text, uint64_t now_ms, char *ret)
{
	return irc_ctcp_answer(ctcp, who, text, now_ms, WALL_MS, ret);
}

static void answers_known_queries(void **state)
{
	static const struct {
		const char *question, *answer;
	} cases[] = {
			{"\x01VERSION\x01", "\x01VERSION episoded " EPISODED_VERSION "\x01"},
			{"\x01version", "\x01VERSION episoded " EPISODED_VERSION "\x01"},
			{"\x01PING 123 abc\x01", "\x01PING 123 abc\x01"},
			{"\x01TIME\x01", "\x01TIME 2026-11-23T09:11:29.000Z\x01"},
			{"\x01"
			 "CLIENTINFO\x01",
					NULL},
			{"\x01SOURCE please\x01 and more", NULL},
			{"\x01"
			 "ACTION waves\x01",
					NULL},
			{"\x01"
			 "DCC SEND x 1 2 3\x01",
					NULL},
			{"\x01\x01", NULL},
			{"\x01", NULL},
			{"\x01 VERSION\x01", NULL},
			{"\x01VERSIONS\x01", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char answer[IRC_CTCP_ANSWER_MAX_BYTES] = "untouched";
		struct irc_ctcp ctcp = {0};
		int r = ask(&ctcp, "u@h", cases[i].question, 1000, answer);

		if (strstr(cases[i].question, "CLIENTINFO")) {
			assert_int_equal(r, 0);
			assert_string_equal(answer,
					*homepage ? "\x01"
						    "CLIENTINFO ACTION CLIENTINFO PING SOURCE TIME "
						    "VERSION\x01"
						  : "\x01"
						    "CLIENTINFO ACTION CLIENTINFO PING TIME VERSION\x01");
			continue;
		}
		if (strstr(cases[i].question, "SOURCE")) {
			assert_int_equal(r, *homepage ? 0 : -ENOENT);
			if (*homepage)
				assert_memory_equal(answer, "\x01SOURCE http", 12);
			continue;
		}
		assert_int_equal(r, cases[i].answer ? 0 : -ENOENT);
		assert_string_equal(answer, cases[i].answer ? cases[i].answer : "untouched");
	}
}

static void does_not_echo_a_long_ping(void **state)
{
	char question[150] = "\x01PING ", answer[IRC_CTCP_ANSWER_MAX_BYTES] = "";
	struct irc_ctcp ctcp = {0};

	(void)state;
	memset(question + 6, 'x', 95);
	assert_int_equal(ask(&ctcp, "u@h", question, 1000, answer), 0);
	assert_int_equal(strlen(answer), 6 + 95 + 1);
	memset(question + 6, 'x', 96);
	assert_int_equal(ask(&ctcp, "u@h", question, 1000, answer), -ENOENT);
}

static void one_person_does_not_take_all_answers(void **state)
{
	char answer[IRC_CTCP_ANSWER_MAX_BYTES], who[32];
	struct irc_ctcp ctcp = {0};
	unsigned given = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		given += ask(&ctcp, "pest@h", "\x01VERSION\x01", 1000, answer) == 0;
	assert_int_equal(given, IRC_CTCP_PERSON_MAX);
	assert_int_equal(ask(&ctcp, "other@h", "\x01VERSION\x01", 2000, answer), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(who, sizeof(who), "crowd%d@h", i);
		given += ask(&ctcp, who, "\x01VERSION\x01", 2000, answer) == 0;
	}
	assert_int_equal(given + 1, IRC_CTCP_ANSWERS_MAX);
	assert_int_equal(ask(&ctcp, "third@h", "\x01VERSION\x01", 1000 + IRC_CTCP_WINDOW_MS - 1, answer),
			-ENOENT);
	assert_int_equal(ask(&ctcp, "pest@h", "\x01VERSION\x01", 1000 + IRC_CTCP_WINDOW_MS, answer), 0);
}

/* Queries without an answer do not count towards the limit. */
static void counts_only_what_it_answers(void **state)
{
	char answer[IRC_CTCP_ANSWER_MAX_BYTES];
	struct irc_ctcp ctcp = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask(&ctcp, "u@h",
						 "\x01"
						 "FINGER\x01",
						 1000, answer),
				-ENOENT);
	assert_int_equal(ask(&ctcp, "u@h", "\x01VERSION\x01", 1000, answer), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(answers_known_queries),
			cmocka_unit_test(does_not_echo_a_long_ping),
			cmocka_unit_test(one_person_does_not_take_all_answers),
			cmocka_unit_test(counts_only_what_it_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
