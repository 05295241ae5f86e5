/* A session against a scripted server: registration, channels, nicks, deadlines, the end. */

#include "tests/unit/irc_script.h"

/* ---------------------------------------------------------------- registration */

static void registers_at_once_and_negotiates(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", "secret word", 3);
	expect(&script.sent, "CAP LS 302\nPASS :secret word\nNICK bot\nUSER user 0 * :A bot\n");
	server(&script, "PING :early");
	expect(&script.sent, "PONG early\n");
	server(&script, ":s CAP * LS * :sts=port=6697 sasl=PLAIN,EXTERNAL message-tags server-time=x");
	expect(&script.sent, "");
	server(&script, "@time=2026-11-23T09:11:29.000Z :s CAP * LS :batch  labeled-response unknown ");
	expect(&script.sent, "CAP REQ :message-tags server-time batch labeled-response\n");
	server(&script, ":s CAP * ACK :message-tags server-time batch labeled-response ");
	expect(&script.sent, "CAP END\n");
	server(&script, ":s 001 bot :Welcome\r\n:s 005 bot TARGMAX=JOIN:2,NAMES:1 BOT=B CHANTYPES=# "
			":are\r\n");
	assert_int_equal(script.ready, 0);
	server(&script, ":s 376 bot :End of MOTD");
	assert_int_equal(script.ready, 1);
	expect(&script.sent, "JOIN #tv,#two\nJOIN #Three\n");
	pass(&script, 2000);
	expect(&script.sent, "MODE bot +B\n");
	server(&script, ":s 376 bot :End of another MOTD");
	assert_int_equal(script.ready, 1);
	end(&script);
}

static void asks_one_by_one_after_a_refusal(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	str_clear(&script.sent);
	server(&script, "CAP * LS :batch echo-message server-time");
	expect(&script.sent, "CAP REQ :server-time echo-message batch\n");
	server(&script, "CAP * NAK :server-time echo-message batch");
	expect(&script.sent, "CAP REQ server-time\nCAP REQ echo-message\nCAP REQ batch\n");
	server(&script, "CAP * ACK :server-time");
	server(&script, "CAP * NAK :echo-message");
	expect(&script.sent, "");
	server(&script, "CAP * ACK :batch");
	expect(&script.sent, "CAP END\n");
	server(&script, ":s 001 bot :hi\n:s 422 bot :no");
	server(&script, ":s CAP bot NEW :message-tags=x unknown");
	expect(&script.sent, "CAP REQ message-tags\n");
	server(&script, ":s CAP bot ACK :message-tags");
	assert_true(irc_session_has_reply(script.session));
	server(&script, ":s CAP bot DEL :message-tags");
	assert_false(irc_session_has_reply(script.session));
	expect(&script.sent, "");
	end(&script);
}

static void registers_where_nothing_is_offered(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	str_clear(&script.sent);
	server(&script, "CAP * LS :");
	expect(&script.sent, "CAP END\n");
	end(&script);

	begin_with(&script, "bot", NULL, 1);
	str_clear(&script.sent);
	server(&script, ":s 421 * CAP :Unknown command\n:s 001 bot :hi");
	expect(&script.sent, "");
	pass(&script, 15000); /* no end of the MOTD ever */
	assert_int_equal(script.ready, 1);
	expect(&script.sent, "JOIN #tv\n");
	end(&script);
}

static void gives_up_a_silent_server(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms), 31000);
	pass(&script, 29999);
	assert_int_equal(script.lost, 0);
	pass(&script, 1);
	expect(&script.notes, "lost: no answer within 30 s\n");
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms), UINT64_MAX);
	irc_session_open(script.session, &script.now);
	server(&script, "NOTICE * :looking up your host");
	pass(&script, 59999);
	assert_int_equal(script.lost, 1);
	pass(&script, 1);
	expect(&script.notes, "lost: not registered after 60 s\n");
	end(&script);
}

static void takes_another_nick(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	str_clear(&script.sent);
	server(&script, ":s 433 * bot :in use");
	expect(&script.sent, "NICK bot_\n");
	server(&script, ":s 433 * bot_ :in use\n:s 436 * bot2 :collision\n:s 437 * bot3 :unavailable");
	expect(&script.sent, "NICK bot2\nNICK bot3\nNICK bot4\n");
	for (int i = 4; i < 11; i++) {
		assert_int_equal(script.lost, 0);
		server(&script, ":s 433 * botx :in use");
	}
	assert_int_equal(script.lost, 1);
	assert_true(script.stay_away);
	end(&script);
}

