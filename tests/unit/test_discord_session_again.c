/* One session and the ends of its connections: the meaning of each, and the reconnect. */

#include "tests/unit/discord_session_stage.h"

/* ---------------------------------------------------------------- the way back */

static void it_resumes(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	say(stage, "{\"t\":\"TYPING_START\",\"s\":41,\"op\":0,\"d\":{}}");
	say(stage, "{\"t\":\"TYPING_START\",\"s\":40,\"op\":0,\"d\":{}}"); /* out of order */
	come_back(stage, 1006);
	assert_string_equal(stage->url, "wss://r.example");
	assert_string_equal(stage->sent,
			"{\"op\":6,\"d\":{\"token\":\"se\\\"cret\",\"session_id\":\"abc\",\"seq\":41}}");
	assert_int_equal(stage->leaves, 1); /* a resume does not count */
	say(stage, "{\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->resumes, 0);
	say(stage, "{\"t\":\"RESUMED\",\"s\":43,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->resumes, 1);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_READY);
	assert_int_equal(discord_session_position(stage->session)->sequence, 43);
}

static void a_network_that_is_away_is_looked_for_every_minute(void **state)
{
	struct stage *stage = *state;
	uint64_t longest_ms = 0;

	discord_session_start(stage->session, stage->now_ms);
	for (int i = 0; i < 100; i++) {
		step(stage);
		discord_session_closed(stage->session, 0, "no route to host", stage->now_ms);
		assert_true(stage->delay_ms <= DISCORD_SESSION_UNREACHED_MS);
		longest_ms = stage->delay_ms > longest_ms ? stage->delay_ms : longest_ms;
	}
	assert_true(longest_ms > DISCORD_SESSION_UNREACHED_MS / 2);
	assert_int_equal(stage->leaves, 0);
	/* A server that fails after IDENTIFY needs longer delays, because IDENTIFYs per day are limited. */
	for (int i = 0; i < 100; i++) {
		open_and_greet(stage);
		discord_session_closed(stage->session, 0, "cut", stage->now_ms);
		longest_ms = stage->delay_ms > longest_ms ? stage->delay_ms : longest_ms;
	}
	assert_int_equal(stage->leaves, 100);
	assert_in_range(longest_ms, 5 * DISCORD_SESSION_UNREACHED_MS, DISCORD_SESSION_BACKOFF_CAP_MS);
}

static void op_7_resumes_soon(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	stage->now_ms += 60000;
	say(stage, "{\"op\":7,\"d\":null}");
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms < 1000);
	open_and_greet(stage);
	assert_sent(stage, "\"op\":6");
}

static void op_7_may_come_before_hello(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	step(stage);
	discord_session_open(stage->session, stage->now_ms);
	say(stage, "{\"op\":7,\"d\":null}");
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_CLOSING);
}

static void op_9_true_resumes_and_false_does_not(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	say(stage, "{\"op\":9,\"d\":true}");
	come_back(stage, 0);
	assert_sent(stage, "\"op\":6");
	say(stage, "{\"op\":9,\"d\":false}");
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms >= 1000);
	assert_string_equal(discord_session_position(stage->session)->session_id, "");
	open_and_greet(stage);
	assert_string_equal(stage->url, "");
	assert_sent(stage, "\"op\":2");
	say(stage, "{\"op\":9,\"d\":false}"); /* in answer to IDENTIFY: too many at once */
	discord_session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms >= 5000);
}

static void a_refused_resume_is_tried_three_times(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	for (unsigned i = 0; i < DISCORD_SESSION_RESUMES_MAX; i++) {
		come_back(stage, 1006);
		assert_sent(stage, "\"op\":6");
	}
	come_back(stage, 1006);
	assert_sent(stage, "\"op\":2");
	assert_string_equal(stage->url, "");
}

static void close_codes_mean_what_they_say(void **state)
{
	static const unsigned resumed[] = {0, 1000, 1001, 1006, 4000, 4001, 4002, 4008, 4999};
	static const unsigned renewed[] = {4003, 4005, 4007, 4009};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(resumed) / sizeof(resumed[0]); i++) {
		become_ready(stage);
		come_back(stage, resumed[i]);
		assert_sent(stage, "\"op\":6");
		teardown(state);
		setup(state);
	}
	for (size_t i = 0; i < sizeof(renewed) / sizeof(renewed[0]); i++) {
		become_ready(stage);
		come_back(stage, renewed[i]);
		assert_sent(stage, "\"op\":2");
		teardown(state);
		setup(state);
	}
}

static void fatal_codes_stop_and_say_what_to_do(void **state)
{
	static const struct {
		unsigned code;
		const char *word;
	} cases[] = {{4004, "token"}, {4010, "shards"}, {4011, "shards"}, {4012, "update"}, {4013, "update"},
			{4014, "Message Content"}};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		become_ready(stage);
		discord_session_closed(stage->session, cases[i].code, "closed", stage->now_ms);
		assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_FAILED);
		assert_non_null(strstr(stage->failure, cases[i].word));
		assert_true(discord_session_next_ms(stage->session) == UINT64_MAX);
		teardown(state);
		setup(state);
	}
}

