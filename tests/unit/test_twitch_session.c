/* A session on Twitch: login, channels, messages, and the move to another server. */

#include "tests/unit/twitch_script.h"

#define LOGIN "0> CAP REQ :twitch.tv/tags twitch.tv/commands\n0> PASS oauth:abc\n0> NICK bot\n"
#define ANNA  ":anna!anna@anna.tmi.twitch.tv PRIVMSG #tv :"

/* ---------------------------------------------------------------- login */

static void logs_in_and_joins(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 2, false);
	expect(&script.sent, LOGIN);
	server(&script, ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n");
	assert_int_equal(script.ready, 0);
	server(&script, WELCOME);
	assert_int_equal(script.ready, 1);
	expect(&script.sent, "0> JOIN #tv\n0> JOIN #two\n");
	assert_int_equal(twitch_chat_joined_count(twitch_session_chat(script.session)), 0);
	seat(&script, 0, "#tv", "");
	assert_int_equal(twitch_chat_joined_count(twitch_session_chat(script.session)), 1);
	server(&script, "PING :tmi.twitch.tv\r\n");
	expect(&script.sent, "0> PONG tmi.twitch.tv\n");
	expect(&script.notes, "");
	end(&script);
}

/* Of a token, the token's own states decide (test_twitch_grant.c). */
static void a_refused_login_is_not_tried_again(void **state)
{
	static const struct {
		const char *notice, *words;
	} cases[] = {
			{"Login authentication failed", "refused 0: login refused by Twitch\n"},
			{"Login unsuccessful", "refused 0: login refused by Twitch\n"},
			{"Improperly formatted auth",
					"refused 0: login refused by Twitch: malformed token\n"},
			{"Invalid NICK",
					"failed: invalid \"login\": give the account's name in lower case\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;
		char line[100];

		begin_with(&script, 1, false);
		snprintf(line, sizeof(line), ":tmi.twitch.tv NOTICE * :%s", cases[i].notice);
		server(&script, line);
		assert_string_equal(str_text(&script.notes), cases[i].words);
		assert_int_equal(twitch_session_next_ms(script.session), UINT64_MAX);
		end(&script);
	}
}

static void an_unknown_refusal_keeps_away(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, ":tmi.twitch.tv NOTICE * :Something new");
	expect(&script.notes, "lost 0 for long: Something new\n");
	twitch_session_open(script.session, 0, &script.now);
	server(&script, ":tmi.twitch.tv CAP * NAK :twitch.tv/tags twitch.tv/commands");
	expect(&script.notes, "lost 0 for long: Twitch refuses the capabilities tags and commands, which the "
			      "bot needs\n");
	end(&script);
}

static void gives_up_a_silent_server(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	assert_int_equal(twitch_session_next_ms(script.session), script.now.ms + 30000);
	pass(&script, 30000);
	expect(&script.notes, "lost 0: not logged in after 30 s\n");
	end(&script);

	begin_as(&script, 1, "");
	pass(&script, 75000); /* and 15 s in begin_as() */
	expect(&script.sent, "0> PING episoded\n");
	server(&script, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	pass(&script, 90000);
	expect(&script.sent, "0> PING episoded\n");
	pass(&script, 30000);
	expect(&script.notes, "lost 0: ping timeout\n");
	assert_false(twitch_chat_is_ready(twitch_session_chat(script.session)));
	end(&script);
}

static void says_when_the_token_is_somebody_elses(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 0, false);
	server(&script, ":tmi.twitch.tv 001 other :Welcome");
	expect(&script.notes, "the token belongs to \"other\", not to \"bot\"\n");
	pass(&script, 10000); /* no end of the MOTD ever */
	assert_int_equal(script.ready, 1);
	end(&script);
}

/* ---------------------------------------------------------------- channels */

static void a_channel_that_says_nothing_is_tried_again_ever_later(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, WELCOME);
	str_clear(&script.sent);
	pass(&script, 9999);
	expect(&script.notes, "");
	pass(&script, 1);
	expect(&script.notes, "cannot join #tv: no answer; does the channel exist?\n");
	expect(&script.sent, "");
	pass(&script, 15000);
	expect(&script.sent, "0> JOIN #tv\n");
	pass(&script, 10000);
	pass(&script, 29999);
	expect(&script.sent, "");
	pass(&script, 1);
	expect(&script.sent, "0> JOIN #tv\n");
	expect(&script.notes, "");
	seat(&script, 0, "#tv", "");
	assert_int_equal(twitch_chat_joined_count(twitch_session_chat(script.session)), 1);
	end(&script);
}

