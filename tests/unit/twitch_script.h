#ifndef EPISODED_TESTS_TWITCH_SCRIPT_H
#define EPISODED_TESTS_TWITCH_SCRIPT_H

/* A session on Twitch, its clock, and a server that says what the test writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/twitch/session.h"

#define WALL_MS 1795425089000u /* 2026-11-23T09:11:29Z */
#define WELCOME                                                                                              \
	":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n"                                    \
	":tmi.twitch.tv 001 bot :Welcome, GLHF!\r\n:tmi.twitch.tv 004 bot :-\r\n:tmi.twitch.tv 376 bot "     \
	":>\r\n"                                                                                             \
	"@user-id=77;display-name=Bot :tmi.twitch.tv GLOBALUSERSTATE\r\n"
#define MODES "emote-only=0;followers-only=-1;r9k=0;slow=0;subs-only=0;room-id=5"

/* One session, its clock, and all that came out of it since the last look. */
struct script {
	struct twitch_session *session;
	struct irc_now now;
	struct str sent, notes, heard, settled;
	unsigned ready, renewed;
	struct twitch_session_config config;
	char *names[3];
	char nonce[40]; /* of the last PRIVMSG */
};

/* "0> JOIN #tv"; a client-nonce is kept and shown as "N". */
static void on_send(void *user, size_t link, const char *line, size_t length)
{
	struct script *script = user;
	char copy[4096];
	char *nonce;

	assert_null(memchr(line, '\n', length));
	assert_null(memchr(line, '\r', length));
	assert_true(length < sizeof(copy));
	memcpy(copy, line, length);
	copy[length] = '\0';
	str_printf(&script->sent, "%zu> ", link);
	nonce = strstr(copy, "client-nonce=");
	if (nonce && *copy == '@') {
		size_t end;

		nonce += strlen("client-nonce=");
		end = strspn(nonce, "0123456789abcdef");
		assert_int_equal(end, 32);
		snprintf(script->nonce, sizeof(script->nonce), "%.*s", (int)end, nonce);
		str_append_bytes(&script->sent, copy, (size_t)(nonce - copy));
		str_printf(&script->sent, "N%s\n", nonce + end);
		return;
	}
	str_printf(&script->sent, "%s\n", copy);
}

static void on_ready(void *user, size_t link)
{
	(void)link;
	((struct script *)user)->ready++;
}

static void on_rooms(void *user)
{
	(void)user;
}

/* "#tv Anna(12) #id [addressed] text" */
static void on_message(void *user, const struct message *message)
{
	struct script *script = user;

	assert_string_equal(message->account, "");
	assert_false(message->is_private);
	str_printf(&script->heard, "%s %s(%s) #%s%s%s %s\n", message->channel, message->author_name,
			message->author_id, message->id, message->is_addressed ? " addressed" : "",
			message->origin == MESSAGE_BACKLOG ? " late" : "", message->text);
}

static void on_completed(void *user, const char *message_id, bool is_said)
{
	str_printf(&((struct script *)user)->settled, "%s%s\n", message_id, is_said ? "" : " not");
}

static void on_note(void *user, const char *text)
{
	str_printf(&((struct script *)user)->notes, "%s\n", text);
}

static void on_lost(void *user, size_t link, const char *reason, bool stay_away)
{
	str_printf(&((struct script *)user)->notes, "lost %zu%s: %s\n", link, stay_away ? " for long" : "",
			reason);
}

static void on_refused(void *user, size_t link, const char *reason)
{
	str_printf(&((struct script *)user)->notes, "refused %zu: %s\n", link, reason);
}

static void on_failed(void *user, const char *reason)
{
	str_printf(&((struct script *)user)->notes, "failed: %s\n", reason);
}

static void on_renew(void *user)
{
	((struct script *)user)->renewed++;
}

static void on_let_go(void *user, size_t link)
{
	str_printf(&((struct script *)user)->notes, "let go %zu\n", link);
}

