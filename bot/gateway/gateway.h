#ifndef EPISODED_GATEWAY_H
#define EPISODED_GATEWAY_H

/*
 * What every gateway implements, and what it is given. A gateway never sees a
 * command: it hands messages to its host, and is handed the answers.
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
	char detail[160];    /* one phrase: "3 channels", "reconnecting in 12 s: connection refused" */
	unsigned channels;   /* joined now */
	uint64_t heard;      /* messages of people since the start */
	uint64_t answered;   /* answers sent */
	uint64_t dropped;    /* answers given up on */
	uint64_t reconnects; /* connections lost since the start */
};

/* What the bot gives each gateway. Valid from create until free. */
struct gateway_host {
	struct loop *loop;
	void *bot;
	/* A message came. One that may be a question is copied; its answer comes through class->say() at the
	 * end of this turn of the loop. */
	void (*on_message)(void *bot, struct gateway *gateway, const struct message *message);
	/* The state changed: READY, lost, failed. */
	void (*on_state)(void *bot, struct gateway *gateway);
	/* After stop(): everything is sent and closed; the bot may free the gateway (not inside this call). */
	void (*on_stopped)(void *bot, struct gateway *gateway);
	/* A question is completed: the network has confirmed its answer, or will never take one. Neither this
	 * process nor the next one answers it again. Only gateways whose class says is_confirmed call it. */
	void (*on_completed)(void *bot, struct gateway *gateway, const char *message_id);
	/* Each open question in the journal, oldest first. The gateway hands those that it can answer now, and
	 * whose answer is not under way, to on_message(). Only gateways whose class says looks_at_open call
	 * it. */
	void (*each_open)(void *bot, struct gateway *gateway,
			void (*on_open)(void *user, const struct message *message), void *user);
	/* The commands as JSON for a page's help and completion; borrowed, valid until the next reload.
	 * {"prefix":"!","commands":[{"name":s,"aliases":[s],"summary":s,"usage":s,"examples":[s],
	 *  "is_private":b,"options":[{"name":s,"type":"episode|character|command|choice|integer|text","required":b,
	 *  "help":s,"choices":[s]?,"low":n?,"high":n?}]}]} */
	const char *(*describe_commands)(void *bot);
	const char *(*prefix)(void *bot);
	/* The prefixes set for single channels; NULL at the end; borrowed until the next message. For a gateway
	 * that looks at the first bytes before it makes a message of them. */
	const char *const *(*prefixes)(void *bot);
	/* What fits a half-typed argument of a command, as [["label","value"],...] JSON of at most 25;
	 * borrowed until the next call. */
	const char *(*complete)(void *bot, const char *command, const char *option, const char *partial);
	/* What survives a restart; NULL when the store cannot be used. */
	struct store *(*store)(void *bot);
};

struct gateway_class {
	/* It calls host->on_completed() when the network has confirmed an answer. Otherwise an answer is
	 * completed when say() has taken it. */
	bool is_confirmed;
	/* It calls host->each_open() whenever it can answer again in a channel. Otherwise the bot asks again
	 * what is open when the gateway first becomes READY. */
	bool looks_at_open;
	/* The most questions of MESSAGE_BACKLOG that are answered in one channel in one turn; 0: all. */
	unsigned backlog_max;

	/* Create a gateway; no network yet. It takes a reference to the configuration; the channels are
	 * borrowed for the call. -EINVAL, -ENOMEM. */
	int (*create)(const struct gateway_wanted *wanted, const struct gateway_host *host,
			struct gateway **ret);
	void (*free)(struct gateway *gateway); /* NULL-safe; works in every state */

	/* Connect, and stay connected. 0, or a negative errno when it cannot even begin; -EADDRINUSE: a port
	 * is in use, already logged. */
	int (*start)(struct gateway *gateway);
	/* Say goodbye with a reason, then host->on_stopped(). At most 2 s. */
	void (*stop)(struct gateway *gateway, const char *reason);

	/* Apply a configuration without dropping the connection: it differs from the current one only in
	 * channels and in fields that are is_live. -ENOTSUP: the gateway must be stopped and created again. */
	int (*reconfigure)(struct gateway *gateway, const struct gateway_wanted *wanted);

	/* Queue an answer; nothing of it leaves before flush(). 0, -EAGAIN when the queue is full (the answer
	 * is dropped and counted), -ENOTCONN, -ENOMEM. */
	int (*say)(struct gateway *gateway, struct delivery *delivery);
	/* At the end of each turn, after the journal's commit: send what is queued, as the network allows. May
	 * be NULL. */
	void (*flush)(struct gateway *gateway);
	/* A message that was handed to on_message() gets no answer. May be NULL. */
	void (*decline)(struct gateway *gateway, const struct message *message);
	/* Is the answer to this message under way? NULL: never when the gateway becomes READY. */
	bool (*holds)(const struct gateway *gateway, const char *message_id);
	/* Ask the network who sent a message; it is then delivered again, as MESSAGE_AFTER_WHOIS. Not 0: there
	 * is nothing to learn. May be NULL. */
	int (*identify)(struct gateway *gateway, const struct message *message);

	void (*status)(const struct gateway *gateway, struct gateway_status *ret);
};

/* First member of every gateway's struct. */
struct gateway_head {
	const struct gateway_class *class;
	const struct gateway_host *host;
	const char *name; /* its configuration's */
};

static inline struct gateway_head *gateway_head(struct gateway *gateway)
{
	return (struct gateway_head *)(void *)gateway;
}

#endif
