/* One account in Twitch's chat over IRC: login, joins, received lines, and the change to another server. */

#include "bot/gateway/twitch/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/message.h"
#include "bot/gateway/twitch/notice.h"
#include "bot/irc/line.h"
#include "bot/net/backoff.h"

#define CAPS             "twitch.tv/tags twitch.tv/commands"
#define LINE_MAX_BYTES   8192
#define TAGS_MAX_BYTES   1024
#define LOGIN_MS         (30 * 1000)
#define MOTD_MS          (10 * 1000) /* from 001; then do not wait for the end of the MOTD */
#define IDLE_PING_MS     (90 * 1000) /* rarely, to let an idle bot sleep */
#define IDLE_PONG_MS     (30 * 1000)
#define HANDOVER_MS      (15 * 1000) /* for the new connection to join all channels */
#define JOINED_SPAN_MS   (11 * 1000)
#define VERIFIED_JOIN_MS 600         /* 100 in each are 1666 in 10 s */
#define JOIN_ANSWER_MS   (10 * 1000) /* for ROOMSTATE; an unknown channel gets no answer */
#define RETRY_BASE_MS    (15 * 1000)
#define RETRY_CAP_MS     (60 * 60 * 1000)
#define JOIN_LIMIT       19               /* of 20 in 10 s */
#define OUT_MS           (10 * 60 * 1000) /* before the next JOIN of a channel that refused it */
#define BAN_MS           (60 * 60 * 1000)
#define SECONDS_BYTES    12

struct twitch_session {
	struct twitch_session_config config;
	struct twitch_session_events events;
	void *user;

	struct twitch_chat chat;
	struct twitch_window joined;
	char line[IRC_LINE_MAX_BYTES + 1];
};

/* ---------------------------------------------------------------- helpers */

static void send_line(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct str text = STR(LINE_MAX_BYTES);
	/* After a lost line, send nothing: NICK without PASS is a permanent failure. */
	int r = session->chat.connections.list[link].is_short ? -ENOMEM : irc_line_format(line, &text);

	if (r == 0)
		session->events.on_send(session->user, link, str_text(&text), text.length);
	session->chat.connections.list[link].is_short |= r == -ENOMEM;
	str_release(&text);
}

static void ping(struct twitch_session *session, size_t link)
{
	struct twitch_connection *connection = &session->chat.connections.list[link];

	if (connection->pinged_ms)
		return;
	connection->pinged_ms = session->chat.now.ms;
	send_line(session, link, IRC_LINE("PING", "episoded"));
}

/* ---------------------------------------------------------------- joining the channels */

static void try_later(struct twitch_session *session, struct twitch_seat *seat, uint64_t least_ms)
{
	uint64_t delay_ms;

	seat->failures++;
	delay_ms = backoff_doubled(RETRY_BASE_MS, RETRY_CAP_MS, seat->failures);
	seat->asked_ms = 0;
	seat->is_in = false;
	seat->has_self = false;
	seat->due_ms = session->chat.now.ms + (delay_ms > least_ms ? delay_ms : least_ms);
}

static size_t join_limit(const struct twitch_session *session)
{
	return session->config.is_verified ? TWITCH_WINDOW_SLOTS : JOIN_LIMIT;
}

/* Join a channel on one connection, if it is due. */
static void run_seat(struct twitch_session *session, size_t link, struct twitch_room *room)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->is_in)
		return;
	if (seat->asked_ms) {
		if (session->chat.now.ms < seat->asked_ms + JOIN_ANSWER_MS)
			return;
		if (seat->failures == 0)
			twitch_chat_note(&session->chat, "cannot join %s: no answer; does the channel exist?",
					room->name);
		try_later(session, seat, 0);
		return;
	}
	if (session->chat.now.ms < seat->due_ms ||
			twitch_window_wait(&session->joined, join_limit(session), session->chat.now.ms) > 0)
		return;
	twitch_window_spend(&session->joined, session->chat.now.ms);
	seat->asked_ms = session->chat.now.ms;
	send_line(session, link, IRC_LINE("JOIN", room->name));
}

static void join_run(struct twitch_session *session)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		const struct twitch_connection *connection = &session->chat.connections.list[link];

		if (connection->state != TWITCH_READY || connection->leaving_ms)
			continue;
		for (size_t i = 0; i < session->chat.rooms.count; i++)
			run_seat(session, link, session->chat.rooms.list[i]);
	}
}

