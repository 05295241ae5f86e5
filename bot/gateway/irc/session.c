/*
 * One client's side of IRC: its life from open to close, the lines that it
 * receives, and the answers that it sends. Everything that can be a sub-machine
 * is one (struct session_part below), and does not know the session.
 */

#include "bot/gateway/irc/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/remote_clock.h"
#include "bot/base/utf8.h"
#include "bot/gateway/irc/auth.h"
#include "bot/gateway/irc/caps.h"
#include "bot/gateway/irc/catchup.h"
#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/compose.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/incoming.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/mask.h"
#include "bot/gateway/irc/nick.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/gateway/irc/presence.h"
#include "bot/gateway/irc/receiver.h"
#include "bot/gateway/irc/redaction.h"
#include "bot/gateway/irc/rejection.h"
#include "bot/gateway/irc/typing.h"
#include "bot/gateway/irc/whois.h"
#include "bot/irc/ctcp.h"
#include "bot/irc/line.h"
#include "bot/irc/sts.h"
#include "bot/irc/text.h"

#define REDACTED_LINES_MAX 8 /* of a message of several lines: more questions in one message are rare */
#define NOTE_MAX_BYTES     300
#define NOTES_MAX          30 /* notes in NOTES_MS, so that a server cannot fill the log */
#define NOTES_MS           (60 * 1000)
#define FIRST_BYTE_MS      (30 * 1000)
#define REGISTER_MS        (60 * 1000)
#define MOTD_MS            (15 * 1000) /* after 001; then continue without the end of the MOTD */
#define IDLE_PING_MS       (90 * 1000) /* rare, so that an idle bot does not wake up often */
#define IDLE_PONG_MS       (30 * 1000)

#define GOODBYE_BYTES        200
#define REJECTION_MAX_BYTES  160 /* of the server's text, so that the fix fits after it */
#define STS_VALUE_BYTES      200
#define REGISTRATION_LINES   5    /* CAP LS, NICK, USER, CAP REQ, CAP END; each nick in use adds one */
#define REGISTRATION_LINE_MS 1000 /* the cost of each of them */

enum irc_session_state {
	IRC_SESSION_CLOSED,
	IRC_SESSION_REGISTERING,
	IRC_SESSION_WELCOMED, /* 001 was received; waiting for the end of the MOTD */
	IRC_SESSION_READY,
	IRC_SESSION_LEAVING,  /* told to quit: waiting for the confirmation of the answers that were begun */
	IRC_SESSION_QUITTING, /* QUIT was sent */
};

struct irc_session {
	struct irc_session_config config;
	struct irc_session_events events;
	void *user;

	enum irc_session_state state;
	struct irc_now now; /* of the current call */
	uint64_t opened_ms, welcomed_ms, leaving_ms;
	char goodbye[GOODBYE_BYTES]; /* the reason of QUIT */
	uint64_t heard_ms;           /* time of the last input */
	bool has_heard;              /* any input on this connection */
	uint64_t pinged_ms;          /* our PING that has no answer yet; 0: no PING is out */
	uint64_t held_until_ms;      /* the last throttled target was logged until this time */
	uint64_t noted_ms;           /* since when notes are counted */
	unsigned notes;
	struct remote_clock clock; /* the server's */

	/* The parts. */
	struct irc_isupport isupport;
	struct irc_caps caps;
	struct irc_outbox outbox;
	struct irc_auth auth;
	struct irc_nick nick;
	struct irc_channels channels;
	struct irc_receiver receiver;
	const struct irc_rejection *rejection; /* a reason to close the connection; NULL: not told */
	struct irc_whois whois;
	struct irc_presence presence;
	struct irc_redaction redaction;
	struct irc_ctcp ctcp;
	struct irc_delivery delivery;
	struct irc_catchup catchup;
	struct irc_composer composer;
	struct irc_typing typing;

	bool is_flush_due; /* an answer was queued since the last irc_session_flush() */

	char line[IRC_LINE_MAX_BYTES + 1];
};

static struct irc_server_time server_time(struct irc_session *session)
{
	return (struct irc_server_time){
			.clock = &session->clock,
			.now_ms = session->now.ms,
			.wall_ms = session->now.wall_ms,
			.welcomed_ms = session->welcomed_ms,
			.marks_playback =
					(session->caps.enabled & IRC_CAP_BATCH) && !session->caps.is_bouncer,
			.is_bouncer = session->caps.is_bouncer,
	};
}

/* The wall clock in it is the server's; 0: not known. */
static struct irc_now server_now(const struct irc_session *session)
{
	return (struct irc_now){session->now.ms, remote_clock_now(&session->clock, session->now.ms)};
}

/* Give a line's time tag to the clock by this function. */
static void hear_time(struct irc_session *session, const struct irc_line *line,
		void (*hear)(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms))
{
	uint64_t sent_ms;
	char time[64];

	if (line->tags && irc_line_tag(line, "time", time, sizeof(time)) == 0 &&
			clock_from_iso(time, &sent_ms) == 0)
		hear(&session->clock, sent_ms, session->now.ms);
}

/* The server sent this line just now, and not another one whose clock may differ. */
static void hear_clock(struct irc_session *session, const struct irc_line *line)
{
	hear_time(session, line, remote_clock_hear);
}

static bool is_self(const struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return false;
	irc_source_split(line->source, &source);
	return irc_casemap_equal_bytes(
			session->isupport.casemap, source.nick, source.nick_length, session->nick.current);
}

static bool is_registered(const struct irc_session *session)
{
	return session->state == IRC_SESSION_WELCOMED || session->state == IRC_SESSION_READY;
}

__attribute__((format(printf, 2, 3))) static void note(struct irc_session *session, const char *format, ...)
{
	char text[NOTE_MAX_BYTES];
	va_list arguments;

	if (session->now.ms - session->noted_ms > NOTES_MS) {
		session->noted_ms = session->now.ms;
		session->notes = 0;
	}
	if (session->notes++ >= NOTES_MAX) {
		if (session->notes == NOTES_MAX + 1)
			session->events.on_note(session->user, "suppressing further server errors for 60 s");
		return;
	}
	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	session->events.on_note(session->user, text);
}

static void lose(struct irc_session *session, const char *reason, bool stay_away)
{
	char text[NOTE_MAX_BYTES]; /* reason may be in the line buffer, and the session may be opened again */

	utf8_print(text, sizeof(text), "%s", reason);
	irc_session_close(session);
	session->events.on_lost(session->user, text, stay_away);
}

/* A line to the server was lost for lack of memory, and its reply will never come: reconnect. */
static void lose_if_short(struct irc_session *session)
{
	if (session->outbox.is_short && session->state != IRC_SESSION_CLOSED)
		lose(session, "out of memory", false);
}

/* ---------------------------------------------------------------- events of the parts */

/* The sender of a live message is on the network. */
static void saw_sender(struct irc_session *session, const struct message *message)
{
	bool has_account = session->caps.enabled & IRC_CAP_ACCOUNT_TAG;

	if (session->presence.count > 0 && message->origin == MESSAGE_LIVE && message->source)
		irc_presence_saw(&session->presence, message->author_name, strlen(message->author_name),
				has_account ? message->account : NULL, session->isupport.casemap,
				session->now.ms);
}

