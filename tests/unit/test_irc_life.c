/* Disturbances of a session: removed capabilities, services that come and go, lost nicks, refused joins. */

#include "bot/gateway/irc/sasl.h"
#include "tests/unit/irc_script.h"

#define MINUTE_MS (60 * 1000)
#define HOUR_MS   (60 * MINUTE_MS)

static void on_random(void *user, void *ret, size_t length)
{
	(void)user;
	memset(ret, 0, length);
}

static bool is_private(void *user)
{
	(void)user;
	return true;
}

/* Like begin_with(), with an account for PLAIN. */
static void begin_login(struct script *script, bool is_required)
{
	static const struct irc_session_events events = {.on_send = on_send,
			.on_ready = on_ready,
			.on_channels = on_channels,
			.on_message = on_message,
			.on_note = on_note,
			.on_lost = on_lost,
			.on_random = on_random,
			.is_private = is_private};
	static struct irc_login login;
	static char tv[] = "#tv";

	login = (struct irc_login){.mechanism = SASL_PLAIN,
			.account = "jilles",
			.password = "sesame",
			.is_required = is_required};
	*script = (struct script){.sent = STR(100000), .notes = STR(10000), .heard = STR(100000)};
	script->names[0] = tv;
	script->config = (struct irc_session_config){.nick = "bot",
			.username = "user",
			.realname = "A bot",
			.channels = script->names,
			.channel_count = 1,
			.login = &login,
			.services = "NickServ"};
	script->now = (struct irc_now){1000, WALL_MS};
	assert_int_equal(irc_session_new(&script->config, &events, script, &script->session), 0);
	irc_session_open(script->session, &script->now);
	str_clear(&script->sent);
}