static void an_event_that_is_not_handled_is_asked_for_again(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	stage->is_event_broken = true;
	say(stage, "{\"t\":\"MESSAGE_CREATE\",\"s\":2,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	assert_int_equal(discord_session_position(stage->session)->sequence, 1);
	stage->is_event_broken = false;
	come_back(stage, 0);
	assert_sent(stage, "\"seq\":1}");
}

static void a_server_that_cuts_at_once_is_not_hammered(void **state)
{
	struct stage *stage = *state;
	uint64_t start_ms;

	become_ready(stage);
	start_ms = stage->now_ms;
	for (int i = 0; i < 20; i++) {
		come_back(stage, 1006);
		say(stage, "{\"t\":\"RESUMED\",\"s\":2,\"op\":0,\"d\":{}}");
	}
	assert_true(stage->now_ms - start_ms > 60000);
}

static void a_stop_keeps_the_session(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	discord_session_stop(stage->session, stage->now_ms);
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	discord_session_closed(stage->session, 4000, "closed", stage->now_ms);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_STOPPED);
	assert_string_equal(discord_session_position(stage->session)->session_id, "abc");
	assert_true(discord_session_next_ms(stage->session) == UINT64_MAX);
}

static void a_stop_after_identify_waits_for_the_session(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_IDENTIFYING);
	discord_session_stop(stage->session, stage->now_ms);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_IDENTIFYING);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":"
		   "\"wss://r.example\"}}");
	assert_int_equal(stage->drop_code, DISCORD_CLOSE_OURS);
	discord_session_closed(stage->session, 4000, "closed", stage->now_ms);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_STOPPED);
	assert_string_equal(discord_session_position(stage->session)->session_id, "abc");
}

static void a_stop_after_identify_does_not_wait_long(void **state)
{
	struct stage *stage = *state;

	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	discord_session_stop(stage->session, stage->now_ms);
	stage->now_ms += DISCORD_SESSION_STOP_MS;
	discord_session_tick(stage->session, stage->now_ms);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_CLOSING);
	discord_session_closed(stage->session, 4000, "closed", stage->now_ms);
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_STOPPED);
}

static void a_restart_resumes(void **state)
{
	const struct discord_session_position position = {"old", "wss://r.example", 77};
	struct stage *stage = *state;

	discord_session_restore(stage->session, &position);
	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	assert_string_equal(stage->url, "wss://r.example");
	assert_sent(stage, "\"session_id\":\"old\",\"seq\":77");
	assert_int_equal(stage->leaves, 0);
}

/* ---------------------------------------------------------------- a lease that is over, or not here yet */

static void without_permission_it_is_connected_and_keeps_its_heartbeat(void **state)
{
	struct stage *stage = *state;
	uint64_t until_ms;

	become_ready(stage);
	stage->registers = 0;
	stage->register_wait_ms = 250;
	come_back(stage, 1001);
	say(stage, "{\"op\":10,\"d\":{\"heartbeat_interval\":40000}}"); /* twice */
	until_ms = stage->now_ms + 300000;
	while (stage->now_ms < until_ms) {
		step(stage);
		say(stage, "{\"op\":11}");
	}
	assert_int_equal(stage->registers, 0);
	assert_in_range(stage->sends, 8, 10); /* IDENTIFY, and a heartbeat each 40 s */
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_GREETING);
	stage->register_wait_ms = 0;
	step(stage);
	assert_int_equal(stage->registers, 1);
	assert_sent(stage, "\"op\":6,");
}

static void a_session_that_may_not_be_resumed_yet_is_not_given_up(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	stage->register_wait_ms = 250;
	for (unsigned i = 0; i < 3 * DISCORD_SESSION_RESUMES_MAX; i++)
		come_back(stage, 1006);
	assert_string_equal(discord_session_position(stage->session)->session_id, "abc");
	stage->register_wait_ms = 0;
	step(stage);
	assert_sent(stage, "\"session_id\":\"abc\"");
}

static void without_permission_it_does_not_connect(void **state)
{
	struct stage *stage = *state;
	unsigned connects;

	become_ready(stage);
	stage->resume_wait_ms = 250;
	discord_session_closed(stage->session, 1001, "closed by the server", stage->now_ms);
	connects = stage->connects;
	for (unsigned i = 0; i < 20; i++)
		step(stage);
	assert_int_equal(stage->connects, connects);
	assert_int_equal(stage->losses, 1);
	stage->resume_wait_ms = 0;
	step(stage);
	assert_int_equal(stage->connects, connects + 1);
}

static void permission_that_comes_too_late_is_returned(void **state)
{
	struct stage *stage = *state;

	stage->register_wait_ms = 250;
	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	assert_true(stage->is_leave_held);
	discord_session_stop(stage->session, stage->now_ms);
	discord_session_closed(stage->session, 0, "stopped", stage->now_ms);
	assert_false(stage->is_leave_held);
	assert_int_equal(stage->leaves, 0);
	assert_int_equal(stage->registers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(it_resumes),
			TEST(a_network_that_is_away_is_looked_for_every_minute),
			TEST(op_7_resumes_soon),
			TEST(op_7_may_come_before_hello),
			TEST(op_9_true_resumes_and_false_does_not),
			TEST(a_refused_resume_is_tried_three_times),
			TEST(close_codes_mean_what_they_say),
			TEST(fatal_codes_stop_and_say_what_to_do),
			TEST(an_event_that_is_not_handled_is_asked_for_again),
			TEST(a_server_that_cuts_at_once_is_not_hammered),
			TEST(a_stop_keeps_the_session),
			TEST(a_stop_after_identify_waits_for_the_session),
			TEST(a_stop_after_identify_does_not_wait_long),
			TEST(a_restart_resumes),
			TEST(without_permission_it_is_connected_and_keeps_its_heartbeat),
			TEST(a_session_that_may_not_be_resumed_yet_is_not_given_up),
			TEST(without_permission_it_does_not_connect),
			TEST(permission_that_comes_too_late_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