static void on_message(void *user, struct message *message)
{
	struct irc_session *session = user;
	char author_id[IRC_AUTHOR_ID_MAX_BYTES + 1];

	irc_incoming_author_id(message->account, message->author_name, session->isupport.casemap, author_id);
	message->author_id = author_id;
	session->events.on_message(session->user, message);
	saw_sender(session, message);
}

static void on_here(void *user, const char *author_id)
{
	const struct irc_session *session = user;

	if (session->events.on_here)
		session->events.on_here(session->user, author_id);
}

/* Somebody who is not the bot has joined, taken or left a nick. */
static void saw_nick(struct irc_session *session, const char *nick, size_t length)
{
	irc_presence_saw(&session->presence, nick, length, NULL, session->isupport.casemap, session->now.ms);
}

static void missed_nick(struct irc_session *session, const char *nick, size_t length, bool is_refused)
{
	irc_presence_gone(&session->presence, nick, length, is_refused, session->isupport.casemap,
			session->now.ms);
}

static void on_left(void *owner, struct irc_sent *sent)
{
	struct irc_session *session = owner;

	if (sent->answer->is_followed)
		irc_delivery_left(&session->delivery, sent);
	else if (!irc_delivery_ping_left(&session->delivery, sent))
		irc_history_sent(&session->catchup.history, sent->answer->mark, session->now.ms);
}

static void on_whois_reply(void *user, const struct message *from)
{
	struct message message = *from;

	on_message(user, &message);
}

static void on_whois_silence(void *user, const char *nick)
{
	note(user, "no WHOIS reply about %s: an owner command was not carried out", nick);
}

static void on_answered(void *user, const char *id)
{
	struct irc_completed completed = {.outcome = IRC_OUTCOME_CONFIRMED};
	const struct irc_session *session = user;

	if (strlen(id) >= sizeof(completed.id) || !session->events.on_completed)
		return;
	memcpy(completed.id, id, strlen(id) + 1);
	session->events.on_completed(session->user, &completed);
}

static void on_can_answer(void *user, const struct irc_place *place)
{
	struct irc_session *session = user;
	struct irc_place configured = *place;

	irc_delivery_again(
			&session->delivery, place->channel ? place->channel : place->person, session->now.ms);
	if (place->channel)
		configured.channel = irc_channels_configured(
				&session->channels, place->channel, &session->isupport);
	if (session->events.on_can_answer)
		session->events.on_can_answer(session->user, &configured);
}

static void on_ctcp(void *user, const struct irc_envelope *envelope, const char *text)
{
	struct irc_session *session = user;
	char answer[IRC_CTCP_ANSWER_MAX_BYTES];
	struct irc_source source;

	if (session->state != IRC_SESSION_READY)
		return;
	irc_source_split(envelope->source, &source);
	if (irc_ctcp_answer(&session->ctcp, source.user_length > 0 ? source.user : source.nick, text,
			    session->now.ms, session->now.wall_ms, answer) < 0)
		return;
	irc_outbox_push(&session->outbox, envelope->nick, IRC_LINE("NOTICE", envelope->nick, answer),
			session->now.ms);
}

static void on_missed(void *user, const char *channel, const struct irc_past *past)
{
	struct irc_session *session = user;

	irc_receiver_missed(&session->receiver, channel, past);
}

static bool on_load(void *user, const char *channel, char *ret, size_t size)
{
	const struct irc_session *session = user;

	return session->events.on_load_seen &&
	       session->events.on_load_seen(session->user, channel, ret, size);
}

static void on_save(void *user, const char *channel, const char *text)
{
	const struct irc_session *session = user;

	if (session->events.on_save_seen)
		session->events.on_save_seen(session->user, channel, text);
}

/* Log the first refusal, not one for each line that was on the way. */
static void on_held(void *owner, const char *target, const struct irc_refusal *refusal, const char *text)
{
	struct irc_session *session = owner;

	if (session->now.ms < session->held_until_ms)
		return;
	session->held_until_ms = session->now.ms + refusal->hold_ms;
	note(session, "%s is throttled (%s); sending again in %llu s, then more slowly%s%s",
			irc_target_is_channel(target) ? target : "a person", text,
			(unsigned long long)refusal->hold_ms / 1000,
			refusal->fix ? "; to lift the limit, " : "", refusal->fix ? refusal->fix : "");
}

static void on_posted(void *owner, const char *question, const char *target, const char *id)
{
	struct irc_session *session = owner;

	if (session->caps.enabled & IRC_CAP_REDACTION)
		irc_redaction_note(
				&session->redaction, question, target, id, &session->outbox, session->now.ms);
}

static const struct irc_catchup_events catchup_events = {
		.on_answered = on_answered,
		.on_can_answer = on_can_answer,
		.on_missed = on_missed,
		.on_load = on_load,
		.on_save = on_save,
};

static const struct irc_receiver_events receiver_events = {.on_message = on_message, .on_ctcp = on_ctcp};

static void fail_login(struct irc_session *session, const char *why)
{
	char reason[NOTE_MAX_BYTES];

	utf8_print(reason, sizeof(reason), "not logged in: %s", why);
	lose(session, reason, true);
}

/* Handle the result of a step of the login. */
static void after_auth(struct irc_session *session, enum irc_auth_result result)
{
	if (result == IRC_AUTH_USELESS)
		fail_login(session, session->auth.why);
	else if (result == IRC_AUTH_FAILED)
		note(session, "not logged in: %s", session->auth.why);
}

/* ---------------------------------------------------------------- the table of parts */

/* Reset the state of one connection that has nothing to release. */
static void forget_server(struct irc_session *session)
{
	irc_isupport_init(&session->isupport);
	irc_caps_init(&session->caps, session->config.login != NULL);
	irc_receiver_reset(&session->receiver);
	session->rejection = NULL;
	irc_channels_reset(&session->channels);
	irc_nick_reset(&session->nick);
	irc_composer_close(&session->composer);
	irc_typing_init(&session->typing);
}

static void close_auth(struct irc_session *session)
{
	irc_auth_reset(&session->auth);
}

static void tick_nick(struct irc_session *session)
{
	if (!session->outbox.is_mute) /* the nick may belong to the process that has the permit now */
		irc_nick_run(&session->nick, &session->outbox, session->now.ms);
}

static uint64_t next_nick_ms(const struct irc_session *session)
{
	return session->outbox.is_mute ? UINT64_MAX : session->nick.regain_ms;
}

static void load_renamed(struct irc_session *session);

static void tick_channels(struct irc_session *session)
{
	load_renamed(session);
	irc_channels_run(&session->channels, &session->outbox, &session->isupport, session->now.ms);
}

static uint64_t next_channels_ms(const struct irc_session *session)
{
	return irc_channels_next_ms(&session->channels);
}

static void release_channels(struct irc_session *session)
{
	irc_channels_release(&session->channels);
}

static void close_whois(struct irc_session *session)
{
	irc_whois_release(&session->whois);
}

static void close_presence(struct irc_session *session)
{
	irc_presence_reset(&session->presence);
}

static void tick_presence(struct irc_session *session)
{
	if (session->presence.count > 0 && !session->outbox.is_mute)
		irc_presence_run(&session->presence, &session->isupport, &session->outbox, session->now.ms);
}

static uint64_t next_presence_ms(const struct irc_session *session)
{
	return session->outbox.is_mute ? UINT64_MAX : irc_presence_next_ms(&session->presence);
}

static void tick_whois(struct irc_session *session)
{
	irc_whois_tick(&session->whois, session->now.ms);
}

