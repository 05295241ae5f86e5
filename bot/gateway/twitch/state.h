#ifndef EPISODED_TWITCH_STATE_H
#define EPISODED_TWITCH_STATE_H

/* The inside of a Twitch session, for twitch_*.c only. */

#include "bot/base/ids.h"
#include "bot/base/log_gate.h"
#include "bot/gateway/twitch/room.h"
#include "bot/gateway/twitch/session.h"
#include "bot/gateway/twitch/window.h"
#include "bot/irc/line.h"

#define TWITCH_LOGIN_MAX_BYTES 25
#define TWITCH_ID_MAX_BYTES    31 /* of a person: digits */
#define TWITCH_MSGID_MAX_BYTES 63 /* a UUID has 36 */
#define TWITCH_NOTE_MAX_BYTES  300
#define TWITCH_NONCE_BYTES     33

enum twitch_connection_state {
	TWITCH_CLOSED,
	TWITCH_LOGIN,
	TWITCH_WELCOMED, /* 001 came; the MOTD's end is awaited */
	TWITCH_READY,
};

struct twitch_connection {
	enum twitch_connection_state state;
	uint64_t opened_ms, welcomed_ms;
	uint64_t heard_ms;   /* the last input, */
	uint64_t heard;      /* and how many there were */
	bool has_heard;      /* anything, on this connection */
	uint64_t pinged_ms;  /* our PING that nothing has answered yet; 0: none */
	bool has_tags;       /* twitch.tv/tags is acknowledged: the tags are Twitch's own */
	bool has_nonces;     /* it confirms with the client-nonce, as Twitch does */
	uint64_t leaving_ms; /* the other one has taken over then; 0: no */
	bool is_short;       /* a line to it was lost for want of memory */
};

struct twitch_entry {
	struct twitch_entry *next;
	uint64_t pushed_ms, sent_ms;
	uint64_t heard; /* inputs of its connection when it was sent: most often the last one was the question
			 */
	size_t link;    /* it was sent over */
	unsigned tries; /* so far */
	bool is_varied; /* something invisible is added */
	bool is_refused; /* once already, by Twitch: no earlier try was seen */
	bool is_last;    /* of its answer */
	char nonce[TWITCH_NONCE_BYTES];
	char *asked_id, *author_id;
	char *text; /* as it goes on the wire, but for the variation */
};

struct twitch_session {
	struct twitch_session_config config;
	struct twitch_session_events events;
	void *user;

	struct irc_now now; /* of the call we are in */
	struct twitch_connection connections[TWITCH_LINKS];
	size_t current; /* the one that speaks */
	bool is_quitting;
	bool is_flush_due;         /* an answer was queued since the last flush */
	struct log_gate full_gate; /* of dropped answers */

	struct twitch_room **rooms;
	size_t room_count;
	size_t turn; /* the room that speaks next */

	struct twitch_window said, joined;
	uint64_t quiet_until_ms; /* Twitch found us too fast */
	size_t line_count;       /* waiting, in all rooms */
	uint64_t dropped, nonces;
	struct ids *ids; /* heard lately: two connections bring a message twice */

	char own_id[TWITCH_ID_MAX_BYTES + 1];
	char line[IRC_LINE_MAX_BYTES + 1];
	char text[MESSAGE_TEXT_MAX_BYTES + 1], clean[MESSAGE_TEXT_MAX_BYTES + 1];
};