/* Each line of the registration has cost something, those that asked for a nick in use too. */
static void counts_attempted_nicks_for_flood_control(void **state)
{
	static char text[] = "hello";
	char *lines[] = {text};
	struct irc_say say = {
			.verb = "PRIVMSG", .target = "#tv", .reply_to = "", .lines = lines, .line_count = 1};
	unsigned sent[2] = {0, 0};

	(void)state;
	for (unsigned refused = 0; refused < 2; refused++) {
		struct script script;

		begin_with(&script, "bot", NULL, 0);
		server(&script, refused ? ":s 433 * bot :in use\n:s 433 * bot_ :in use\n:s 001 bot2 :hi"
					: ":s 001 bot :hi");
		server(&script, ":s 004 bot s InspIRCd-3 a b\n:s 422 bot :no");
		str_clear(&script.sent);
		for (int i = 0; i < 10; i++)
			assert_int_equal(script_say(&script, &say), 0);
		for (const char *at = str_text(&script.sent); (at = strchr(at, '\n')) != NULL; at++)
			sent[refused]++;
		end(&script);
	}
	assert_int_equal(sent[0], 4);
	assert_int_equal(sent[1], 2);
}

static void shortens_a_nick_that_is_too_long(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "episodedaemon", NULL, 0);
	str_clear(&script.sent);
	server(&script, ":s 432 * episodedaemon :bad");
	server(&script, ":s 432 * episodedaemon_ :bad");
	expect(&script.sent, "NICK episodedaemon_\nNICK episoded2\n");
	end(&script);
}

static void regains_its_nick(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	server(&script, ":s 433 * bot :in use\n:s 001 bot_ :hi\n:s 422 bot_ :no");
	str_clear(&script.sent);
	server(&script, ":other!u@h QUIT :bye");
	pass(&script, 2000);
	expect(&script.sent, "");
	server(&script, ":BOT!u@h QUIT :bye");
	pass(&script, 2000);
	expect(&script.sent, "NICK bot\n");
	server(&script, ":s 433 bot_ bot :still in use");
	expect(&script.sent, "");
	pass(&script, 60000); /* without MONITOR the bot checks itself */
	expect(&script.sent, "ISON bot\n");
	server(&script, ":s 303 bot_ :Bot");
	expect(&script.sent, "");
	pass(&script, 60000);
	server(&script, ":s NOTICE bot_ :still here");
	pass(&script, 60000);
	expect(&script.sent, "ISON bot\n");
	server(&script, ":s 303 bot_ :");
	pass(&script, 1000);
	expect(&script.sent, "NICK bot\n");
	server(&script, ":bot_!u@h NICK :bot");
	server(&script, ":bot!u@h PRIVMSG bot :echo of ourselves");
	expect(&script.heard, "");
	end(&script);
}

static void fights_no_war_for_its_nick(void **state)
{
	struct script script;
	unsigned asked = 0;

	(void)state;
	begin_ready(&script);
	for (int i = 0; i < 20; i++) {
		server(&script, ":bot!u@h NICK Guest1");
		pass(&script, 3600 * 1000);
		server(&script, "PONG s :x");
		if (script.sent.length > 0 && strstr(str_text(&script.sent), "NICK bot\n")) {
			asked++;
			server(&script, ":Guest1!u@h NICK bot");
		}
		str_clear(&script.sent);
	}
	assert_int_equal(asked, 2);
	end(&script);
}

/* ---------------------------------------------------------------- channels */

static void retries_a_refused_join(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":s 471 bot #tv :not asked: we are in\n");
	expect(&script.notes, "");
	server(&script, ":bot!u@h PART #tv");
	pass(&script, 30000);
	expect(&script.sent, "JOIN #tv\n");
	server(&script, ":s 471 bot #TV :Cannot join (+l)");
	expect(&script.notes, "cannot join #tv: 471 Cannot join (+l); trying again in 30 s\n");
	pass(&script, 30000);
	expect(&script.sent, "JOIN #tv\n");
	server(&script, ":s 474 bot #tv :Cannot join (+b)");
	expect(&script.notes, "cannot join #tv: 474 Cannot join (+b); trying again in 480 s\n");
	end(&script);
}

static void rejoins_after_a_kick_but_not_endlessly(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":op!u@h KICK #tv bot :spam");
	assert_int_equal(irc_session_joined_count(script.session), 0);
	pass(&script, 9999);
	expect(&script.sent, "");
	pass(&script, 1);
	expect(&script.sent, "JOIN #tv\n");
	server(&script, ":bot!u@h JOIN #tv\n:op!u@h KICK #TV BOT :again");
	pass(&script, 20000);
	expect(&script.sent, "JOIN #tv\n");
	str_clear(&script.notes);
	server(&script, ":bot!u@h JOIN #tv\n:op!u@h KICK #tv bot :away");
	expect(&script.notes, "kicked from #tv (away) too often: not joining again\n");
	for (int i = 0; i < 100; i++) {
		pass(&script, 60000);
		server(&script, "PONG s :x");
	}
	assert_null(strstr(str_text(&script.sent), "JOIN"));
	end(&script);
}

