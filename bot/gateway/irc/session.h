#ifndef EPISODED_IRC_SESSION_H
#define EPISODED_IRC_SESSION_H

/*
 * One client's side of IRC, pure: bytes and times come in, lines to send and
 * events come out. It knows no socket and no clock. One session lives through
 * many connections: irc_session_open() begins each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/compose.h"
#include "bot/gateway/irc/config.h"
#include "bot/irc/now.h"

struct irc_login;
struct irc_completed; /* bot/gateway/irc/delivery.h */
struct irc_session;   /* opaque: gateway/irc/session.c */
struct irc_place;     /* bot/gateway/irc/history.h */

/* Texts are borrowed until the next irc_session_configure() or the end, channels for the call. */
struct irc_session_config {
	const char *nick, *username, *realname;
	const char *password; /* may be NULL */
	char *const *channels;
	size_t channel_count;
	const struct irc_login *login; /* may be NULL */
	enum config_flood flood;
	char *const *bridges; /* masks of senders who repeat what people elsewhere say */
	size_t bridge_count;
	const char *services;                /* NickServ or the like, which gives a nick back; may be NULL */
	bool asks_account, asks_fingerprint; /* how the owners are identified */
};

struct irc_session_events {
	/* A line for the wire, without CRLF. */
	void (*on_send)(void *user, const char *line, size_t length);
	/* Registered: the session receives messages and answers them. */
	void (*on_ready)(void *user);
	void (*on_channels)(void *user); /* a channel was joined or left */
	void (*on_message)(void *user, const struct message *message);
	/* A text for the log: "cannot join #tv: 474 ...". */
	void (*on_note)(void *user, const char *text);
	/* Close the connection. stay_away: the server rejects us for a lasting reason, so reconnect late. */
	void (*on_lost)(void *user, const char *reason, bool stay_away);
	/* The server offers the capability "sts" with this value. May close the session. May be NULL. */
	void (*on_sts)(void *user, const char *value);
	/* Write unpredictable bytes, and: is the connection protected against eavesdropping? NULL: no
	 * login. */
	void (*on_random)(void *user, void *ret, size_t length);
	bool (*is_private)(void *user);
	/* Has this network ever offered SCRAM on a private connection (knows_scram)? on_scram: it does now.
	 * NULL: not stored beyond this session. */
	bool (*knows_scram)(void *user);
	void (*on_scram)(void *user);
	/* The message with this ID was taken back. May be NULL. */
	void (*on_redacted)(void *user, const char *id);
	/* The person with this author ID is there, whom irc_session_reach() looked for. May be NULL. */
	void (*on_here)(void *user, const char *author_id);
	/* An answer is completed: its delivery is confirmed, or it was given up. May be NULL. */
	void (*on_completed)(void *user, const struct irc_completed *completed);
	/* Open questions of this place can be answered now: ask those again that irc_session_is_due() names. May
	 * be NULL. */
	void (*on_can_answer)(void *user, const struct irc_place *place);
	/* Load the position in channel that an earlier process saved (false: nothing saved), and save it.
	 * NULL: positions are not stored. */
	bool (*on_load_seen)(void *user, const char *channel, char *ret, size_t size);
	void (*on_save_seen)(void *user, const char *channel, const char *text);
	/* The same for the present name of a channel that was renamed. */
	bool (*on_load_renamed)(void *user, const char *channel, char *ret, size_t size);
	void (*on_save_renamed)(void *user, const char *channel, const char *current);
};

int irc_session_new(const struct irc_session_config *config, const struct irc_session_events *events,
		void *user, struct irc_session **ret);
void irc_session_free(struct irc_session *session); /* NULL-safe; not inside an event */

/* Apply a configuration. Nick and channels change at once; the rest with the next connection. -ENOMEM,
 * -E2BIG: nothing changed. */
int irc_session_configure(struct irc_session *session, const struct irc_session_config *config,
		const struct irc_now *now);

/* The transport is connected: send the registration. */
void irc_session_open(struct irc_session *session, const struct irc_now *now);
/* The transport is closed. May be called at any time. */
void irc_session_close(struct irc_session *session);

/*
 * irc_session_receive - handle one WebSocket message, or the bytes of one read.
 *
 * Shape:   one line, or several, as in irc_line_take().
 * Owns:    bytes are borrowed for the call.
 * Errors:  no errors; invalid lines are skipped.
 */
