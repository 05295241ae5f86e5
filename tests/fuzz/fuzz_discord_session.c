/*
 * A session against a hostile server: the input is a script of payloads, closes and waits, one per line. No limit is
 * exceeded, and the session always has a next deadline or has ended.
 */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/stream/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 400

struct play {
	struct discord_session *session;
	uint64_t now_ms;
	bool is_connected, is_leave_held;
};

static void on_connect(void *user, const char *url)
{
	struct play *play = user;

	assert(!play->is_connected);
	assert(!url || *url);
	play->is_connected = true;
}

static void on_send(void *user, const char *bytes, size_t length, bool is_register)
{
	struct play *play = user;

	assert(play->is_connected && length <= DISCORD_PAYLOAD_MAX_BYTES && bytes[0] == '{' &&
			bytes[length - 1] == '}');
	assert(!is_register || play->now_ms % 5);
}

static void on_drop(void *user, unsigned short code)
{
	struct play *play = user;

	assert(play->is_connected && (code == 0 || code == 4000));
	if (!code)
		play->is_connected = false;
}

static int on_event(void *user, const struct discord_frame *frame)
{
	(void)user;
	return span_get(frame->data, "bad").at ? -ENOMEM : 0;
}

static uint64_t ask_connect(void *user, bool is_resume, uint64_t now_ms)
{
	struct play *play = user;

	assert(!play->is_leave_held);
	play->is_leave_held = !is_resume && now_ms % 3 != 0;
	return now_ms % 3 ? 0 : 7;
}

static uint64_t ask_register(void *user, bool is_resume, uint64_t now_ms)
{
	const struct play *play = user;

	assert(play->is_leave_held == !is_resume);
	return now_ms % 5 ? 0 : 2;
}

static void on_identify(void *user, bool is_sent, uint64_t now_ms)
{
	struct play *play = user;

	(void)is_sent;
	(void)now_ms;
	assert(play->is_leave_held);
	play->is_leave_held = false;
}

static void on_ready(void *user, bool is_resumed)
{
	(void)user;
	(void)is_resumed;
}

static void on_lost(void *user, const char *reason, uint64_t delay_ms)
{
	(void)user;
	assert(*reason && delay_ms <= DISCORD_SESSION_BACKOFF_CAP_MS);
}

static void on_failed(void *user, const char *reason)
{
	(void)user;
	assert(*reason);
}

/* One line: '>' open, 'x' closed with the code that follows, '+' time passes, anything else a payload. */
static void step(struct play *play, char *line, size_t length)
{
	switch (length ? line[0] : '+') {
	case '>':
		if (play->is_connected)
			discord_session_open(play->session, play->now_ms);
		break;
	case 'x':
		if (!play->is_connected)
			break;
		play->is_connected = false;
		discord_session_closed(play->session, length > 2 ? 4000u + (unsigned char)line[1] % 20 : 0,
				"closed", play->now_ms);
		break;
	case '+':
		if (discord_session_next_ms(play->session) == UINT64_MAX)
			break;
		if (discord_session_next_ms(play->session) > play->now_ms)
			play->now_ms = discord_session_next_ms(play->session);
		discord_session_tick(play->session, play->now_ms);
		break;
	default: discord_session_receive(play->session, line, length, play->now_ms); break;
	}
}

static void check(const struct play *play)
{
	enum discord_session_state state = discord_session_state(play->session);

	assert(state != DISCORD_SESSION_STOPPED);
	assert(state == DISCORD_SESSION_FAILED || discord_session_next_ms(play->session) != UINT64_MAX ||
			state == DISCORD_SESSION_READY);
	assert(strlen(discord_session_position(play->session)->session_id) < DISCORD_SESSION_ID_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct discord_session_events events = {on_connect, on_send, on_drop, on_event,
			ask_connect, ask_register, on_identify, on_ready, on_lost, on_failed};
	const struct discord_session_config config = {
			.identity = {.token = "t", .shard_count = 1}, .seed = size};
	struct play play = {.now_ms = 1000};

	if (discord_session_new(&config, &events, &play, &play.session) < 0)
		return 0;
	discord_session_start(play.session, play.now_ms);
	for (size_t at = 0, steps = 0; at < size && steps < STEPS_MAX; steps++) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t length = end ? (size_t)(end - data) - at : size - at;
		char *line = malloc(length ? length : 1);

		if (!line)
			break;
		memcpy(line, data + at, length);
		step(&play, line, length);
		free(line);
		check(&play);
		at += length + 1;
	}
	discord_session_free(play.session);
	return 0;
}
