/* The outbox on Twitch: rate limits, channels, and confirmations. */

#include "tests/unit/twitch_script.h"

#define SAY(id, text) "0> @client-nonce=N;reply-parent-msg-id=" id " PRIVMSG #tv :" text "\n"

/* ---------------------------------------------------------------- proof */

static void a_nonce_proves_an_answer(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	expect(&script.sent, SAY("q1", "an answer"));
	server(&script, "@client-nonce=ffff :tmi.twitch.tv USERSTATE #tv");
	server(&script, ":tmi.twitch.tv USERSTATE #tv"); /* Twitch would send the nonce */
	expect(&script.settled, "");
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	prove(&script, "#tv", "");
	expect(&script.settled, "");
	end(&script);
}

static void all_lines_prove_an_answer(void **state)
{
	static char first[] = "first", second[] = "second";
	char *lines[] = {first, second};
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say_lines(&script, "#tv", "q1", lines, 2), 0);
	prove(&script, "#tv", "");
	expect(&script.settled, "");
	pass(&script, 1200);
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	expect(&script.sent, "0> @client-nonce=N;reply-parent-msg-id=q1 PRIVMSG #tv first\n"
			     "0> @client-nonce=N;reply-parent-msg-id=q1 PRIVMSG #tv second\n");
	end(&script);
}

/* A server that returns no nonce confirms with a plain USERSTATE. */
static void a_server_without_nonces_proves_too(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	server(&script, "@mod=0 :tmi.twitch.tv USERSTATE #tv");
	expect(&script.settled, "q1\n");
	end(&script);
}

/* After a JOIN, USERSTATE is about the JOIN. */
static void the_state_after_a_join_proves_nothing(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, WELCOME);
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	server(&script, ":bot!bot@bot.tmi.twitch.tv JOIN #tv");
	assert_non_null(strstr(str_text(&script.sent), SAY("q1", "an answer")));
	server(&script, "@mod=0 :tmi.twitch.tv USERSTATE #tv");
	expect(&script.settled, "");
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	end(&script);
}

static void once_more_and_never_twice(void **state)
{
	struct script script;
	char nonce[sizeof(script.nonce)];

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	memcpy(nonce, script.nonce, sizeof(nonce));
	server(&script, "PING :alive");
	str_clear(&script.sent);
	pass(&script, 9999);
	expect(&script.sent, "");
	pass(&script, 1);
	expect(&script.sent, SAY("q1", "an answer"));
	assert_string_equal(script.nonce, nonce);
	server(&script, "PING :alive");
	str_clear(&script.sent);
	pass(&script, 10000);
	expect(&script.sent, "");
	expect(&script.settled, "q1 not\n");
	expect(&script.notes, "#tv: an answer was not confirmed by Twitch and may be lost\n");
	pass(&script, 60000);
	expect(&script.settled, "");
	end(&script);
}

/* Moderators may repeat a text. */
static void a_late_confirmation_prevents_the_repetition(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "moderator");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	server(&script, "@msg-id=msg_ratelimit :tmi.twitch.tv NOTICE #two :too quickly"); /* no one writes now */
	pass(&script, 10000);
	str_clear(&script.sent);
	prove(&script, "#tv", "moderator");
	expect(&script.settled, "q1\n");
	pass(&script, 60000);
	assert_null(strstr(str_text(&script.sent), "PRIVMSG"));
	end(&script);
}