void irc_session_receive(
		struct irc_session *session, const char *bytes, size_t length, const struct irc_now *now);

/* Do what is due. Call it at irc_session_next_ms() at the latest; earlier is fine. */
void irc_session_tick(struct irc_session *session, const struct irc_now *now);
/* When irc_session_tick() is due; may be in the past. UINT64_MAX: never. */
uint64_t irc_session_next_ms(const struct irc_session *session, uint64_t now_ms);

/* Wait until the answers that were begun are sent and confirmed, IRC_SESSION_LEAVE_MS at most, then send QUIT;
 * on_lost() follows when the server closes the connection. Questions that are received meanwhile are passed on,
 * and must not be answered on this connection. */
#define IRC_SESSION_LEAVE_MS 2800
void irc_session_quit(struct irc_session *session, const char *reason, const struct irc_now *now);
bool irc_session_is_leaving(const struct irc_session *session); /* waiting before QUIT */

/* Without a permit to speak (is_mute) the session hears, keeps its connection and holds its answers; the next flush sends
 * them when there is one again. */
void irc_session_set_mute(struct irc_session *session, bool is_mute);

/* Can the bot speak where this message belongs? 0, -EAGAIN not joined yet, -ENOENT it is not to be in that channel. */
int irc_session_can_speak(struct irc_session *session, const struct message *message);
/* Is the author of an occasion there (is_for_author)? As irc_presence_look(); -EAGAIN: not connected. */
int irc_session_reach(struct irc_session *session, const struct message *message, const struct irc_now *now);
/* The present nick of an author who is there; NULL otherwise. Borrowed until the next call. */
const char *irc_session_nick_of(const struct irc_session *session, const char *author_id);
bool irc_session_is_ready(const struct irc_session *session);
unsigned irc_session_joined_count(const struct irc_session *session);
uint64_t irc_session_dropped(const struct irc_session *session); /* lines that were never sent */
/* In on_can_answer(): is this open question of that place, and without an answer? One that the history shows
 * to be answered is completed. */
bool irc_session_is_due(
		struct irc_session *session, const struct irc_place *place, const struct message *message);
/* How long ago a message that is answered now was sent; 0 when it was received live. */
uint64_t irc_session_late_ms(const struct irc_session *session, const struct message *message);
/* The time on the server's clock; 0: not known. */
uint64_t irc_session_network_ms(const struct irc_session *session, uint64_t now_ms);
/* Did the session make this id, for a message without a msgid? It must not be sent to the server. */
bool irc_session_is_made_up(const char *message_id);
/* Ask the server who sent a message (WHOIS). The message is then delivered again, as MESSAGE_AFTER_WHOIS, but
 * not if the reply is about another user or host. -ENOTSUP: WHOIS would not help, -ENOBUFS, -ENOMEM. */
int irc_session_identify(
		struct irc_session *session, const struct message *message, const struct irc_now *now);
/* May a line carry +reply, so that people see what is answered? */
bool irc_session_has_reply(const struct irc_session *session);

/* Can an answer of several lines be sent as one message (draft/multiline)? */
bool irc_session_has_multiline(const struct irc_session *session);
/* Does "@#channel" reach only people with a status in channel, by the server's present STATUSMSG? */
bool irc_session_is_status_of(const struct irc_session *session, const char *target, const char *channel);
/* May messages to channel be bold and coloured? */
bool irc_session_has_colour(const struct irc_session *session, const char *channel);

/* Bytes of text that fit into one line to target, as others receive it. */
size_t irc_session_room(const struct irc_session *session, const char *verb, const char *target);

/*
 * Queue all lines of an answer, or on failure no line; irc_session_flush() sends them. -ENOTCONN, -ENOMEM,
 * -ENOBUFS when the send queue is full; -EDQUOT when this asker has too many queued lines and was not told
 * yet.
 */
int irc_session_say(struct irc_session *session, const struct irc_say *say, const struct irc_now *now);
/* Send queued lines within the server's flood limit, and show typing where answers stay queued. */
bool irc_session_is_flush_due(const struct irc_session *session);
void irc_session_flush(struct irc_session *session, const struct irc_now *now);
/* Is the answer to this message in progress? */
bool irc_session_holds(const struct irc_session *session, const char *message_id);

#endif
