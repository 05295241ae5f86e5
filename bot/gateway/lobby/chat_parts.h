#ifndef EPISODED_LOBBY_CHAT_PARTS_H
#define EPISODED_LOBBY_CHAT_PARTS_H

/* What the parts of the lobby's server share: chat, client, channel, talk, playback. Nobody else includes it.
 */

#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/chat_line.h"
#include "bot/gateway/lobby/history.h"
#include "bot/net/throttle.h"

#define CHAT_SERVER          "lobby" /* the server's name, the network's and everybody's host */
#define CHAT_USER_MAX_BYTES  10
#define CHAT_REAL_MAX_BYTES  60
#define CHAT_LABEL_MAX_BYTES 64
#define CHAT_OUT_MAX_BYTES   (8191 + 1024)                /* a line we send, with its tags */
#define CHAT_HELD_MAX_BYTES  (CHAT_HISTORY_MAX_BYTES * 3) /* a labelled answer */
#define CHAT_MASK_BYTES      (CHAT_NICK_MAX_BYTES + CHAT_USER_MAX_BYTES + sizeof(CHAT_SERVER) + 2)

enum chat_cap {
	CHAT_CAP_TAGS = 1 << 0,
	CHAT_CAP_TIME = 1 << 1,
	CHAT_CAP_ECHO = 1 << 2,
	CHAT_CAP_BATCH = 1 << 3,
	CHAT_CAP_LABEL = 1 << 4,
	CHAT_CAP_HISTORY = 1 << 5, /* asks for history itself: none is pushed on JOIN */
	CHAT_CAP_CARD = 1 << 6,    /* ours: answers of the bot as one message with a card */
	CHAT_CAP_NOTIFY = 1 << 7,
	CHAT_CAP_ACCOUNT = 1 << 8, /* the bot is the only one that has an account */
};

struct chat_client {
	void *link;
	unsigned slot;                      /* its bit in a channel's members */
	char nick[CHAT_NICK_MAX_BYTES + 1]; /* "" until NICK */
	uint64_t skeleton;                  /* of nick */
	char user[CHAT_USER_MAX_BYTES + 1]; /* "" until USER */
	char realname[CHAT_REAL_MAX_BYTES + 1];
	char session[CHAT_SESSION_MAX_BYTES + 1]; /* of the page behind it; "" for other clients */
	unsigned caps;
	bool is_negotiating; /* between CAP LS or REQ and CAP END */
	bool is_registered;
	bool is_closing;
	bool is_bot;                   /* user mode B */
	uint64_t entered_ms, heard_ms; /* the last time that it sent anything */
	uint64_t pinged_ms;            /* 0: no PING is unanswered */
	struct throttle throttle;
	char label[CHAT_LABEL_MAX_BYTES +
			1]; /* of the command being answered, escaped; "" when it has none */
	struct str held;    /* its answer so far: lines, LF after each */
	size_t held_count;
};

struct chat_channel {
	char name[CHAT_CHANNEL_MAX_BYTES + 1];
	uint64_t members; /* bits of slots */
	bool is_kept;     /* configured: the bot is in it, and it stays when empty */
	struct history history;
};

struct chat {
	struct chat_hooks hooks;
	char *bot_nick;        /* also its account */
	uint64_t bot_skeleton; /* strict */
	uint64_t seed, serial; /* of msgids and batches */
	struct chat_client *clients[CHAT_CLIENTS_MAX];
	struct chat_channel *channels[CHAT_CHANNELS_MAX];
	struct chat_time time; /* of the call in progress */
	bool is_lossy;         /* memory has run out for a line since chat_take_loss() */
};

/* chat.c: finding and sending */
struct chat_client *chat_find_client(struct chat *chat, const char *nick);
struct chat_channel *chat_find_channel(struct chat *chat, const char *name);
bool chat_is_bot_nick(const struct chat *chat, const char *nick);
bool chat_is_member(const struct chat_channel *channel, const struct chat_client *client);
void chat_mask(const struct chat_client *client, char ret[CHAT_MASK_BYTES]);
/* The next unguessable id. */
void chat_next_id(struct chat *chat, char ret[HISTORY_MSGID_BYTES]);

/* Disconnect a client whose page has connected again; its nick is free at once. */
void chat_replace(struct chat *chat, struct chat_client *client);

/* A line; tags have each a leading ';' ("" for none). */
void chat_send(struct chat *chat, struct chat_client *client, const char *tags, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
/* ":lobby 433 nick " and what follows. */
void chat_numeric(struct chat *chat, struct chat_client *client, int numeric, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
/* An event to everybody in the channel but one (NULL: to all). */
void chat_send_members(struct chat *chat, const struct chat_channel *channel,
		const struct chat_client *except, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
/* The same to everybody who shares a channel with client, once each, and not to itself. */
void chat_send_peers(struct chat *chat, const struct chat_client *client, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* label.c: the answer to a labelled command */
void chat_label_begin(struct chat_client *client, const char *tags);
void chat_label_end(struct chat *chat, struct chat_client *client);

/* The commands. Parameters are counted before; each is called only as its table entry says. */
typedef void chat_command(struct chat *chat, struct chat_client *client, struct chat_line *line);
chat_command chat_cap, chat_pass, chat_nick, chat_user;                         /* register.c */
chat_command chat_mode, chat_whois, chat_ison;                                  /* people.c */
chat_command chat_join, chat_part, chat_names, chat_who, chat_topic, chat_list; /* channel.c */
/* To CHAT_HISTORY_ALL_BYTES, those of channels that people made first. */
void chat_trim_histories(struct chat *chat);
chat_command chat_privmsg, chat_notice, chat_tagmsg; /* talk.c */
chat_command chat_history_command;                   /* playback.c */

/* channel.c */
/* To CHAT_HISTORY_ALL_BYTES, those of channels that people made first. */
void chat_trim_histories(struct chat *chat);
void chat_part_all(struct chat *chat, struct chat_client *client);
void chat_channel_free(struct chat_channel *channel);
int chat_channel_new(struct chat *chat, const char *name, struct chat_channel **ret);

/* talk.c: one message to one client, as its capabilities want it; batch "" for none. */
void chat_send_entry(struct chat *chat, struct chat_client *client, const char *target,
		const struct history_entry *entry, const char *batch);

/* playback.c: entries first .. end as a batch */
void chat_play(struct chat *chat, struct chat_client *client, const struct chat_channel *channel,
		size_t first, size_t end);

#endif