static void a_refused_join_waits_long(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, WELCOME);
	str_clear(&script.sent);
	notice(&script, "msg_channel_suspended", "This channel does not exist or has been suspended.");
	expect(&script.notes, "cannot join #tv: the channel does not exist, or is suspended\n");
	pass(&script, 90000);
	server(&script, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	pass(&script, 90000);
	server(&script, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	assert_null(strstr(str_text(&script.sent), "JOIN"));
	end(&script);
}

/* 20 in 10 s, over both connections. */
static void joins_within_the_rate_limit_of_twitch(void **state)
{
	static char names[60][8];
	char *list[60];
	struct script script;
	uint64_t times[60];
	size_t count = 0;

	(void)state;
	begin_with(&script, 0, false);
	for (size_t i = 0; i < 60; i++) {
		snprintf(names[i], sizeof(names[i]), "#c%zu", i);
		list[i] = names[i];
	}
	script.config.channels = list;
	script.config.channel_count = 60;
	assert_int_equal(twitch_session_configure(script.session, &script.config, &script.now), 0);
	server(&script, WELCOME);
	while (count < 60) {
		const char *at = str_text(&script.sent);
		uint64_t next_ms;

		while ((at = strstr(at, "JOIN ")) != NULL) {
			assert_true(count < 60);
			seat(&script, 0, list[count], "");
			times[count++] = script.now.ms;
			at++;
		}
		str_clear(&script.sent);
		next_ms = twitch_session_next_ms(script.session);
		assert_true(next_ms > script.now.ms || count >= 60);
		pass(&script, next_ms > script.now.ms ? next_ms - script.now.ms : 0);
	}
	for (size_t i = 20; i < 60; i++)
		assert_true(times[i] - times[i - 20] > 10000);
	assert_true(times[59] - times[0] < 60000);
	end(&script);
}

static void other_channels_on_the_living_connection(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "");
	assert_int_equal(say(&script, "#tv", "a", "said"), 0);
	assert_int_equal(say(&script, "#tv", "b", "waits"), 0);
	str_clear(&script.sent);
	script.config.channels = script.names + 1;
	assert_int_equal(twitch_session_configure(script.session, &script.config, &script.now), 0);
	expect(&script.sent, "0> PART #tv\n0> JOIN #three\n");
	expect(&script.settled, "a not\nb not\n");
	assert_int_equal(twitch_chat_joined_count(twitch_session_chat(script.session)), 1);
	server(&script, "@id=1;user-id=9 " ANNA "!ping");
	expect(&script.heard, "");
	assert_int_equal(say(&script, "#tv", "c", "x"), -ENOENT);
	end(&script);
}

/* ---------------------------------------------------------------- people */

static void hears_people(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@display-name=Anna;id=m1;user-id=12;room-id=5;tmi-sent-ts=1795425089000;first-msg="
			"1 " ANNA "!episode 5\r\n@display-name=;id=m2;user-id=12;room-id=5 " ANNA "\x01"
			"ACTION !ping\x01\r\n");
	expect(&script.heard, "#tv Anna(12) #m1 !episode 5\n#tv anna(12) #m2 !ping\n");
	/* Twice the same, our own, without an id, another CTCP, a channel that is not ours. */
	server(&script, "@id=m1;user-id=12 " ANNA "!episode 5\n@id=m3;user-id=77 " ANNA
			"!ping\n@user-id=12 " ANNA "!ping\n@id=m4;user-id=12 " ANNA "\x01VERSION\x01\n" ANNA
			"!ping\n"
			"@id=m5;user-id=12 :anna!anna@x PRIVMSG #other :!ping\n"
			"@message-id=1;user-id=12 :anna!anna@x WHISPER bot :!ping\n"
			"@id=m6;msg-id=resub;user-id=12 :tmi.twitch.tv USERNOTICE #tv :!ping");
	expect(&script.heard, "");
	expect(&script.sent, "");
	end(&script);
}

