/* One session, step by step: its payloads and their times. */

#include "tests/unit/discord_session_stage.h"

/* ---------------------------------------------------------------- the way in */

static void it_identifies(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	assert_int_equal(stage->connects, 0); /* not inside a call */
	open_and_greet(stage);
	assert_string_equal(stage->url, "");
	assert_int_equal(stage->leaves, 1);
	assert_sent(stage, "{\"op\":2,\"d\":{\"token\":\"se\\\"cret\",\"intents\":37377,");
	assert_sent(stage, "\"shard\":[3,16]");
	assert_sent(stage, "\"name\":\"!help\",\"type\":2");
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_IDENTIFYING);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":"
		   "\"wss://r.example\"}}");
	assert_int_equal(stage->readies, 1);
	assert_int_equal(stage->events, 1);
	assert_string_equal(discord_session_position(stage->session)->session_id, "abc");
}

static void it_waits_for_its_turn(void **state)
{
	struct stage *stage = *state;

	stage->leave_wait_ms = 5500;
	discord_session_start(stage->session, stage->now_ms);
	step(stage);
	assert_int_equal(stage->connects, 0);
	assert_int_equal(discord_session_next_ms(stage->session), START_MS + 5500);
	stage->leave_wait_ms = 0;
	step(stage);
	assert_int_equal(stage->connects, 1);
	assert_true(stage->is_leave_held);
	discord_session_closed(stage->session, 0, "refused", stage->now_ms);
	assert_false(stage->is_leave_held); /* returned */
	assert_int_equal(stage->leaves, 0);
}

/* Refusing it would cost an IDENTIFY each time, for the same READY. */
static void a_ready_without_its_session_is_not_resumed(void **state)
{
	static const char *const readies[] = {
			("{\"t\":\"READY\",\"s\":1,\"op\":0,"
			 "\"d\":{\"resume_gateway_url\":\"wss://r.example\"}}"),
			"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":null}}",
			"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":null}",
			"{\"t\":\"READY\",\"op\":0}",
	};
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	for (size_t i = 0; i < sizeof(readies) / sizeof(readies[0]); i++) {
		open_and_greet(stage);
		assert_sent(stage, "\"op\":2");
		say(stage, readies[i]);
		assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_READY);
		assert_int_equal(stage->readies, i + 1);
		discord_session_closed(stage->session, 0, "closed", stage->now_ms);
		assert_string_equal(discord_session_position(stage->session)->session_id, "");
	}
}

static void a_ready_without_a_url_is_resumed_at_the_base_address(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\"}}");
	come_back(stage, 0);
	assert_string_equal(stage->url, "");
	assert_sent(stage, "\"op\":6");
	assert_sent(stage, "\"session_id\":\"abc\"");
}

/* A server without RESUME gives a new session. */
static void a_ready_after_resume_is_a_new_session(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	come_back(stage, 0);
	assert_sent(stage, "\"op\":6");
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"new\"}}");
	assert_int_equal(stage->readies, 2);
	assert_int_equal(stage->resumes, 0);
	assert_string_equal(discord_session_position(stage->session)->session_id, "new");
}

/* An event where it is not expected, or with an odd s or t, costs no connection. */
static void odd_dispatches_are_ignored(void **state)
{
	static const char *const texts[] = {
			"{\"t\":\"READY\",\"s\":9,\"op\":0,\"d\":{\"session_id\":\"other\"}}",
			"{\"t\":\"RESUMED\",\"s\":9,\"op\":0,\"d\":{}}",
			"{\"t\":5,\"s\":\"x\",\"op\":0,\"d\":{}}",
			"{\"t\":{},\"s\":1.5,\"op\":0}",
			"{\"op\":0}",
			"{\"op\":77,\"d\":[]}",
	};
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	step(stage);
	discord_session_open(stage->session, stage->now_ms);
	say(stage, "{\"t\":\"MESSAGE_CREATE\",\"s\":9,\"op\":0,\"d\":{}}"); /* before HELLO */
	assert_int_equal(stage->events, 0);
	say(stage, "{\"op\":10,\"d\":{\"heartbeat_interval\":40000}}");
	say(stage, texts[1]); /* before READY */
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\"}}");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		say(stage, texts[i]);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_READY);
	assert_int_equal(stage->drops, 0);
	assert_string_equal(discord_session_position(stage->session)->session_id, "abc");
	assert_int_equal(discord_session_position(stage->session)->sequence, 1);
}