static unsigned times(const struct str *text, const char *what)
{
	unsigned count = 0;

	for (const char *at = str_text(text); (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

/* ---------------------------------------------------------------- capabilities */

static void a_capability_that_goes_is_not_waited_for(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	str_clear(&script.sent);
	server(&script, ":s CAP * LS :server-time batch");
	expect(&script.sent, "CAP REQ :server-time batch\n");
	server(&script, ":s CAP * DEL :batch server-time");
	expect(&script.sent, "CAP END\n");
	end(&script);
}

static void a_refusal_that_names_nothing_is_one(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	str_clear(&script.sent);
	server(&script, ":s CAP * LS :server-time batch");
	server(&script, ":s CAP * NAK :");
	expect(&script.sent, "CAP REQ :server-time batch\nCAP REQ server-time\nCAP REQ batch\n");
	for (int i = 0; i < 100; i++) /* a storm */
		server(&script, ":s CAP * NAK :batch server-time");
	expect(&script.sent, "CAP END\n");
	end(&script);
}

static void a_login_ends_with_its_capability(void **state)
{
	struct script script;

	(void)state;
	begin_login(&script, false);
	server(&script, ":s CAP * LS :sasl=PLAIN");
	server(&script, ":s CAP * ACK :sasl");
	server(&script, ":s CAP * DEL :sasl"); /* the services have gone */
	expect(&script.sent, "CAP REQ sasl\nAUTHENTICATE PLAIN\n");
	pass(&script, 15000);
	expect(&script.sent, "AUTHENTICATE *\n");
	pass(&script, 2000);
	expect(&script.sent, "CAP END\n");
	expect(&script.notes,
			"not logged in: PLAIN: no answer within 15 s; the network's services may be down\n");
	end(&script);
}

/* Services that return and refuse the login each time: retries must not lock the account. */
static void a_login_is_not_tried_for_ever(void **state)
{
	struct script script;

	(void)state;
	begin_login(&script, false);
	server(&script, ":s CAP * LS :batch\n:s CAP * ACK :batch\n:s 001 bot :hi\n:s 422 bot :no");
	for (int i = 0; i < 10; i++) {
		server(&script, ":s CAP bot NEW :sasl=PLAIN\n:s CAP bot ACK :sasl\nAUTHENTICATE +\n:s 904 "
				"bot :no");
		server(&script, ":s CAP bot DEL :sasl");
	}
	assert_int_equal(times(&script.sent, "AUTHENTICATE PLAIN"), IRC_SASL_FAILURES_MAX);
	assert_int_equal(script.lost, 0);
	end(&script);
}

static void a_login_that_came_late_is_used(void **state)
{
	struct script script;

	(void)state;
	begin_login(&script, false);
	server(&script, ":s CAP * LS :batch\n:s CAP * ACK :batch\n:s 433 * bot :in use\n:s 001 bot_ :hi\n"
			":s 005 bot_ MONITOR=100 :are\n:s 422 bot_ :no");
	server(&script, ":s 477 bot_ #tv :accounts only");
	pass(&script, 20000);
	str_clear(&script.sent);
	server(&script, ":s CAP bot_ NEW :sasl=PLAIN\n:s CAP bot_ ACK :sasl\nAUTHENTICATE +\n"
			":s 900 bot_ bot_!u@h jilles :You are now logged in\n:s 903 bot_ :ok");
	pass(&script, 30000);
	assert_int_equal(times(&script.sent, "JOIN #tv\n"), 1);
	assert_int_equal(times(&script.sent, "PRIVMSG NickServ :REGAIN bot\n"), 1);
	end(&script);
}

/* ---------------------------------------------------------------- nicks */

static void a_nick_lost_to_a_netsplit_is_monitored_and_regained(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 0);
	server(&script, ":s CAP * LS :\n:s 001 bot :hi\n:s 005 bot MONITOR=100 :are\n:s 422 bot :no");
	script.now.ms += 20000;
	str_clear(&script.sent);
	server(&script, ":bot!u@h NICK 042AAAAAB"); /* two of a name met */
	pass(&script, 0);
	expect(&script.sent, "MONITOR + bot\n");
	server(&script, ":s 731 042AAAAAB :other!u@h");
	pass(&script, 2000);
	expect(&script.sent, "");
	server(&script, ":s 731 042AAAAAB :BOT!u@h,x");
	pass(&script, 2000);
	expect(&script.sent, "NICK bot\n");
	server(&script, ":042AAAAAB!u@h NICK bot");
	pass(&script, 2000);
	expect(&script.sent, "MONITOR - bot\n");
	end(&script);
}

/* Another bot with that nick does the same to us: each time the connection is lost. */
static void services_are_not_asked_for_ever(void **state)
{
	struct script script;
	unsigned asked = 0;

	(void)state;
	begin_login(&script, true);
	for (int i = 0; i < 10; i++) {
		irc_session_open(script.session, &script.now);
		server(&script, ":s CAP * LS :sasl\n:s CAP * ACK :sasl\nAUTHENTICATE +\n:s 903 * :ok\n"
				":s 433 * bot :in use\n:s 001 bot_ :hi\n:s 422 bot_ :no");
		pass(&script, MINUTE_MS);
		asked += times(&script.sent, "PRIVMSG NickServ :GHOST bot\n");
		assert_int_equal(times(&script.sent, "PRIVMSG NickServ :GHOST bot\n"),
				times(&script.sent, "PRIVMSG NickServ :REGAIN bot\n"));
		str_clear(&script.sent);
		server(&script, "ERROR :Closing Link: (Killed (NickServ (GHOST command used by bot)))");
	}
	assert_int_equal(asked, 3);
	end(&script);
}

/* ---------------------------------------------------------------- channels */

/* The time between a line of the server and JOIN #tv. */
static uint64_t join_after(struct script *script, const char *line)
{
	uint64_t begin_ms, next_ms;

	server(script, line);
	begin_ms = script->now.ms;
	str_clear(&script->sent);
	while (times(&script->sent, "JOIN #tv\n") == 0 && script->now.ms < begin_ms + 3 * HOUR_MS) {
		next_ms = irc_session_next_ms(script->session, script->now.ms);
		pass(script, next_ms > script->now.ms ? next_ms - script->now.ms : 1);
		server(script, ":s PONG s :x");
	}
	return (script->now.ms - begin_ms) / 1000;
}

static void each_channel_has_its_own_patience(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s CAP * LS :\n:s 001 bot :hi\n:s 422 bot :no");
	script.now.ms += 20000;
	assert_int_equal(join_after(&script, ":s 473 bot #tv :+i"), 30);
	assert_int_equal(join_after(&script, ":s 473 bot #TV :+i"), 60);
	assert_int_equal(join_after(&script, ":s 474 bot #tv :+b"), 480);
	assert_int_equal(join_after(&script, ":s 474 bot #tv :+b"), 960);
	assert_int_equal(join_after(&script, ":s 474 bot #tv :+b"), 1920);
	assert_int_equal(join_after(&script, ":s 474 bot #tv :+b"), 3600);
	assert_int_equal(join_after(&script, "FAIL JOIN NO #tv :not now"), 3600);
	server(&script, ":bot!u@h JOIN #tv");
	assert_int_equal(join_after(&script, ":x!u@h KICK #tv bot :out"), 10);
	server(&script, ":bot!u@h JOIN #tv");
	assert_int_equal(join_after(&script, ":bot!u@h PART #tv :SAPART"), 20); /* same as a kick */
	end(&script);
}

static void repeated_invitations_are_followed_less_often(void **state)
{
	struct script script;
	unsigned joins = 0;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s CAP * LS :\n:s 001 bot :hi\n:s 422 bot :no");
	script.now.ms += 20000;
	server(&script, ":x!u@h INVITE bot #nowhere");
	for (int i = 0; i < 3600; i++) { /* an hour of an invitation and a ban each second */
		str_clear(&script.sent);
		server(&script, ":x!u@h INVITE bot #tv\n:s 474 bot #tv :+b");
		pass(&script, 1000);
		joins += times(&script.sent, "JOIN ");
		assert_int_equal(times(&script.sent, "#nowhere"), 0);
	}
	assert_in_range(joins, 3, 12);
	end(&script);
}

static void a_channel_one_is_sent_on_to_is_left(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	server(&script, ":s CAP * LS :\n:s 001 bot :hi\n:s 422 bot :no");
	script.now.ms += 20000;
	str_clear(&script.sent);
	server(&script, ":s 470 bot #tv ##tv :Forwarding to another channel\n:bot!u@h JOIN ##tv");
	pass(&script, 1000);
	expect(&script.sent, "PART ##tv\n");
	end(&script);
}

/* ---------------------------------------------------------------- the server */

static void its_name_for_a_channel_changes(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	script.names[0][1] = '[';
	server(&script, ":s CAP * LS :\n:s 001 bot :hi\n:s 422 bot :no\n:bot!u@h JOIN #{v");
	assert_int_equal(irc_session_joined_count(script.session), 0); /* "#tv" was copied before */
	server(&script, ":bot!u@h JOIN #TV");
	assert_int_equal(irc_session_joined_count(script.session), 1);
	server(&script, ":s 005 bot CASEMAPPING=ascii LINELEN=1024 :are");
	assert_true(irc_session_room(script.session, "PRIVMSG", "#tv") > 800);
	server(&script, ":s 005 bot LINELEN=512 :are");
	assert_true(irc_session_room(script.session, "PRIVMSG", "#tv") < 500);
	server(&script, ":s 005 bot LINELEN=99999999 :are\n:s 005 bot LINELEN=-1 :are\n:s 005 bot LINELEN= "
			":are");
	assert_true(irc_session_room(script.session, "PRIVMSG", "#tv") < 500);
	server(&script, ":BOT{!u@h NICK x\n:bot!u@h NICK b[t");
	server(&script, ":p!u@h KICK #tv b{t :another"); /* not us, in ascii */
	assert_int_equal(irc_session_joined_count(script.session), 1);
	server(&script, ":s 005 bot -CASEMAPPING :are\n:p!u@h KICK #tv b{t :us");
	assert_int_equal(irc_session_joined_count(script.session), 0);
	script.names[0][1] = 't';
	end(&script);
}

static void it_cannot_fill_the_log(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	for (int i = 0; i < 1000; i++)
		server(&script, "NOTE * SPAM :x");
	assert_int_equal(times(&script.notes, "NOTE * SPAM"), 30);
	pass(&script, 61000);
	server(&script, "WARN * SPAM :x");
	assert_int_equal(times(&script.notes, "WARN * SPAM"), 1);
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_capability_that_goes_is_not_waited_for),
			cmocka_unit_test(a_refusal_that_names_nothing_is_one),
			cmocka_unit_test(a_login_ends_with_its_capability),
			cmocka_unit_test(a_login_is_not_tried_for_ever),
			cmocka_unit_test(a_login_that_came_late_is_used),
			cmocka_unit_test(a_nick_lost_to_a_netsplit_is_monitored_and_regained),
			cmocka_unit_test(services_are_not_asked_for_ever),
			cmocka_unit_test(each_channel_has_its_own_patience),
			cmocka_unit_test(repeated_invitations_are_followed_less_often),
			cmocka_unit_test(a_channel_one_is_sent_on_to_is_left),
			cmocka_unit_test(its_name_for_a_channel_changes),
			cmocka_unit_test(it_cannot_fill_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