/* twitch_session.c */
/* The time of a call. A reply that is delivered while a line is read may bring a later one. */
void twitch_clock(struct twitch_session *session, const struct irc_now *now);
/* A line for the log. */
void twitch_note(struct twitch_session *session, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
/* Close a connection, and tell why. */
void twitch_lose(struct twitch_session *session, size_t link, const char *reason, bool stay_away);
/* Close them all: nothing but a person can help. */
void twitch_fail(struct twitch_session *session, const char *reason);
/* Send a line now; one that cannot be formed is left out. */
void twitch_send(struct twitch_session *session, size_t link, const struct irc_line *line);
/* A connection is logged in. */
void twitch_ready(struct twitch_session *session, size_t link);
/* Ask for a sign of life, unless that is done already. */
void twitch_ping(struct twitch_session *session, size_t link);
/* NULL: not ours. */
struct twitch_room *twitch_find_room(const struct twitch_session *session, const char *name);

/* twitch_line.c: what the server said, one line */
void twitch_line(struct twitch_session *session, size_t link, const struct irc_line *line);

/* twitch_hear.c: what people said */
void twitch_hear(struct twitch_session *session, const struct irc_line *line);

/* twitch_join.c: being in the channels */
/* Send the JOINs that are due, and see which were never answered. */
void twitch_join_run(struct twitch_session *session);
/* When it has something to do; UINT64_MAX: never. */
uint64_t twitch_join_next_ms(const struct twitch_session *session);
/* We are in. */
void twitch_join_done(struct twitch_session *session, size_t link, struct twitch_room *room);
/* Twitch says no, or shows us out. */
void twitch_join_refused(struct twitch_session *session, size_t link, struct twitch_room *room,
		const char *why, uint64_t wait_ms);
/* Is a connection in every channel where the one that speaks is? */
bool twitch_join_is_complete(const struct twitch_session *session, size_t link);

/* twitch_outbox.c: what we say */
/* Drop what is too late, say what may be said now. */
void twitch_outbox_run(struct twitch_session *session);
/* When it has something to do; UINT64_MAX: never. */
uint64_t twitch_outbox_next_ms(const struct twitch_session *session);
/* Nothing of the room waits any more. is_settled: on_completed tells of each. */
void twitch_outbox_clear(struct twitch_session *session, struct twitch_room *room, bool is_settled);
/* To the end, and to the front, of what waits there. */
void twitch_outbox_append(
		struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry);
void twitch_outbox_prepend(
		struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry);
/* The first that waits, which the caller has now. */
struct twitch_entry *twitch_outbox_take(struct twitch_session *session, struct twitch_room *room);
/* An entry that waits no more, freed here, has been said, or its answer will never be. */
void twitch_outbox_settle(struct twitch_session *session, struct twitch_room *room,
		struct twitch_entry *entry, bool is_said);
/* Are both of the same answer? */
bool twitch_outbox_is_same(const struct twitch_entry *a, const struct twitch_entry *b);
void twitch_outbox_free(struct twitch_entry *entry); /* NULL-safe */

/* twitch_proof.c: whether it was said */
/* Is a word of Twitch's overdue about what flies in the room? */
void twitch_outbox_check(struct twitch_session *session, struct twitch_room *room);
/* USERSTATE with its client-nonce, "" for none. */
void twitch_outbox_proved(
		struct twitch_session *session, size_t link, struct twitch_room *room, const char *nonce);
/* A NOTICE about what we said. */
void twitch_outbox_refused(struct twitch_session *session, size_t link, struct twitch_room *room,
		const char *msg_id, const char *text);
/* No more words there for a while. */
void twitch_outbox_silence(struct twitch_session *session, struct twitch_room *room, const char *why,
		bool is_of_mode, uint64_t wait_ms);
/* What was asked in a message that is gone, or by somebody who is, "" for everybody, is not answered. */
void twitch_outbox_forget_message(
		struct twitch_session *session, struct twitch_room *room, const char *message_id);
void twitch_outbox_forget_author(
		struct twitch_session *session, struct twitch_room *room, const char *author_id);
/* A connection has gone: what was said over it and not confirmed waits again. */
void twitch_outbox_link_gone(struct twitch_session *session, size_t link);
/* Was something said over that connection that is not confirmed yet? */
bool twitch_outbox_is_flying(const struct twitch_session *session, size_t link);

#endif
