#ifndef EPISODED_TWITCH_SESSION_H
#define EPISODED_TWITCH_SESSION_H

/*
 * One account's side of Twitch's chat, pure: bytes and times come in, lines to
 * send and events come out. It speaks over one connection; while Twitch moves
 * it to another server there are two, and what is heard on both counts once.
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

/* Texts are borrowed until the next twitch_session_configure() or the end. */
struct twitch_session_config {
	const char *login, *token; /* lower case; without "oauth:" */
	char *const *channels;     /* lower case, with their # */
	size_t channel_count;
	bool is_verified; /* Twitch has granted the limits of a verified bot */
	uint64_t seed;    /* of the marks that messages are known again by */
};

struct twitch_session_events {
	/* A line for the wire, without CRLF, on one of the connections. */
	void (*on_send)(void *user, size_t link, const char *line, size_t length);
	/* A connection is logged in: it hears and answers. */
	void (*on_ready)(void *user, size_t link);
	void (*on_rooms)(void *user); /* joined or left one, or may say less or more there */
	void (*on_message)(void *user, const struct message *message);
	/* An answer to that message is on Twitch, or will never be: nothing is open any more. is_said tells
	 * which. */
	void (*on_completed)(void *user, const char *message_id, bool is_said);
	/* Worth a line in the log. */
	void (*on_note)(void *user, const char *text);
	/* This connection is of no more use: close it. stay_away: come back late. */
	void (*on_lost)(void *user, size_t link, const char *reason, bool stay_away);
	/* No further try can mend it: words for a person. Every connection is closed. */
	void (*on_failed)(void *user, const char *reason);
	/* Twitch is about to drop the connection in use: open the other as well. */
	void (*on_renew)(void *user);
	/* The other connection has taken over; this one may be closed for good. */
	void (*on_let_go)(void *user, size_t link);
};

/* -ENOMEM */
int twitch_session_new(const struct twitch_session_config *config, const struct twitch_session_events *events,
		void *user, struct twitch_session **ret);
void twitch_session_free(struct twitch_session *session); /* NULL-safe; not inside an event */

/* Other channels, on the living connection; the rest counts from the next one. -ENOMEM: nothing changed. */
int twitch_session_configure(struct twitch_session *session, const struct twitch_session_config *config,
		const struct irc_now *now);

/* A transport is up: the login goes out. link is below TWITCH_LINKS. */
void twitch_session_open(struct twitch_session *session, size_t link, const struct irc_now *now);
/* A transport is down. Safe at any time. */
void twitch_session_close(struct twitch_session *session, size_t link, const struct irc_now *now);

/*
 * twitch_session_receive - what one WebSocket message brought.
 *
 * Shape:   one line, or several with CRLF between; the last one whole. A line
 *          over IRC_LINE_MAX_BYTES, an empty one or one with a NUL is skipped.
 * Owns:    bytes are borrowed for the call.
 * Errors:  none; what makes no sense is skipped.
 * Source:  dev.twitch.tv, "Twitch IRC" (read 2026-08).
 */
void twitch_session_receive(struct twitch_session *session, size_t link, const char *bytes, size_t length,
		const struct irc_now *now);

/* Do what is due. Call it at twitch_session_next_ms() at the latest; earlier is fine. */
void twitch_session_tick(struct twitch_session *session, const struct irc_now *now);
/* UINT64_MAX: never. It may lie in the past. */
uint64_t twitch_session_next_ms(const struct twitch_session *session);

/* Say no more. on_lost follows for each connection once nothing said is unconfirmed, perhaps at once. */
void twitch_session_quit(struct twitch_session *session, const struct irc_now *now);

/* The connection that speaks. */
size_t twitch_session_current(const struct twitch_session *session);
/* Logged in: what is said now goes out. */
bool twitch_session_is_ready(const struct twitch_session *session);
/* Channels it is in now. */
unsigned twitch_session_joined_count(const struct twitch_session *session);
uint64_t twitch_session_dropped(const struct twitch_session *session); /* answers never said, or cut short */
/* Where the bot may not speak, and why: "#tv: only emotes there"; "" when it may everywhere. */
void twitch_session_silence(
		const struct twitch_session *session, uint64_t now_ms, char ret[TWITCH_STATUS_MAX_BYTES]);

/* How many messages an answer there may take: in slow mode one, so that others are answered too. */
size_t twitch_session_lines_max(const struct twitch_session *session, const char *channel);

/* Code points that a line of an answer may have: the rest of TWITCH_TEXT_MAX is for what is put around it. */
size_t twitch_session_room(void);

/*
 * Queue all lines or none; they leave in twitch_session_flush(). on_completed follows. -ENOENT not our channel, -EACCES it
 * may not speak there (on_note has said why), -ENOTCONN, -ENOBUFS when too much
 * waits already, -ENOMEM.
 */
int twitch_session_say(
		struct twitch_session *session, const struct twitch_say *say, const struct irc_now *now);
/* Was something queued since the last flush? Send what Twitch takes now. */
bool twitch_session_is_flush_due(const struct twitch_session *session);
void twitch_session_flush(struct twitch_session *session, const struct irc_now *now);

#endif
