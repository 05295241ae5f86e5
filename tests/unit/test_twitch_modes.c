/* Where the bot may write on Twitch, and what it learns from a refusal. */

#include "tests/unit/twitch_script.h"

/* ---------------------------------------------------------------- modes */

static void writes_only_where_it_may(void **state)
{
	static const struct {
		const char *mode, *role, *why; /* NULL: it may */
	} cases[] = {
			{"emote-only=1", "", "emote-only mode; make the bot a moderator"},
			{"emote-only=1", "vip", "emote-only mode; make the bot a moderator"},
			{"emote-only=1", "moderator", NULL},
			{"emote-only=1", "broadcaster", NULL},
			{"subs-only=1", "", "subscribers-only mode; make the bot a moderator or a VIP"},
			{"subs-only=1", "vip", NULL},
			{"subs-only=1", "subscriber", NULL},
			{"subs-only=1", "founder", NULL},
			{"followers-only=10", "", NULL}, /* perhaps it follows */
			{"slow=20", "", NULL},
			{"r9k=1", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[100], note[200], silence[TWITCH_STATUS_MAX_BYTES];
		const char *why = cases[i].why ? cases[i].why : "";
		struct script script;

		begin_as(&script, 1, cases[i].role);
		snprintf(line, sizeof(line), "@%s :tmi.twitch.tv ROOMSTATE #tv", cases[i].mode);
		server(&script, line);
		assert_int_equal(say(&script, "#tv", "q", "x"), cases[i].why ? -EACCES : 0);
		assert_int_equal(say(&script, "#tv", "q", "x"), cases[i].why ? -EACCES : 0);
		snprintf(note, sizeof(note), "#tv: not answering: %s\n", why);
		expect(&script.notes, cases[i].why ? note : ""); /* once */
		twitch_chat_silence(twitch_session_chat(script.session), script.now.ms, silence);
		snprintf(note, sizeof(note), "#tv: %s", why);
		assert_string_equal(silence, cases[i].why ? note : "");
		snprintf(note, sizeof(note), "#tv: not answering: %s\n", why);
		if (cases[i].why) {
			server(&script, "@emote-only=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #tv");
			assert_int_equal(say(&script, "#tv", "q", "x"), 0);
			server(&script, line); /* a new time */
			assert_int_equal(say(&script, "#tv", "q", "x"), -EACCES);
			expect(&script.notes, note);
		}
		end(&script);
	}
}

static void slow_mode_is_respected(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@slow=30 :tmi.twitch.tv ROOMSTATE #tv");
	assert_int_equal(twitch_chat_lines_max(twitch_session_chat(script.session), "#tv"), 1);
	assert_int_equal(say(&script, "#tv", "q1", "one"), 0);
	prove(&script, "#tv", "");
	str_clear(&script.sent);
	assert_int_equal(say(&script, "#tv", "q2", "two"), 0);
	pass(&script, 30000);
	expect(&script.sent, "");
	pass(&script, 500);
	assert_non_null(strstr(str_text(&script.sent), "PRIVMSG #tv two"));
	prove(&script, "#tv", "");
	/* The number of remembered channels is limited. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(say(&script, "#tv", "q", "more"), 0);
	assert_int_equal(say(&script, "#tv", "q", "more"), -EACCES);
	expect(&script.notes, "#tv: not answering: slow mode is too slow to answer; make the bot a moderator "
			      "or a VIP\n");
	end(&script);
	begin_as(&script, 1, "vip");
	server(&script, "@slow=30 :tmi.twitch.tv ROOMSTATE #tv");
	assert_int_equal(twitch_chat_lines_max(twitch_session_chat(script.session), "#tv"), 2);
	end(&script);
}

/* ---------------------------------------------------------------- refusals */

static void an_unannounced_mode_is_learnt_from_a_refusal(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
	assert_int_equal(say(&script, "#tv", "q2", "y"), 0);
	notice(&script, "msg_followersonly", "This room is in 10 minutes followers-only mode.");
	expect(&script.settled, "q1 not\nq2 not\n");
	assert_int_equal(say(&script, "#tv", "q3", "z"), -EACCES);
	expect(&script.notes,
			"#tv: followers-only mode; let the bot's account follow the channel, or make it a "
			"moderator\n");
	server(&script, "@followers-only=-1 :tmi.twitch.tv ROOMSTATE #tv");
	assert_int_equal(say(&script, "#tv", "q4", "z"), 0);
	end(&script);
}

static void a_time_out_is_waited_for(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
	notice(&script, "msg_timedout", "You are timed out for 40 more seconds.");
	expect(&script.settled, "q1 not\n");
	pass(&script, 39999);
	assert_int_equal(say(&script, "#tv", "q2", "x"), -EACCES);
	pass(&script, 1);
	assert_int_equal(say(&script, "#tv", "q3", "x"), 0);
	str_clear(&script.notes);
	notice(&script, "msg_timedout", "You are timed out for 40 more seconds.");
	expect(&script.notes, "#tv: the bot is timed out\n"); /* once more, as it is a new one */
	end(&script);

	begin_as(&script, 1, "");
	server(&script, "@ban-duration=600;target-user-id=77;room-id=5 :tmi.twitch.tv CLEARCHAT #tv :bot");
	assert_int_equal(say(&script, "#tv", "q1", "x"), -EACCES);
	server(&script, "@target-user-id=77;room-id=5 :tmi.twitch.tv CLEARCHAT #tv :bot");
	assert_int_equal(say(&script, "#tv", "q1", "x"), -EACCES);
	expect(&script.notes, "#tv: the bot is timed out\n"
			      "#tv: the bot is banned; ask the channel's moderators\n");
	end(&script);
}

static void too_fast_rests_and_tries_once_more(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "");
	assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
	notice(&script, "msg_ratelimit", "sent too quickly");
	str_clear(&script.sent);
	assert_int_equal(say(&script, "#two", "q2", "y"), 0);
	pass(&script, 29999);
	expect(&script.sent, "");
	pass(&script, 1);
	expect(&script.sent, "0> @client-nonce=N;reply-parent-msg-id=q2 PRIVMSG #two y\n"
			     "0> @client-nonce=N;reply-parent-msg-id=q1 PRIVMSG #tv x\n");
	notice(&script, "msg_ratelimit", "sent too quickly");
	expect(&script.settled, "q1 not\n");
	end(&script);
}

static void a_refused_text_is_dropped(void **state)
{
	static const char *const ids[] = {"msg_r9k", "msg_rejected", "msg_rejected_mandatory",
			"msg_bad_characters", "unrecognized_cmd", "no_permission"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct script script;

		begin_as(&script, 1, "");
		assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
		notice(&script, ids[i], "no");
		expect(&script.settled, "q1 not\n");
		str_clear(&script.notes);
		pass(&script, 2000);
		str_clear(&script.sent);
		assert_int_equal(say(&script, "#tv", "q2", "y"), 0);
		notice(&script, ids[i], "no");
		expect(&script.notes, ""); /* the log knows already */
		end(&script);
	}
}

static void bans_and_accounts_silence_a_channel(void **state)
{
	static const char *const ids[] = {"msg_banned", "msg_channel_suspended", "msg_channel_blocked",
			"tos_ban", "msg_verified_email", "msg_requires_verified_phone_number",
			"msg_suspended"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct script script;

		begin_as(&script, 1, "");
		assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
		notice(&script, ids[i], "no");
		expect(&script.settled, "q1 not\n");
		assert_int_equal(say(&script, "#tv", "q2", "x"), -EACCES);
		end(&script);
	}
}

static void other_notices_are_about_other_things(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
	notice(&script, "slow_on", "This room is now in slow mode.");
	notice(&script, "emote_only_off", "This room is no longer in emote-only mode.");
	expect(&script.settled, "");
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	expect(&script.notes, "");
	end(&script);
}

/* ---------------------------------------------------------------- moderation */

static void a_deleted_question_is_not_answered(void **state)
{
	static char first[] = "first", second[] = "second";
	char *lines[] = {first, second};
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say_lines(&script, "#tv", "q1", lines, 2), 0);
	assert_int_equal(say_lines(&script, "#tv", "q2", lines, 2), 0);
	assert_int_equal(say(&script, "#tv", "q3", "third"), 0);
	str_clear(&script.sent);
	server(&script, "@login=anna;target-msg-id=q2 :tmi.twitch.tv CLEARMSG #tv :!episode 5");
	expect(&script.settled, "q2 not\n");
	/* An answer that was started is completed. */
	server(&script, "@login=anna;target-msg-id=q1 :tmi.twitch.tv CLEARMSG #tv :!episode 5");
	expect(&script.settled, "");
	prove(&script, "#tv", "");
	pass(&script, 1200);
	prove(&script, "#tv", "");
	pass(&script, 1200);
	expect(&script.sent, "0> @client-nonce=N;reply-parent-msg-id=q1 PRIVMSG #tv second\n"
			     "0> @client-nonce=N;reply-parent-msg-id=q3 PRIVMSG #tv third\n");
	end(&script);
}

