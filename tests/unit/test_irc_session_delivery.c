/* Delivery confirmation in a session: which method, what goes out again after a reconnect, what idles. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

#include "bot/gateway/irc/incoming.h"

/* An answer of one line to a message. */
static void say(struct script *script, const char *id, const char *target, const char *text)
{
	char *lines[] = {strdup(text)};
	struct irc_say say = {.verb = "PRIVMSG",
			.target = target,
			.reply_to = "",
			.id = id,
			.lines = lines,
			.line_count = 1};

	assert_int_equal(script_say(script, &say), 0);
	free(lines[0]);
}

/* Registered with these capabilities, and in #tv. */
static void begin_caps(struct script *script, const char *caps)
{
	char line[300];

	begin_with(script, "bot", NULL, 1);
	snprintf(line, sizeof(line), ":s CAP * LS :%s\n:s CAP * ACK :%s", caps, caps);
	server(script, line);
	server(script, ":s 001 bot :hi\n:s 004 bot s episoded-1 a b\n:s 422 bot :no\n:bot!~u@h JOIN #tv");
	pass(script, 30000);
	server(script, ":s NOTICE bot :alive");
	str_clear(&script->sent);
	str_clear(&script->completed);
}

static void reconnect(struct script *script)
{
	irc_session_close(script->session);
	pass(script, 30000);
	irc_session_open(script->session, &script->now);
	server(script, ":s 001 bot :hi\n:s 004 bot s episoded-1 a b");
	str_clear(&script->sent);
	server(script, ":s 422 bot :no");
}

static void confirms_as_well_as_the_server_lets_it(void **state)
{
	static const struct {
		const char *caps, *sent;
	} cases[] = {
			{"labeled-response batch echo-message message-tags", "@label=e1 PRIVMSG #tv one\n"},
			{"labeled-response batch", "@label=e1 PRIVMSG #tv one\n"},
			{"labeled-response echo-message",
					"PRIVMSG #tv one\n"}, /* a label may be answered by a batch */
			{"echo-message", "PRIVMSG #tv one\n"},
			{"message-tags", "PRIVMSG #tv one\nPING sent-1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_caps(&script, cases[i].caps);
		say(&script, "7", "#tv", "one");
		pass(&script, 1);
		expect(&script.sent, cases[i].sent);
		end(&script);
	}
}

static unsigned count_of(const char *text, const char *end, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)) != NULL && (!end || text < end); text++)
		count++;
	return count;
}

/* The PING waits for its turn, and lines leave before it. */
static void a_pong_confirms_all_that_left_before_its_ping(void **state)
{
	struct script script;
	char id[16], pong[60];
	const char *ping;
	unsigned before;

	(void)state;
	begin_caps(&script, "message-tags");
	for (int i = 1; i <= 20; i++) {
		snprintf(id, sizeof(id), "%d", i);
		say(&script, id, "#tv", "an answer");
	}
	for (int i = 0; i < 30 && !strstr(str_text(&script.sent), "PING sent-"); i++)
		pass(&script, 500);
	ping = strstr(str_text(&script.sent), "PING sent-");
	assert_non_null(ping);
	before = count_of(str_text(&script.sent), ping, "PRIVMSG #tv");
	assert_true((unsigned)strtoul(ping + strlen("PING sent-"), NULL, 10) < before);
	snprintf(pong, sizeof(pong), ":s PONG s :%.*s", (int)strcspn(ping + 5, "\n"), ping + 5);
	server(&script, pong);
	assert_int_equal(count_of(str_text(&script.completed), NULL, "confirmed"), before);
	end(&script);
}

static void follows_a_capability_that_goes(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "labeled-response batch echo-message");
	server(&script, ":s CAP bot DEL :labeled-response");
	say(&script, "7", "#tv", "one");
	expect(&script.sent, "PRIVMSG #tv one\n");
	server(&script, ":bot!~u@h PRIVMSG #tv one");
	expect(&script.completed, "confirmed 7\n");
	end(&script);
}

static void says_again_where_it_is_again(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "echo-message");
	say(&script, "7", "#tv", "one");
	say(&script, "8", "anna", "two");
	say(&script, NULL, "#tv", "not waited for");
	reconnect(&script);
	/* This server advertised no capabilities. */
	expect(&script.sent, "JOIN #tv\nPRIVMSG anna two\nPING sent-3\n");
	expect(&script.completed, "replay private\n");
	server(&script, ":bot!~u@h JOIN #TV");
	pass(&script, 3000);
	expect(&script.sent, "PRIVMSG #tv one\n");
	expect(&script.completed, "replay #TV\n");
	server(&script, ":s PONG s sent-3");
	expect(&script.completed, "confirmed 8\n");
	expect(&script.sent, "PING sent-4\n");
	server(&script, ":s PONG s sent-4");
	expect(&script.completed, "confirmed 7\n");
	end(&script);
}

