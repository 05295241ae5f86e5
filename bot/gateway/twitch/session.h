#ifndef EPISODED_TWITCH_SESSION_H
#define EPISODED_TWITCH_SESSION_H

/*
 * One account in Twitch's chat, as a pure state machine: bytes and times in, lines
 * and events out. It sends over one connection. While Twitch moves the bot to another
 * server there are two, and a message received on both is processed once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/twitch/connection.h"
#include "bot/gateway/twitch/outbox.h"
#include "bot/irc/now.h"

#define TWITCH_STATUS_MAX_BYTES 120

struct twitch_session; /* opaque: gateway/twitch/session.c */

/* Texts are borrowed until the next twitch_session_configure() or the end, channels for the call. */
struct twitch_session_config {
	const char *login, *token; /* lower case; without "oauth:" */
	char *const *channels;     /* lower case, with their # */
	size_t channel_count;
	bool is_verified; /* the account has the rate limits of a verified bot */
	uint64_t seed;    /* of the client-nonces */
};

struct twitch_session_events {
	/* Send a line, without CRLF, on one of the connections. */
	void (*on_send)(void *user, size_t link, const char *line, size_t length);
	/* A connection is logged in. */
	void (*on_ready)(void *user, size_t link);
	void (*on_rooms)(void *user); /* joined or left a channel, or its modes have changed */
	void (*on_message)(void *user, const struct message *message);
	/* The question is completed: the answer was sent, or (is_said false) never will be. */
	void (*on_completed)(void *user, const char *message_id, bool is_said);
	/* A line for the log. */
	void (*on_note)(void *user, const char *text);
	/* Close this connection. stay_away: reconnect with the longest delay. */
	void (*on_lost)(void *user, size_t link, const char *reason, bool stay_away);
	/* Permanent failure: the reason is for the operator. All connections are closed. */
	void (*on_failed)(void *user, const char *reason);
	/* Twitch is about to close the current connection: open the other one. */
	void (*on_renew)(void *user);
	/* The other connection has taken over: close this one for good. */
	void (*on_let_go)(void *user, size_t link);
};

/* -ENOMEM */
int twitch_session_new(const struct twitch_session_config *config, const struct twitch_session_events *events,
		void *user, struct twitch_session **ret);
void twitch_session_free(struct twitch_session *session); /* NULL-safe; not inside an event */

/* Change the channels on the current connection; the rest applies from the next connection on. -ENOMEM:
 * nothing changed. */
int twitch_session_configure(struct twitch_session *session, const struct twitch_session_config *config,
		const struct irc_now *now);

/* A transport is open: send the login. link is below TWITCH_LINKS. */
void twitch_session_open(struct twitch_session *session, size_t link, const struct irc_now *now);
/* A transport is closed. Safe at any time. */
void twitch_session_close(struct twitch_session *session, size_t link, const struct irc_now *now);

/*
 * twitch_session_receive - process one WebSocket message.
 *
 * Shape:   one or more complete lines, as in irc_line_take().
 * Owns:    bytes are borrowed for the call.
 * Errors:  no errors; malformed lines are skipped.
 * Source:  dev.twitch.tv, "Twitch IRC" (read 2026-08).
 */
void twitch_session_receive(struct twitch_session *session, size_t link, const char *bytes, size_t length,
		const struct irc_now *now);

/* Do what is due. Call it at twitch_session_next_ms() or earlier. */
void twitch_session_tick(struct twitch_session *session, const struct irc_now *now);
/* When the next tick is due, perhaps in the past. UINT64_MAX: never. */
uint64_t twitch_session_next_ms(const struct twitch_session *session);

/* Stop sending. on_lost follows for each connection once every message is confirmed, perhaps at once. */
void twitch_session_quit(struct twitch_session *session, const struct irc_now *now);

/* The connection that sends. */
size_t twitch_session_current(const struct twitch_session *session);
/* Is the current connection logged in? */
bool twitch_session_is_ready(const struct twitch_session *session);
/* How many channels it has joined. */
unsigned twitch_session_joined_count(const struct twitch_session *session);
uint64_t twitch_session_dropped(
		const struct twitch_session *session); /* answers never sent, or only in part */
/* The first channel where the bot must not send, and why ("#tv: emote-only mode"); "": the bot may send in
 * all channels. */
void twitch_session_silence(
		const struct twitch_session *session, uint64_t now_ms, char ret[TWITCH_STATUS_MAX_BYTES]);

/* How many messages an answer may have: one in slow mode, so that others are answered too. */
size_t twitch_session_lines_max(const struct twitch_session *session, const char *channel);

/* Code points of an answer's line: TWITCH_TEXT_MAX without what is added to it. */
size_t twitch_session_room(void);

/*
 * Queue all lines, or on failure no line, for twitch_session_flush(); on_completed follows. -ENOENT:
 * not a joined channel. -EACCES: the bot must not send there; on_note has logged the
 * reason. -ENOBUFS: send queue full. -ENOTCONN, -ENOMEM.
 */
int twitch_session_say(
		struct twitch_session *session, const struct twitch_say *say, const struct irc_now *now);
/* Was an answer queued since the last flush? */
bool twitch_session_is_flush_due(const struct twitch_session *session);
/* Send what the rate limits allow. */
void twitch_session_flush(struct twitch_session *session, const struct irc_now *now);

#endif