static void a_banned_person_is_not_answered(void **state)
{
	struct script script;
	struct twitch_say other = {.channel = "#tv", .asked_id = "q3", .author_id = "13", .line_count = 1};
	char *line = str_copy("for somebody else");

	(void)state;
	other.lines = &line;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "x"), 0);
	assert_int_equal(say(&script, "#tv", "q2", "y"), 0);
	assert_int_equal(twitch_chat_say(twitch_session_chat(script.session), &other, &script.now), 0);
	twitch_chat_flush(twitch_session_chat(script.session), &script.now);
	server(&script, "@ban-duration=1;target-user-id=12 :tmi.twitch.tv CLEARCHAT #tv :anna");
	expect(&script.settled, "q2 not\n");
	server(&script, "@room-id=5 :tmi.twitch.tv CLEARCHAT #tv"); /* all of the chat */
	expect(&script.settled, "q3 not\n");
	free(line);
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(writes_only_where_it_may),
			cmocka_unit_test(slow_mode_is_respected),
			cmocka_unit_test(an_unannounced_mode_is_learnt_from_a_refusal),
			cmocka_unit_test(a_time_out_is_waited_for),
			cmocka_unit_test(too_fast_rests_and_tries_once_more),
			cmocka_unit_test(a_refused_text_is_dropped),
			cmocka_unit_test(bans_and_accounts_silence_a_channel),
			cmocka_unit_test(other_notices_are_about_other_things),
			cmocka_unit_test(a_deleted_question_is_not_answered),
			cmocka_unit_test(a_banned_person_is_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
