/* One session, step by step: what it says, when, and what each end of a connection means. */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/closing.h"
#include "bot/gateway/discord/session.h"

#define START_MS 5000

struct stage {
	struct session *session;
	uint64_t now_ms;
	char url[200]; /* last asked for; "" the base */
	char sent[PAYLOAD_MAX_BYTES + 1];
	unsigned connects, sends, drops, events, readies, resumes, losses, leaves;
	unsigned short drop_code;
	uint64_t leave_wait_ms, delay_ms;
	bool is_leave_held, is_event_broken;
	char reason[200];
	char failure[300];
};

static void on_connect(void *user, const char *url)
{
	struct stage *stage = user;

	stage->connects++;
	snprintf(stage->url, sizeof(stage->url), "%s", url ? url : "");
}

static void on_send(void *user, const char *bytes, size_t length)
{
	struct stage *stage = user;

	stage->sends++;
	memcpy(stage->sent, bytes, length);
	stage->sent[length] = '\0';
}

static void on_drop(void *user, unsigned short code)
{
	struct stage *stage = user;

	stage->drops++;
	stage->drop_code = code;
}

static int on_event(void *user, const struct frame *frame)
{
	struct stage *stage = user;

	(void)frame;
	stage->events++;
	return stage->is_event_broken ? -EBADMSG : 0;
}

static uint64_t ask_identify(void *user, uint64_t now_ms)
{
	struct stage *stage = user;

	(void)now_ms;
	stage->is_leave_held = !stage->leave_wait_ms;
	return stage->leave_wait_ms;
}

static void on_identify(void *user, bool is_sent, uint64_t now_ms)
{
	struct stage *stage = user;

	(void)now_ms;
	assert_true(stage->is_leave_held);
	stage->is_leave_held = false;
	stage->leaves += is_sent;
}

static void on_ready(void *user, bool is_resumed)
{
	struct stage *stage = user;

	stage->readies += !is_resumed;
	stage->resumes += is_resumed;
}

static void on_lost(void *user, const char *reason, uint64_t delay_ms)
{
	struct stage *stage = user;

	stage->losses++;
	stage->delay_ms = delay_ms;
	snprintf(stage->reason, sizeof(stage->reason), "%s", reason);
}

static void on_failed(void *user, const char *reason)
{
	struct stage *stage = user;

	snprintf(stage->failure, sizeof(stage->failure), "%s", reason);
}

static const struct session_events events = {
	on_connect, on_send, on_drop, on_event, ask_identify, on_identify, on_ready, on_lost, on_failed};

static int setup(void **state)
{
	static struct stage stage;
	const struct session_config config = {
		.identity = {.token = "se\"cret",
			.intents = 37377,
			.shard = 3,
			.shard_count = 16,
			.activity = "!help"},
		.seed = 7,
	};

	stage = (struct stage){.now_ms = START_MS};
	*state = &stage;
	return session_new(&config, &events, &stage, &stage.session);
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	session_free(stage->session);
	return 0;
}

static void say(struct stage *stage, const char *text)
{
	session_receive(stage->session, text, strlen(text), stage->now_ms);
}

/* Jump to what is due next. */
static void step(struct stage *stage)
{
	uint64_t next_ms = session_next_ms(stage->session);

	assert_true(next_ms != UINT64_MAX);
	stage->now_ms = next_ms > stage->now_ms ? next_ms : stage->now_ms;
	session_tick(stage->session, stage->now_ms);
}

static void open_and_greet(struct stage *stage)
{
	unsigned connects = stage->connects;

	while (stage->connects == connects)
		step(stage);
	session_open(stage->session, stage->now_ms);
	say(stage, "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":40000}}");
}

static void become_ready(struct stage *stage)
{
	session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":"
		   "\"wss://r.example\"}}");
	assert_int_equal(session_state(stage->session), SESSION_READY);
}

/* The connection ends with this code; the next one is up and greeted. */
static void come_back(struct stage *stage, unsigned code)
{
	session_closed(stage->session, code, "closed by the server", stage->now_ms);
	open_and_greet(stage);
}

static void assert_sent(const struct stage *stage, const char *part)
{
	if (!strstr(stage->sent, part))
		fail_msg("%s is not in %s", part, stage->sent);
}

/* ---------------------------------------------------------------- the way in */

static void it_identifies(void **state)
{
	struct stage *stage = *state;

	session_start(stage->session, stage->now_ms);
	assert_int_equal(stage->connects, 0); /* not from within a call */
	open_and_greet(stage);
	assert_string_equal(stage->url, "");
	assert_int_equal(stage->leaves, 1);
	assert_sent(stage, "{\"op\":2,\"d\":{\"token\":\"se\\\"cret\",\"intents\":37377,");
	assert_sent(stage, "\"shard\":[3,16]");
	assert_sent(stage, "\"name\":\"!help\",\"type\":2");
	assert_int_equal(session_state(stage->session), SESSION_IDENTIFYING);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":"
		   "\"wss://r.example\"}}");
	assert_int_equal(stage->readies, 1);
	assert_int_equal(stage->events, 1);
	assert_string_equal(session_position(stage->session)->session_id, "abc");
}

