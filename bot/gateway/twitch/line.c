/* What Twitch said, one line. */

#include <string.h>

#include "bot/gateway/twitch/notice.h"
#include "bot/gateway/twitch/state.h"

#define OUT_MS        (10 * 60 * 1000) /* before a channel that refused us is tried again */
#define BAN_MS        (60 * 60 * 1000)
#define SECONDS_BYTES 12

#define MEND ": make a token for \"login\" with the scopes chat:read and chat:edit, then reload"

static struct twitch_room *room_of(const struct twitch_session *session, const struct irc_line *line)
{
	return twitch_find_room(session, irc_line_param(line, 0));
}

static bool is_own_source(const struct twitch_session *session, const struct irc_line *line)
{
	size_t length = strlen(session->config.login);

	return line->source && strncmp(line->source, session->config.login, length) == 0 &&
	       (line->source[length] == '!' || line->source[length] == '\0');
}

static void on_ping(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	twitch_send(session, link, IRC_LINE("PONG", irc_line_param(line, 0)));
}

static void on_cap(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	if (str_equal(irc_line_param(line, 1), "NAK"))
		twitch_lose(session, link, "Twitch refuses tags and commands, and nothing works without",
				true);
	else if (strstr(irc_line_param(line, 2), "twitch.tv/tags"))
		session->connections[link].has_tags = str_equal(irc_line_param(line, 1), "ACK");
}

static void on_message(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	if (session->connections[link].state == TWITCH_READY && session->connections[link].has_tags)
		twitch_hear(session, line);
}

static void on_roomstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (!room)
		return;
	if (twitch_room_read_state(room, line))
		session->events.on_rooms(session->user);
	twitch_join_done(session, link, room);
}

static void on_userstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);
	char nonce[TWITCH_MSGID_MAX_BYTES + 1] = "";

	if (!room)
		return;
	twitch_room_read_self(room, line);
	irc_line_tag(line, "client-nonce", nonce, sizeof(nonce));
	twitch_outbox_proved(session, link, room, nonce);
	room->seats[link].has_self = true;
}

static void on_globaluserstate(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	(void)link;
	irc_line_tag(line, "user-id", session->own_id, sizeof(session->own_id));
}

static void on_join(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (room && is_own_source(session, line))
		twitch_join_done(session, link, room);
}

static void on_part(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);

	if (room && is_own_source(session, line))
		twitch_join_refused(session, link, room, "we were shown out", 0);
}

/* Before the login is over, a NOTICE is a refusal. The texts are all there is to know it by. */
static void on_login_notice(struct twitch_session *session, size_t link, const char *text)
{
	if (strstr(text, "authentication failed") || strstr(text, "Login unsuccessful"))
		twitch_fail(session, "Twitch refuses the login" MEND);
	else if (strstr(text, "Improperly formatted auth"))
		twitch_fail(session, "Twitch does not take the token for one" MEND);
	else if (strstr(text, "Invalid NICK"))
		twitch_fail(session,
				"Twitch knows no such \"login\"; it is the account's name in lower case");
	else
		twitch_lose(session, link, text, true);
}

static void on_notice(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	const char *text = irc_line_param(line, 1);
	struct twitch_room *room = room_of(session, line);
	char id[TWITCH_MSGID_MAX_BYTES + 1] = "";
	const struct twitch_notice *notice;

	if (session->connections[link].state == TWITCH_LOGIN) {
		on_login_notice(session, link, text);
		return;
	}
	if (!room || irc_line_tag(line, "msg-id", id, sizeof(id)) < 0)
		return;
	notice = twitch_notice_find(id);
	if (notice && notice->verdict == TWITCH_OUT && !room->seats[link].is_in)
		twitch_join_refused(session, link, room, notice->words, OUT_MS);
	else
		twitch_outbox_refused(session, link, room, id, text);
}

/* A time-out, a ban, or the whole chat cleared. */
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
	if (!*target || strcmp(target, session->own_id) != 0) {
		twitch_outbox_forget_author(session, room, target);
		return;
	}
	if (irc_line_tag(line, "ban-duration", seconds, sizeof(seconds)) == 0)
		twitch_outbox_silence(session, room, "the bot is timed out there", false,
				twitch_notice_wait_ms(seconds, BAN_MS));
	else
		twitch_outbox_silence(session, room, "the bot is banned there; ask the channel's moderators",
				false, BAN_MS);
}

static void on_clearmsg(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	struct twitch_room *room = room_of(session, line);
	char id[TWITCH_MSGID_MAX_BYTES + 1];

	(void)link;
	if (room && irc_line_tag(line, "target-msg-id", id, sizeof(id)) == 0)
		twitch_outbox_forget_message(session, room, id);
}

/* This server goes away; the next one is to be found before it does. */
static void on_reconnect(struct twitch_session *session, size_t link, const struct irc_line *line)
{
	(void)line;
	if (link == session->current && !session->connections[link].leaving_ms && !session->is_quitting)
		session->events.on_renew(session->user);
}

static void on_numeric(
		struct twitch_session *session, size_t link, const struct irc_line *line, unsigned numeric)
{
	struct twitch_connection *connection = &session->connections[link];

	switch (numeric) {
	case 1:
		if (connection->state != TWITCH_LOGIN)
			break;
		connection->state = TWITCH_WELCOMED;
		connection->welcomed_ms = session->now.ms;
		if (!str_equal(irc_line_param(line, 0), session->config.login))
			twitch_note(session, "the token is not that of \"%s\" but of \"%s\"",
					session->config.login, irc_line_param(line, 0));
		break;
	case 376:
	case 422:
		if (connection->state == TWITCH_WELCOMED)
			twitch_ready(session, link);
		break;
	default: break;
	}
}

/* The most frequent first. WHISPER, USERNOTICE (subscriptions, raids) and lists of names are not for us. */
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

void twitch_line(struct twitch_session *session, size_t link, const struct irc_line *line)
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
