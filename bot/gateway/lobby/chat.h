#ifndef EPISODED_LOBBY_CHAT_H
#define EPISODED_LOBBY_CHAT_H

/*
 * The lobby's IRCv3 server as a pure state machine: lines and a time come in,
 * lines go out through hooks. No socket, no clock, no randomness of its own.
 * The bot is a member without a link; chat_say() speaks for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/core/reply.h"

#define CHAT_CLIENTS_MAX 64 /* one bit each in a channel's members */
#define CHAT_CHANNELS_MAX                                                                                    \
	256 /* a configuration's, at most 100; the last one's where people still are; and ... */
#define CHAT_GUEST_CHANNELS    32 /* ... those that people make: no more than this */
#define CHAT_JOINED_MAX        20 /* channels that one client is in */
#define CHAT_NICK_MAX_BYTES    30
#define CHAT_CHANNEL_MAX_BYTES 50
#define CHAT_TAGS_MAX_BYTES    4094 /* between '@' and the space, as a client may send them */
#define CHAT_LINE_MAX_BYTES    510  /* the rest of a line, without its end */
#define CHAT_SESSION_MIN_BYTES 16   /* of a page's token: shorter ones could be guessed */
#define CHAT_SESSION_MAX_BYTES 64
#define CHAT_HISTORY_MAX       200               /* messages kept in a channel ... */
#define CHAT_HISTORY_MAX_BYTES (256 * 1024)      /* ... and what they may weigh together */
#define CHAT_HISTORY_ALL_BYTES (4 * 1024 * 1024) /* ... and those of all channels */
#define CHAT_JOIN_HISTORY_MAX  100               /* of which one who joins is shown */
#define CHAT_CARD_MAX_BYTES    7000              /* a card, escaped as a tag: a line's tags may have 8191 */
#define CHAT_REGISTER_MS       15000             /* from connecting to the end of registration */
#define CHAT_PING_MS           90000             /* of silence, then a client gets a PING ... */
#define CHAT_PONG_MS           60000             /* ... and has this long to send anything */

struct chat;        /* opaque: gateway/lobby/chat.c */
struct chat_client; /* opaque: gateway/lobby/chat_client.h */

struct chat_hooks {
	void *user;
	/* A line for the client behind link, without its end. Must not call back into the chat. */
	void (*on_line)(void *user, void *link, const char *line, size_t length);
	/* Send what is queued, then close the link; chat_leave() follows when it is closed. */
	void (*on_close)(void *user, void *link);
	/* A person said something where the bot hears it. Must not call back into the chat. */
	void (*on_said)(void *user, const struct message *message);
	/* What a command begins with ("!"); it can change while we run. */
	const char *(*prefix)(void *user);
};

struct chat_config {
	const char *bot_nick; /* "episoded" */
	uint64_t seed;        /* unguessable: msgids are unique over restarts */
};

/* Everything that is given is copied. -ENOMEM: *ret untouched. */
int chat_new(const struct chat_hooks *hooks, const struct chat_config *config, struct chat **ret);
void chat_free(struct chat *chat); /* NULL-safe; the links are the caller's */

/* The channels that are always there, with the bot in them; may be called again. -ENOMEM, -ENOSPC. */
int chat_set_channels(struct chat *chat, char *const *names, size_t count);
bool chat_channel_ok(const char *name);

/* A link has opened. -ENOSPC: the lobby is full; -ENOMEM. */
int chat_enter(struct chat *chat, void *link, uint64_t now_ms, struct chat_client **ret);
/* A link has closed, for whatever reason; others are told. NULL-safe. */
void chat_leave(struct chat *chat, struct chat_client *client, const char *reason);

/* The times of one call. */
struct chat_time {
	uint64_t now_ms;  /* monotonic */
	uint64_t wall_ms; /* for people and for server-time */
};

/*
 * chat_receive - what a client sent: one line, or several with LF or CR LF.
 *
 * Shape:   [@tags] [:source] VERB params; UTF-8; the Modern IRC document.
 * Limits:  CHAT_TAGS_MAX_BYTES and CHAT_LINE_MAX_BYTES; a longer line is
 *          answered with 417 and ignored.
 * Returns: milliseconds for which nothing more should be read from this
 *          client (0: go on). It is slowed, never cut off.
 * Source:  RFC 1459, modern.ircdocs.horse, ircv3.net/specs.
 */
uint64_t chat_receive(struct chat *chat, struct chat_client *client, const char *bytes, size_t length,
		struct chat_time time);

/* Cut off clients that are late with their registration or with the answer to a PING, and send PINGs.
 * Milliseconds until it must be called again; 0: not before a client enters. */
uint64_t chat_tick(struct chat *chat, uint64_t now_ms);
/* Has a line been lost, on its way in or out, because there was no memory for it? Asked once: then it is
 * told. */
bool chat_take_loss(struct chat *chat);

/* A message longer than its link could gather was thrown away: say so. */
void chat_too_long(struct chat_client *client);

/*
 * The bot answers: a card for those who asked for cards, plain lines for the
 * others. A private reply goes to its asker only. *position counts items
 * already said and is advanced; 0 when all is said.
 * -ENOENT: the channel or the asker is gone. -ENOMEM.
 */
int chat_say(struct chat *chat, const struct message *asked, const struct reply *reply, size_t *position,
		uint64_t wall_ms);

/* Tell everybody why it ends and ask for their links to be closed. */
void chat_goodbye(struct chat *chat, const char *reason);

unsigned chat_people(const struct chat *chat);
unsigned chat_channels(const struct chat *chat); /* those the bot is in */

#endif