/* 477 and 403 refuse joins too: a refusal of our message is kept apart from them. */
static void keeps_refusals_apart(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "echo-message");
	say(&script, "7", "#tv", "one");
	server(&script, ":s 477 bot #tv :You need an account");
	expect(&script.completed, "refused 7: 477 You need an account\n");
	assert_int_equal(irc_session_joined_count(script.session), 1);
	expect(&script.notes, "");
	server(&script, ":bot!~u@h PART #tv");
	pass(&script, 60000);
	assert_non_null(strstr(str_text(&script.sent), "JOIN #tv"));
	server(&script, ":s 477 bot #tv :You need an account");
	assert_int_equal(irc_session_joined_count(script.session), 0);
	assert_non_null(strstr(str_text(&script.notes), "cannot join #tv: 477"));
	end(&script);
}

/* A channel that is not there at the moment may be there again in time: only a ban ends the wait. */
static void called_a_missing_channel_a_ban(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "echo-message");
	say(&script, "7", "#tv", "one");
	reconnect(&script);
	expect(&script.completed, "replay private\n");
	server(&script, ":s 403 bot #tv :No such channel");
	pass(&script, 1000);
	expect(&script.completed, "");
	server(&script, ":s 474 bot #tv :Cannot join (+b)");
	pass(&script, 1000);
	expect(&script.completed, "expired 7: the bot is banned from the channel\n");
	end(&script);
}

static void idles_when_all_is_confirmed(void **state)
{
	struct script script;
	uint64_t idle_ms;

	(void)state;
	begin_caps(&script, "echo-message");
	idle_ms = irc_session_next_ms(script.session, script.now.ms);
	assert_true(idle_ms >= script.now.ms + 60000);
	say(&script, "7", "#tv", "one");
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms),
			script.now.ms + IRC_DELIVERY_DEADLINE_MS);
	server(&script, ":bot!~u@h PRIVMSG #tv one");
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms), idle_ms);
	end(&script);
}

/* Where messages have no ids, each gets one of its own, so that the journal can hold it. */
static void makes_ids_that_differ(void **state)
{
	char first[64], second[64];
	uint64_t next = UINT64_MAX;

	(void)state;
	irc_incoming_make_id(&next, first, sizeof(first));
	irc_incoming_make_id(&next, second, sizeof(second));
	assert_string_not_equal(first, second);
	assert_true(irc_session_is_made_up(first));
	assert_false(irc_session_is_made_up("001~1795444130~0"));
}

/* Three answers to one asker: the first is on its way, the others wait for the flood limit. */
static void an_answer_that_waits_is_not_sent_when_its_question_is_redacted(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "message-tags draft/message-redaction");
	for (unsigned i = 0; i < 12; i++) {
		char id[8];

		snprintf(id, sizeof(id), "m%u", i);
		say(&script, id, "#tv", id);
	}
	irc_session_flush(script.session, &script.now);
	str_clear(&script.sent);
	server(&script, ":anna!u@h REDACT #tv m11 :never mind\n:anna!u@h REDACT #tv m0");
	pass(&script, 1);
	/* The first was sent, and stays; of a question without an answer the journal is told all the same. */
	expect(&script.completed, "redacted m11\nredacted m0\nwithdrawn m11: its question was taken back\n");
	server(&script, ":anna!u@h REDACT #tv other");
	pass(&script, 60000);
	assert_null(strstr(str_text(&script.sent), "#tv m11\n"));
	assert_non_null(strstr(str_text(&script.sent), "#tv m10\n"));
	end(&script);
}

/* The first answer was echoed when its question is taken back, the second one is on its way. */
static void the_answer_to_a_redacted_question_is_redacted(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "message-tags echo-message draft/message-redaction");
	say(&script, "m1", "#tv", "one");
	say(&script, "m2", "#tv", "two");
	irc_session_flush(script.session, &script.now);
	server(&script, "@msgid=a1 :bot!b@h PRIVMSG #tv :one");
	str_clear(&script.sent);
	server(&script, ":anna!u@h REDACT #tv m1 :never mind\n:anna!u@h REDACT #tv m2");
	expect(&script.sent, "REDACT #tv a1 :its question was taken back\n");
	server(&script, "@msgid=a2 :bot!b@h PRIVMSG #tv :two");
	expect(&script.sent, "REDACT #tv a2 :its question was taken back\n");
	server(&script, ":bot!b@h REDACT #tv a1 :its question was taken back\n:anna!u@h REDACT #tv m1");
	expect(&script.sent, "");
	end(&script);
}

static void a_redaction_without_the_capability_is_forged(void **state)
{
	struct script script;

	(void)state;
	begin_caps(&script, "message-tags");
	server(&script, ":anna!u@h REDACT #tv m1");
	expect(&script.completed, "");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_answer_that_waits_is_not_sent_when_its_question_is_redacted),
			cmocka_unit_test(the_answer_to_a_redacted_question_is_redacted),
			cmocka_unit_test(a_redaction_without_the_capability_is_forged),
			cmocka_unit_test(confirms_as_well_as_the_server_lets_it),
			cmocka_unit_test(a_pong_confirms_all_that_left_before_its_ping),
			cmocka_unit_test(follows_a_capability_that_goes),
			cmocka_unit_test(says_again_where_it_is_again),
			cmocka_unit_test(keeps_refusals_apart),
			cmocka_unit_test(called_a_missing_channel_a_ban),
			cmocka_unit_test(idles_when_all_is_confirmed),
			cmocka_unit_test(makes_ids_that_differ),
	};

	return cmocka_run_group_tests_name("irc_session_delivery", tests, NULL, NULL);
}