/* Without the capability, tags are not from Twitch and are ignored. */
static void ignores_tags_without_an_acknowledged_capability(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, ":tmi.twitch.tv 001 bot :hi\n:tmi.twitch.tv 376 bot :>");
	seat(&script, 0, "#tv", "");
	server(&script, "@display-name=A;id=1;user-id=12 " ANNA "!ping");
	expect(&script.heard, "");
	server(&script, ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands");
	server(&script, "@display-name=A;id=2;user-id=12 " ANNA "!ping");
	expect(&script.heard, "#tv A(12) #2 !ping\n");
	server(&script, ":tmi.twitch.tv CAP * DEL :twitch.tv/tags");
	server(&script, "@display-name=A;id=3;user-id=12 " ANNA "!ping");
	expect(&script.heard, "");
	end(&script);
}

static void knows_a_relay_that_plays_the_past(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@display-name=A;historical=1;id=1;rm-received-ts=1;user-id=12 " ANNA "!ping");
	expect(&script.heard, "#tv A(12) #1 late !ping\n");
	end(&script);
}

static void knows_when_it_is_meant(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@display-name=A;id=1;user-id=12 " ANNA "@Bot episode 5\n"
			"@display-name=A;id=2;user-id=12 " ANNA "bot, episode 5\n"
			"@display-name=A;id=3;user-id=12;reply-parent-user-id=77;reply-parent-msg-id=q " ANNA
			"@Bot next\n"
			"@display-name=A;id=4;user-id=12;reply-parent-user-id=9;reply-parent-msg-id=q " ANNA
			"@Bernd !episode 5\n"
			"@display-name=A;id=5;user-id=12 " ANNA "@Bernd !episode 5\n"
			"@display-name=A;id=6;user-id=12 " ANNA "bottle !episode 5\n");
	expect(&script.heard, "#tv A(12) #1 addressed episode 5\n#tv A(12) #2 addressed episode 5\n"
			      "#tv A(12) #3 addressed next\n#tv A(12) #4 !episode 5\n"
			      "#tv A(12) #5 @Bernd !episode 5\n#tv A(12) #6 bottle !episode 5\n");
	end(&script);
}

/* An answer would be shown in all channels of the shared chat. */
static void leaves_other_channels_of_a_shared_chat_alone(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@display-name=A;id=1;user-id=12;room-id=5;source-room-id=6;source-id=z " ANNA
			"!ping\n"
			"@display-name=A;id=2;user-id=12;room-id=5;source-room-id=5;source-id=y " ANNA
			"!ping");
	expect(&script.heard, "#tv A(12) #2 !ping\n");
	end(&script);
}

static void strips_invisible_characters(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@display-name=A;id=1;user-id=12 " ANNA "  !episode\xE2\x80\x8B  5 \xF3\xA0\x80\x80\n"
			"@display-name=A;id=2;user-id=12 " ANNA "\xCD\x8F!ping \xCD\x8F");
	expect(&script.heard, "#tv A(12) #1 !episode 5\n#tv A(12) #2 !ping\n");
	end(&script);
}

/* ---------------------------------------------------------------- RECONNECT */

static void moves_to_another_server_without_a_gap(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "");
	server(&script, ":tmi.twitch.tv RECONNECT");
	assert_int_equal(script.renewed, 1);
	twitch_session_open(script.session, 1, &script.now);
	str_clear(&script.sent);
	server_on(&script, 1, WELCOME);
	expect(&script.sent, "1> JOIN #tv\n1> JOIN #two\n");
	seat(&script, 1, "#tv", "");
	/* Both connections receive it; the old one still answers. */
	server_on(&script, 1, "@display-name=A;id=1;user-id=12 " ANNA "!ping");
	server_on(&script, 0, "@display-name=A;id=1;user-id=12 " ANNA "!ping");
	expect(&script.heard, "#tv A(12) #1 !ping\n");
	assert_int_equal(say(&script, "#tv", "1", "pong"), 0);
	expect(&script.sent, "0> @client-nonce=N;reply-parent-msg-id=1 PRIVMSG #tv pong\n");
	seat(&script, 1, "#two", "");
	expect(&script.notes, ""); /* what was said over the old one is not confirmed yet */
	prove(&script, "#tv", "");
	expect(&script.settled, "1\n");
	expect(&script.notes, "let go 0\n");
	pass(&script, 2000);
	assert_int_equal(say(&script, "#tv", "2", "on the new one"), 0);
	expect(&script.sent, "1> @client-nonce=N;reply-parent-msg-id=2 PRIVMSG #tv :on the new one\n");
	end(&script);
}

