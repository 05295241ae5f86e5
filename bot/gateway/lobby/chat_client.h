#ifndef EPISODED_LOBBY_CHAT_CLIENT_H
#define EPISODED_LOBBY_CHAT_CLIENT_H

/* One client of the lobby: its registration and capabilities, and the lines that are sent to it. Pure: lines
 * leave through a hook. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/chat_guest.h"
#include "bot/gateway/lobby/history.h"
#include "bot/net/throttle.h"

#define CHAT_SERVER               "lobby" /* name of server and network, and host of every client */
#define CHAT_USER_MAX_BYTES       10
#define CHAT_REAL_MAX_BYTES       60
#define CHAT_LABEL_MAX_BYTES      64
#define CHAT_OUT_MAX_BYTES        (8191 + 1024) /* a line we send, with its tags */
#define CHAT_TOPIC_DATA_MAX_BYTES 7000          /* escaped; without it, the topic has its text only */
#define CHAT_HELD_MAX_BYTES       (CHAT_HISTORY_MAX_BYTES * 3) /* a labelled answer */
#define CHAT_MASK_BYTES           (CHAT_NICK_MAX_BYTES + CHAT_USER_MAX_BYTES + sizeof(CHAT_SERVER) + 2)

enum chat_cap {
	CHAT_CAP_TAGS = 1 << 0,
	CHAT_CAP_TIME = 1 << 1,
	CHAT_CAP_ECHO = 1 << 2,
	CHAT_CAP_BATCH = 1 << 3,
	CHAT_CAP_LABEL = 1 << 4,
	CHAT_CAP_HISTORY = 1 << 5, /* requests the history itself: JOIN does not send it */
	CHAT_CAP_CARD = 1 << 6,    /* not in IRCv3: answers of the bot are one message with a card */
	CHAT_CAP_NOTIFY = 1 << 7,
	CHAT_CAP_ACCOUNT = 1 << 8, /* only the bot has an account */
	CHAT_CAP_TOPIC = 1 << 9,   /* not in IRCv3: topics have a tag with data for the page */
};

/* What all clients of one lobby share. */
struct chat_wire {
	struct chat_hooks hooks;
	char *bot_nick;        /* also its account */
	uint64_t seed, serial; /* of msgids and batches */
	uint64_t connections;  /* so far */
	bool is_lossy;         /* out of memory for a line since chat_take_loss() */
};

struct chat_client {
	struct chat_wire *wire; /* borrowed */
	void *link;
	unsigned slot;                      /* its bit in chat_channel.members */
	char nick[CHAT_NICK_MAX_BYTES + 1]; /* "" until NICK */
	uint64_t skeleton;                  /* of the nick */
	char user[CHAT_USER_MAX_BYTES + 1]; /* "" until USER */
	char realname[CHAT_REAL_MAX_BYTES + 1];
	char session[CHAT_SESSION_MAX_BYTES + 1]; /* token of the page; "" for other clients */
	/* Who private answers are for: a person's key, or '=' and an ID of this connection. */
	char person[CHAT_GUEST_KEY_BYTES];
	unsigned caps;
	bool is_negotiating; /* between CAP LS or REQ and CAP END */
	bool is_registered;
	bool is_closing;
	bool is_bot;                   /* user mode B */
	uint64_t entered_ms, heard_ms; /* heard_ms: the last input */
	uint64_t pinged_ms;            /* 0: no unanswered PING */
	struct throttle throttle;
	char label[CHAT_LABEL_MAX_BYTES + 1]; /* of the current command, escaped; "": no label */
	struct str held;                      /* lines of the labelled response so far, with LF */
	size_t held_count;
};

/* Add a client without nick and user. -ENOMEM. */
int chat_client_new(
		struct chat_wire *wire, void *link, unsigned slot, uint64_t now_ms, struct chat_client **ret);
void chat_client_free(struct chat_client *client); /* NULL-safe; the link is the caller's */

/* A nick that clients may have: letters and digits of any script, and the punctuation of RFC 2812. */
bool chat_client_nick_ok(const char *nick);
/* Are the private messages of the client kept? */
bool chat_client_is_guest(const struct chat_client *client);
/* nick!user@host */
void chat_client_mask(const struct chat_client *client, char ret[CHAT_MASK_BYTES]);
/* Add and remove capabilities: a list of names, '-' before those to remove. Apply all, or return false. */
bool chat_client_request_caps(struct chat_client *client, const char *wanted);
/* The names of these capabilities, with spaces between. */
void chat_client_append_caps(struct str *str, unsigned caps);

/* The next unguessable id. */
void chat_wire_next_id(struct chat_wire *wire, char ret[HISTORY_MSGID_BYTES]);

/* Send a line; each tag has a leading ';' ("" for no tags). */
void chat_client_send(struct chat_client *client, const char *tags, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
__attribute__((format(printf, 4, 0))) void chat_client_send_v(struct chat_client *client, const char *tags,
		const char *before, const char *format, va_list arguments);
/* Send ":lobby 433 nick " and the rest. */
void chat_client_numeric(struct chat_client *client, int numeric, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
/* Send a message in the form that the client's capabilities ask for; batch "": outside a batch. */
void chat_client_send_entry(struct chat_client *client, const char *target, const struct history_entry *entry,
		const char *batch);

/* Labelled responses: lines between begin and end are held back, and leave together with the label of
 * the command. */
void chat_client_label_begin(struct chat_client *client, const char *tags);
void chat_client_label_end(struct chat_client *client);

#endif