static inline void begin_with(struct script *script, size_t channels, bool is_verified)
{
	static const struct twitch_session_events events = {
			on_send, on_ready, on_lost, on_refused, on_failed, on_renew, on_let_go};
	static const struct twitch_chat_events chat_events = {on_rooms, on_message, on_completed, on_note};
	static char tv[] = "#tv", two[] = "#two", three[] = "#three";

	*script = (struct script){.sent = STR(1000000),
			.notes = STR(100000),
			.heard = STR(100000),
			.settled = STR(100000)};
	script->names[0] = tv;
	script->names[1] = two;
	script->names[2] = three;
	script->config = (struct twitch_session_config){.login = "bot",
			.token = "abc",
			.channels = script->names,
			.channel_count = channels,
			.is_verified = is_verified,
			.seed = 1};
	script->now = (struct irc_now){100000, WALL_MS};
	assert_int_equal(twitch_session_new(&script->config, &events, script, &script->session), 0);
	twitch_chat_listen(twitch_session_chat(script->session), &chat_events, script);
	twitch_session_open(script->session, 0, &script->now);
}

static inline void end(struct script *script)
{
	twitch_session_free(script->session);
	str_release(&script->sent);
	str_release(&script->notes);
	str_release(&script->heard);
	str_release(&script->settled);
}

static inline void server_on(struct script *script, size_t link, const char *lines)
{
	twitch_session_receive(script->session, link, lines, strlen(lines), &script->now);
}

static inline void server(struct script *script, const char *lines)
{
	server_on(script, 0, lines);
}

static inline void pass(struct script *script, uint64_t ms)
{
	script->now.ms += ms;
	script->now.wall_ms += ms;
	twitch_session_tick(script->session, &script->now);
}

static inline void expect(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_clear(str);
}

/* What Twitch tells after a JOIN; role: a badge, or "". */
static inline void seat(struct script *script, size_t link, const char *channel, const char *role)
{
	char lines[600];

	snprintf(lines, sizeof(lines),
			":bot!bot@bot.tmi.twitch.tv JOIN %s\r\n@badges=%s%s;mod=%d :tmi.twitch.tv USERSTATE "
			"%s\r\n"
			"@" MODES " :tmi.twitch.tv ROOMSTATE %s\r\n",
			channel, role, *role ? "/1" : "", strcmp(role, "moderator") == 0, channel, channel);
	server_on(script, link, lines);
}

/* Logged in and in its channels; what was sent and noted is forgotten. */
static inline void begin_as(struct script *script, size_t channels, const char *role)
{
	begin_with(script, channels, false);
	server(script, WELCOME);
	for (size_t i = 0; i < channels; i++)
		seat(script, 0, script->names[i], role);
	assert_int_equal(script->ready, 1);
	assert_int_equal(twitch_chat_joined_count(twitch_session_chat(script->session)), channels);
	pass(script, 15000); /* what the joins cost is forgotten */
	str_clear(&script->sent);
	str_clear(&script->notes);
}

static inline int say_lines(
		struct script *script, const char *channel, const char *id, char *const *lines, size_t count)
{
	struct twitch_say say = {.channel = channel,
			.asked_id = id,
			.author_id = "12",
			.lines = lines,
			.line_count = count};

	int r = twitch_chat_say(twitch_session_chat(script->session), &say, &script->now);

	twitch_chat_flush(twitch_session_chat(script->session), &script->now);
	return r;
}

static inline int say(struct script *script, const char *channel, const char *id, const char *text)
{
	char *line = str_copy(text);
	int r = say_lines(script, channel, id, &line, 1);

	free(line);
	return r;
}

/* Twitch confirms the last message. */
static inline void prove(struct script *script, const char *channel, const char *role)
{
	char line[300];

	snprintf(line, sizeof(line), "@badges=%s%s;mod=%d;client-nonce=%s;id=x :tmi.twitch.tv USERSTATE %s",
			role, *role ? "/1" : "", strcmp(role, "moderator") == 0, script->nonce, channel);
	server(script, line);
}

static inline void notice(struct script *script, const char *id, const char *text)
{
	char line[300];

	snprintf(line, sizeof(line), "@msg-id=%s :tmi.twitch.tv NOTICE #tv :%s", id, text);
	server(script, line);
}

#endif
