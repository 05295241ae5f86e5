/* One account's side of Twitch's chat: its life from login to goodbye. */

#include "bot/gateway/twitch/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/state.h"

#define CAPS             "twitch.tv/tags twitch.tv/commands"
#define LINE_MAX_BYTES   8192
#define LOGIN_MS         (30 * 1000)
#define MOTD_MS          (10 * 1000) /* after 001; then without its end */
#define IDLE_PING_MS     (90 * 1000) /* seldom, so that an idle bot sleeps */
#define IDLE_PONG_MS     (30 * 1000)
#define HANDOVER_MS      (15 * 1000) /* for the new connection to be in all channels */
#define SAID_SPAN_MS     (32 * 1000) /* Twitch counts in 30 s, and begins when it likes */
#define JOINED_SPAN_MS   (11 * 1000)
#define VERIFIED_SAID_MS 480 /* 100 in each are 6250 in 30 s */
#define VERIFIED_JOIN_MS 600 /* 100 in each are 1666 in 10 s */

/* ---------------------------------------------------------------- for the other files */

void twitch_clock(struct twitch_session *session, const struct irc_now *now)
{
	if (now->ms > session->now.ms)
		session->now = *now;
}

void twitch_note(struct twitch_session *session, const char *format, ...)
{
	char text[TWITCH_NOTE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	session->events.on_note(session->user, text);
}

void twitch_send(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct str text = STR(LINE_MAX_BYTES);
	/* After a line that was lost no other: a NICK without its PASS would be refused for good. */
	int r = session->connections[link].is_short ? -ENOMEM : irc_line_format(line, &text);

	if (r == 0)
		session->events.on_send(session->user, link, str_text(&text), text.length);
	session->connections[link].is_short |= r == -ENOMEM;
	str_release(&text);
}

void twitch_ping(struct twitch_session *session, size_t link)
{
	struct twitch_connection *connection = &session->connections[link];

	if (connection->pinged_ms)
		return;
	connection->pinged_ms = session->now.ms;
	twitch_send(session, link, IRC_LINE("PING", "episoded"));
}

struct twitch_room *twitch_find_room(const struct twitch_session *session, const char *name)
{
	for (size_t i = 0; i < session->room_count; i++)
		if (str_equal(session->rooms[i]->name, name))
			return session->rooms[i];
	return NULL;
}

/* ---------------------------------------------------------------- rooms */

static void free_rooms(struct twitch_session *session, struct twitch_room **rooms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		twitch_outbox_clear(session, rooms[i], false);
		free(rooms[i]);
	}
	free(rooms);
}

static struct twitch_room *new_room(const char *name)
{
	struct twitch_room *room = malloc(sizeof(*room));

	if (room)
		twitch_room_init(room, name);
	return room;
}

static void leave(struct twitch_session *session, struct twitch_room *room)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (room->seats[link].is_in || room->seats[link].asked_ms)
			twitch_send(session, link, IRC_LINE("PART", room->name));
	twitch_outbox_clear(session, room, true);
	free(room);
}

/* Those there are, and new ones, which are linked as well. */
static int find_rooms(const struct twitch_session *session, char *const *names, size_t count,
		struct twitch_room **ret, struct twitch_room **ret_made)
{
	for (size_t i = 0; i < count; i++) {
		ret[i] = twitch_find_room(session, names[i]);
		if (ret[i])
			continue;
		ret[i] = new_room(names[i]);
		if (!ret[i])
			return -ENOMEM;
		ret[i]->made_before = *ret_made;
		*ret_made = ret[i];
	}
	return 0;
}

/* The rooms of these names. -ENOMEM: nothing changed. */
static int set_rooms(struct twitch_session *session, char *const *names, size_t count)
{
	struct twitch_room **rooms = calloc(count + 1, sizeof(*rooms)), **before = session->rooms;
	struct twitch_room *made = NULL, *room;
	size_t i, before_count = session->room_count;
	int r = rooms ? find_rooms(session, names, count, rooms, &made) : -ENOMEM;

	if (r < 0) {
		while ((room = made) != NULL) {
			made = room->made_before;
			free(room);
		}
		free(rooms);
		return r;
	}
	session->rooms = rooms;
	session->room_count = count;
	for (i = 0; i < before_count; i++)
		if (!twitch_find_room(session, before[i]->name))
			leave(session, before[i]);
	free(before);
	return 0;
}

/* ---------------------------------------------------------------- from birth to end */