static uint64_t seat_next_ms(const struct twitch_session *session, const struct twitch_seat *seat)
{
	uint64_t window_ms;

	if (seat->is_in)
		return UINT64_MAX;
	if (seat->asked_ms)
		return seat->asked_ms + JOIN_ANSWER_MS;
	window_ms = session->chat.now.ms +
		    twitch_window_wait(&session->joined, join_limit(session), session->chat.now.ms);
	return seat->due_ms > window_ms ? seat->due_ms : window_ms;
}

static uint64_t join_next_ms(const struct twitch_session *session)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		const struct twitch_connection *connection = &session->chat.connections.list[link];

		if (connection->state != TWITCH_READY || connection->leaving_ms)
			continue;
		for (size_t i = 0; i < session->chat.rooms.count; i++) {
			uint64_t at_ms = seat_next_ms(session, &session->chat.rooms.list[i]->seats[link]);

			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
	}
	return next_ms;
}

static void join_done(struct twitch_session *session, size_t link, struct twitch_room *room)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->is_in)
		return;
	*seat = (struct twitch_seat){.is_in = true, .has_self = seat->has_self};
	if (link == session->chat.connections.current)
		session->chat.events.on_rooms(session->chat.user);
}

static void join_refused(struct twitch_session *session, size_t link, struct twitch_room *room,
		const char *why, uint64_t wait_ms)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->failures == 0)
		twitch_chat_note(&session->chat, "cannot join %s: %s", room->name, why);
	try_later(session, seat, wait_ms);
	if (link == session->chat.connections.current)
		session->chat.events.on_rooms(session->chat.user);
}

