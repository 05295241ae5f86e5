#ifndef EPISODED_GATEWAY_H
#define EPISODED_GATEWAY_H

/*
 * What every gateway implements, and what it is given. A gateway never sees a
 * command: it hands messages to its host and is handed replies to deliver.
 */

#include "bot/config/config.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

struct loop;
struct store;
struct gateway; /* opaque; each type has its own struct, which begins with a struct gateway_head */

enum gateway_state {
	GATEWAY_STOPPED,
	GATEWAY_CONNECTING, /* or waiting to try again */
	GATEWAY_READY,      /* registered: it hears and answers */
	GATEWAY_FAILED,     /* a fatal answer; it does not try again */
};

struct gateway_status {
	enum gateway_state state;
	char detail[160]; /* one phrase: "3 channels", "reconnecting in 12 s: connection refused", "bad token"
			   */
	unsigned channels;   /* joined now */
	uint64_t heard;      /* messages of people since the start */
	uint64_t answered;   /* replies delivered */
	uint64_t dropped;    /* replies given up on */
	uint64_t reconnects; /* connections lost since the start */
};

/* What the bot gives each gateway. Valid from create until free. */
struct gateway_host {
	struct loop *loop;
	void *bot;
	/* A person said something. The reply, if any, comes back through deliver, before or after this
	 * returns. */
	void (*on_message)(void *bot, struct gateway *gateway, const struct message *message);
	/* The state changed: READY, lost, failed. */
	void (*on_state)(void *bot, struct gateway *gateway);
	/* After stop(): everything is said and closed; the bot may free the gateway (not inside this call).
	 */
	void (*on_stopped)(void *bot, struct gateway *gateway);
	/* The commands as JSON for a page's help and completion; borrowed, valid until the next reload.
	 * {"prefix":"!","commands":[{"name":s,"aliases":[s],"summary":s,"usage":s,"examples":[s],
	 *  "is_private":b,"options":[{"name":s,"type":"episode|character|command|choice|integer|text","required":b,
	 *  "help":s,"choices":[s]?,"low":n?,"high":n?}]}]} */
	const char *(*describe_commands)(void *bot);
	const char *(*prefix)(void *bot);
	/* And those that are set for single channels, wherever; NULL at the end; borrowed until the next
	 * message. For a gateway that looks at the first bytes before it makes a message of them. */
	const char *const *(*prefixes)(void *bot);
	/* A question is settled: the network has confirmed its reply, or will never take one, so that it is
	 * not to be answered again, by this process or the next (only gateways whose class says is_proved
	 * call it). */
	void (*on_proved)(void *bot, struct gateway *gateway, const char *message_id);
	/* Answer now what was asked and is not settled, as far as is_due says so of it (only gateways whose
	 * class says replays call it). */
	void (*replay)(void *bot, struct gateway *gateway,
			bool (*is_due)(void *user, const struct message *message), void *user);
	/* What was heard is to be written down now, because an answer to it is about to leave (only gateways
	 * whose class says settles call it). */
	void (*settle)(void *bot);
	/* What fits a half-typed argument of a command, as [["label","value"],...] JSON of at most 25;
	 * borrowed until the next call. */
	const char *(*complete)(void *bot, const char *command, const char *option, const char *partial);
	/* What survives a restart; NULL when the store cannot be used. */
	struct store *(*store)(void *bot);
};

struct gateway_class {
	const char *type; /* as in the configuration */
	/* deliver() only queues, host->on_proved() tells when the network has it. Otherwise a delivered reply
	 * counts as said. */
	bool is_proved;
	/* It calls host->replay() whenever it can answer again in a place; otherwise the bot answers what is
	 * open when it first becomes READY. */
	bool replays;
	/* It calls host->settle() before anything that was delivered leaves the process, and its network says
	 * again what was not: so the journal may write several questions as one. */
	bool settles;

	/* Make one from its configuration (copied); no network yet. -EINVAL, -ENOMEM. */
	int (*create)(const struct gateway_config *config, const struct gateway_host *host,
			struct gateway **ret);
	void (*free)(struct gateway *gateway); /* NULL-safe; works in every state */

	/* Connect, and stay connected. 0, or a negative errno when it cannot even begin (a port in use). */
	int (*start)(struct gateway *gateway);
	/* Say goodbye with a reason, then host->on_stopped(). At most 2 s. */
	void (*stop)(struct gateway *gateway, const char *reason);

	/* Apply a changed configuration without dropping the connection. -ENOTSUP: must be stopped and made
	 * anew. */
	int (*reconfigure)(struct gateway *gateway, const struct gateway_config *config);

	/* 0, -EAGAIN when the outbox is full (the reply is dropped and counted), -ENOTCONN, -ENOMEM. */
	int (*deliver)(struct gateway *gateway, struct delivery *delivery);

	/* Inside on_message: find out who said it; the message then comes once more, with a fingerprint. Not
	 * 0: there is nothing to be found out. May be NULL. */
	int (*identify)(struct gateway *gateway, const struct message *message);

	void (*status)(const struct gateway *gateway, struct gateway_status *ret);
};

/* First member of every gateway's struct. */
struct gateway_head {
	const struct gateway_class *class;
	const struct gateway_host *host;
	const char *name; /* owned by the gateway */
};

static inline struct gateway_head *gateway_head(struct gateway *gateway)
{
	return (struct gateway_head *)(void *)gateway;
}

extern const struct gateway_class discord_gateway; /* gateway/discord/discord.c */
extern const struct gateway_class irc_gateway;     /* gateway/irc/irc.c */
extern const struct gateway_class lobby_gateway;   /* lobby/lobby.c */
extern const struct gateway_class twitch_gateway;  /* gateway/irc/twitch.c */

#endif