static void every_state_has_its_deadline(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	step(stage);
	assert_int_equal(discord_session_next_ms(stage->session) - stage->now_ms, DISCORD_SESSION_CONNECT_MS);
	step(stage);
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	assert_int_equal(discord_session_next_ms(stage->session) - stage->now_ms, DISCORD_SESSION_CLOSE_MS);
	step(stage); /* and the close does not complete */
	assert_int_equal(stage->drop_code, 0);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_WAITING);
	assert_string_equal(stage->reason, "no connection within 15 s");
	while (stage->connects < 2)
		step(stage);
	discord_session_open(stage->session, stage->now_ms);
	assert_int_equal(discord_session_next_ms(stage->session) - stage->now_ms, DISCORD_SESSION_HELLO_MS);
	step(stage);
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_string_equal(stage->reason, "no HELLO within 60 s");
	open_and_greet(stage);
	while (discord_session_state(stage->session) == DISCORD_SESSION_IDENTIFYING) {
		say(stage, "{\"op\":11}");
		step(stage);
	}
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_string_equal(stage->reason, "no READY within 30 s");
}

/* ---------------------------------------------------------------- heartbeats */

static void heartbeats_keep_time(void **state)
{
	struct stage *stage = *state;
	uint64_t ready_ms, last_ms;

	become_ready(stage);
	ready_ms = stage->now_ms;
	step(stage);
	assert_true(stage->now_ms - ready_ms < 40000); /* jittered */
	assert_string_equal(stage->sent, "{\"op\":1,\"d\":1}");
	for (int i = 0; i < 10; i++) {
		last_ms = stage->now_ms;
		say(stage, "{\"op\":11}");
		step(stage);
		assert_int_equal(stage->now_ms - last_ms, 40000);
	}
	assert_int_equal(stage->drops, 0);
}

static void a_dead_line_is_noticed(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	step(stage);
	step(stage);
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_string_equal(stage->reason, "connection dead: no heartbeat ACK");
	open_and_greet(stage);
	assert_sent(stage, "\"op\":6");
}

/* Events come, a heartbeat goes out. */
static void hear_and_beat(struct stage *stage, int sequence)
{
	char text[100];

	snprintf(text, sizeof(text), "{\"t\":\"TYPING_START\",\"s\":%d,\"op\":0,\"d\":{}}", sequence);
	say(stage, text);
	step(stage);
}

static void any_event_is_a_sign_of_life(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	step(stage);
	hear_and_beat(stage, 2);
	hear_and_beat(stage, 3);
	assert_int_equal(stage->drops, 0);
	say(stage, "{\"op\":11}"); /* late, as after a READY that took its time */
	hear_and_beat(stage, 4);
	hear_and_beat(stage, 5);
	hear_and_beat(stage, 6);
	assert_int_equal(stage->drops, 0);
	assert_string_equal(stage->sent, "{\"op\":1,\"d\":6}");
	/* Heartbeats must still be acknowledged. */
	hear_and_beat(stage, 7);
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
}

static void a_heartbeat_is_sent_when_asked_for(void **state)
{
	struct stage *stage = *state;
	unsigned sends;

	become_ready(stage);
	sends = stage->sends;
	say(stage, "{\"op\":1,\"d\":null}");
	assert_int_equal(stage->sends, sends + 1);
	assert_string_equal(stage->sent, "{\"op\":1,\"d\":1}");
	for (int i = 0; i < 500; i++)
		say(stage, "{\"op\":1,\"d\":null}");
	assert_int_equal(stage->sends, DISCORD_SESSION_SENDS_MAX - DISCORD_SESSION_SENDS_RESERVED);
	step(stage); /* the one that is due has its reserve */
	assert_int_equal(stage->sends, DISCORD_SESSION_SENDS_MAX - DISCORD_SESSION_SENDS_RESERVED + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(it_identifies),
			TEST(it_waits_for_its_turn),
			TEST(a_ready_without_its_session_is_not_resumed),
			TEST(a_ready_without_a_url_is_resumed_at_the_base_address),
			TEST(a_ready_after_resume_is_a_new_session),
			TEST(odd_dispatches_are_ignored),
			TEST(every_state_has_its_deadline),
			TEST(heartbeats_keep_time),
			TEST(a_dead_line_is_noticed),
			TEST(any_event_is_a_sign_of_life),
			TEST(a_heartbeat_is_sent_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