static void a_silent_connection_is_asked_first(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	pass(&script, 1); /* nothing heard at the time it is said */
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	str_clear(&script.sent);
	pass(&script, 10000);
	expect(&script.sent, "0> PING episoded\n");
	pass(&script, 5000);
	expect(&script.sent, "");
	server(&script, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	expect(&script.sent, SAY("q1", "an answer"));
	end(&script);
}

/* The last received message is usually the question, in the same millisecond as the answer. */
static void a_connection_that_ends_with_the_question_is_asked_first(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	server(&script, "@id=q1;user-id=5;display-name=Anna :anna!anna@anna PRIVMSG #tv :!ping");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	str_clear(&script.sent);
	pass(&script, 10000);
	expect(&script.sent, "0> PING episoded\n");
	expect(&script.settled, "");
	twitch_session_close(script.session, 0, &script.now);
	twitch_session_open(script.session, 0, &script.now);
	server(&script, WELCOME);
	seat(&script, 0, "#tv", "");
	pass(&script, 1000);
	assert_non_null(strstr(str_text(&script.sent), SAY("q1", "an answer")));
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	end(&script);
}

/* The simulation's seed 677: two connections took the answer with them within two seconds. */
static void connections_lost_in_a_row_do_not_lose_an_answer(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	for (int i = 0; i < 4; i++) {
		twitch_session_close(script.session, 0, &script.now);
		expect(&script.settled, "");
		str_clear(&script.sent);
		twitch_session_open(script.session, 0, &script.now);
		server(&script, WELCOME);
		seat(&script, 0, "#tv", "");
		pass(&script, 2000);
		assert_non_null(strstr(str_text(&script.sent), SAY("q1", "an answer")));
	}
	prove(&script, "#tv", "");
	expect(&script.settled, "q1\n");
	end(&script);
}

static void a_second_try_that_is_refused_as_the_same_proves_the_first(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	server(&script, "PING :alive");
	pass(&script, 10000);
	notice(&script, "msg_duplicate", "identical");
	expect(&script.settled, "q1\n");
	end(&script);
}

/* A delayed round: replies to a line come later than the line. */
static void a_reply_from_the_future_is_not_old(void **state)
{
	struct script script;
	struct irc_now before;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, WELCOME);
	before = script.now;
	script.now.ms += 3;
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	twitch_session_tick(script.session, &before);
	expect(&script.settled, "");
	seat(&script, 0, "#tv", "");
	assert_non_null(strstr(str_text(&script.sent), SAY("q1", "an answer")));
	end(&script);
}

/* ---------------------------------------------------------------- the same words */

static void the_same_words_are_varied(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(say(&script, "#tv", "q", "the answer"), 0);
		prove(&script, "#tv", "");
		pass(&script, 1200);
	}
	expect(&script.sent, SAY("q", "the answer") SAY("q", "the answer \xCD\x8F") SAY("q", "the answer"));
	pass(&script, 30000);
	assert_int_equal(say(&script, "#tv", "q", "the answer"), 0);
	expect(&script.sent, SAY("q", "the answer"));
	end(&script);
}

static void a_duplicate_that_was_not_foreseen_is_varied_once(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "q", "the answer"), 0);
	notice(&script, "msg_duplicate", "identical");
	pass(&script, 1200);
	expect(&script.sent, SAY("q", "the answer") SAY("q", "the answer \xCD\x8F"));
	notice(&script, "msg_duplicate", "identical");
	pass(&script, 5000);
	expect(&script.sent, "");
	expect(&script.settled, "q not\n");
	end(&script);
}

static void a_moderator_may_repeat(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 1, "moderator");
	assert_int_equal(say(&script, "#tv", "q", "the answer"), 0);
	prove(&script, "#tv", "moderator");
	pass(&script, 200);
	assert_int_equal(say(&script, "#tv", "q", "the answer"), 0);
	expect(&script.sent, SAY("q", "the answer") SAY("q", "the answer"));
	end(&script);
}

/* ---------------------------------------------------------------- commands */

static void no_answer_is_ever_a_command(void **state)
{
	static const char *const texts[] = {"/ban anna", ".timeout anna", "  /me waves", "./x"};
	struct script script;

	(void)state;
	begin_as(&script, 1, "moderator");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(say(&script, "#tv", "", texts[i]), 0);
		assert_non_null(strstr(str_text(&script.sent), "PRIVMSG #tv :\xC2\xB7 "));
		assert_null(strstr(str_text(&script.sent), "#tv :/"));
		assert_null(strstr(str_text(&script.sent), "#tv :."));
		str_clear(&script.sent);
		prove(&script, "#tv", "moderator");
		pass(&script, 200);
	}
	assert_int_equal(say(&script, "#tv", "", "one\r\nPRIVMSG #tv :/ban anna"), 0);
	expect(&script.sent, "0> @client-nonce=N PRIVMSG #tv :one  PRIVMSG #tv :/ban anna\n");
	end(&script);
}

