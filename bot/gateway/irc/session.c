/* One client's side of IRC: its life from open to close. */

#include "bot/gateway/irc/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/session_state.h"

#define MADE_UP       "local:" /* in front of ids that are the session's own */
#define FIRST_BYTE_MS (30 * 1000)
#define NOTES_MAX     30 /* in NOTES_MS: a server must not fill the log */
#define NOTES_MS      (60 * 1000)
#define REGISTER_MS   (60 * 1000)
#define MOTD_MS       (15 * 1000) /* after 001; then without its end */
#define IDLE_PING_MS  (90 * 1000) /* seldom, so that an idle bot sleeps */
#define IDLE_PONG_MS  (30 * 1000)

static void on_left(void *owner, struct irc_sent *sent)
{
	struct irc_session *session = owner;

	if (sent->answer->is_followed)
		irc_delivery_left(&session->delivery, sent);
	else if (!irc_delivery_ping_left(&session->delivery, sent))
		irc_history_sent(&session->history, sent->answer->mark, session->now.ms);
}

int irc_session_new(const struct irc_session_config *config, const struct irc_session_events *events,
		void *user, struct irc_session **ret)
{
	struct irc_session *session = calloc(1, sizeof(*session));
	int r;

	if (!session)
		return -ENOMEM;
	session->config = *config;
	session->events = *events;
	session->user = user;
	irc_isupport_init(&session->isupport);
	irc_outbox_init(&session->outbox, events->on_send, user);
	irc_delivery_init(&session->delivery, &session->outbox, &session->isupport);
	session->outbox.on_left = on_left;
	session->outbox.owner = session;
	irc_history_init(&session->history);
	irc_seen_init(&session->seen);
	irc_nick_set(&session->nick, config->nick);
	irc_sasl_reset(&session->sasl);
	irc_nick_reset(&session->nick);
	r = irc_channels_set(&session->channels, config->channels, config->channel_count, &session->isupport);
	if (r < 0) {
		irc_session_free(session);
		return r;
	}
	*ret = session;
	return 0;
}

void irc_session_free(struct irc_session *session)
{
	if (!session)
		return;
	irc_outbox_clear(&session->outbox);
	irc_delivery_release(&session->delivery);
	irc_history_release(&session->history);
	irc_seen_release(&session->seen);
	irc_channels_release(&session->channels);
	irc_sasl_reset(&session->sasl);
	irc_session_forget_strangers(session);
	free(session);
}

void irc_session_note(struct irc_session *session, const char *format, ...)
{
	char text[IRC_NOTE_MAX_BYTES];
	va_list arguments;

	if (session->now.ms - session->noted_ms > NOTES_MS) {
		session->noted_ms = session->now.ms;
		session->notes = 0;
	}
	if (session->notes++ >= NOTES_MAX) {
		if (session->notes == NOTES_MAX + 1)
			session->events.on_note(session->user,
					"the server has more to complain of; left out for a minute");
		return;
	}
	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	session->events.on_note(session->user, text);
}

void irc_session_lose(struct irc_session *session, const char *reason, bool stay_away)
{
	char text[IRC_NOTE_MAX_BYTES]; /* reason may lie in the line buffer of a session that is opened again
					*/

	utf8_print(text, sizeof(text), "%s", reason);
	irc_session_close(session);
	session->events.on_lost(session->user, text, stay_away);
}

/* What the server never heard it will never answer: begun anew rather than waited for. */
static void lose_if_short(struct irc_session *session)
{
	if (session->outbox.is_short && session->state != IRC_SESSION_CLOSED)
		irc_session_lose(session, "out of memory", false);
}

int irc_session_configure(struct irc_session *session, const struct irc_session_config *config,
		const struct irc_now *now)
{
	int r = irc_channels_set(
			&session->channels, config->channels, config->channel_count, &session->isupport);

	if (r < 0)
		return r;
	session->config = *config;
	if (strcmp(session->nick.wanted, config->nick) != 0)
		irc_nick_set(&session->nick, config->nick);
	irc_session_tick(session, now);
	return 0;
}

/* All of the registration at once, waiting for nothing. */
void irc_session_open(struct irc_session *session, const struct irc_now *now)
{
	const struct irc_session_config *config = &session->config;

	irc_session_close(session);
	session->state = IRC_SESSION_REGISTERING;
	session->now = *now;
	session->opened_ms = now->ms;
	session->heard_ms = now->ms;
	session->server_epoch_ms = now->wall_ms - now->ms; /* until the server says */
	irc_outbox_urgent(&session->outbox, IRC_LINE("CAP", "LS", "302"), now->ms);
	if (config->password)
		irc_outbox_urgent(&session->outbox, IRC_LINE("PASS", config->password), now->ms);
	irc_outbox_urgent(&session->outbox, IRC_LINE("NICK", session->nick.current), now->ms);
	irc_outbox_urgent(&session->outbox, IRC_LINE("USER", config->username, "0", "*", config->realname),
			now->ms);
}