static void moves_although_a_channel_is_missing(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "");
	server(&script, ":tmi.twitch.tv RECONNECT");
	twitch_session_open(script.session, 1, &script.now);
	server_on(&script, 1, WELCOME);
	seat(&script, 1, "#two", "");
	pass(&script, 9000);
	expect(&script.notes, "");
	pass(&script, 1000);
	pass(&script, 5000);
	assert_non_null(strstr(str_text(&script.notes), "let go 0\n"));
	end(&script);
}

/* Twitch drops it before the other is ready. */
static void the_next_connection_takes_over_from_a_lost_one(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, ":tmi.twitch.tv RECONNECT");
	assert_int_equal(say(&script, "#tv", "1", "pong"), 0);
	twitch_session_open(script.session, 1, &script.now);
	twitch_session_close(script.session, 0, &script.now);
	assert_false(twitch_chat_is_ready(twitch_session_chat(script.session)));
	assert_int_equal(twitch_chat_current(twitch_session_chat(script.session)), 1);
	str_clear(&script.sent);
	server_on(&script, 1, WELCOME);
	assert_int_equal(script.ready, 2);
	pass(&script, 2000);
	seat(&script, 1, "#tv", "");
	/* An unconfirmed answer is repeated verbatim: if it had arrived, Twitch would refuse it. */
	expect(&script.sent, "1> JOIN #tv\n1> @client-nonce=N;reply-parent-msg-id=1 PRIVMSG #tv pong\n");
	server_on(&script, 1, "@msg-id=msg_duplicate :tmi.twitch.tv NOTICE #tv :identical");
	expect(&script.settled, "1\n");
	end(&script);
}

static void says_goodbye_when_all_is_confirmed(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "1", "pong"), 0);
	twitch_session_quit(script.session, &script.now);
	expect(&script.notes, "");
	assert_int_equal(say(&script, "#tv", "2", "too late"), -ENOTCONN);
	prove(&script, "#tv", "");
	expect(&script.settled, "1\n");
	expect(&script.notes, "lost 0: goodbye\n");
	end(&script);
}

static void invalid_values_are_skipped(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "\r\n:\r\n@\r\n@a=b\r\nPRIVMSG\r\nUSERSTATE\r\nROOMSTATE #tv\r\nNOTICE "
			"#tv\r\nCLEARMSG #tv\r\n"
			"CLEARCHAT #tv :\r\nCAP\r\nPING\r\nJOIN\r\nRECONNECT x y\r\n@slow=99999999999;r9k=x "
			"ROOMSTATE #tv");
	assert_int_equal(say(&script, "#tv", "1", "pong"), 0);
	expect(&script.heard, "");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(logs_in_and_joins),
			cmocka_unit_test(a_refused_login_is_not_tried_again),
			cmocka_unit_test(an_unknown_refusal_keeps_away),
			cmocka_unit_test(gives_up_a_silent_server),
			cmocka_unit_test(says_when_the_token_is_somebody_elses),
			cmocka_unit_test(a_channel_that_says_nothing_is_tried_again_ever_later),
			cmocka_unit_test(a_refused_join_waits_long),
			cmocka_unit_test(joins_within_the_rate_limit_of_twitch),
			cmocka_unit_test(other_channels_on_the_living_connection),
			cmocka_unit_test(hears_people),
			cmocka_unit_test(ignores_tags_without_an_acknowledged_capability),
			cmocka_unit_test(knows_a_relay_that_plays_the_past),
			cmocka_unit_test(knows_when_it_is_meant),
			cmocka_unit_test(leaves_other_channels_of_a_shared_chat_alone),
			cmocka_unit_test(strips_invisible_characters),
			cmocka_unit_test(moves_to_another_server_without_a_gap),
			cmocka_unit_test(moves_although_a_channel_is_missing),
			cmocka_unit_test(the_next_connection_takes_over_from_a_lost_one),
			cmocka_unit_test(says_goodbye_when_all_is_confirmed),
			cmocka_unit_test(invalid_values_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