static void a_message_has_500_code_points_at_most(void **state)
{
	struct str text = STR(10000);
	struct script script;
	const char *at;
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 600; i++)
		str_append(&text, "/\xED\x95\x9C");
	begin_as(&script, 1, "");
	assert_int_equal(say(&script, "#tv", "", str_text(&text)), 0);
	at = strstr(str_text(&script.sent), "#tv :");
	assert_non_null(at);
	for (at += 5; *at != '\n'; at++)
		count += ((unsigned char)*at & 0xC0) != 0x80;
	assert_true(count <= TWITCH_TEXT_MAX);
	str_release(&text);
	end(&script);
}

/* ---------------------------------------------------------------- pace */

static size_t count_of(const struct script *script, const char *what)
{
	const char *at = str_text(&script->sent);
	size_t count = 0;

	while ((at = strstr(at, what)) != NULL) {
		count++;
		at++;
	}
	return count;
}

/* Ask all the time, prove at once; the times of what was said. */
static size_t run(struct script *script, size_t channels, const char *role, uint64_t for_ms, uint64_t *times,
		size_t *rooms)
{
	uint64_t end_ms = script->now.ms + for_ms;
	size_t count = 0, asked = 0;

	while (script->now.ms < end_ms) {
		for (size_t i = 0; i < channels; i++) {
			char text[32];

			snprintf(text, sizeof(text), "answer %zu", asked++);
			say(script, script->names[i], "", text); /* -ENOBUFS when there are many */
		}
		for (size_t i = 0; i < channels; i++) {
			char what[32];

			snprintf(what, sizeof(what), "PRIVMSG %s ", script->names[i]);
			if (count_of(script, what) == 0)
				continue;
			assert_int_equal(count_of(script, what), 1);
			assert_true(count < 4000);
			times[count] = script->now.ms;
			rooms[count++] = i;
		}
		str_clear(&script->sent);
		for (size_t i = 0; i < channels; i++) {
			char line[200];

			snprintf(line, sizeof(line), "@badges=%s%s :tmi.twitch.tv USERSTATE %s", role,
					*role ? "/1" : "", script->names[i]);
			server(script, line);
		}
		script->now.ms += 50;
	}
	return count;
}

static void windows_of_a_person(void **state)
{
	static uint64_t times[4000];
	static size_t rooms[4000];
	struct script script;
	size_t count;

	(void)state;
	begin_as(&script, 3, "");
	count = run(&script, 3, "", 200000, times, rooms);
	assert_true(count > 100); /* 19 in 32 s are 118 */
	for (size_t i = 20; i < count; i++)
		assert_true(times[i] - times[i - 20] > 30000);
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			if (rooms[i] == rooms[k])
				assert_true(times[k] - times[i] >= 1100);
	end(&script);
}

static void windows_of_a_moderator(void **state)
{
	static uint64_t times[4000];
	static size_t rooms[4000];
	struct script script;
	size_t count;

	(void)state;
	begin_as(&script, 2, "moderator");
	count = run(&script, 2, "moderator", 200000, times, rooms);
	assert_true(count > 500);
	for (size_t i = 100; i < count; i++)
		assert_true(times[i] - times[i - 100] > 30000);
	end(&script);
}

static void a_verified_bot_is_bound_by_little(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, true);
	server(&script, WELCOME);
	seat(&script, 0, "#tv", "");
	str_clear(&script.sent);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(say(&script, "#tv", "", i % 2 ? "odd" : "even"), 0);
		prove(&script, "#tv", "");
		pass(&script, 100);
	}
	assert_int_equal(count_of(&script, "PRIVMSG"), 60);
	end(&script);
}

