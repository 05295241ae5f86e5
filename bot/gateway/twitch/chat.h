#ifndef EPISODED_TWITCH_CHAT_H
#define EPISODED_TWITCH_CHAT_H

/*
 * What both ways to Twitch's chat share, IRC (session.h) and EventSub (eventsub.h): the
 * channels, the messages of people, and the send queues. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/twitch/connection.h"
#include "bot/gateway/twitch/message.h"
#include "bot/gateway/twitch/outbox.h"
#include "bot/gateway/twitch/room.h"
#include "bot/irc/now.h"

#define TWITCH_STATUS_MAX_BYTES 120
#define TWITCH_NOTE_MAX_BYTES   300

struct ids;

struct twitch_chat_events {
	void (*on_rooms)(void *user); /* joined or left a channel, or its modes have changed */
	void (*on_message)(void *user, const struct message *message);
	/* The question is completed: the answer was sent, or (is_said false) never will be. */
	void (*on_completed)(void *user, const char *message_id, bool is_said);
	/* A line for the log. */
	void (*on_note)(void *user, const char *text);
};

/* For the owner of the chat, which has the connections. */
struct twitch_chat_transport {
	void (*on_send)(void *owner, size_t link, const struct twitch_outgoing *message);
	/* Send a PING, unless one is unanswered. May be NULL if messages have results (outbox.h). */
	void (*on_ping)(void *owner, size_t link);
	/* A channel is no longer wanted; it is freed after the call. */
	void (*on_leave)(void *owner, struct twitch_room *room);
};

struct twitch_chat {
	struct twitch_chat_events events;
	void *user;
	struct twitch_chat_transport transport;
	void *owner;

	struct irc_now now; /* of the current call */
	struct twitch_connections connections;
	struct twitch_outbox outbox;
	struct twitch_rooms rooms;
	bool is_quitting;
	bool is_flush_due; /* an answer was queued since the last flush */

	struct ids *ids; /* recent messages: with two connections each arrives twice */
	char own_id[TWITCH_ID_MAX_BYTES + 1];
	struct twitch_message message; /* buffers of the message being read */
};

/* The caller sets transport and owner before. seed is that of the nonces. -ENOMEM; release it in
 * each case. */
int twitch_chat_init(struct twitch_chat *chat, bool is_verified, uint64_t seed);
/* Before anything else happens. */
void twitch_chat_listen(struct twitch_chat *chat, const struct twitch_chat_events *events, void *user);
void twitch_chat_release(struct twitch_chat *chat);

void twitch_chat_set_clock(struct twitch_chat *chat, const struct irc_now *now);
void twitch_chat_note(struct twitch_chat *chat, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* NULL: not a wanted channel. */
struct twitch_room *twitch_chat_find(const struct twitch_chat *chat, const char *name);
/* Replace the wanted channels. -ENOMEM: nothing changed. */
int twitch_chat_set_rooms(struct twitch_chat *chat, char *const *names, size_t count);
/* A message of a person in this channel; its id decides whether it was processed before. */
void twitch_chat_hear(struct twitch_chat *chat, const struct twitch_room *room, struct message *message);

/* ---------------------------------------------------------------- for the gateway */

/* The connection that sends. */
size_t twitch_chat_current(const struct twitch_chat *chat);
/* Is the current connection logged in? */
bool twitch_chat_is_ready(const struct twitch_chat *chat);
/* How many channels it has joined. */
unsigned twitch_chat_joined_count(const struct twitch_chat *chat);
uint64_t twitch_chat_dropped(const struct twitch_chat *chat); /* answers never sent, or only in part */
/* The first channel where the bot must not send, and why ("#tv: emote-only mode"); "": the bot may send in
 * all channels. */
void twitch_chat_silence(const struct twitch_chat *chat, uint64_t now_ms, char ret[TWITCH_STATUS_MAX_BYTES]);

/* How many messages an answer may have: one in slow mode, so that others are answered too. */
size_t twitch_chat_lines_max(const struct twitch_chat *chat, const char *channel);
/* Code points of an answer's line: TWITCH_TEXT_MAX without what is added to it. */
size_t twitch_chat_room(void);

/*
 * Queue all lines, or on failure no line, for twitch_chat_flush(); on_completed follows. -ENOENT:
 * not a joined channel. -EACCES: the bot must not send there; on_note has logged the
 * reason. -ENOBUFS: send queue full. -ENOTCONN, -ENOMEM.
 */
int twitch_chat_say(struct twitch_chat *chat, const struct twitch_say *say, const struct irc_now *now);
/* Was an answer queued since the last flush? */
/* Without a permit to speak answers wait; the next flush sends them when there is one again. */
void twitch_chat_set_mute(struct twitch_chat *chat, bool is_mute);
bool twitch_chat_is_flush_due(const struct twitch_chat *chat);
/* Send what the rate limits allow. */
void twitch_chat_flush(struct twitch_chat *chat, const struct irc_now *now);

#endif
