#ifndef EPISODED_GATEWAY_H
#define EPISODED_GATEWAY_H

/*
 * The interface between the bot and a gateway. A gateway does not interpret commands: it passes messages to
 * its host, and the host passes answers to it.
 */

#include "bot/config/config.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

struct cluster;
struct loop;
struct permit;
struct store;
struct gateway; /* opaque; each type has its own struct, which begins with a struct gateway_head */

enum gateway_state {
	GATEWAY_STOPPED,
	GATEWAY_CONNECTING, /* or waiting to reconnect */
	GATEWAY_READY,      /* registered: receives messages and sends answers */
	GATEWAY_FAILED,     /* rejected by the network; the bot creates it again, later (daemon/gateways.h) */
};

struct gateway_status {
	enum gateway_state state;
	char detail[160];    /* one phrase: "3 channels", "reconnecting in 12 s: connection refused" */
	char address[80];    /* where people open its page: "http://127.0.0.1:8080"; "": it has no page */
	unsigned channels;   /* joined now */
	uint64_t heard;      /* messages received from people since the start */
	uint64_t answered;   /* answers sent */
	uint64_t dropped;    /* answers that were dropped or not delivered */
	uint64_t reconnects; /* connections lost since the start */
	/* The network withholds something that it may grant meanwhile: a reload creates the gateway again. */
	bool is_lacking;
};

/* A part of a gateway whose work is divided among processes: a shard. */
struct gateway_part {
	unsigned number, total;
	uint64_t epoch;
	const char *position;        /* as on_part_left() or cluster_position() told it last; "" at first */
	const struct permit *permit; /* borrowed as long as the part is here */
};

/* A file for a web page, in memory that the receiver frees. */
struct web_file {
	const char *type; /* of its content, for HTTP; a constant */
	char *bytes;
	size_t length;
};

/* The functions of the bot for each gateway. Valid from create() until free(). */
struct gateway_host {
	struct loop *loop;
	void *bot;
	/* A message was received. If it may be a question, the bot copies it, and answers through
	 * class->say() at the end of this turn of the loop. */
	void (*on_message)(void *bot, struct gateway *gateway, const struct message *message);
	/* The state has changed: READY, connection lost, FAILED. */
	void (*on_state)(void *bot, struct gateway *gateway);
	/* After stop(): the gateway is closed; the bot may free it (not inside this call). */
	void (*on_stopped)(void *bot, struct gateway *gateway);
	/* A question is completed: the network has confirmed its answer, or the answer was given up. Neither
	 * this process nor the next one answers it again. Called only by gateways whose class sets
	 * is_confirmed. */
	void (*on_completed)(void *bot, struct gateway *gateway, const char *message_id);
	/* The author has taken a message back: it is a question no more. It gets no answer, if it has no answer yet, and the
	 * journal does not ask it again. May be NULL. */
	void (*on_withdrawn)(void *bot, struct gateway *gateway, const char *message_id);
	/* An occasion (message->is_occasion) cannot be said, now or later: why, in one phrase with its fix, for the owners
	 * who ask. Call it before on_completed(). */
	void (*on_refused)(void *bot, struct gateway *gateway, const char *message_id, const char *why);
	/* A person for whom can_speak() was -EHOSTDOWN is there now: author_id, extra and is_known_by_extra are set. May be
	 * NULL. */
	void (*on_reached)(void *bot, struct gateway *gateway, const struct message *person);
	/* An occasion of the journal (is_for_author) did not reach its author: it comes again when the author is there. False: it
	 * cannot, and the gateway gives it up as any other answer. May be NULL. */
	bool (*on_unreached)(void *bot, struct gateway *gateway, const struct message *message);
	/* Call back with each open question in the journal, oldest first. The gateway passes those that it
	 * can answer now, and whose answer is not in progress, to on_message(). Called only by gateways whose
	 * class sets looks_at_open. */
	void (*each_open)(void *bot, struct gateway *gateway,
			void (*on_open)(void *user, const struct message *message), void *user);
	/* The commands as JSON for the help and completion of a web page; borrowed until the next reload.
	 * {"prefix":"!","commands":[{"name":s,"aliases":[s],"summary":s,"usage":s,
	 *  "is_private":b,"options":[{"name":s,"type":"show|episode|season|character|command|choice|integer|zone|text",
	 *  "required":b,"help":s,"choices":[s]?,"low":n?,"high":n?}]}]} */
	const char *(*describe_commands)(void *bot);
	/* A file that a web page offers besides its own: a calendar, a picture. path and query ("": without one) are as they came from
	 * outside. -ENOENT no such file, -EAGAIN not yet, -EINVAL the query is not understood, -ENOMEM. */
	int (*web_file)(void *bot, const char *path, const char *query, struct web_file *ret);
	const char *(*prefix)(void *bot);
	/* The command prefixes set for single channels; NULL at the end; borrowed until the next message. For
	 * a gateway that checks the first bytes of a text before it makes a message. */
	const char *const *(*prefixes)(void *bot);
	/* Completions of a partial argument of a command, as JSON [["label","value"],...] with at most 25
	 * items; borrowed until the next call. asker is a message without text: who types, where and when. */
	const char *(*complete)(void *bot, struct gateway *gateway, const struct message *asker,
			const char *command, const char *option, const char *partial);
	/* What the channel of asker is about, for the one who asks, as JSON (core/topic.h); *ret_name is the show's name. Both
	 * are borrowed until the next call. asker is as above. */
	const char *(*topic)(void *bot, struct gateway *gateway, const struct message *asker,
			const char **ret_name);
	/* The store for state that survives a restart; NULL when it cannot be used. */
	struct store *(*store)(void *bot);
	/* Until when a gateway that is not divided may speak; NULL: always. Borrowed as long as the gateway lives. */
	const struct permit *(*permit)(void *bot, const struct gateway *gateway);
	/* After drop_part(): the part is closed. position: for its next owner. */
	void (*on_part_left)(void *bot, struct gateway *gateway, unsigned number, unsigned total,
			const char *position);
	/* The processes that share the work; NULL: this is the only one. */
	struct cluster *(*cluster)(void *bot);
};

