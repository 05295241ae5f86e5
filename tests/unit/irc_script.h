#ifndef EPISODED_TESTS_IRC_SCRIPT_H
#define EPISODED_TESTS_IRC_SCRIPT_H

/* A session, its clock, and a server that says what the test writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/session.h"
#include "bot/irc/line.h"

#define WALL_MS 1795425089000u /* 2026-11-23T09:11:29Z */

/* One session, its clock, and all that came out of it since the last look. */
struct script {
	struct irc_session *session;
	struct irc_now now;
	struct str sent, notes, heard, completed;
	char seen[200]; /* what the store has of each channel, and then of the one saved last; "": nothing */
	unsigned ready, channels, lost;
	bool stay_away;
	struct irc_session_config config;
	char *names[3];
};

static void on_send(void *user, const char *line, size_t length)
{
	struct script *script = user;

	assert_null(memchr(line, '\n', length));
	assert_null(memchr(line, '\r', length));
	str_append_bytes(&script->sent, line, length);
	str_append_char(&script->sent, '\n');
}

static void on_ready(void *user)
{
	((struct script *)user)->ready++;
}

static void on_channels(void *user)
{
	((struct script *)user)->channels++;
}

/* "channel[ among target] author(id) [private] [addressed] [late] text" */
static void on_message(void *user, const struct message *message)
{
	struct script *script = user;

	str_printf(&script->heard, "%s%s%s %s(%s)%s%s%s%s%s %s\n", message->channel,
			message->extra ? " among " : "", message->extra ? message->extra : "",
			message->author_name, message->author_id,
			irc_session_is_made_up(message->id) ? "" : " #",
			irc_session_is_made_up(message->id) ? "" : message->id,
			message->is_private ? " private" : "", message->is_addressed ? " addressed" : "",
			message->origin == MESSAGE_BACKLOG ? " late" : "", message->text);
}

static void on_note(void *user, const char *text)
{
	str_printf(&((struct script *)user)->notes, "%s\n", text);
}

static void on_lost(void *user, const char *reason, bool stay_away)
{
	struct script *script = user;

	script->lost++;
	script->stay_away = stay_away;
	str_printf(&script->notes, "lost: %s\n", reason);
}

/* "confirmed 12" */
static void on_completed(void *user, const struct irc_completed *completed)
{
	static const char *const names[] = {"confirmed", "refused", "expired", "unconfirmed", "withdrawn"};
	struct script *script = user;

	str_printf(&script->completed, "%s %s%s%s\n", names[completed->outcome], completed->id,
			*completed->reason ? ": " : "", completed->reason);
}

/* "redacted 12", of the first line only */
static void on_redacted(void *user, const char *id)
{
	struct script *script = user;

	if (!irc_session_is_made_up(id))
		str_printf(&script->completed, "redacted %s\n", id);
}

static void on_can_answer(void *user, const struct irc_place *place)
{
	struct script *script = user;

	str_printf(&script->completed, "replay %s\n", place->channel ? place->channel : "private");
}

static bool on_load_seen(void *user, const char *channel, char *ret, size_t size)
{
	const struct script *script = user;

	if (strcmp(channel, "*") == 0)
		return false; /* private messages: never seen */
	assert_true(*channel == '#' && size > sizeof(script->seen));
	memcpy(ret, script->seen, sizeof(script->seen));
	return *ret != '\0';
}

static void on_save_seen(void *user, const char *channel, const char *text)
{
	struct script *script = user;

	if (strcmp(channel, "*") == 0)
		return; /* the position in private messages */
	assert_true(*channel == '#' && strlen(text) < sizeof(script->seen));
	memcpy(script->seen, text, strlen(text) + 1);
}

static const struct irc_session_events script_events = {
		.on_send = on_send,
		.on_ready = on_ready,
		.on_channels = on_channels,
		.on_message = on_message,
		.on_note = on_note,
		.on_lost = on_lost,
		.on_completed = on_completed,
		.on_redacted = on_redacted,
		.on_can_answer = on_can_answer,
		.on_load_seen = on_load_seen,
		.on_save_seen = on_save_seen,
};

/* Queue, and the end of the turn. */
static inline int script_say(struct script *script, const struct irc_say *say)
{
	int r = irc_session_say(script->session, say, &script->now);

	irc_session_flush(script->session, &script->now);
	return r;
}

static void begin_with(struct script *script, const char *nick, const char *password, size_t channels)
{
	static char tv[] = "#tv", two[] = "#two", three[] = "#Three";

	*script = (struct script){.sent = STR(100000),
			.notes = STR(10000),
			.heard = STR(100000),
			.completed = STR(10000)};
	script->names[0] = tv;
	script->names[1] = two;
	script->names[2] = three;
	script->config = (struct irc_session_config){.nick = nick,
			.username = "user",
			.realname = "A bot",
			.password = password,
			.channels = script->names,
			.channel_count = channels};
	script->now = (struct irc_now){1000, WALL_MS};
	assert_int_equal(irc_session_new(&script->config, &script_events, script, &script->session), 0);
	irc_session_open(script->session, &script->now);
}

static void end(struct script *script)
{
	irc_session_free(script->session);
	str_release(&script->sent);
	str_release(&script->notes);
	str_release(&script->heard);
	str_release(&script->completed);
}

static void server(struct script *script, const char *lines)
{
	irc_session_receive(script->session, lines, strlen(lines), &script->now);
}

static inline void pass(struct script *script, uint64_t ms)
{
	script->now.ms += ms;
	script->now.wall_ms += ms;
	irc_session_tick(script->session, &script->now);
}

static inline void expect(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_clear(str);
}

/* Registered with tags and all, in #tv; what was sent and noted is forgotten. */
static inline void begin_ready(struct script *script)
{
	begin_with(script, "bot", NULL, 1);
	server(script, ":s CAP * LS :message-tags server-time echo-message batch account-tag chghost");
	server(script, ":s CAP bot ACK :message-tags server-time echo-message batch account-tag chghost");
	/* The server's clock is right: in 20 s it is WALL_MS. */
	server(script, "@time=2026-11-23T09:11:09.000Z :s 001 bot :Welcome\n:s 004 bot s InspIRCd-3 a b\n"
		       ":s 005 bot NICKLEN=12 STATUSMSG=@+ CHANTYPES=# :are supported\n:s 422 bot :no MOTD");
	server(script, ":bot!~user@host.example JOIN #tv");
	script->now.ms += 20000; /* what the registration cost is forgotten */
	assert_int_equal(script->ready, 1);
	assert_int_equal(irc_session_joined_count(script->session), 1);
	str_clear(&script->sent);
	str_clear(&script->notes);
	str_clear(&script->completed);
}

#endif
