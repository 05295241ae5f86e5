/* A clean stop of a session: what it still sends, what it waits for, and which ends confirm what was sent. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

static const char goodbye[] = "The bot is stopping.";

/* An answer of some lines, "one", "two" ..., to a message. */
static void say(struct script *script, const char *id, const char *target, size_t count)
{
	static char texts[][8] = {"one", "two", "three", "four"};
	char *lines[] = {texts[0], texts[1], texts[2], texts[3]};
	struct irc_say say = {.verb = "PRIVMSG",
			.target = target,
			.reply_to = "",
			.id = id,
			.lines = lines,
			.line_count = count};

	assert_int_equal(script_say(script, &say), 0);
}

/* Registered with these capabilities on this server, and in #tv. */
static void begin_on(struct script *script, const char *caps, const char *version)
{
	char line[300];

	begin_with(script, "bot", NULL, 1);
	snprintf(line, sizeof(line), ":s CAP * LS :%s\n:s CAP * ACK :%s", caps, caps);
	server(script, line);
	snprintf(line, sizeof(line),
			"@time=2026-11-23T09:11:29.000Z :s 001 bot :hi\n:s 004 bot s %s a b\n:s 422 bot "
			":no\n:bot!~u@h JOIN #tv",
			version);
	server(script, line);
	pass(script, 30000);
	server(script, ":s NOTICE bot :alive");
	str_clear(&script->sent);
	str_clear(&script->completed);
}

static void quit(struct script *script)
{
	irc_session_quit(script->session, goodbye, &script->now);
}

static void waits_for_the_pong_before_it_quits(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "message-tags", "hybrid-8.2");
	say(&script, "7", "#tv", 1);
	expect(&script.sent, "PRIVMSG #tv one\n");
	quit(&script);
	expect(&script.sent, "PING sent-1\n");
	pass(&script, 1000);
	expect(&script.sent, "");
	server(&script, ":s PONG s sent-1");
	expect(&script.completed, "confirmed 7\n");
	expect(&script.sent, "QUIT :The bot is stopping.\n");
	end(&script);
}

static void waits_for_labels_and_echoes_before_it_quits(void **state)
{
	static const struct {
		const char *caps, *echo;
	} cases[] = {
			{"labeled-response batch echo-message message-tags",
					"@label=e1 :bot!~u@h PRIVMSG #tv one"},
			{"echo-message", ":bot!~u@h PRIVMSG #tv one"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_on(&script, cases[i].caps, "soju");
		say(&script, "7", "#tv", 1);
		str_clear(&script.sent);
		quit(&script);
		expect(&script.sent, "PING sent-1\n");
		server(&script, ":s PONG s sent-1");
		expect(&script.completed, ""); /* the echo follows, or a refusal */
		server(&script, cases[i].echo);
		expect(&script.completed, "confirmed 7\n");
		expect(&script.sent, "QUIT :The bot is stopping.\n");
		end(&script);
	}
}

static void quits_at_once_when_all_is_confirmed(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "echo-message", "any-1");
	say(&script, "7", "#tv", 1);
	server(&script, ":bot!~u@h PRIVMSG #tv one");
	str_clear(&script.sent);
	quit(&script);
	expect(&script.sent, "QUIT :The bot is stopping.\n");
	end(&script);
}

/* An answer of several lines is not cut: half of it would be sent twice. */
static void sends_the_rest_of_a_begun_answer_and_begins_no_other(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "", "ngircd-27");
	for (int i = 0; i < 4; i++)
		say(&script, "spent", "#tv", 1); /* the flood limit */
	say(&script, "7", "#tv", 2);
	say(&script, "8", "#tv", 1);
	expect(&script.sent, "PRIVMSG #tv one\nPRIVMSG #tv one\nPRIVMSG #tv one\nPRIVMSG #tv one\n"
			     "PRIVMSG #tv one\n");
	quit(&script);
	expect(&script.sent, "");
	pass(&script, irc_session_next_ms(script.session, script.now.ms) - script.now.ms);
	expect(&script.sent, "PRIVMSG #tv two\n");
	pass(&script, IRC_SESSION_LEAVE_MS); /* a PING would exceed the flood limit; QUIT must not wait */
	expect(&script.sent, "QUIT :The bot is stopping.\n");
	server(&script, "ERROR :Closing connection: bot[~u@h] (\"The bot is stopping.\")");
	expect(&script.completed,
			"confirmed spent\nconfirmed spent\nconfirmed spent\nconfirmed spent\nconfirmed 7\n");
	end(&script);
}