/* A channel full of waiting answers does not delay other channels. */
static void rooms_take_turns(void **state)
{
	struct script script;

	(void)state;
	begin_as(&script, 2, "");
	for (int i = 0; i < TWITCH_ROOM_LINES_MAX + 1; i++)
		assert_int_equal(say(&script, "#tv", "", "flood"), 0);
	assert_int_equal(say(&script, "#tv", "", "flood"), -ENOBUFS);
	expect(&script.notes, "#tv: send queue full (Twitch's rate limit): dropping answers\n");
	str_clear(&script.sent);
	assert_int_equal(say(&script, "#two", "", "calm"), 0);
	expect(&script.sent, "0> @client-nonce=N PRIVMSG #two calm\n");
	end(&script);
}

static void an_outdated_answer_is_dropped(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1, false);
	server(&script, WELCOME);
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0); /* the channel is not there yet */
	pass(&script, TWITCH_AGE_MAX_MS + 1);
	server(&script, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	expect(&script.settled, "q1 not\n");
	assert_int_equal(twitch_chat_dropped(twitch_session_chat(script.session)), 1);
	end(&script);
}

/* Without a permit nothing is said, and nothing that waits for its proof is said again. */
static void a_mute_outbox_holds_its_answers(void **state)
{
	struct script script;
	struct twitch_chat *chat;

	(void)state;
	begin_as(&script, 2, "");
	chat = twitch_session_chat(script.session);
	assert_int_equal(say(&script, "#tv", "q1", "an answer"), 0);
	str_clear(&script.sent);
	twitch_chat_set_mute(chat, true);
	assert_int_equal(say(&script, "#two", "q2", "another"), 0);
	pass(&script, 5000);
	pass(&script, 6000);
	pass(&script, 6000);
	server(&script, "PING :x");
	assert_null(strstr(str_text(&script.sent), "PRIVMSG"));
	assert_non_null(strstr(str_text(&script.sent), "0> PONG x\n"));
	str_clear(&script.sent);
	/* Nothing is due that cannot be done: the process sleeps. */
	assert_true(twitch_session_next_ms(script.session) > script.now.ms);
	twitch_chat_set_mute(chat, false);
	assert_true(twitch_chat_is_flush_due(chat));
	twitch_chat_flush(chat, &script.now);
	assert_non_null(strstr(str_text(&script.sent), "PRIVMSG #tv :an answer\n"));
	assert_non_null(strstr(str_text(&script.sent), "PRIVMSG #two another\n"));
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_nonce_proves_an_answer),
			cmocka_unit_test(all_lines_prove_an_answer),
			cmocka_unit_test(a_server_without_nonces_proves_too),
			cmocka_unit_test(the_state_after_a_join_proves_nothing),
			cmocka_unit_test(once_more_and_never_twice),
			cmocka_unit_test(a_late_confirmation_prevents_the_repetition),
			cmocka_unit_test(a_silent_connection_is_asked_first),
			cmocka_unit_test(a_connection_that_ends_with_the_question_is_asked_first),
			cmocka_unit_test(connections_lost_in_a_row_do_not_lose_an_answer),
			cmocka_unit_test(a_second_try_that_is_refused_as_the_same_proves_the_first),
			cmocka_unit_test(a_reply_from_the_future_is_not_old),
			cmocka_unit_test(the_same_words_are_varied),
			cmocka_unit_test(a_duplicate_that_was_not_foreseen_is_varied_once),
			cmocka_unit_test(a_moderator_may_repeat),
			cmocka_unit_test(no_answer_is_ever_a_command),
			cmocka_unit_test(a_message_has_500_code_points_at_most),
			cmocka_unit_test(windows_of_a_person),
			cmocka_unit_test(windows_of_a_moderator),
			cmocka_unit_test(a_verified_bot_is_bound_by_little),
			cmocka_unit_test(rooms_take_turns),
			cmocka_unit_test(an_outdated_answer_is_dropped),
			cmocka_unit_test(a_mute_outbox_holds_its_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