static void joins_and_parts_as_configured(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	script.config.channels = script.names + 1;
	script.config.channel_count = 2;
	assert_int_equal(irc_session_configure(script.session, &script.config, &script.now), 0);
	expect(&script.sent, "PART #tv\nJOIN #two,#Three\n");
	server(&script, ":bot!u@h PART #tv\n:bot!u@h JOIN #two\n:bot!u@h JOIN #three");
	assert_int_equal(irc_session_joined_count(script.session), 2);
	script.config.nick = "robot";
	assert_int_equal(irc_session_configure(script.session, &script.config, &script.now), 0);
	expect(&script.sent, "NICK robot\n");
	end(&script);
}

/* ---------------------------------------------------------------- the end */

static void pings_an_idle_server(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms), script.now.ms + 70000);
	pass(&script, 70000);
	expect(&script.sent, "PING episoded\n");
	server(&script, ":s PONG s :episoded");
	pass(&script, 89999);
	expect(&script.sent, "");
	pass(&script, 1);
	expect(&script.sent, "PING episoded\n");
	pass(&script, 30000);
	assert_int_equal(script.lost, 1);
	assert_false(script.stay_away);
	expect(&script.notes, "lost: no reply to PING\n");
	end(&script);
}

static void stays_away_when_the_server_says_so(void **state)
{
	static const struct {
		const char *line;
		bool stay_away;
	} cases[] = {
			{"ERROR :Closing link: (bot) [Your host is trying to (re)connect too fast -- "
			 "throttled]",
					true},
			{"ERROR :Closing Link: K-Lined", true},
			{"ERROR :You are banned", true},
			{"ERROR :Server shutting down", false},
			{"ERROR", false},
			{":s 464 bot :Password incorrect", true},
			{":s 465 bot :You are banned from this server", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_ready(&script);
		server(&script, cases[i].line);
		assert_int_equal(script.lost, 1);
		assert_int_equal(script.stay_away, cases[i].stay_away);
		assert_false(irc_session_is_ready(script.session));
		server(&script, "PING :after the end");
		expect(&script.sent, "");
		end(&script);
	}
}

static void says_goodbye(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	irc_session_quit(script.session, "see you\r\nlater", &script.now);
	irc_session_quit(script.session, "twice", &script.now);
	expect(&script.sent, "QUIT :see you  later\n");
	/* asked before the server has read QUIT: for the journal, and the next connection */
	server(&script, ":j!u@h PRIVMSG #tv :!ping\n:j!u@h PRIVMSG bot :\1VERSION\1");
	expect(&script.heard, "#tv j(~j) !ping\n");
	pass(&script, 5000);
	expect(&script.sent, "");
	server(&script, "ERROR :Closing link");
	assert_int_equal(script.lost, 1);
	end(&script);
}

static void starts_afresh_on_a_new_connection(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":bot!u@h NICK Guest1");
	irc_session_close(script.session);
	assert_int_equal(irc_session_joined_count(script.session), 0);
	irc_session_open(script.session, &script.now);
	expect(&script.sent, "CAP LS 302\nNICK bot\nUSER user 0 * :A bot\n");
	server(&script, ":s 001 bot :hi\n:s 422 bot :no");
	expect(&script.sent, "JOIN #tv\n");
	assert_false(irc_session_has_reply(script.session));
	end(&script);
}

static void skips_malformed_input(void **state)
{
	static const char nonsense[] =
			"\0\n\r\n \n:\n@\nNICK\n:x NICK\nKICK\nJOIN\nBATCH\nCAP\n001\n437\n396\n";
	char *huge = malloc(20000);
	struct script script;

	(void)state;
	assert_non_null(huge);
	begin_ready(&script);
	memset(huge, 'x', 20000);
	irc_session_receive(script.session, huge, 20000, &script.now);
	irc_session_receive(script.session, nonsense, sizeof(nonsense) - 1, &script.now);
	server(&script, ":j!u@h PRIVMSG #tv :!ping");
	expect(&script.heard, "#tv j(~j) !ping\n");
	assert_int_equal(script.lost, 0);
	end(&script);
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(registers_at_once_and_negotiates),
			cmocka_unit_test(asks_one_by_one_after_a_refusal),
			cmocka_unit_test(registers_where_nothing_is_offered),
			cmocka_unit_test(gives_up_a_silent_server),
			cmocka_unit_test(takes_another_nick),
			cmocka_unit_test(counts_attempted_nicks_for_flood_control),
			cmocka_unit_test(shortens_a_nick_that_is_too_long),
			cmocka_unit_test(regains_its_nick),
			cmocka_unit_test(fights_no_war_for_its_nick),
			cmocka_unit_test(retries_a_refused_join),
			cmocka_unit_test(rejoins_after_a_kick_but_not_endlessly),
			cmocka_unit_test(joins_and_parts_as_configured),
			cmocka_unit_test(pings_an_idle_server),
			cmocka_unit_test(stays_away_when_the_server_says_so),
			cmocka_unit_test(says_goodbye),
			cmocka_unit_test(starts_afresh_on_a_new_connection),
			cmocka_unit_test(skips_malformed_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