static uint64_t next_whois_ms(const struct irc_session *session)
{
	return irc_whois_next_ms(&session->whois);
}

static void close_outbox(struct irc_session *session)
{
	irc_outbox_clear(&session->outbox);
	irc_outbox_set_flood(&session->outbox, IRC_FLOOD_SAFE);
}

static void tick_outbox(struct irc_session *session)
{
	if (session->outbox.targets)
		irc_outbox_flush(&session->outbox, session->now.ms);
}

static void close_delivery(struct irc_session *session)
{
	irc_delivery_lose(&session->delivery);
}

static void release_redaction(struct irc_session *session)
{
	irc_redaction_release(&session->redaction);
}

static void tick_delivery(struct irc_session *session)
{
	struct irc_completed completed;

	if (session->state == IRC_SESSION_READY)
		irc_delivery_tick(&session->delivery, session->heard_ms, session->now.ms);
	while (irc_delivery_take(&session->delivery, &completed)) {
		if (completed.is_absent)
			missed_nick(session, completed.target, strlen(completed.target), true);
		if (session->events.on_completed)
			session->events.on_completed(session->user, &completed);
	}
}

static uint64_t next_delivery_ms(const struct irc_session *session)
{
	return irc_delivery_next_ms(&session->delivery);
}

static void release_delivery(struct irc_session *session)
{
	irc_delivery_release(&session->delivery);
}

static void close_catchup(struct irc_session *session)
{
	irc_catchup_close(&session->catchup);
}

static void tick_catchup(struct irc_session *session)
{
	struct irc_now now = server_now(session);

	if (session->state == IRC_SESSION_READY &&
			irc_catchup_tick(&session->catchup, &session->outbox, &now))
		tick_delivery(session);
}

static uint64_t next_catchup_ms(const struct irc_session *session)
{
	return irc_catchup_next_ms(&session->catchup);
}

static void release_catchup(struct irc_session *session)
{
	irc_catchup_release(&session->catchup);
}

static void tick_typing(struct irc_session *session)
{
	if (!session->outbox.is_mute && irc_composer_may_tag(&session->composer, IRC_TAG_TYPING))
		irc_typing_tick(&session->typing, &session->outbox, session->now.ms);
}

/*
 * The parts, in the order of their calls. The outbox is listed twice: first it sends the lines of the parts
 * before it, so that the delivery part sees them as sent, then the lines of the delivery part and the
 * history.
 */