static bool join_is_complete(const struct twitch_session *session, size_t link)
{
	for (size_t i = 0; i < session->chat.rooms.count; i++) {
		const struct twitch_room *room = session->chat.rooms.list[i];

		/* Channels that the current connection has not joined do not count. */
		if (room->seats[session->chat.connections.current].is_in && !room->seats[link].is_in &&
				room->seats[link].failures == 0)
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- for the send queues */

static void on_chat_send(void *owner, size_t link, const struct twitch_outgoing *message)
{
	struct str tags = STR(TAGS_MAX_BYTES);
	struct irc_line line = *IRC_LINE("PRIVMSG", message->room->name, message->text);

	irc_tag_append(&tags, "client-nonce", message->nonce);
	if (*message->asked_id)
		irc_tag_append(&tags, "reply-parent-msg-id", message->asked_id);
	line.tags = str_text(&tags);
	if (!tags.error)
		send_line(owner, link, &line);
	str_release(&tags);
}

static void on_chat_ping(void *owner, size_t link)
{
	ping(owner, link);
}

static void on_chat_leave(void *owner, struct twitch_room *room)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (room->seats[link].is_in || room->seats[link].asked_ms)
			send_line(owner, link, IRC_LINE("PART", room->name));
}

/* ---------------------------------------------------------------- connections */

int twitch_session_new(const struct twitch_session_config *config, const struct twitch_session_events *events,
		void *user, struct twitch_session **ret)
{
	struct twitch_session *session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	session->config = *config;
	session->events = *events;
	session->user = user;
	session->chat.transport = (struct twitch_chat_transport){on_chat_send, on_chat_ping, on_chat_leave};
	session->chat.owner = session;
	twitch_window_init(&session->joined, config->is_verified ? VERIFIED_JOIN_MS : JOINED_SPAN_MS);
	if (twitch_chat_init(&session->chat, config->is_verified, config->seed) < 0 ||
			twitch_chat_set_rooms(&session->chat, config->channels, config->channel_count) < 0) {
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
	twitch_chat_release(&session->chat);
	free(session);
}

int twitch_session_configure(struct twitch_session *session, const struct twitch_session_config *config,
		const struct irc_now *now)
{
	int r;

	twitch_chat_set_clock(&session->chat, now);
	r = twitch_chat_set_rooms(&session->chat, config->channels, config->channel_count);
	if (r < 0)
		return r;
	session->config = *config;
	session->chat.outbox.seed = config->seed;
	session->chat.outbox.is_verified = config->is_verified;
	twitch_session_tick(session, now);
	return 0;
}

static bool is_open(const struct twitch_session *session, size_t link)
{
	return session->chat.connections.list[link].state != TWITCH_CLOSED;
}

static size_t other(size_t link)
{
	return (link + 1) % TWITCH_LINKS;
}

void twitch_session_open(struct twitch_session *session, size_t link, const struct irc_now *now)
{
	struct str pass = STR(LINE_MAX_BYTES);

	twitch_session_close(session, link, now);
	session->chat.connections.list[link] = (struct twitch_connection){
			.state = TWITCH_LOGIN, .opened_ms = now->ms, .heard_ms = now->ms};
	if (!is_open(session, session->chat.connections.current))
		session->chat.connections.current = link;
	str_printf(&pass, "oauth:%s", session->config.token);
	send_line(session, link, IRC_LINE("CAP", "REQ", CAPS));
	send_line(session, link, IRC_LINE("PASS", str_text(&pass)));
	send_line(session, link, IRC_LINE("NICK", session->config.login));
	str_release(&pass);
}

void twitch_session_close(struct twitch_session *session, size_t link, const struct irc_now *now)
{
	twitch_chat_set_clock(&session->chat, now);
	if (!is_open(session, link))
		return;
	session->chat.connections.list[link].state = TWITCH_CLOSED;
	session->chat.connections.list[link].leaving_ms = 0;
	session->chat.connections.list[link].is_short = false;
	for (size_t i = 0; i < session->chat.rooms.count; i++)
		session->chat.rooms.list[i]->seats[link] = (struct twitch_seat){0};
	if (link == session->chat.connections.current && is_open(session, other(link))) {
		session->chat.connections.current = other(link);
		session->chat.connections.list[other(link)].leaving_ms = 0;
	}
	twitch_outbox_link_gone(&session->chat.outbox, link);
}

static void lose(struct twitch_session *session, size_t link, const char *reason, bool stay_away)
{
	char text[TWITCH_NOTE_MAX_BYTES]; /* reason may point into session->line */
	struct irc_now now = session->chat.now;

	utf8_print(text, sizeof(text), "%s", reason);
	twitch_session_close(session, link, &now);
	session->events.on_lost(session->user, link, text, stay_away);
}

static void refuse(struct twitch_session *session, size_t link, const char *reason)
{
	struct irc_now now = session->chat.now;

	twitch_session_close(session, link, &now);
	session->events.on_refused(session->user, link, reason);
}

static void fail(struct twitch_session *session, const char *reason)
{
	struct irc_now now = session->chat.now;

	for (size_t link = 0; link < TWITCH_LINKS; link++)
		twitch_session_close(session, link, &now);
	session->events.on_failed(session->user, reason);
}

static void ready(struct twitch_session *session, size_t link)
{
	session->chat.connections.list[link].state = TWITCH_READY;
	session->chat.connections.list[link].welcomed_ms = session->chat.now.ms;
	join_run(session);
	session->events.on_ready(session->user, link);
}

/* ---------------------------------------------------------------- two connections */

/* Once the new connection has joined all channels, it becomes the current one. */
static void hand_over(struct twitch_session *session)
{
	size_t old = session->chat.connections.current, new = other(old);
	const struct twitch_connection *connection = &session->chat.connections.list[new];

	if (connection->state != TWITCH_READY || connection->leaving_ms ||
			session->chat.connections.list[old].leaving_ms)
		return;
	if (!join_is_complete(session, new) && session->chat.now.ms < connection->welcomed_ms + HANDOVER_MS)
		return;
	session->chat.connections.current = new;
	session->chat.connections.list[old].leaving_ms = session->chat.now.ms;
	session->chat.events.on_rooms(session->chat.user);
}

/* Close the old connection once every message sent over it is confirmed. */
static void let_go(struct twitch_session *session)
{
	size_t old = other(session->chat.connections.current);
	struct twitch_connection *connection = &session->chat.connections.list[old];

	if (connection->state == TWITCH_CLOSED || !connection->leaving_ms)
		return;
	if (twitch_outbox_is_flying(&session->chat.outbox, old) &&
			session->chat.now.ms < connection->leaving_ms + TWITCH_CONFIRM_MS)
		return;
	twitch_session_close(
			session, old, &(struct irc_now){session->chat.now.ms, session->chat.now.wall_ms});
	session->events.on_let_go(session->user, old);
}

/* ---------------------------------------------------------------- one line of Twitch */

static struct twitch_room *room_of(const struct twitch_session *session, const struct irc_line *line)
{
	return twitch_chat_find(&session->chat, irc_line_param(line, 0));
}

static bool is_own_source(const struct twitch_session *session, const struct irc_line *line)
{
	size_t length = strlen(session->config.login);

	return line->source && strncmp(line->source, session->config.login, length) == 0 &&
	       (line->source[length] == '!' || line->source[length] == '\0');
}

static void on_ping(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	send_line(session, link, IRC_LINE("PONG", irc_line_param(line, 0)));
}

static void on_cap(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	if (str_equal(irc_line_param(line, 1), "NAK"))
		lose(session, link, "Twitch refuses the capabilities tags and commands, which the bot needs",
				true);
	else if (strstr(irc_line_param(line, 2), "twitch.tv/tags"))
		session->chat.connections.list[link].has_tags = str_equal(irc_line_param(line, 1), "ACK");
}

static void hear(struct twitch_session *session, const struct irc_line *line)
{
	const struct twitch_room *room = twitch_chat_find(&session->chat, irc_line_param(line, 0));
	const struct twitch_self self = {session->config.login, session->chat.own_id};
	struct message message;

	if (!room || !twitch_message_read(&session->chat.message, line, &self, session->chat.now.wall_ms,
				     &message))
		return;
	twitch_chat_hear(&session->chat, room, &message);
}

static void on_message(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	if (session->chat.connections.list[link].state == TWITCH_READY &&
			session->chat.connections.list[link].has_tags)
		hear(session, line);
}

static void on_roomstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (!room)
		return;
	if (twitch_room_read_state(room, line))
		session->chat.events.on_rooms(session->chat.user);
	join_done(session, link, room);
}

static void on_userstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);
	char nonce[TWITCH_MSGID_MAX_BYTES + 1] = "";

	if (!room)
		return;
	twitch_room_read_self(room, line);
	irc_line_tag(line, "client-nonce", nonce, sizeof(nonce));
	twitch_outbox_confirmed(&session->chat.outbox, link, room, nonce);
	room->seats[link].has_self = true;
}

