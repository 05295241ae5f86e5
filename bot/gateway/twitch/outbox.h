#ifndef EPISODED_TWITCH_OUTBOX_H
#define EPISODED_TWITCH_OUTBOX_H

/*
 * The send queues: one a channel, the rate limits of Twitch, and the delivery
 * confirmation of each message. Pure; it knows channels and connections, but no
 * session, and not whether a message is a line of IRC or a request.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/log_gate.h"
#include "bot/gateway/twitch/connection.h"
#include "bot/gateway/twitch/notice.h"
#include "bot/gateway/twitch/room.h"
#include "bot/gateway/twitch/window.h"
#include "bot/irc/now.h"

#define TWITCH_TEXT_MAX       500             /* code points of a message */
#define TWITCH_ROOM_LINES_MAX 20              /* queued for one channel */
#define TWITCH_LINES_MAX      200             /* queued for all channels */
#define TWITCH_AGE_MAX_MS     (2 * 60 * 1000) /* older answers are dropped: the chat has moved on */
#define TWITCH_CONFIRM_MS     (10 * 1000)     /* for the confirmation; Twitch needs a fraction of it */
#define TWITCH_NONCE_BYTES    33

/* A message to send now. Texts are borrowed for the call. */
struct twitch_outgoing {
	const struct twitch_room *room;
	const char *text;     /* at most TWITCH_TEXT_MAX code points */
	const char *nonce;    /* identifies the message in confirmations and results */
	const char *asked_id; /* the message that is answered; "": unknown */
};

/* What became of a request to send a message. A refusal has its msg-id instead. */
enum twitch_result {
	TWITCH_RESULT_SENT,
	TWITCH_RESULT_UNSENT, /* the request did not reach Twitch, or Twitch asked for a pause: send it again */
	TWITCH_RESULT_DOUBT, /* no response: it may have been sent */
};

struct twitch_outbox_events {
	/* Send a message now, on one of the connections. */
	void (*on_send)(void *user, size_t link, const struct twitch_outgoing *message);
	/* Send a PING, unless one is unanswered. Not called if has_results. */
	void (*on_ping)(void *user, size_t link);
	/* The question is completed: the answer was sent, or (is_said false) never will be. */
	void (*on_completed)(void *user, const char *message_id, bool is_said);
	void (*on_note)(void *user, const char *text); /* for the log */
	void (*on_rooms)(void *user);                  /* the bot may send more or less in a channel */
};

struct twitch_outbox {
	struct twitch_outbox_events events;
	void *user;

	/* Borrowed from the chat, whose owner changes them. */
	const struct irc_now *now; /* of the current call */
	const struct twitch_rooms *rooms;
	struct twitch_connections *connections;
	bool is_verified;
	uint64_t seed; /* of the client-nonces */
	/* Messages are requests, independent of the connections: each has a result (twitch_outbox_result() or
	 * twitch_outbox_refused()), and the bot's own messages are received, too. */
	bool has_results;

	bool is_quitting;
	bool is_mute; /* there is no permit to speak: what is queued waits */
	size_t turn;  /* the channel that sends next */
	struct twitch_window said;
	uint64_t quiet_until_ms;   /* rate-limit pause */
	size_t line_count;         /* queued, in all channels */
	struct log_gate full_gate; /* of dropped answers */
	uint64_t dropped, nonces;
};

struct twitch_say {
	const char *channel;
	const char *asked_id;  /* id of the question; "": unknown */
	const char *author_id; /* of the question */
	bool is_occasion;      /* asked_id is of the bot: Twitch does not know it */
	bool is_again;         /* an earlier process may have sent the answer */
	char *const *lines;    /* each at most twitch_chat_room() code points */
	size_t line_count;
};

/* The caller then sets now, rooms, connections and seed, and calls twitch_outbox_set_verified(). */
void twitch_outbox_init(struct twitch_outbox *outbox, const struct twitch_outbox_events *events, void *user);
/* Choose the rate limits of a verified bot, or the normal ones. */
void twitch_outbox_set_verified(struct twitch_outbox *outbox, bool is_verified);

/* How many messages an answer may have: one in slow mode, so that others are answered too. */
size_t twitch_outbox_lines_max(const struct twitch_room *room);
/* Code points of an answer's line: TWITCH_TEXT_MAX without what is added to it. */
size_t twitch_outbox_text_max(void);

/* Queue all lines, or on failure no line. -EACCES: the bot must not send there; on_note has logged the
 * reason. -ENOBUFS: queue full. -ENOMEM. */
int twitch_outbox_push(struct twitch_outbox *outbox, struct twitch_room *room, const struct twitch_say *say);

/* Drop expired lines, and send what is due. */
void twitch_outbox_run(struct twitch_outbox *outbox);
/* When the next run is due; UINT64_MAX: never. */
uint64_t twitch_outbox_next_ms(const struct twitch_outbox *outbox);
/* Drop the queue of a channel. is_reported: report each question as completed. */
void twitch_outbox_clear(struct twitch_outbox *outbox, struct twitch_room *room, bool is_reported);
/* USERSTATE confirms a message; nonce is its client-nonce; "": missing. */
void twitch_outbox_confirmed(
		struct twitch_outbox *outbox, size_t link, struct twitch_room *room, const char *nonce);
/* A NOTICE refuses a message: msg_id says why (notice.h). */
void twitch_outbox_refused(struct twitch_outbox *outbox, size_t link, struct twitch_room *room,
		const char *msg_id, const char *text);
/* The response to a request with this nonce refuses the message. */
void twitch_outbox_dropped(struct twitch_outbox *outbox, struct twitch_room *room, const char *nonce,
		const struct twitch_notice *notice);
/* The result of the request that has this nonce; wait_ms is the pause before the next message, in all
 * channels. */
void twitch_outbox_result(struct twitch_outbox *outbox, struct twitch_room *room, const char *nonce,
		enum twitch_result result, uint64_t wait_ms);
/* A message of the bot itself was received: it confirms the message that has this text, as an answer to
 * asked_id. */
void twitch_outbox_echoed(struct twitch_outbox *outbox, struct twitch_room *room, const char *asked_id,
		const char *text);
/* Do not send in a channel for a while; drop its queue. */
void twitch_outbox_silence(struct twitch_outbox *outbox, struct twitch_room *room, const char *why,
		bool is_of_mode, uint64_t wait_ms);
/* Drop the answers to a deleted message, or to a removed author ("": to all authors). */
void twitch_outbox_forget_message(
		struct twitch_outbox *outbox, struct twitch_room *room, const char *message_id);
void twitch_outbox_forget_author(
		struct twitch_outbox *outbox, struct twitch_room *room, const char *author_id);
/* A connection has closed: queue its unconfirmed messages again. */
void twitch_outbox_link_gone(struct twitch_outbox *outbox, size_t link);
/* Is a message sent over that connection still unconfirmed? */
bool twitch_outbox_is_flying(const struct twitch_outbox *outbox, size_t link);

#endif