static const struct session_part {
	void (*close)(struct irc_session *session);             /* the connection has ended */
	void (*tick)(struct irc_session *session);              /* do what is due; called while READY */
	uint64_t (*next_ms)(const struct irc_session *session); /* when that is; UINT64_MAX: never */
	void (*release)(struct irc_session *session);
} parts[] = {
		{.close = forget_server},
		{.close = close_auth, .release = close_auth},
		{.tick = tick_channels, .next_ms = next_channels_ms, .release = release_channels},
		{.close = close_whois, .tick = tick_whois, .next_ms = next_whois_ms, .release = close_whois},
		{.close = close_presence, .tick = tick_presence, .next_ms = next_presence_ms},
		{.release = release_redaction},
		{.tick = tick_nick, .next_ms = next_nick_ms},
		{.close = close_outbox, .tick = tick_outbox, .release = close_outbox},
		{.close = close_delivery,
				.tick = tick_delivery,
				.next_ms = next_delivery_ms,
				.release = release_delivery},
		{.close = close_catchup,
				.tick = tick_catchup,
				.next_ms = next_catchup_ms,
				.release = release_catchup},
		{.tick = tick_outbox},
		{.tick = tick_typing},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* ---------------------------------------------------------------- new and free */

static void set_people(struct irc_session *session)
{
	session->receiver.people.services = session->config.services;
	session->receiver.people.bridges = session->config.bridges;
	session->receiver.people.bridge_count = session->config.bridge_count;
}

int irc_session_new(const struct irc_session_config *config, const struct irc_session_events *events,
		void *user, struct irc_session **ret)
{
	struct irc_session *session = calloc(1, sizeof(*session));
	struct irc_auth_events auth_events;
	int r;

	if (!session)
		return -ENOMEM;
	session->config = *config;
	session->events = *events;
	session->user = user;
	irc_isupport_init(&session->isupport);
	irc_outbox_init(&session->outbox, events->on_send, user);
	session->outbox.on_left = on_left;
	session->outbox.owner = session;
	auth_events = (struct irc_auth_events){
			events->on_random, events->is_private, events->knows_scram, events->on_scram};
	irc_auth_init(&session->auth, &session->caps, &session->outbox, &auth_events, user);
	irc_composer_init(&session->composer, &session->caps, &session->isupport, &session->nick);
	irc_delivery_init(&session->delivery, &session->outbox, &session->isupport);
	session->delivery.channels = &session->channels;
	session->delivery.on_held = on_held;
	session->delivery.on_posted = on_posted;
	session->delivery.owner = session;
	irc_catchup_init(&session->catchup, &session->delivery, &session->isupport, &catchup_events, session);
	session->receiver.isupport = &session->isupport;
	session->receiver.channels = &session->channels;
	session->receiver.nick = &session->nick;
	session->receiver.catchup = &session->catchup;
	session->receiver.events = &receiver_events;
	session->receiver.user = session;
	session->presence.on_here = on_here;
	session->presence.user = session;
	session->whois.on_reply = on_whois_reply;
	session->whois.on_silence = on_whois_silence;
	session->whois.user = session;
	set_people(session);
	irc_nick_set(&session->nick, config->nick);
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
	for (size_t i = 0; i < PARTS; i++) {
		if (parts[i].release)
			parts[i].release(session);
	}
	free(session);
}

int irc_session_configure(struct irc_session *session, const struct irc_session_config *config,
		const struct irc_now *now)
{
	int r = irc_channels_set(
			&session->channels, config->channels, config->channel_count, &session->isupport);

	if (r < 0)
		return r;
	session->config = *config;
	set_people(session);
	if (strcmp(session->nick.wanted, config->nick) != 0)
		irc_nick_set(&session->nick, config->nick);
	irc_session_tick(session, now);
	return 0;
}

/* ---------------------------------------------------------------- a connection */

/* The first id for messages without a msgid. Not from the clock: one that is set back at each boot would give the ids of
 * an earlier process again. */
static void choose_first_id(struct irc_session *session)
{
	if (session->events.on_random)
		session->events.on_random(
				session->user, &session->receiver.next_id, sizeof(session->receiver.next_id));
	if (!session->receiver.next_id)
		session->receiver.next_id = session->now.wall_ms << 16;
}

/* Send the whole registration at once, without waiting for replies. */
void irc_session_open(struct irc_session *session, const struct irc_now *now)
{
	const struct irc_session_config *config = &session->config;

	irc_session_close(session);
	session->state = IRC_SESSION_REGISTERING;
	session->now = *now;
	session->opened_ms = now->ms;
	session->heard_ms = now->ms;
	session->clock = (struct remote_clock){0}; /* another server may have another time */
	if (!session->receiver.next_id)
		choose_first_id(session);
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
	session->is_flush_due = false;
	session->pinged_ms = 0;
	for (size_t i = 0; i < PARTS; i++) {
		if (parts[i].close)
			parts[i].close(session);
	}
}

/* Update the parts after a change of 005 or of the capabilities. */
static void look_at_offer(struct irc_session *session)
{
	const unsigned labels = IRC_CAP_LABELED_RESPONSE | IRC_CAP_BATCH;
	unsigned enabled = session->caps.enabled;

	irc_delivery_set_method(&session->delivery, (enabled & labels) == labels       ? IRC_CONFIRM_LABEL
						    : (enabled & IRC_CAP_ECHO_MESSAGE) ? IRC_CONFIRM_ECHO
										       : IRC_CONFIRM_PING);
	session->delivery.has_echo = enabled & IRC_CAP_ECHO_MESSAGE;
	session->delivery.has_multiline = irc_session_has_multiline(session);
	session->catchup.is_bouncer = session->caps.is_bouncer;
	irc_catchup_offer(&session->catchup, enabled);
}

/* Mark us as a bot, if the server has a mode for it. */
static void set_bot_mode(struct irc_session *session)
{
	char mode[3] = {'+', session->isupport.bot_mode, '\0'};

	if (session->isupport.bot_mode)
		irc_outbox_push(&session->outbox, "", IRC_LINE("MODE", session->nick.current, mode),
				session->now.ms);
}

/* The MOTD has ended: join the channels and set the bot mode. */
static void become_ready(struct irc_session *session)
{
	struct irc_now now = server_now(session);

	if (session->state != IRC_SESSION_WELCOMED)
		return;
	session->state = IRC_SESSION_READY;
	session->receiver.people.has_services = session->caps.offered & IRC_CAP_SASL;
	look_at_offer(session);
	if (session->isupport.nick_length != IRC_NICKLEN_UNKNOWN)
		session->nick.length_max = session->isupport.nick_length;
	tick_channels(session);
	if (irc_auth_is_done(&session->auth) && session->config.services)
		irc_nick_ask_services(
				&session->nick, session->config.services, &session->outbox, session->now.ms);
	irc_nick_watch(&session->nick, &session->isupport, &session->outbox, session->now.ms);
	set_bot_mode(session);
	tick_outbox(session);
	session->events.on_ready(session->user);
	if (session->state == IRC_SESSION_READY)
		irc_catchup_ready(&session->catchup, &now);
}

/* The deadline of the present state. */
static uint64_t deadline_ms(const struct irc_session *session)
{
	switch (session->state) {
	case IRC_SESSION_REGISTERING:
		return session->opened_ms + (session->has_heard ? REGISTER_MS : FIRST_BYTE_MS);
	case IRC_SESSION_WELCOMED: return session->welcomed_ms + MOTD_MS;
	case IRC_SESSION_LEAVING: return session->leaving_ms + IRC_SESSION_LEAVE_MS;
	case IRC_SESSION_READY:
		return session->pinged_ms ? session->pinged_ms + IDLE_PONG_MS
					  : session->heard_ms + IDLE_PING_MS;
	default: return UINT64_MAX;
	}
}

static void send_quit(struct irc_session *session)
{
	session->state = IRC_SESSION_QUITTING;
	irc_outbox_clear(&session->outbox);
	irc_outbox_urgent(&session->outbox, IRC_LINE("QUIT", session->goodbye), session->now.ms);
}

/* Told to quit: send the rest of the answers that were begun, and QUIT when they are confirmed. */
static void tick_leaving(struct irc_session *session)
{
	if (session->state != IRC_SESSION_LEAVING)
		return;
	tick_outbox(session);
	if (session->state == IRC_SESSION_LEAVING && !irc_delivery_wait(&session->delivery, session->now.ms))
		send_quit(session);
	else if (session->state == IRC_SESSION_LEAVING)
		tick_outbox(session); /* the PING */
}

/* The reply to this PING also confirms the answers whose own PING had no reply. */
static void ping_idle(struct irc_session *session)
{
	char token[IRC_DELIVERY_TOKEN_BYTES];
	bool has_token = irc_delivery_token(&session->delivery, token);

	session->pinged_ms = session->now.ms;
	irc_outbox_urgent(
			&session->outbox, IRC_LINE("PING", has_token ? token : "episoded"), session->now.ms);
}

static void on_deadline(struct irc_session *session)
{
	switch (session->state) {
	case IRC_SESSION_REGISTERING:
		lose(session, session->has_heard ? "not registered after 60 s" : "no answer within 30 s",
				false);
		break;
	case IRC_SESSION_WELCOMED: become_ready(session); break;
	case IRC_SESSION_LEAVING:
		irc_delivery_read(&session->delivery, false);
		tick_delivery(session);
		send_quit(session);
		break;
	case IRC_SESSION_READY:
		if (session->pinged_ms) {
			lose(session, "no reply to PING", false);
			break;
		}
		ping_idle(session);
		break;
	default: break;
	}
}

void irc_session_tick(struct irc_session *session, const struct irc_now *now)
{
	session->now = *now;
	if (now->ms >= deadline_ms(session))
		on_deadline(session);
	if (session->config.login && (is_registered(session) || session->state == IRC_SESSION_REGISTERING))
		after_auth(session, irc_auth_tick(&session->auth, session->config.login,
						    is_registered(session), now->ms));
	lose_if_short(session);
	for (size_t i = 0; i < PARTS && session->state == IRC_SESSION_READY; i++) {
		if (parts[i].tick)
			parts[i].tick(session);
	}
	tick_leaving(session);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

uint64_t irc_session_next_ms(const struct irc_session *session, uint64_t now_ms)
{
	uint64_t next_ms = earlier(deadline_ms(session), irc_auth_next_ms(&session->auth));

	if (session->outbox.is_short && session->state != IRC_SESSION_CLOSED)
		return now_ms;
	for (size_t i = 0; i < PARTS && session->state == IRC_SESSION_READY; i++) {
		if (parts[i].next_ms)
			next_ms = earlier(next_ms, parts[i].next_ms(session));
	}
	if (session->state != IRC_SESSION_READY && session->state != IRC_SESSION_LEAVING)
		return next_ms;
	return earlier(next_ms, irc_outbox_next_ms(&session->outbox, now_ms));
}

void irc_session_quit(struct irc_session *session, const char *reason, const struct irc_now *now)
{
	if (session->state == IRC_SESSION_CLOSED || session->state == IRC_SESSION_LEAVING ||
			session->state == IRC_SESSION_QUITTING)
		return;
	session->now = *now;
	snprintf(session->goodbye, sizeof(session->goodbye), "%s", reason);
	if (session->state != IRC_SESSION_READY) {
		send_quit(session);
		return;
	}
	session->state = IRC_SESSION_LEAVING;
	session->leaving_ms = now->ms;
	irc_outbox_drop_untracked(&session->outbox);
	irc_delivery_leave(&session->delivery);
	tick_leaving(session);
}

bool irc_session_is_leaving(const struct irc_session *session)
{
	return session->state == IRC_SESSION_LEAVING;
}

/* ---------------------------------------------------------------- lines by their verb */

static void on_ping(struct irc_session *session, const struct irc_line *line)
{
	hear_clock(session, line);
	irc_outbox_urgent(&session->outbox, IRC_LINE("PONG", irc_line_param(line, 0)), session->now.ms);
}

/* Handle STS first: a connection without TLS may have to be closed before anything else is sent. */
static void look_for_sts(struct irc_session *session, const struct irc_line *line)
{
	const char *verb = irc_line_param(line, 1);
	char value[STS_VALUE_BYTES];

	if (!session->events.on_sts || line->param_count < 3 ||
			(!str_equal_nocase(verb, "LS") && !str_equal_nocase(verb, "NEW")))
		return;
	if (irc_sts_find(line->params[line->param_count - 1], value, sizeof(value)))
		session->events.on_sts(session->user, value);
}

static void on_cap(struct irc_session *session, const struct irc_line *line)
{
	look_for_sts(session, line);
	if (session->state == IRC_SESSION_CLOSED)
		return;
	irc_caps_read(&session->caps, line, &session->outbox, session->now.ms);
	if (session->config.login && session->state != IRC_SESSION_QUITTING)
		after_auth(session, irc_auth_cap(&session->auth, session->config.login, line,
						    is_registered(session), session->now.ms));
	if (session->state == IRC_SESSION_READY)
		look_at_offer(session);
}

static void on_join(struct irc_session *session, const struct irc_line *line)
{
	const char *name = irc_line_param(line, 0);
	const struct irc_channel *channel;
	struct irc_source source;
	struct irc_now now;

	if (!is_self(session, line)) {
		irc_source_split(line->source ? line->source : "", &source);
		saw_nick(session, source.nick, source.nick_length);
		return;
	}
	hear_clock(session, line);
	now = server_now(session);
	irc_own_mask_read(&session->composer.own_mask, line->source);
	channel = irc_channels_joined(&session->channels, name, &session->isupport);
	if (!channel)
		return;
	if (session->isupport.has_colour_mode)
		irc_outbox_push(&session->outbox, "", IRC_LINE("MODE", name), session->now.ms);
	session->events.on_channels(session->user);
	/* Use the configured name for the history, because the server may write the name in another case. */
	irc_catchup_joined(&session->catchup, name, irc_channel_current(channel), &now);
}

/* The sender has left our channels: the nick may now pass to another person without our notice. */
static void lose_sight(struct irc_session *session, const char *source_text)
{
	struct irc_source source;

	irc_source_split(source_text, &source);
	irc_whois_gone(&session->whois, source.nick, source.nick_length, session->isupport.casemap);
}

static void on_part(struct irc_session *session, const struct irc_line *line)
{
	const char *name = irc_line_param(line, 0);

	if (!is_self(session, line)) {
		if (line->source)
			lose_sight(session, line->source);
		return;
	}
	irc_channels_parted(&session->channels, name, &session->isupport, session->now.ms);
	if (irc_channels_is_wanted(&session->channels, name, &session->isupport))
		irc_delivery_park(&session->delivery, name);
	else
		irc_delivery_drop(&session->delivery, name, "the bot has left the channel");
	session->events.on_channels(session->user);
}

/* The configuration names a channel that was renamed. */
static void note_renamed(struct irc_session *session, const struct irc_channel *channel)
{
	note(session,
			"%s is now %s: change it in the configuration (owners' settings of %s go on until "
			"then)",
			channel->name, irc_channel_current(channel), channel->name);
}

/* A question gets no answer any more, and the answer that it has is taken back. */
static void withdraw(struct irc_session *session, const char *id)
{
	irc_delivery_withdraw(&session->delivery, id);
	irc_redaction_take_back(&session->redaction, id, irc_delivery_has(&session->delivery, id),
			&session->outbox, session->now.ms);
	if (session->events.on_redacted)
		session->events.on_redacted(session->user, id);
}

/* REDACT target msgid :reason, from the author or an operator: the server has checked it. The lines of a message of several
 * lines have IDs made of the first one's. */
static void on_redact(struct irc_session *session, const struct irc_line *line)
{
	const char *id = irc_line_param(line, 1);
	char further[IRC_MSGID_MAX_BYTES + 1];

	if (!(session->caps.enabled & IRC_CAP_REDACTION) || !*id || irc_incoming_is_made_up(id))
		return;
	for (unsigned number = 1; number <= REDACTED_LINES_MAX; number++) {
		if (number > 1)
			irc_incoming_line_id(id, number, further);
		withdraw(session, number > 1 ? further : id);
	}
}

/* RENAME #from #to :reason. Settings, journal and conversations keep the configured name. */
static void on_rename(struct irc_session *session, const struct irc_line *line)
{
	const char *from = irc_line_param(line, 0), *to = irc_line_param(line, 1);
	const struct irc_channel *channel;

	if (!irc_isupport_is_channel(&session->isupport, to))
		return;
	channel = irc_channels_renamed(&session->channels, from, to, &session->isupport);
	if (!channel)
		return;
	irc_catchup_rename(&session->catchup, from, to);
	irc_delivery_rename(&session->delivery, from, to, session->now.ms);
	if (session->events.on_save_renamed)
		session->events.on_save_renamed(session->user, channel->name, to);
	note_renamed(session, channel);
}

/* Join under its present name a channel that an earlier process saw being renamed. */
static void load_renamed(struct irc_session *session)
{
	char name[IRC_CHANNEL_NAME_MAX_BYTES + 1];

	for (size_t i = 0; i < session->channels.count && session->events.on_load_renamed; i++) {
		struct irc_channel *channel = &session->channels.list[i];

		if (channel->is_known)
			continue;
		channel->is_known = true;
		if (!channel->is_wanted ||
				!session->events.on_load_renamed(
						session->user, channel->name, name, sizeof(name)) ||
				!irc_isupport_is_channel(&session->isupport, name) ||
				irc_casemap_equal(session->isupport.casemap, name, channel->name))
			continue;
		if (irc_channels_renamed(&session->channels, channel->name, name, &session->isupport))
			note_renamed(session, channel);
	}
}

static void on_kick(struct irc_session *session, const struct irc_line *line)
{
	const struct irc_channel *channel;

	if (!irc_casemap_equal(session->isupport.casemap, irc_line_param(line, 1), session->nick.current)) {
		lose_sight(session, irc_line_param(line, 1));
		return;
	}
	channel = irc_channels_kicked(
			&session->channels, irc_line_param(line, 0), &session->isupport, session->now.ms);
	if (!channel)
		return;
	note(session, "kicked from %s (%s)%s", channel->name, irc_line_param(line, 2),
			channel->state == IRC_CHANNEL_BARRED ? " too often: not joining again" : "");
	if (channel->state == IRC_CHANNEL_BARRED || !channel->is_wanted)
		irc_delivery_drop(&session->delivery, irc_channel_current(channel),
				"the bot was kicked from the channel");
	else
		irc_delivery_park(&session->delivery, irc_channel_current(channel));
	session->events.on_channels(session->user);
}

/* Accept invitations to configured channels only. */
static void on_invite(struct irc_session *session, const struct irc_line *line)
{
	const char *nick = irc_line_param(line, 0), *channel = irc_line_param(line, 1);

	if (!irc_casemap_equal(session->isupport.casemap, nick, session->nick.current) ||
			session->state != IRC_SESSION_READY)
		return;
	if (irc_channels_invited(&session->channels, channel, &session->isupport, session->now.ms))
		irc_channels_run(&session->channels, &session->outbox, &session->isupport, session->now.ms);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

/* End the connection for the server's reason, and name the fix. */
static void reject(struct irc_session *session, const char *reason, const struct irc_rejection *rejection)
{
	char text[NOTE_MAX_BYTES];

	utf8_print(text, sizeof(text), "%.*s%s%s", REJECTION_MAX_BYTES, reason, rejection ? "; " : "",
			rejection ? rejection->fix : "");
	lose(session, text, rejection && rejection->is_lasting);
}

/* A numeric or FAIL that ends the registration; a wrong password or a ban ends the connection later, too. */
static bool on_rejected(struct irc_session *session, const struct irc_line *line)
{
	unsigned numeric = irc_line_numeric(line);
	bool is_late = session->state != IRC_SESSION_REGISTERING && numeric != 464 && numeric != 465;
	const struct irc_rejection *rejection = is_late ? NULL : irc_rejection_read(line);
	char reason[REJECTION_MAX_BYTES + 1];

	if (!rejection)
		return false;
	utf8_print(reason, sizeof(reason), "%s %s", line->verb, irc_line_param(line, line->param_count - 1));
	reject(session, reason, rejection);
	return true;
}

/* FAIL|WARN|NOTE command|* CODE [context ...] :text */
static void on_standard_reply(struct irc_session *session, const struct irc_line *line)
{
	if (line->param_count < 2)
		return;
	if (on_rejected(session, line))
		return;
	if (irc_reply_read(line) == IRC_REPLY_NO_MULTILINE) {
		session->composer.is_multiline_refused = true;
		session->delivery.has_multiline = false;
	}
	note(session, "%s %s %s: %s", line->verb, line->params[0], line->params[1],
			irc_line_param(line, line->param_count - 1));
	if (str_equal_nocase(line->verb, "FAIL") && str_equal_nocase(line->params[0], "JOIN") &&
			line->param_count > 3)
		irc_channels_refused(&session->channels, line->params[2], false, &session->isupport,
				session->now.ms);
}

static void on_nick(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return;
	if (is_self(session, line)) {
		irc_nick_is(&session->nick, irc_line_param(line, 0), &session->isupport, session->now.ms);
		if (session->state != IRC_SESSION_READY)
			return;
		irc_nick_watch(&session->nick, &session->isupport, &session->outbox, session->now.ms);
		set_bot_mode(session); /* one that was queued with the old nick sets nothing */
		return;
	}
	irc_source_split(line->source, &source);
	irc_whois_gone(&session->whois, source.nick, source.nick_length, session->isupport.casemap);
	irc_nick_freed(&session->nick, source.nick, source.nick_length, &session->isupport, session->now.ms);
	missed_nick(session, source.nick, source.nick_length, false);
	saw_nick(session, irc_line_param(line, 0), strlen(irc_line_param(line, 0)));
}

static void on_quit(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;

	if (!line->source)
		return;
	irc_source_split(line->source, &source);
	irc_whois_gone(&session->whois, source.nick, source.nick_length, session->isupport.casemap);
	irc_nick_freed(&session->nick, source.nick, source.nick_length, &session->isupport, session->now.ms);
	missed_nick(session, source.nick, source.nick_length, false);
}

static void on_chghost(struct irc_session *session, const struct irc_line *line)
{
	const char *user = irc_line_param(line, 0), *host = irc_line_param(line, 1);

	if (!(session->caps.enabled & IRC_CAP_CHGHOST) || !is_self(session, line))
		return;
	irc_own_mask_set_user(&session->composer.own_mask, user, strlen(user));
	irc_own_mask_set_host(&session->composer.own_mask, host, strlen(host));
}

static void on_error(struct irc_session *session, const struct irc_line *line)
{
	const char *reason = irc_line_param(line, 0);
	const struct irc_rejection *rejection = irc_rejection_find(reason);

	if (session->state == IRC_SESSION_QUITTING && irc_rejection_is_after_quit(reason, session->goodbye))
		irc_delivery_read(&session->delivery, true);
	reject(session, *reason ? reason : "closed by the server",
			rejection ? rejection : session->rejection);
}

/* Before 001, some servers tell the reason in a notice, and close with another. */
static void on_notice(struct irc_session *session, const struct irc_line *line)
{
	const struct irc_rejection *rejection = NULL;

	if (session->state == IRC_SESSION_REGISTERING && (!line->source || !strchr(line->source, '!')))
		rejection = irc_rejection_find(irc_line_param(line, 1));
	if (rejection)
		session->rejection = rejection;
}

/* ---------------------------------------------------------------- messages */

/* Also after QUIT: a question is written to the journal, and answered on the next connection. */
static void on_privmsg(struct irc_session *session, const struct irc_line *line)
{
	struct irc_server_time time = server_time(session);

	if (session->state >= IRC_SESSION_READY && line->param_count >= 2 && !is_self(session, line))
		irc_receiver_privmsg(&session->receiver, line, &time);
}

static void on_batch(struct irc_session *session, const struct irc_line *line)
{
	struct irc_server_time time = server_time(session);

	if (session->caps.enabled & IRC_CAP_BATCH)
		irc_receiver_batch(&session->receiver, line, is_self(session, line), &time);
}

static void on_mode(struct irc_session *session, const struct irc_line *line)
{
	irc_channels_mode(&session->channels, irc_line_param(line, 0), irc_line_param(line, 1), false,
			&session->isupport);
}

/* ---------------------------------------------------------------- lines by their numeric */

/* Some servers count lines from the connection on, so charge the cost of the registration. Solanum and Ergo
 * begin to count after it. */
static void set_flood(struct irc_session *session, enum irc_flood flood)
{
	/* In the order of enum config_flood. The first (auto) is set by the server's version. */
	const enum irc_flood chosen[] = {flood, IRC_FLOOD_SAFE, IRC_FLOOD_FAST, IRC_FLOOD_NONE};
	uint64_t lines = REGISTRATION_LINES + session->nick.alternates;

	irc_outbox_set_flood(&session->outbox, chosen[session->config.flood]);
	if (chosen[session->config.flood] != IRC_FLOOD_FAST)
		throttle_spend(&session->outbox.throttle, lines * REGISTRATION_LINE_MS, session->now.ms);
}

/* 004 nick server version ... */
static void on_version(struct irc_session *session, const char *version)
{
	enum irc_flood flood;

	if (session->state != IRC_SESSION_WELCOMED)
		return; /* 004 was sent again: keep the count */
	if (irc_flood_of(version, &flood))
		set_flood(session, flood);
	if (strcmp(version, "soju") == 0 && !session->catchup.history.requests)
		session->catchup.is_without_ids = true; /* until its history shows ids */
	session->isupport.has_strip_mode = strncasecmp(version, "InspIRCd", 8) == 0 ||
					   strncasecmp(version, "UnrealIRCd", 10) == 0;
}

static void on_welcome(struct irc_session *session, const struct irc_line *line)
{
	if (session->state != IRC_SESSION_REGISTERING)
		return;
	if (session->config.login && session->config.login->is_required &&
			!irc_auth_is_done(&session->auth)) {
		fail_login(session, "the server does not support SASL, or registered us before its end");
		return;
	}
	session->state = IRC_SESSION_WELCOMED;
	if (line->source && strlen(line->source) < sizeof(session->receiver.people.server))
		memcpy(session->receiver.people.server, line->source, strlen(line->source) + 1);
	session->welcomed_ms = session->now.ms;
	irc_caps_end(&session->caps);
	irc_nick_is(&session->nick, irc_line_param(line, 0), &session->isupport, session->now.ms);
	set_flood(session, IRC_FLOOD_SAFE);
	/* ZNC (1.8) repeats the 001 of its own connection, with the time of then. */
	if (!session->caps.is_bouncer)
		hear_clock(session, line);
}

static void on_nick_refused(struct irc_session *session, const struct irc_line *line, bool is_invalid)
{
	if (session->state != IRC_SESSION_REGISTERING)
		return; /* an attempt to regain the nick, which is retried later */
	if (irc_nick_refused(&session->nick, is_invalid, &session->outbox, session->now.ms) < 0) {
		lose(session, "all nicks are in use", true);
		return;
	}
	note(session, "nick %s: %s; trying %s", irc_line_param(line, 1),
			irc_line_param(line, line->param_count - 1), session->nick.current);
}

static void on_join_refused(struct irc_session *session, const struct irc_line *line, bool is_slow)
{
	const struct irc_channel *channel = irc_channels_refused(&session->channels, irc_line_param(line, 1),
			is_slow, &session->isupport, session->now.ms);

	if (channel)
		note(session, "cannot join %s: %s %s; trying again in %llu s", channel->name, line->verb,
				irc_line_param(line, line->param_count - 1),
				(unsigned long long)(channel->next_ms - session->now.ms) / 1000);
}

/* 474 nick channel :reason (+b) */
static void on_banned(struct irc_session *session, const struct irc_line *line)
{
	const char *name = irc_line_param(line, 1);

	if (irc_channels_is_outside(&session->channels, name, &session->isupport))
		irc_delivery_drop(&session->delivery, name, "the bot is banned from the channel");
	on_join_refused(session, line, true);
}

/* 470 nick #asked #other :Forwarding to another channel. Leave the other channel unless it is configured. */
static void on_forwarded(struct irc_session *session, const struct irc_line *line)
{
	const char *other = irc_line_param(line, 2);

	on_join_refused(session, line, true);
	if (irc_isupport_is_channel(&session->isupport, other) &&
			!irc_channels_is_wanted(&session->channels, other, &session->isupport))
		irc_outbox_push(&session->outbox, "", IRC_LINE("PART", other), session->now.ms);
}

/* JOIN is sent again once we are logged in. */
static void on_account_needed(struct irc_session *session, const struct irc_line *line)
{
	on_join_refused(session, line, false);
	irc_channels_need_account(&session->channels, irc_line_param(line, 1), &session->isupport);
}

static void on_presence(struct irc_session *session, const struct irc_line *line)
{
	irc_presence_line(&session->presence, line, session->isupport.casemap, session->now.ms);
}

static void on_whois(struct irc_session *session, const struct irc_line *line)
{
	irc_whois_line(&session->whois, line, session->isupport.casemap,
			(session->caps.enabled & IRC_CAP_ACCOUNT_TAG) != 0);
	on_presence(session, line);
}

/* 324 nick channel modes ... */
static void on_mode_is(struct irc_session *session, const struct irc_line *line)
{
	irc_channels_mode(&session->channels, irc_line_param(line, 1), irc_line_param(line, 2), true,
			&session->isupport);
}

/* 404 or 408 nick channel :reason */
static void on_cannot_send(struct irc_session *session, const struct irc_line *line)
{
	if (irc_reply_read(line) == IRC_REPLY_NO_FORMATS)
		irc_channels_refused_colour(&session->channels, irc_line_param(line, 1), &session->isupport);
}

/* 731 nick :target[!user@host][,...]: these nicks are free. */
static void on_monitor_offline(struct irc_session *session, const struct irc_line *line)
{
	const char *list = irc_line_param(line, 1);

	on_presence(session, line);
	while (*list) {
		irc_nick_freed(&session->nick, list, strcspn(list, "!,"), &session->isupport,
				session->now.ms);
		list += strcspn(list, ",");
		list += *list == ',';
	}
}

/* AUTHENTICATE, or a numeric from 902 to 908 */
static void on_auth_line(struct irc_session *session, const struct irc_line *line)
{
	if (session->config.login && session->state != IRC_SESSION_QUITTING)
		after_auth(session, irc_auth_line(&session->auth, session->config.login, line,
						    is_registered(session), session->now.ms));
}

/* 900 nick mask account :...: join the channels that need an account. */
static void on_logged_in(struct irc_session *session, const struct irc_line *line)
{
	irc_own_mask_read(&session->composer.own_mask, irc_line_param(line, 1));
	irc_channels_logged_in(&session->channels, session->now.ms);
	if (session->state == IRC_SESSION_READY && session->config.services)
		irc_nick_ask_services(
				&session->nick, session->config.services, &session->outbox, session->now.ms);
}

static void on_numeric(struct irc_session *session, const struct irc_line *line, unsigned numeric)
{
	switch (numeric) {
	case 1: on_welcome(session, line); break;
	case 4: on_version(session, irc_line_param(line, 2)); break;
	case 303:
		irc_nick_is_on(&session->nick, irc_line_param(line, 1), &session->isupport, &session->outbox,
				session->now.ms);
		break;
	case 5: irc_isupport_read(&session->isupport, line); break;
	case 276:
	case 311:
	case 313:
	case 318:
	case 330:
	case 335:
	case 401: on_whois(session, line); break;
	case 324: on_mode_is(session, line); break;
	case 404:
	case 408: on_cannot_send(session, line); break;
	case 376: /* end of MOTD */
	case 422: /* no MOTD */ become_ready(session); break;
	case 900: on_logged_in(session, line); break;
	case 902:
	case 903:
	case 904:
	case 905:
	case 906:
	case 907:
	case 908: on_auth_line(session, line); break;
	case 730:
	case 734: on_presence(session, line); break;
	case 731: on_monitor_offline(session, line); break;
	case 396: irc_own_mask_read_host(&session->composer.own_mask, irc_line_param(line, 1)); break;
	case 432: on_nick_refused(session, line, true); break;
	case 437:
		if (irc_isupport_is_channel(&session->isupport, irc_line_param(line, 1))) {
			on_join_refused(session, line, false);
			break;
		} /* fall through */
	case 433:
	case 436: on_nick_refused(session, line, false); break;
	case 477: on_account_needed(session, line); break;
	case 470: on_forwarded(session, line); break;
	case 405: /* too many channels */
	case 471: /* +l */
	case 473: /* +i */
	case 480: /* joined too often */
	case 489: /* TLS is needed */
	case 520: on_join_refused(session, line, false); break;
	case 474: on_banned(session, line); break;
	case 403: /* no such channel */
	case 448: /* invalid name */
	case 475: /* +k */
	case 476: on_join_refused(session, line, true); break;
	default: on_rejected(session, line); break;
	}
}

/* The most frequent first. */
static const struct {
	const char *verb;
	void (*on_line)(struct irc_session *session, const struct irc_line *line);
} words[] = {
		{"PRIVMSG", on_privmsg},
		{"JOIN", on_join},
		{"PART", on_part},
		{"QUIT", on_quit},
		{"NICK", on_nick},
		{"PING", on_ping},
		{"BATCH", on_batch},
		{"KICK", on_kick},
		{"RENAME", on_rename},
		{"REDACT", on_redact},
		{"MODE", on_mode},
		{"CHGHOST", on_chghost},
		{"CAP", on_cap},
		{"INVITE", on_invite},
		{"FAIL", on_standard_reply},
		{"WARN", on_standard_reply},
		{"NOTE", on_standard_reply},
		{"ERROR", on_error},
		{"NOTICE", on_notice},
		{"AUTHENTICATE", on_auth_line},
};

/* Pass a line to the history, if a request is in progress. */
static bool is_history(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;
	bool is_own = is_self(session, line);

	if (!is_own && line->source) {
		irc_source_split(line->source, &source);
		is_own = irc_nick_may_be_ours(
				&session->nick, source.nick, source.nick_length, &session->isupport);
	}
	if (!irc_catchup_line(&session->catchup, line, is_own))
		return false;
	/* On a server that shows its time on messages only, the newest line of the history tells most. */
	if (session->clock.source < REMOTE_CLOCK_RELAYED)
		hear_time(session, line, remote_clock_hear_of);
	return true;
}

static void on_line(struct irc_session *session, const struct irc_line *line)
{
	unsigned numeric = irc_line_numeric(line);

	if (line->tags && str_equal_nocase(line->verb, "PONG"))
		hear_clock(session, line);
	if (irc_catchup_is_reading(&session->catchup) && is_history(session, line))
		return;
	if (session->delivery.answers &&
			irc_delivery_line(&session->delivery, line, is_self(session, line), session->now.ms))
		return;
	if (numeric) {
		on_numeric(session, line, numeric);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_equal_nocase(line->verb, words[i].verb)) {
			words[i].on_line(session, line);
			return;
		}
	}
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
		on_line(session, &line);
	}
	tick_outbox(session);
	tick_delivery(session);
	tick_catchup(session);
	tick_outbox(session);
	tick_leaving(session);
	lose_if_short(session);
}

/* ---------------------------------------------------------------- answers */

bool irc_session_has_reply(const struct irc_session *session)
{
	/* A history without ids has no +reply either, so it shows by the asker's name what was answered. */
	return !session->catchup.is_without_ids &&
	       (irc_composer_may_tag(&session->composer, IRC_TAG_REPLY) ||
			       irc_composer_may_tag(&session->composer, IRC_TAG_DRAFT_REPLY));
}

bool irc_session_has_multiline(const struct irc_session *session)
{
	return irc_composer_has_multiline(&session->composer);
}

bool irc_session_is_status_of(const struct irc_session *session, const char *target, const char *channel)
{
	const char *name = irc_isupport_channel(&session->isupport, target);

	return name != target &&
	       irc_casemap_equal(session->isupport.casemap,
			       irc_channels_configured(&session->channels, name, &session->isupport),
			       irc_channels_configured(&session->channels, channel, &session->isupport));
}

/* A renamed channel by its present name; buffer is used if it was renamed. */
static const char *present_target(
		const struct irc_session *session, const char *target, char buffer[IRC_DELIVERY_TARGET_BYTES])
{
	const char *channel = irc_target_channel(target), *current;

	if (!irc_target_is_channel(target))
		return target;
	current = irc_channels_current(&session->channels, channel, &session->isupport);
	if (current == channel)
		return target;
	snprintf(buffer, IRC_DELIVERY_TARGET_BYTES, "%.*s%s", (int)(channel - target), target, current);
	return buffer;
}

size_t irc_session_room(const struct irc_session *session, const char *verb, const char *target)
{
	char buffer[IRC_DELIVERY_TARGET_BYTES];

	return irc_composer_room(&session->composer, verb, present_target(session, target, buffer));
}

int irc_session_say(struct irc_session *session, const struct irc_say *asked, const struct irc_now *now)
{
	char target[IRC_DELIVERY_TARGET_BYTES];
	struct irc_say present = *asked, *say = &present;
	int r;

	session->now = *now;
	if (session->state != IRC_SESSION_READY)
		return -ENOTCONN;
	if (say->line_count == 0)
		return 0;
	say->target = present_target(session, asked->target, target);
	if (say->context)
		say->context = irc_channels_current(&session->channels, say->context, &session->isupport);
	r = irc_composer_say(&session->composer, say, &session->delivery, &session->outbox, now->ms);
	if (r == 0 && irc_composer_may_tag(&session->composer, IRC_TAG_TYPING))
		irc_typing_queued(&session->typing, say->target, session->isupport.casemap, now->ms);
	session->is_flush_due = true;
	return r;
}

bool irc_session_is_flush_due(const struct irc_session *session)
{
	return session->is_flush_due;
}

void irc_session_flush(struct irc_session *session, const struct irc_now *now)
{
	if (!session->is_flush_due)
		return;
	session->is_flush_due = false;
	session->now = *now;
	irc_outbox_flush(&session->outbox, now->ms);
	if (!session->outbox.is_mute && irc_composer_may_tag(&session->composer, IRC_TAG_TYPING))
		irc_typing_flushed(&session->typing, &session->outbox, now->ms);
}

/* ---------------------------------------------------------------- functions for the gateway */

int irc_session_identify(
		struct irc_session *session, const struct message *message, const struct irc_now *now)
{
	bool has_tag = session->caps.enabled & IRC_CAP_ACCOUNT_TAG;
	int r = -ENOTSUP;

	session->now = *now;
	if (session->state == IRC_SESSION_READY &&
			(session->config.asks_fingerprint || (session->config.asks_account && !has_tag)))
		r = irc_whois_ask(&session->whois, message, session->isupport.casemap, &session->outbox,
				now->ms);
	session->is_flush_due = session->is_flush_due || r == 0;
	return r;
}

bool irc_session_is_due(
		struct irc_session *session, const struct irc_place *place, const struct message *message)
{
	return irc_catchup_is_due(&session->catchup, place, message);
}

bool irc_session_holds(const struct irc_session *session, const char *message_id)
{
	return irc_delivery_has(&session->delivery, message_id);
}

uint64_t irc_session_late_ms(const struct irc_session *session, const struct message *message)
{
	uint64_t age_ms = remote_clock_age(&session->clock, message->time_ms, session->now.ms);
	bool is_late = message->origin == MESSAGE_BACKLOG || message->origin == MESSAGE_JOURNAL;

	if (age_ms < message->held_ms)
		age_ms = message->held_ms;
	return is_late ? age_ms : 0;
}

uint64_t irc_session_network_ms(const struct irc_session *session, uint64_t now_ms)
{
	return remote_clock_now(&session->clock, now_ms);
}

bool irc_session_is_made_up(const char *message_id)
{
	return irc_incoming_is_made_up(message_id);
}

bool irc_session_has_colour(const struct irc_session *session, const char *channel)
{
	return irc_channels_has_colour(&session->channels, channel, &session->isupport);
}

void irc_session_set_mute(struct irc_session *session, bool is_mute)
{
	session->outbox.is_mute = is_mute;
	session->is_flush_due |= !is_mute && session->state == IRC_SESSION_READY;
}

int irc_session_can_speak(struct irc_session *session, const struct message *message)
{
	const char *name = message->channel;

	if (session->state != IRC_SESSION_READY)
		return -EAGAIN;
	if (message->is_private)
		return 0;
	if (!irc_channels_is_wanted(&session->channels, name, &session->isupport))
		return -ENOENT;
	return irc_channels_is_outside(&session->channels, name, &session->isupport) ? -EAGAIN : 0;
}

int irc_session_reach(struct irc_session *session, const struct message *message, const struct irc_now *now)
{
	session->now = *now;
	if (session->state != IRC_SESSION_READY)
		return -EAGAIN;
	return irc_presence_look(&session->presence, message, session->isupport.casemap, now->ms);
}

const char *irc_session_nick_of(const struct irc_session *session, const char *author_id)
{
	return irc_presence_nick(&session->presence, author_id);
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