int twitch_session_new(const struct twitch_session_config *config, const struct twitch_session_events *events,
		void *user, struct twitch_session **ret)
{
	struct twitch_session *session = calloc(1, sizeof(*session));
	bool is_verified = config->is_verified;

	if (!session)
		return -ENOMEM;
	session->config = *config;
	session->events = *events;
	session->user = user;
	session->ids = ids_new();
	twitch_window_init(&session->said, is_verified ? VERIFIED_SAID_MS : SAID_SPAN_MS);
	twitch_window_init(&session->joined, is_verified ? VERIFIED_JOIN_MS : JOINED_SPAN_MS);
	if (!session->ids || set_rooms(session, config->channels, config->channel_count) < 0) {
		twitch_session_free(session);
		return -ENOMEM;
	}
	*ret = session;
	return 0;
}

void twitch_session_free(struct twitch_session *session)
{
	if (!session)
		return;
	free_rooms(session, session->rooms, session->room_count);
	ids_free(session->ids);
	free(session);
}

int twitch_session_configure(struct twitch_session *session, const struct twitch_session_config *config,
		const struct irc_now *now)
{
	int r;

	twitch_clock(session, now);
	r = set_rooms(session, config->channels, config->channel_count);
	if (r < 0)
		return r;
	session->config = *config;
	twitch_session_tick(session, now);
	return 0;
}

static bool is_open(const struct twitch_session *session, size_t link)
{
	return session->connections[link].state != TWITCH_CLOSED;
}

static size_t other(size_t link)
{
	return (link + 1) % TWITCH_LINKS;
}

void twitch_session_open(struct twitch_session *session, size_t link, const struct irc_now *now)
{
	struct str pass = STR(LINE_MAX_BYTES);

	twitch_session_close(session, link, now);
	session->connections[link] = (struct twitch_connection){
			.state = TWITCH_LOGIN, .opened_ms = now->ms, .heard_ms = now->ms};
	if (!is_open(session, session->current))
		session->current = link;
	str_printf(&pass, "oauth:%s", session->config.token);
	twitch_send(session, link, IRC_LINE("CAP", "REQ", CAPS));
	twitch_send(session, link, IRC_LINE("PASS", str_text(&pass)));
	twitch_send(session, link, IRC_LINE("NICK", session->config.login));
	str_release(&pass);
}

void twitch_session_close(struct twitch_session *session, size_t link, const struct irc_now *now)
{
	twitch_clock(session, now);
	if (!is_open(session, link))
		return;
	session->connections[link].state = TWITCH_CLOSED;
	session->connections[link].leaving_ms = 0;
	session->connections[link].is_short = false;
	for (size_t i = 0; i < session->room_count; i++)
		session->rooms[i]->seats[link] = (struct twitch_seat){0};
	if (link == session->current && is_open(session, other(link))) {
		session->current = other(link);
		session->connections[other(link)].leaving_ms = 0;
	}
	twitch_outbox_link_gone(session, link);
}

void twitch_lose(struct twitch_session *session, size_t link, const char *reason, bool stay_away)
{
	char text[TWITCH_NOTE_MAX_BYTES]; /* reason may lie in the line buffer */
	struct irc_now now = session->now;

	utf8_print(text, sizeof(text), "%s", reason);
	twitch_session_close(session, link, &now);
	session->events.on_lost(session->user, link, text, stay_away);
}

void twitch_fail(struct twitch_session *session, const char *reason)
{
	struct irc_now now = session->now;

	for (size_t link = 0; link < TWITCH_LINKS; link++)
		twitch_session_close(session, link, &now);
	session->events.on_failed(session->user, reason);
}

void twitch_ready(struct twitch_session *session, size_t link)
{
	session->connections[link].state = TWITCH_READY;
	session->connections[link].welcomed_ms = session->now.ms;
	twitch_join_run(session);
	session->events.on_ready(session->user, link);
}

/* ---------------------------------------------------------------- two connections */

/* When the new connection is where the old one is, it speaks from now on. */
static void hand_over(struct twitch_session *session)
{
	size_t old = session->current, new = other(old);
	const struct twitch_connection *connection = &session->connections[new];

	if (connection->state != TWITCH_READY || connection->leaving_ms ||
			session->connections[old].leaving_ms)
		return;
	if (!twitch_join_is_complete(session, new) && session->now.ms < connection->welcomed_ms + HANDOVER_MS)
		return;
	session->current = new;
	session->connections[old].leaving_ms = session->now.ms;
	session->events.on_rooms(session->user);
}

/* The old one goes once nothing that was said over it waits for its proof. */
static void let_go(struct twitch_session *session)
{
	size_t old = other(session->current);
	struct twitch_connection *connection = &session->connections[old];

	if (connection->state == TWITCH_CLOSED || !connection->leaving_ms)
		return;
	if (twitch_outbox_is_flying(session, old) &&
			session->now.ms < connection->leaving_ms + TWITCH_PROOF_MS)
		return;
	twitch_session_close(session, old, &(struct irc_now){session->now.ms, session->now.wall_ms});
	session->events.on_let_go(session->user, old);
}