static void it_waits_for_its_turn(void **state)
{
	struct stage *stage = *state;

	stage->leave_wait_ms = 5500;
	session_start(stage->session, stage->now_ms);
	step(stage);
	assert_int_equal(stage->connects, 0);
	assert_int_equal(session_next_ms(stage->session), START_MS + 5500);
	stage->leave_wait_ms = 0;
	step(stage);
	assert_int_equal(stage->connects, 1);
	assert_true(stage->is_leave_held);
	session_closed(stage->session, 0, "refused", stage->now_ms);
	assert_false(stage->is_leave_held); /* given back */
	assert_int_equal(stage->leaves, 0);
}

static void a_ready_without_its_session_is_refused(void **state)
{
	static const char *const readies[] = {
		"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\"}}",
		"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"resume_gateway_url\":\"wss://r.example\"}}",
		"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":null,\"resume_gateway_url\":\"wss://"
		"r.example\"}}",
		"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":null}",
	};
	struct stage *stage = *state;

	session_start(stage->session, stage->now_ms);
	for (size_t i = 0; i < sizeof(readies) / sizeof(readies[0]); i++) {
		open_and_greet(stage);
		say(stage, readies[i]);
		assert_int_equal(session_state(stage->session), SESSION_CLOSING);
		session_closed(stage->session, 0, "closed", stage->now_ms);
		assert_string_equal(session_position(stage->session)->session_id, "");
	}
}

static void every_state_has_its_deadline(void **state)
{
	struct stage *stage = *state;

	session_start(stage->session, stage->now_ms);
	step(stage);
	assert_int_equal(session_next_ms(stage->session) - stage->now_ms, SESSION_CONNECT_MS);
	step(stage);
	assert_int_equal(stage->drop_code, CLOSE_OURS);
	assert_int_equal(session_next_ms(stage->session) - stage->now_ms, SESSION_CLOSE_MS);
	step(stage); /* nor does the close come to an end */
	assert_int_equal(stage->drop_code, 0);
	assert_int_equal(session_state(stage->session), SESSION_WAITING);
	assert_string_equal(stage->reason, "no connection within 15 s");
	while (stage->connects < 2)
		step(stage);
	session_open(stage->session, stage->now_ms);
	assert_int_equal(session_next_ms(stage->session) - stage->now_ms, SESSION_HELLO_MS);
	step(stage);
	session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_string_equal(stage->reason, "no HELLO within 60 s");
	open_and_greet(stage);
	while (session_state(stage->session) == SESSION_IDENTIFYING) {
		say(stage, "{\"op\":11}");
		step(stage);
	}
	session_closed(stage->session, 0, "closed", stage->now_ms);
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
	assert_int_equal(stage->drop_code, CLOSE_OURS);
	session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_string_equal(stage->reason, "the line is dead: a heartbeat was not answered");
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
	/* But Discord has to hear us too. */
	hear_and_beat(stage, 7);
	assert_int_equal(stage->drop_code, CLOSE_OURS);
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
	assert_int_equal(stage->sends, SESSION_SENDS_MAX - SESSION_SENDS_RESERVED);
	step(stage); /* the one that is due has its reserve */
	assert_int_equal(stage->sends, SESSION_SENDS_MAX - SESSION_SENDS_RESERVED + 1);
}

/* ---------------------------------------------------------------- the way back */

