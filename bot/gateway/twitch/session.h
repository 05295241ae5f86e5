#ifndef EPISODED_TWITCH_SESSION_H
#define EPISODED_TWITCH_SESSION_H

/*
 * One account in Twitch's chat over IRC, as a pure state machine: bytes and times in, lines
 * and events out. It sends over one connection. While Twitch moves the bot to another
 * server there are two, and a message received on both is processed once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/twitch/chat.h"
#include "bot/irc/now.h"

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
	/* Close this connection. stay_away: reconnect with the longest delay. */
	void (*on_lost)(void *user, size_t link, const char *reason, bool stay_away);
	/* Twitch refuses the token of this connection, which is closed. */
	void (*on_refused)(void *user, size_t link, const char *reason);
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

/* Its channels and send queues. The caller sets its events by twitch_chat_listen(), after twitch_session_new(). */
struct twitch_chat *twitch_session_chat(struct twitch_session *session);

#endif