static void on_globaluserstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	(void)link;
	irc_line_tag(line, "user-id", session->chat.own_id, sizeof(session->chat.own_id));
}

static void on_join(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (room && is_own_source(session, line))
		join_done(session, link, room);
}

static void on_part(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (room && is_own_source(session, line))
		join_refused(session, link, room, "removed from the channel", 0);
}

/* Before the login succeeds, a NOTICE is a refusal, which only its text identifies. */
static void on_login_notice(struct twitch_session *session, size_t link, const char *text)
{
	if (strstr(text, "authentication failed") || strstr(text, "Login unsuccessful"))
		refuse(session, link, "login refused by Twitch");
	else if (strstr(text, "Improperly formatted auth"))
		refuse(session, link, "login refused by Twitch: malformed token");
	else if (strstr(text, "Invalid NICK"))
		fail(session, "invalid \"login\": give the account's name in lower case");
	else
		lose(session, link, text, true);
}

static void on_notice(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	const char *text = irc_line_param(line, 1);
	struct twitch_room *room = room_of(session, line);
	char id[TWITCH_MSGID_MAX_BYTES + 1] = "";
	const struct twitch_notice *notice;

	if (session->chat.connections.list[link].state == TWITCH_LOGIN) {
		on_login_notice(session, link, text);
		return;
	}
	if (!room || irc_line_tag(line, "msg-id", id, sizeof(id)) < 0)
		return;
	notice = twitch_notice_find(id);
	if (notice && notice->verdict == TWITCH_OUT && !room->seats[link].is_in)
		join_refused(session, link, room, notice->words, OUT_MS);
	else
		twitch_outbox_refused(&session->chat.outbox, link, room, id, text);
}

/* A time-out, a ban, or a cleared chat. */
static void on_clearchat(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);
	char target[TWITCH_ID_MAX_BYTES + 1] = "", seconds[SECONDS_BYTES] = "";

	(void)link;
	if (!room)
		return;
	irc_line_tag(line, "target-user-id", target, sizeof(target));
	if (line->param_count > 1 && !*target)
		return;
	if (!*target || strcmp(target, session->chat.own_id) != 0) {
		twitch_outbox_forget_author(&session->chat.outbox, room, target);
		return;
	}
	if (irc_line_tag(line, "ban-duration", seconds, sizeof(seconds)) == 0)
		twitch_outbox_silence(&session->chat.outbox, room, "the bot is timed out", false,
				twitch_notice_wait_ms(seconds, BAN_MS));
	else
		twitch_outbox_silence(&session->chat.outbox, room,
				"the bot is banned; ask the channel's moderators", false, BAN_MS);
}

static void on_clearmsg(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);
	char id[TWITCH_MSGID_MAX_BYTES + 1];

	(void)link;
	if (room && irc_line_tag(line, "target-msg-id", id, sizeof(id)) == 0)
		twitch_outbox_forget_message(&session->chat.outbox, room, id);
}

/* This server will close the connection: connect to the next one before. */
static void on_reconnect(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	(void)line;
	if (link == session->chat.connections.current && !session->chat.connections.list[link].leaving_ms &&
			!session->chat.is_quitting)
		session->events.on_renew(session->user);
}

static void on_numeric(
		struct twitch_session *session, size_t link, const struct irc_line *line, unsigned numeric)
{
	struct twitch_connection *connection = &session->chat.connections.list[link];