struct gateway_class {
	/* The gateway calls host->on_completed() when the network has confirmed an answer. false: an answer
	 * is completed when say() has accepted it. */
	bool is_confirmed;
	/* The gateway calls host->each_open() whenever it can answer in a channel again. false: the bot
	 * passes the open questions when the gateway first becomes READY. */
	bool looks_at_open;
	/* Other processes with the same configuration reach the same network: one of them speaks, under a lease. */
	bool is_leased;
	/* A reply's wishes (core/wishes.h): it can replace an earlier post. false: the bot does not pass replies with
	 * WISH_EDIT_ONLY, and WISH_EDIT_OR_SAY is said. */
	bool has_edits;
	/* It can ping a role, and open a thread. false: it leaves them out, and the bot says so when they are asked for. */
	bool has_roles, has_threads;
	/* It can make a scheduled event. false: the bot does not pass replies with is_silent. */
	bool has_events;
	/* The limit of MESSAGE_BACKLOG questions answered in one channel in one turn; 0: no limit. */
	unsigned backlog_max;

	/* Create a gateway without connecting it. It takes a reference to the configuration; the channels are
	 * borrowed for the call. -EINVAL, -ENOMEM. */
	int (*create)(const struct gateway_wanted *wanted, const struct gateway_host *host,
			struct gateway **ret);
	void (*free)(struct gateway *gateway); /* NULL-safe; allowed in every state */

	/* Connect, and stay connected. 0, or a negative errno if it cannot start; -EADDRINUSE: a port is in
	 * use, already logged. */
	int (*start)(struct gateway *gateway);
	/* Disconnect with a reason, then call host->on_stopped(): within 2 s, or within 4 s if answers wait for
	 * their confirmation. Answers that are not confirmed by then stay open. */
	void (*stop)(struct gateway *gateway, const char *reason);

	/* Begin to work for a part, resuming its session; and let it go: is_lost: at once and silently, otherwise answers
	 * under way are confirmed and the connection is closed so that another process can resume it, then
	 * host->on_part_left(). Only of gateways that are divided; NULL otherwise. -EEXIST, -ENOMEM. */
	int (*take_part)(struct gateway *gateway, const struct gateway_part *part);
	void (*drop_part)(struct gateway *gateway, unsigned number, unsigned total, bool is_lost);
	/* The lease of a gateway that is not divided is lost: close every connection at once and say nothing more. May be
	 * NULL: stop() is enough. */
	void (*abandon)(struct gateway *gateway);

	/* Apply a configuration without dropping the connection: it differs from the current one only in
	 * channels and in fields that are is_live. -ENOTSUP: the gateway must be stopped and created
	 * again. */
	int (*reconfigure)(struct gateway *gateway, const struct gateway_wanted *wanted);

	/*
	 * Can the bot speak at the place of this message, of which only channel, route, the author, extra, is_private and
	 * is_for_author are set? 0; -EAGAIN not yet (connecting, joining); -ENOENT the channel is gone, or the bot has left it; -EACCES it
	 * may not write there; -EREMOTE another process has the lease; -EHOSTDOWN (is_for_author) the person is not there, and
	 * host->on_reached() follows when the person is. why may be NULL; otherwise *why is one phrase with
	 * the fix, borrowed until the next call. NULL: 0 whenever the gateway is READY.
	 */
	int (*can_speak)(struct gateway *gateway, const struct message *message, const char **ret_why);

	/* Set the members of a message from the journal that the journal does not keep: has_private, has_seen_all. May be
	 * NULL. */
	void (*restore)(struct gateway *gateway, struct message *message);

	/* Queue an answer; it is sent in flush() at the earliest. 0, -EAGAIN when the queue is full (the
	 * answer is dropped and counted), -ENOTCONN, -ENOMEM. */
	int (*say)(struct gateway *gateway, struct delivery *delivery);
	/* Send queued answers, within the network's limits. Called at the end of each turn, after the
	 * journal's commit. May be NULL. */
	void (*flush)(struct gateway *gateway);
	/* A message that was passed to on_message() gets no answer. May be NULL. */
	void (*decline)(struct gateway *gateway, const struct message *message);
	/* Is the answer to this message in progress? A question from the journal is then not answered again.
	 * May be NULL. */
	bool (*holds)(const struct gateway *gateway, const char *message_id);
	/* Ask the network who sent a message; the message is then delivered again, as MESSAGE_AFTER_WHOIS.
	 * Not 0: the network cannot tell. May be NULL. */
	int (*identify)(struct gateway *gateway, const struct message *message);
	/* What host->topic() tells may have changed: a setting, what people have seen, the configuration, the datasets. Called
	 * at the end of a turn. May be NULL. */
	void (*on_topics)(struct gateway *gateway);
	/* The present time on the network's clock, as messages have it; 0: not known. May be NULL. */
	uint64_t (*network_ms)(const struct gateway *gateway);

	void (*status)(const struct gateway *gateway, struct gateway_status *ret);

	/* In a process that does not have this gateway's lease, every few seconds: pass on what the operator has left on this
	 * host for the gateway, to the process that has it. May be NULL. */
	void (*hand_over)(const struct gateway_config *config, struct store *store);

	/* For "check": append what would keep start() from working at this moment, one phrase with its fix, or nothing.
	 * May be NULL. */
	void (*examine)(const struct gateway_config *config, struct str *ret);
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