/* Which texts of ERROR say that the server has read our QUIT, and so the answer before it. */
static void an_error_after_quit_confirms_what_was_sent_before(void **state)
{
	static const struct {
		const char *error, *completed;
	} cases[] = {
			{"ERROR :Closing Link: 10.0.0.1 (Quit: The bot is stopping.)", "confirmed 7\n"},
			{"ERROR :Closing Link: 10.0.0.1 (Client Quit)", "confirmed 7\n"},
			{":s ERROR :Closing connection: bot[~u@h] (\"The bot is stopping.\")",
					"confirmed 7\n"},
			{"ERROR :Closing link: (u@floods.example) [Quit: The bot is stopping.]",
					"confirmed 7\n"},
			{"ERROR :Quit: The bot is stopping.", "confirmed 7\n"},
			{"ERROR :Closing Link: goodbye", "confirmed 7\n"},
			{"ERROR :Closing Link: 10.0.0.1 (Excess Flood)", ""},
			{"ERROR :Closing Link: 10.0.0.1 (Killed (op (spam)))", ""},
			{"ERROR :Closing Link: bot[10.0.0.1] (*** Banned (gone))", ""},
			{"ERROR :Closing Link: 10.0.0.1 (K-Lined)", ""},
			{"ERROR :Closing link: (u@h) [Ping timeout: 120 seconds]", ""},
			{"ERROR :Closing link: (u@h) [RecvQ exceeded]", ""},
			{"ERROR :Server shutdown", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_on(&script, "", "any-1");
		say(&script, "7", "#tv", 1);
		quit(&script);
		pass(&script, IRC_SESSION_LEAVE_MS); /* the server answers no PING */
		expect(&script.sent, "PRIVMSG #tv one\nPING sent-1\nQUIT :The bot is stopping.\n");
		expect(&script.completed, "");
		server(&script, cases[i].error);
		expect(&script.completed, cases[i].completed);
		assert_int_equal(script.lost, 1);
		end(&script);
	}
}

static void an_error_before_quit_confirms_nothing(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "", "any-1");
	say(&script, "7", "#tv", 1);
	quit(&script);
	server(&script, "ERROR :Closing Link: goodbye");
	expect(&script.completed, "");
	assert_int_equal(script.lost, 1);
	end(&script);
}

/* A bouncer without a history closes without ERROR, and its queue keeps the line (soju 0.7). */
static void a_pong_is_enough_where_no_echo_comes_in_time(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "echo-message", "soju");
	say(&script, "7", "#tv", 1);
	quit(&script);
	server(&script, ":s PONG s sent-1");
	pass(&script, IRC_SESSION_LEAVE_MS - 1);
	expect(&script.completed, "");
	pass(&script, 1);
	expect(&script.completed, "confirmed 7\n");
	expect(&script.sent, "PRIVMSG #tv one\nPING sent-1\nQUIT :The bot is stopping.\n");
	end(&script);
}

/* Where a history is kept, it tells the next process whether the answer arrived, also in private (TARGETS). */
static void an_error_leaves_to_the_history_what_it_tells(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "labeled-response batch echo-message message-tags server-time draft/chathistory",
			"any-1");
	say(&script, "7", "#tv", 1);
	say(&script, "8", "anna", 1);
	say(&script, "9", "@#tv", 1); /* not kept */
	quit(&script);
	pass(&script, IRC_SESSION_LEAVE_MS);
	server(&script, "ERROR :Quit: The bot is stopping.");
	expect(&script.completed, "confirmed 9\n");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(waits_for_the_pong_before_it_quits),
			cmocka_unit_test(waits_for_labels_and_echoes_before_it_quits),
			cmocka_unit_test(quits_at_once_when_all_is_confirmed),
			cmocka_unit_test(sends_the_rest_of_a_begun_answer_and_begins_no_other),
			cmocka_unit_test(an_error_after_quit_confirms_what_was_sent_before),
			cmocka_unit_test(an_error_before_quit_confirms_nothing),
			cmocka_unit_test(a_pong_is_enough_where_no_echo_comes_in_time),
			cmocka_unit_test(an_error_leaves_to_the_history_what_it_tells),
	};

	return cmocka_run_group_tests_name("irc_session_quit", tests, NULL, NULL);
}