void irc_session_close(struct irc_session *session)
{
	session->state = IRC_SESSION_CLOSED;
	session->has_heard = false;
	session->is_multiline_refused = false;
	memset(session->typing, 0, sizeof(session->typing));
	session->pinged_ms = 0;
	session->own_user[0] = '\0';
	session->own_host[0] = '\0';
	memset(session->batches, 0, sizeof(session->batches));
	session->welcomed_wall_ms = 0;
	irc_isupport_init(&session->isupport);
	irc_caps_init(&session->caps, session->config.login != NULL);
	irc_session_forget_strangers(session);
	irc_sasl_reset(&session->sasl);
	irc_nick_reset(&session->nick);
	irc_channels_reset(&session->channels);
	irc_outbox_clear(&session->outbox);
	irc_delivery_lose(&session->delivery);
	irc_history_lose(&session->history);
	irc_session_save_seen(session);
	irc_outbox_set_flood(&session->outbox, IRC_FLOOD_SAFE);
}

/* ---------------------------------------------------------------- delivery confirmation */

void irc_session_set_confirmation(struct irc_session *session)
{
	const unsigned labels = IRC_CAP_LABELED_RESPONSE | IRC_CAP_BATCH;
	unsigned enabled = session->caps.enabled;

	irc_delivery_set_method(&session->delivery, (enabled & labels) == labels       ? IRC_CONFIRM_LABEL
						    : (enabled & IRC_CAP_ECHO_MESSAGE) ? IRC_CONFIRM_ECHO
										       : IRC_CONFIRM_PING);
	session->delivery.has_multiline = irc_session_has_multiline(session);
}

void irc_session_run_delivery(struct irc_session *session)
{
	struct irc_completed completed;

	if (session->state == IRC_SESSION_READY)
		irc_delivery_tick(&session->delivery, session->heard_ms, session->now.ms);
	while (irc_delivery_take(&session->delivery, &completed)) {
		if (session->events.on_completed)
			session->events.on_completed(session->user, &completed);
	}
}