	switch (numeric) {
	case 1:
		if (connection->state != TWITCH_LOGIN)
			break;
		connection->state = TWITCH_WELCOMED;
		connection->welcomed_ms = session->chat.now.ms;
		if (!str_equal(irc_line_param(line, 0), session->config.login))
			twitch_chat_note(&session->chat, "the token belongs to \"%s\", not to \"%s\"",
					irc_line_param(line, 0), session->config.login);
		break;
	case 376:
	case 422:
		if (connection->state == TWITCH_WELCOMED)
			ready(session, link);
		break;
	default: break;
	}
}

/* The most frequent first. WHISPER, USERNOTICE (subscriptions, raids) and NAMES are ignored. */
static const struct {
	const char *verb;
	void (*on_line)(struct twitch_session *session, size_t link, const struct irc_line *line);
} words[] = {
		{"PRIVMSG", on_message},
		{"USERSTATE", on_userstate},
		{"CLEARCHAT", on_clearchat},
		{"CLEARMSG", on_clearmsg},
		{"ROOMSTATE", on_roomstate},
		{"NOTICE", on_notice},
		{"PING", on_ping},
		{"JOIN", on_join},
		{"PART", on_part},
		{"GLOBALUSERSTATE", on_globaluserstate},
		{"RECONNECT", on_reconnect},
		{"CAP", on_cap},
};

static void read_line(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	unsigned numeric = irc_line_numeric(line);

	if (numeric) {
		on_numeric(session, link, line, numeric);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_equal(line->verb, words[i].verb)) {
			words[i].on_line(session, link, line);
			return;
		}
	}
}

/* ---------------------------------------------------------------- in and out */

void twitch_session_receive(struct twitch_session *session, size_t link, const char *bytes, size_t length,
		const struct irc_now *now)
{
	struct twitch_connection *connection = &session->chat.connections.list[link];
	struct irc_line line;

	twitch_chat_set_clock(&session->chat, now);
	connection->heard_ms = now->ms;
	connection->heard++;
	connection->pinged_ms = 0;
	while (connection->state != TWITCH_CLOSED && irc_line_take(&bytes, &length, session->line, &line))
		read_line(session, link, &line);
	twitch_session_tick(session, now);
}

/* When the connection times out, or needs a PING. */
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
	const struct twitch_connection *connection = &session->chat.connections.list[link];

	switch (connection->state) {
	case TWITCH_LOGIN: lose(session, link, "not logged in after 30 s", false); break;
	case TWITCH_WELCOMED: ready(session, link); break;
	case TWITCH_READY:
		if (connection->pinged_ms)
			lose(session, link, "ping timeout", false);
		else
			ping(session, link);
		break;
	default: break;
	}
}

static void finish_quitting(struct twitch_session *session)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (is_open(session, link) && !twitch_outbox_is_flying(&session->chat.outbox, link))
			lose(session, link, "goodbye", false);
}

void twitch_session_tick(struct twitch_session *session, const struct irc_now *now)
{
	twitch_chat_set_clock(&session->chat, now);
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (session->chat.connections.list[link].is_short && is_open(session, link))
			lose(session, link, "out of memory", false);
		else if (session->chat.now.ms >= deadline_ms(&session->chat.connections.list[link]))
			on_deadline(session, link);
	if (session->chat.is_quitting) {
		finish_quitting(session);
		return;
	}
	join_run(session);
	hand_over(session);
	twitch_outbox_run(&session->chat.outbox);
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
		const struct twitch_connection *connection = &session->chat.connections.list[link];

		next_ms = earlier(next_ms,
				connection->is_short ? session->chat.now.ms : deadline_ms(connection));
		if (connection->state == TWITCH_READY && link != session->chat.connections.current &&
				!connection->leaving_ms)
			next_ms = earlier(next_ms, connection->welcomed_ms + HANDOVER_MS);
		if (connection->leaving_ms)
			next_ms = earlier(next_ms, connection->leaving_ms + TWITCH_CONFIRM_MS);
	}
	next_ms = earlier(next_ms, join_next_ms(session));
	return earlier(next_ms, twitch_outbox_next_ms(&session->chat.outbox));
}

void twitch_session_quit(struct twitch_session *session, const struct irc_now *now)
{
	twitch_chat_set_clock(&session->chat, now);
	session->chat.is_quitting = true;
	session->chat.outbox.is_quitting = true;
	twitch_session_tick(session, now);
}

struct twitch_chat *twitch_session_chat(struct twitch_session *session)
{
	return &session->chat;
}
