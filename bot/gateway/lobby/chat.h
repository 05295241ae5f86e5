#ifndef EPISODED_LOBBY_CHAT_H
#define EPISODED_LOBBY_CHAT_H

/*
 * The lobby's IRCv3 server as a pure state machine: the caller passes lines and the
 * time, and hooks send lines. It has no socket, no clock and no randomness. The bot
 * is a member without a link; chat_say() sends its answers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/core/reply.h"

#define CHAT_CLIENTS_MAX       64  /* one bit each in chat_channel.members */
#define CHAT_CHANNELS_MAX      256 /* configured (at most 100), removed but not empty, and made by visitors */
#define CHAT_GUEST_CHANNELS    32  /* made by visitors */
#define CHAT_JOINED_MAX        20  /* channels of one client */
#define CHAT_NICK_MAX_BYTES    30
#define CHAT_CHANNEL_MAX_BYTES 50
#define CHAT_TAGS_MAX_BYTES    4094 /* between '@' and the space, from a client */
#define CHAT_LINE_MAX_BYTES    510  /* of a line without tags and CR LF */
#define CHAT_SESSION_MIN_BYTES 16   /* of a page's token; a shorter one could be guessed */
#define CHAT_SESSION_MAX_BYTES 64
#define CHAT_GUESTS_MAX        64                /* people whose private messages are kept */
#define CHAT_PRIVATE_MAX       50                /* private messages of one person */
#define CHAT_HISTORY_MAX       200               /* messages of one channel */
#define CHAT_HISTORY_MAX_BYTES (256 * 1024)      /* of one channel */
#define CHAT_HISTORY_ALL_BYTES (4 * 1024 * 1024) /* of all channels and people */
#define CHAT_HISTORY_MAX_MS    (30 * UINT64_C(86400000))
#define CHAT_JOIN_HISTORY_MAX  100   /* sent after JOIN */
#define CHAT_CARD_MAX_BYTES    7000  /* escaped; a line may have 8191 bytes of tags */
#define CHAT_TOPIC_MAX_BYTES   300   /* of the text; longer ones are cut */
#define CHAT_REGISTER_MS       15000 /* from connecting to the end of registration */
#define CHAT_PING_MS           90000 /* of silence before a PING */
#define CHAT_PONG_MS           60000 /* for any line after the PING */

struct history_entry;
struct history_keeper;

struct chat;        /* opaque: gateway/lobby/chat.c */
struct chat_client; /* opaque: gateway/lobby/chat_client.h */

struct chat_hooks {
	void *user;
	/* Send a line, without CR LF, to a link. Must not call back into the chat. */
	void (*on_line)(void *user, void *link, const char *line, size_t length);
	/* Send what is queued, then close the link; chat_leave() follows when it is closed. */
	void (*on_close)(void *user, void *link);
	/* A person has sent a message to the bot or to a channel of the bot. Must not call back into the
	 * chat. */
	void (*on_said)(void *user, const struct message *message);
	/* The command prefix ("!"): of the channel that is being answered, or else the configured one. */
	const char *(*prefix)(void *user);
	/* Suggestions for a partly typed argument, as JSON [["label","value"],...]; borrowed until the next call. */
	const char *(*complete)(void *user, const struct message *asker, const char *command,
			const char *option, const char *partial);
	/* What a channel of the bot is about, for this person, as JSON (core/topic.h); *ret_name is the topic that every client
	 * gets. Both are borrowed until the next call. Must not call back into the chat. NULL: there are no topics. */
	const char *(*topic)(void *user, const char *channel, const char *nick, const char **ret_name);
};

struct chat_config {
	const char *bot_nick; /* "episoded" */
	uint64_t seed;        /* random: makes msgids unique over restarts */
};

/* Copies hooks and config. -ENOMEM: *ret untouched. */
int chat_new(const struct chat_hooks *hooks, const struct chat_config *config, struct chat **ret);
void chat_free(struct chat *chat); /* NULL-safe; the links are the caller's */

/* Call the keeper, which is borrowed, for each message that is added to a history of a configured channel or of a
 * person, and for each that is dropped. */
void chat_keep(struct chat *chat, const struct history_keeper *keeper);
/* Call its on_added() for each message that the histories have. */
void chat_keep_all(const struct chat *chat);
/* Put back a message that an earlier process kept, and take over its strings; the newest first. place: a channel, or a
 * person's key. False: it has no place here any more, and the caller keeps the strings. */
bool chat_restore(struct chat *chat, const char *place, struct history_entry *entry);

/* Set the configured channels, which the bot joins; may be called again. -ENOMEM, -ENOSPC. */
int chat_set_channels(struct chat *chat, char *const *names, size_t count);
bool chat_channel_ok(const char *name);

/* Add a client for a new link. -ENOSPC: the lobby is full; -ENOMEM. */
int chat_enter(struct chat *chat, void *link, uint64_t now_ms, struct chat_client **ret);
/* Remove a client whose link has closed, and send QUIT to its peers. NULL-safe. */
void chat_leave(struct chat *chat, struct chat_client *client, const char *reason);

/* The times of one call. */
struct chat_time {
	uint64_t now_ms;  /* monotonic */
	uint64_t wall_ms; /* for people and for server-time */
};

/*
 * chat_receive - process one or more lines of a client, separated by LF or CR LF.
 *
 * Shape:   [@tags] [:source] VERB params; UTF-8; the Modern IRC document.
 * Limits:  CHAT_TAGS_MAX_BYTES and CHAT_LINE_MAX_BYTES; a longer line is
 *          refused with 417.
 * Returns: milliseconds for which the caller must not read from this client (0: it may read).
 *          Flooding slows a client and never disconnects it.
 * Source:  RFC 1459, modern.ircdocs.horse, ircv3.net/specs.
 */
uint64_t chat_receive(struct chat *chat, struct chat_client *client, const char *bytes, size_t length,
		struct chat_time time);

/* Send PINGs, and disconnect clients that are late with registration or PONG. Returns the milliseconds
 * until the next call is due; 0: after the next chat_enter(). */
uint64_t chat_tick(struct chat *chat, uint64_t now_ms);
/* Was a line lost for lack of memory since the last call? */
bool chat_take_loss(struct chat *chat);

/* Send 417 for a message that was too long for the link's buffer. */
void chat_too_long(struct chat_client *client);

/*
 * Send the bot's answer: as a card to clients with the card capability, as plain
 * lines to others. A private reply goes to its asker only, whom asked->extra names, and not to another client with the
 * nick; a page's private messages are kept, and it gets them when it comes back. *position is the number of
 * items already sent and is advanced; 0 after the last.
 * -ENOENT: the channel or the asker is gone. -ENOMEM.
 */
int chat_say(struct chat *chat, const struct message *asked, const struct reply *reply, size_t *position,
		uint64_t wall_ms);

/* Send the topics again, because what they tell may have changed. */
void chat_send_topics(struct chat *chat);

/* Send ERROR with the reason to every client, and close their links. */
void chat_goodbye(struct chat *chat, const char *reason);

/* Would a private message of the bot reach this author now, or when a page is opened again? */
bool chat_can_reach(const struct chat *chat, const struct message *author);
bool chat_has_channel(const struct chat *chat, const char *name);
unsigned chat_people(const struct chat *chat);
unsigned chat_channels(const struct chat *chat); /* configured ones */

#endif
