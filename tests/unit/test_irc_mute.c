/* A session without a permit hears, keeps its connection and holds what it has to say. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

static void say(struct script *script, const char *id, const char *target, char *text)
{
	struct irc_say say = {.verb = "PRIVMSG",
			.target = target,
			.reply_to = "",
			.id = id,
			.lines = &text,
			.line_count = 1};

	assert_int_equal(script_say(script, &say), 0);
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

/* As the gateway does when the permit is renewed. */
static void renew(struct script *script)
{
	irc_session_set_mute(script->session, false);
	assert_true(irc_session_is_flush_due(script->session));
	irc_session_flush(script->session, &script->now);
}

static void a_mute_session_hears_and_holds_its_answer(void **state)
{
	char one[] = "one", two[] = "two";
	struct script script;

	(void)state;
	begin_caps(&script, "echo-message");
	irc_session_set_mute(script.session, true);
	server(&script, ":anna!~a@h PRIVMSG #tv :!episode 5");
	assert_non_null(strstr(str_text(&script.heard), "!episode 5"));
	say(&script, "7", "#tv", one);
	say(&script, "8", "anna", two);
	server(&script, "PING :x\n:anna!~a@h PRIVMSG #tv :hello");
	pass(&script, 20000);
	expect(&script.sent, "PONG x\n");
	/* Nothing is due that cannot be done: the process sleeps. */
	assert_true(irc_session_next_ms(script.session, script.now.ms) > script.now.ms);
	renew(&script);
	expect(&script.sent, "PRIVMSG #tv one\nPRIVMSG anna two\n");
	server(&script, ":bot!~u@h PRIVMSG #tv one\n:bot!~u@h PRIVMSG anna two");
	expect(&script.completed, "confirmed 7\nconfirmed 8\n");
	end(&script);
}

static void a_mute_session_repeats_nothing(void **state)
{
	char one[] = "one";
	struct script script;

	(void)state;
	begin_caps(&script, "labeled-response batch echo-message");
	say(&script, "7", "#tv", one);
	expect(&script.sent, "@label=e1 PRIVMSG #tv one\n");
	irc_session_set_mute(script.session, true);
	for (int i = 0; i < 4; i++) {
		pass(&script, 5000);
		server(&script, "PING :x");
	}
	assert_null(strstr(str_text(&script.sent), "PRIVMSG"));
	str_clear(&script.sent);
	renew(&script);
	expect(&script.sent, "@label=e2 PRIVMSG #tv one\n");
	end(&script);
}

/* Another process may have the nick, and the right to it. */
static void a_mute_session_leaves_the_nick_to_others(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s 433 * bot :in use\n:s 001 bot1 :hi\n:s 004 bot1 s episoded-1 a b\n:s 422 bot1 "
			":no");
	irc_session_set_mute(script.session, true);
	str_clear(&script.sent);
	for (int i = 0; i < 20; i++) {
		pass(&script, 60000);
		server(&script, "PING :x");
	}
	assert_null(strstr(str_text(&script.sent), "ISON"));
	assert_null(strstr(str_text(&script.sent), "NICK"));
	renew(&script);
	pass(&script, 60000);
	assert_non_null(strstr(str_text(&script.sent), "ISON bot\n"));
	end(&script);
}

static void a_mute_session_answers_no_ctcp_and_types_nothing(void **state)
{
	char text[] = "a line of some length, so that the queue is worth a notification of typing";
	struct script script;

	(void)state;
	begin_caps(&script, "message-tags");
	irc_session_set_mute(script.session, true);
	for (int i = 0; i < 20; i++)
		say(&script, NULL, "#tv", text);
	server(&script, ":anna!~a@h PRIVMSG bot :\001VERSION\001");
	pass(&script, 10000);
	expect(&script.sent, "");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_mute_session_hears_and_holds_its_answer),
			cmocka_unit_test(a_mute_session_repeats_nothing),
			cmocka_unit_test(a_mute_session_leaves_the_nick_to_others),
			cmocka_unit_test(a_mute_session_answers_no_ctcp_and_types_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
