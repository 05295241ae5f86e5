#ifndef EPISODED_TWITCH_OUTBOX_H
#define EPISODED_TWITCH_OUTBOX_H

/*
 * What the bot says on Twitch: one queue a channel, the rates that Twitch allows,
 * and whether each message was confirmed. Pure; it knows channels and connections,
 * and no session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/twitch/connection.h"
#include "bot/gateway/twitch/room.h"
#include "bot/gateway/twitch/window.h"
#include "bot/irc/line.h"
#include "bot/irc/now.h"

#define TWITCH_TEXT_MAX       500             /* code points of a message */
#define TWITCH_ROOM_LINES_MAX 20              /* waiting for one channel */
#define TWITCH_LINES_MAX      200             /* waiting for all */
#define TWITCH_AGE_MAX_MS     (2 * 60 * 1000) /* a chat has moved on by then */
#define TWITCH_PROOF_MS       (10 * 1000)     /* Twitch confirms in a fraction of it */

struct twitch_outbox_events {
	/* Send a line now, on one of the connections. */
	void (*on_send)(void *user, size_t link, const struct irc_line *line);
	/* Ask for a sign of life, unless that is done already. */
	void (*on_ping)(void *user, size_t link);
	/* The answer to that message is on Twitch, or will never be. is_said tells which. */
	void (*on_completed)(void *user, const char *message_id, bool is_said);
	void (*on_note)(void *user, const char *text); /* for the log */
	void (*on_rooms)(void *user);                  /* a channel allows more or less */
};

struct twitch_outbox {
	struct twitch_outbox_events events;
	void *user;

	/* Borrowed from the owner, who changes them. */
	const struct irc_now *now; /* of the call we are in */
	const struct twitch_rooms *rooms;
	struct twitch_connections *connections;
	bool is_verified;
	uint64_t seed; /* of the marks that messages are known again by */

	bool is_quitting;
	size_t turn; /* the room that speaks next */
	struct twitch_window said;
	uint64_t quiet_until_ms; /* Twitch found us too fast */
	size_t line_count;       /* waiting, in all rooms */
	uint64_t full_told_ms;   /* when it was last logged that too much is asked; 0: never */
	uint64_t dropped, nonces;
};

struct twitch_say {
	const char *channel;
	const char *asked_id;  /* the message that is answered, "" for none */
	const char *author_id; /* and who wrote it */
	char *const *lines;    /* each at most twitch_session_room() code points */
	size_t line_count;
};

/* now, rooms, connections, is_verified and seed are set afterwards. */
void twitch_outbox_init(struct twitch_outbox *outbox, const struct twitch_outbox_events *events, void *user);
/* The limits of a verified bot, or those of others. */
void twitch_outbox_set_verified(struct twitch_outbox *outbox, bool is_verified);

/* How many messages an answer in this channel may take: in slow mode one, so that others are answered too. */
size_t twitch_outbox_lines_max(const struct twitch_room *room);
/* Code points that a line of an answer may have: the rest of TWITCH_TEXT_MAX is for what is put around it. */
size_t twitch_outbox_text_max(void);

/* Queue all lines or none. -EACCES it may not speak there (on_note has said why), -ENOBUFS when too much waits
 * already, -ENOMEM. */
int twitch_outbox_push(struct twitch_outbox *outbox, struct twitch_room *room, const struct twitch_say *say);

/* Drop what is too late, say what may be said now. */
void twitch_outbox_run(struct twitch_outbox *outbox);
/* When it has something to do; UINT64_MAX: never. */
uint64_t twitch_outbox_next_ms(const struct twitch_outbox *outbox);
/* Nothing of the room waits any more. is_settled: on_completed tells of each. */
void twitch_outbox_clear(struct twitch_outbox *outbox, struct twitch_room *room, bool is_settled);
/* USERSTATE with its client-nonce, "" for none. */
void twitch_outbox_proved(
		struct twitch_outbox *outbox, size_t link, struct twitch_room *room, const char *nonce);
/* A NOTICE about what we said. */
void twitch_outbox_refused(struct twitch_outbox *outbox, size_t link, struct twitch_room *room,
		const char *msg_id, const char *text);
/* No more words there for a while. */
void twitch_outbox_silence(struct twitch_outbox *outbox, struct twitch_room *room, const char *why,
		bool is_of_mode, uint64_t wait_ms);
/* What was asked in a message that is gone, or by somebody who is, "" for everybody, is not answered. */
void twitch_outbox_forget_message(
		struct twitch_outbox *outbox, struct twitch_room *room, const char *message_id);
void twitch_outbox_forget_author(
		struct twitch_outbox *outbox, struct twitch_room *room, const char *author_id);
/* A connection has gone: what was said over it and not confirmed waits again. */
void twitch_outbox_link_gone(struct twitch_outbox *outbox, size_t link);
/* Was something said over that connection that is not confirmed yet? */
bool twitch_outbox_is_flying(const struct twitch_outbox *outbox, size_t link);

#endif
