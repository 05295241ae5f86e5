#ifndef EPISODED_TESTS_DISCORD_SESSION_STAGE_H
#define EPISODED_TESTS_DISCORD_SESSION_STAGE_H

/* A Discord session that records its actions; made for each test. */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/stream/closing.h"
#include "bot/gateway/discord/stream/session.h"

#define START_MS 5000

struct stage {
	struct discord_session *session;
	uint64_t now_ms;
	char url[200]; /* the last requested address; "": the base URL */
	char sent[DISCORD_PAYLOAD_MAX_BYTES + 1];
	unsigned connects, sends, drops, events, readies, resumes, losses, leaves, registers;
	unsigned short drop_code;
	uint64_t leave_wait_ms, resume_wait_ms, register_wait_ms, delay_ms;
	bool is_leave_held, is_event_broken;
	char reason[200];
	char failure[300];
};

static inline void on_connect(void *user, const char *url)
{
	struct stage *stage = user;

	stage->connects++;
	snprintf(stage->url, sizeof(stage->url), "%s", url ? url : "");
}

static inline void on_send(void *user, const char *bytes, size_t length, bool is_register)
{
	struct stage *stage = user;

	stage->sends++;
	stage->registers += is_register;
	memcpy(stage->sent, bytes, length);
	stage->sent[length] = '\0';
}

static inline void on_drop(void *user, unsigned short code)
{
	struct stage *stage = user;

	stage->drops++;
	stage->drop_code = code;
}

static inline int on_event(void *user, const struct discord_frame *frame)
{
	struct stage *stage = user;

	(void)frame;
	stage->events++;
	return stage->is_event_broken ? -ENOMEM : 0;
}

static inline uint64_t ask_connect(void *user, bool is_resume, uint64_t now_ms)
{
	struct stage *stage = user;

	(void)now_ms;
	if (is_resume)
		return stage->resume_wait_ms;
	stage->is_leave_held = !stage->leave_wait_ms;
	return stage->leave_wait_ms;
}

static inline uint64_t ask_register(void *user, bool is_resume, uint64_t now_ms)
{
	const struct stage *stage = user;

	(void)now_ms;
	(void)is_resume;
	return stage->register_wait_ms;
}

static inline void on_identify(void *user, bool is_sent, uint64_t now_ms)
{
	struct stage *stage = user;

	(void)now_ms;
	assert_true(stage->is_leave_held);
	stage->is_leave_held = false;
	stage->leaves += is_sent;
}

static inline void on_ready(void *user, bool is_resumed)
{
	struct stage *stage = user;

	stage->readies += !is_resumed;
	stage->resumes += is_resumed;
}

static inline void on_lost(void *user, const char *reason, uint64_t delay_ms)
{
	struct stage *stage = user;

	stage->losses++;
	stage->delay_ms = delay_ms;
	snprintf(stage->reason, sizeof(stage->reason), "%s", reason);
}

static inline void on_failed(void *user, const char *reason)
{
	struct stage *stage = user;

	snprintf(stage->failure, sizeof(stage->failure), "%s", reason);
}

static const struct discord_session_events events = {on_connect, on_send, on_drop, on_event, ask_connect,
		ask_register, on_identify, on_ready, on_lost, on_failed};

static inline int setup(void **state)
{
	static struct stage stage;
	const struct discord_session_config config = {
			.identity = {.token = "se\"cret",
					.intents = 37377,
					.shard = 3,
					.shard_count = 16,
					.activity = "!help"},
			.seed = 7,
	};

	stage = (struct stage){.now_ms = START_MS};
	*state = &stage;
	return discord_session_new(&config, &events, &stage, &stage.session);
}

static inline int teardown(void **state)
{
	struct stage *stage = *state;

	discord_session_free(stage->session);
	return 0;
}

static inline void say(struct stage *stage, const char *text)
{
	discord_session_receive(stage->session, text, strlen(text), stage->now_ms);
}

/* Move the clock to the next deadline. */
static inline void step(struct stage *stage)
{
	uint64_t next_ms = discord_session_next_ms(stage->session);

	assert_true(next_ms != UINT64_MAX);
	stage->now_ms = next_ms > stage->now_ms ? next_ms : stage->now_ms;
	discord_session_tick(stage->session, stage->now_ms);
}

static inline void open_and_greet(struct stage *stage)
{
	unsigned connects = stage->connects;

	while (stage->connects == connects)
		step(stage);
	discord_session_open(stage->session, stage->now_ms);
	say(stage, "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":40000}}");
}

static inline void become_ready(struct stage *stage)
{
	discord_session_start(stage->session, stage->now_ms);
	open_and_greet(stage);
	say(stage, "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":"
		   "\"wss://r.example\"}}");
	assert_int_equal(discord_session_state(stage->session), DISCORD_SESSION_READY);
}

/* End the connection with this code; the next one opens and receives HELLO. */
static inline void come_back(struct stage *stage, unsigned code)
{
	discord_session_closed(stage->session, code, "closed by the server", stage->now_ms);
	open_and_greet(stage);
}

static inline void assert_sent(const struct stage *stage, const char *part)
{
	if (!strstr(stage->sent, part))
		fail_msg("%s is not in %s", part, stage->sent);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