/* ---------------------------------------------------------------- in and out */

void twitch_session_receive(struct twitch_session *session, size_t link, const char *bytes, size_t length,
		const struct irc_now *now)
{
	struct twitch_connection *connection = &session->connections[link];
	struct irc_line line;

	twitch_clock(session, now);
	connection->heard_ms = now->ms;
	connection->heard++;
	connection->has_heard = true;
	connection->pinged_ms = 0;
	while (connection->state != TWITCH_CLOSED && irc_line_take(&bytes, &length, session->line, &line))
		twitch_line(session, link, &line);
	twitch_session_tick(session, now);
}

/* When Twitch must have done what we wait for. */
static uint64_t deadline_ms(const struct twitch_connection *connection)
{
	switch (connection->state) {
	case TWITCH_LOGIN: return connection->opened_ms + LOGIN_MS;
	case TWITCH_WELCOMED: return connection->welcomed_ms + MOTD_MS;
	case TWITCH_READY:
		return connection->pinged_ms ? connection->pinged_ms + IDLE_PONG_MS
					     : connection->heard_ms + IDLE_PING_MS;
	default: return UINT64_MAX;
	}
}

static void on_deadline(struct twitch_session *session, size_t link)
{
	const struct twitch_connection *connection = &session->connections[link];

	switch (connection->state) {
	case TWITCH_LOGIN: twitch_lose(session, link, "not logged in after 30 s", false); break;
	case TWITCH_WELCOMED: twitch_ready(session, link); break;
	case TWITCH_READY:
		if (connection->pinged_ms)
			twitch_lose(session, link, "Twitch fell silent", false);
		else
			twitch_ping(session, link);
		break;
	default: break;
	}
}

static void finish_quitting(struct twitch_session *session)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (is_open(session, link) && !twitch_outbox_is_flying(session, link))
			twitch_lose(session, link, "goodbye", false);
}

void twitch_session_tick(struct twitch_session *session, const struct irc_now *now)
{
	twitch_clock(session, now);
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (session->connections[link].is_short && is_open(session, link))
			twitch_lose(session, link, "out of memory", false);
		else if (session->now.ms >= deadline_ms(&session->connections[link]))
			on_deadline(session, link);
	if (session->is_quitting) {
		finish_quitting(session);
		return;
	}
	twitch_join_run(session);
	hand_over(session);
	twitch_outbox_run(session);
	let_go(session);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

uint64_t twitch_session_next_ms(const struct twitch_session *session)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		const struct twitch_connection *connection = &session->connections[link];

		next_ms = earlier(next_ms, connection->is_short ? session->now.ms : deadline_ms(connection));
		if (connection->state == TWITCH_READY && link != session->current && !connection->leaving_ms)
			next_ms = earlier(next_ms, connection->welcomed_ms + HANDOVER_MS);
		if (connection->leaving_ms)
			next_ms = earlier(next_ms, connection->leaving_ms + TWITCH_PROOF_MS);
	}
	next_ms = earlier(next_ms, twitch_join_next_ms(session));
	return earlier(next_ms, twitch_outbox_next_ms(session));
}

void twitch_session_quit(struct twitch_session *session, const struct irc_now *now)
{
	twitch_clock(session, now);
	session->is_quitting = true;
	twitch_session_tick(session, now);
}

size_t twitch_session_current(const struct twitch_session *session)
{
	return session->current;
}

bool twitch_session_is_ready(const struct twitch_session *session)
{
	return session->connections[session->current].state == TWITCH_READY;
}

unsigned twitch_session_joined_count(const struct twitch_session *session)
{
	unsigned count = 0;

	for (size_t i = 0; i < session->room_count; i++)
		count += session->rooms[i]->seats[session->current].is_in;
	return count;
}

uint64_t twitch_session_dropped(const struct twitch_session *session)
{
	return session->dropped;
}

void twitch_session_silence(
		const struct twitch_session *session, uint64_t now_ms, char ret[TWITCH_STATUS_MAX_BYTES])
{
	ret[0] = '\0';
	for (size_t i = 0; i < session->room_count; i++) {
		const struct twitch_room *room = session->rooms[i];
		const char *why = twitch_room_refusal(room, now_ms);

		if (!why || !room->seats[session->current].is_in)
			continue;
		utf8_print(ret, TWITCH_STATUS_MAX_BYTES, "%s: %s", room->name, why);
		return;
	}
}