void irc_session_can_answer(struct irc_session *session, const struct irc_place *place)
{
	irc_delivery_again(&session->delivery, place->channel, session->now.ms);
	if (session->events.on_can_answer)
		session->events.on_can_answer(session->user, place);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

bool irc_session_holds(const struct irc_session *session, const char *message_id)
{
	return irc_delivery_has(&session->delivery, message_id);
}

uint64_t irc_session_late_ms(const struct irc_session *session, const struct message *message)
{
	int64_t age_ms = (int64_t)(irc_session_server_ms(session) - message->time_ms);
	bool is_late = message->origin == MESSAGE_BACKLOG || message->origin == MESSAGE_JOURNAL;

	return is_late && age_ms > 0 ? (uint64_t)age_ms : 0;
}

/* ---------------------------------------------------------------- ids of our own */

void irc_session_make_id(struct irc_session *session, char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	/* Milliseconds since 1970 and a number: no two processes of one state make the same. */
	uint64_t value = session->now.wall_ms << 16 | (++session->made_ids & 0xffff);
	size_t length = strlen(MADE_UP), i;

	if (size < length + 17)
		return;
	memcpy(ret, MADE_UP, length);
	for (i = 0; i < 16; i++)
		ret[length + i] = digits[value >> (60 - 4 * i) & 15];
	ret[length + 16] = '\0';
}

bool irc_session_is_made_up(const char *message_id)
{
	return str_starts(message_id, MADE_UP);
}

/* ---------------------------------------------------------------- a connection */

/* The MOTD has ended: the channels, and the mark that we are a bot. */
void irc_session_ready(struct irc_session *session)
{
	char mode[3] = {'+', session->isupport.bot_mode, '\0'};

	if (session->state != IRC_SESSION_WELCOMED)
		return;
	session->state = IRC_SESSION_READY;
	irc_session_set_confirmation(session);
	irc_session_history_offer(session);
	if (session->isupport.nick_length != IRC_NICKLEN_UNKNOWN)
		session->nick.length_max = session->isupport.nick_length;
	irc_channels_run(&session->channels, &session->outbox, &session->isupport, session->now.ms);
	if (session->sasl.state == IRC_SASL_DONE && session->config.services)
		irc_nick_ask_services(
				&session->nick, session->config.services, &session->outbox, session->now.ms);
	irc_nick_watch(&session->nick, &session->isupport, &session->outbox, session->now.ms);
	if (session->isupport.bot_mode)
		irc_outbox_push(&session->outbox, "", IRC_LINE("MODE", session->nick.current, mode),
				session->now.ms);
	irc_outbox_flush(&session->outbox, session->now.ms);
	session->events.on_ready(session->user);
	if (session->state == IRC_SESSION_READY)
		irc_session_can_answer(session, &(struct irc_place){.channel = NULL});
}

void irc_session_receive(
		struct irc_session *session, const char *bytes, size_t length, const struct irc_now *now)
{
	struct irc_line line;

	session->now = *now;
	session->heard_ms = now->ms;
	session->has_heard = true;
	session->pinged_ms = 0;
	while (session->state != IRC_SESSION_CLOSED && irc_line_take(&bytes, &length, session->line, &line)) {
		if (line.tags)
			irc_caps_clean_tags(&session->caps, session->line + (line.tags - session->line));
		irc_session_line(session, &line);
	}
	irc_session_run_delivery(session);
	irc_session_history_run(session);
	irc_outbox_flush(&session->outbox, session->now.ms); /* answers have moved it on */
	lose_if_short(session);
}

/* When the server must have done what we wait for. */
static uint64_t deadline_ms(const struct irc_session *session)
{
	switch (session->state) {
	case IRC_SESSION_REGISTERING:
		return session->opened_ms + (session->has_heard ? REGISTER_MS : FIRST_BYTE_MS);
	case IRC_SESSION_WELCOMED: return session->welcomed_ms + MOTD_MS;
	case IRC_SESSION_READY:
		return session->pinged_ms ? session->pinged_ms + IDLE_PONG_MS
					  : session->heard_ms + IDLE_PING_MS;
	default: return UINT64_MAX;
	}
}

static void on_deadline(struct irc_session *session)
{
	switch (session->state) {
	case IRC_SESSION_REGISTERING:
		irc_session_lose(session,
				session->has_heard ? "not registered after 60 s" : "no answer within 30 s",
				false);
		break;
	case IRC_SESSION_WELCOMED: irc_session_ready(session); break;
	case IRC_SESSION_READY:
		if (session->pinged_ms) {
			irc_session_lose(session, "the server fell silent", false);
			break;
		}
		session->pinged_ms = session->now.ms;
		irc_outbox_urgent(&session->outbox, IRC_LINE("PING", "episoded"), session->now.ms);
		break;
	default: break;
	}
}

void irc_session_tick(struct irc_session *session, const struct irc_now *now)
{
	session->now = *now;
	if (now->ms >= deadline_ms(session))
		on_deadline(session);
	irc_session_login_run(session);
	lose_if_short(session);
	if (session->state != IRC_SESSION_READY)
		return;
	irc_channels_run(&session->channels, &session->outbox, &session->isupport, now->ms);
	irc_session_who_run(session);
	irc_nick_run(&session->nick, &session->outbox, now->ms);
	irc_outbox_flush(&session->outbox, now->ms);
	irc_session_run_delivery(session);
	irc_session_history_run(session);
	irc_outbox_flush(&session->outbox, session->now.ms);
	irc_session_typing_run(session);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

uint64_t irc_session_next_ms(const struct irc_session *session, uint64_t now_ms)
{
	uint64_t next_ms = earlier(deadline_ms(session), session->sasl.deadline_ms);

	if (session->outbox.is_short && session->state != IRC_SESSION_CLOSED)
		return now_ms;
	if (session->state != IRC_SESSION_READY)
		return next_ms;
	next_ms = earlier(next_ms, irc_channels_next_ms(&session->channels));
	next_ms = earlier(next_ms, session->nick.regain_ms);
	next_ms = earlier(next_ms, irc_session_who_next_ms(session));
	next_ms = earlier(next_ms, irc_delivery_next_ms(&session->delivery));
	next_ms = earlier(next_ms, irc_history_next_ms(&session->history));
	next_ms = earlier(next_ms, session->seen.save_ms);
	return earlier(next_ms, irc_outbox_next_ms(&session->outbox, now_ms));
}

void irc_session_quit(struct irc_session *session, const char *reason, const struct irc_now *now)
{
	if (session->state == IRC_SESSION_CLOSED || session->state == IRC_SESSION_QUITTING)
		return;
	session->now = *now;
	session->state = IRC_SESSION_QUITTING;
	irc_outbox_clear(&session->outbox);
	irc_outbox_urgent(&session->outbox, IRC_LINE("QUIT", reason), now->ms);
}

bool irc_session_is_ready(const struct irc_session *session)
{
	return session->state == IRC_SESSION_READY;
}

unsigned irc_session_joined_count(const struct irc_session *session)
{
	return irc_channels_joined_count(&session->channels);
}

uint64_t irc_session_dropped(const struct irc_session *session)
{
	return session->outbox.dropped;
}