static void it_resumes(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	say(stage, "{\"t\":\"TYPING_START\",\"s\":41,\"op\":0,\"d\":{}}");
	say(stage, "{\"t\":\"TYPING_START\",\"s\":40,\"op\":0,\"d\":{}}"); /* out of order */
	come_back(stage, 1006);
	assert_string_equal(stage->url, "wss://r.example");
	assert_string_equal(
		stage->sent, "{\"op\":6,\"d\":{\"token\":\"se\\\"cret\",\"session_id\":\"abc\",\"seq\":41}}");
	assert_int_equal(stage->leaves, 1); /* a resume costs none */
	say(stage, "{\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->resumes, 0);
	say(stage, "{\"t\":\"RESUMED\",\"s\":43,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->resumes, 1);
	assert_int_equal(session_state(stage->session), SESSION_READY);
	assert_int_equal(session_position(stage->session)->sequence, 43);
}

static void a_network_that_is_away_is_looked_for_every_minute(void **state)
{
	struct stage *stage = *state;
	uint64_t longest_ms = 0;

	session_start(stage->session, stage->now_ms);
	for (int i = 0; i < 100; i++) {
		step(stage);
		session_closed(stage->session, 0, "no route to host", stage->now_ms);
		assert_true(stage->delay_ms <= SESSION_UNREACHED_MS);
		longest_ms = stage->delay_ms > longest_ms ? stage->delay_ms : longest_ms;
	}
	assert_true(longest_ms > SESSION_UNREACHED_MS / 2);
	assert_int_equal(stage->leaves, 0);
	/* One that takes an IDENTIFY and then fails is another matter: a day has only so many. */
	for (int i = 0; i < 100; i++) {
		open_and_greet(stage);
		session_closed(stage->session, 0, "cut", stage->now_ms);
		longest_ms = stage->delay_ms > longest_ms ? stage->delay_ms : longest_ms;
	}
	assert_int_equal(stage->leaves, 100);
	assert_in_range(longest_ms, 5 * SESSION_UNREACHED_MS, SESSION_BACKOFF_CAP_MS);
}

static void op_7_resumes_soon(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	stage->now_ms += 60000;
	say(stage, "{\"op\":7,\"d\":null}");
	assert_int_equal(stage->drop_code, CLOSE_OURS);
	session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms < 1000);
	open_and_greet(stage);
	assert_sent(stage, "\"op\":6");
}

static void op_7_may_come_before_hello(void **state)
{
	struct stage *stage = *state;

	session_start(stage->session, stage->now_ms);
	step(stage);
	session_open(stage->session, stage->now_ms);
	say(stage, "{\"op\":7,\"d\":null}");
	assert_int_equal(session_state(stage->session), SESSION_CLOSING);
}

static void op_9_true_resumes_and_false_does_not(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	say(stage, "{\"op\":9,\"d\":true}");
	come_back(stage, 0);
	assert_sent(stage, "\"op\":6");
	say(stage, "{\"op\":9,\"d\":false}");
	session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms >= 1000);
	assert_string_equal(session_position(stage->session)->session_id, "");
	open_and_greet(stage);
	assert_string_equal(stage->url, "");
	assert_sent(stage, "\"op\":2");
	say(stage, "{\"op\":9,\"d\":false}"); /* in answer to IDENTIFY: too many at once */
	session_closed(stage->session, 0, "closed", stage->now_ms);
	assert_true(stage->delay_ms >= 5000);
}

static void a_refused_resume_is_tried_three_times(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	for (unsigned i = 0; i < SESSION_RESUMES_MAX; i++) {
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
		session_closed(stage->session, cases[i].code, "closed", stage->now_ms);
		assert_int_equal(session_state(stage->session), SESSION_FAILED);
		assert_non_null(strstr(stage->failure, cases[i].word));
		assert_true(session_next_ms(stage->session) == UINT64_MAX);
		teardown(state);
		setup(state);
	}
}

static void a_broken_event_is_asked_for_again(void **state)
{
	struct stage *stage = *state;

	become_ready(stage);
	stage->is_event_broken = true;
	say(stage, "{\"t\":\"MESSAGE_CREATE\",\"s\":2,\"op\":0,\"d\":{}}");
	assert_int_equal(stage->drop_code, CLOSE_OURS);
	assert_int_equal(session_position(stage->session)->sequence, 1);
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
	session_stop(stage->session, stage->now_ms);
	assert_int_equal(stage->drop_code, CLOSE_OURS);
	session_closed(stage->session, 4000, "closed", stage->now_ms);
	assert_int_equal(session_state(stage->session), SESSION_STOPPED);
	assert_string_equal(session_position(stage->session)->session_id, "abc");
	assert_true(session_next_ms(stage->session) == UINT64_MAX);
}

static void a_restart_resumes(void **state)
{
	const struct session_position position = {"old", "wss://r.example", 77};
	struct stage *stage = *state;

	session_restore(stage->session, &position);
	session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	assert_string_equal(stage->url, "wss://r.example");
	assert_sent(stage, "\"session_id\":\"old\",\"seq\":77");
	assert_int_equal(stage->leaves, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_identifies),
		TEST(it_waits_for_its_turn),
		TEST(a_ready_without_its_session_is_refused),
		TEST(every_state_has_its_deadline),
		TEST(heartbeats_keep_time),
		TEST(a_dead_line_is_noticed),
		TEST(any_event_is_a_sign_of_life),
		TEST(a_heartbeat_is_sent_when_asked_for),
		TEST(it_resumes),
		TEST(a_network_that_is_away_is_looked_for_every_minute),
		TEST(op_7_resumes_soon),
		TEST(op_7_may_come_before_hello),
		TEST(op_9_true_resumes_and_false_does_not),
		TEST(a_refused_resume_is_tried_three_times),
		TEST(close_codes_mean_what_they_say),
		TEST(fatal_codes_stop_and_say_what_to_do),
		TEST(a_broken_event_is_asked_for_again),
		TEST(a_server_that_cuts_at_once_is_not_hammered),
		TEST(a_stop_keeps_the_session),
		TEST(a_restart_resumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
