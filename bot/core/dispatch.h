#ifndef EPISODED_DISPATCH_H
#define EPISODED_DISPATCH_H

/*
 * From a message to its answer: prefix or mention, the command's name, its arguments, cooldown, run. Pure: the
 * time comes in, and the answer is a value.
 *
 *	question = dispatch_recognise(...);     is it for us? nothing has happened yet
 *	dispatch_answer(..., &question, ..., &answer);
 *	                                        the caller sends answer.reply and sets answer.position
 *	dispatch_keep(..., &answer, result);    keeps what "more" goes on from, releases the rest
 */

#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

#define DISPATCH_COOLDOWNS_MAX 256 /* person and command remembered at once */
#define DISPATCH_PREFIX_BYTES  16

struct dispatch; /* opaque: core/dispatch.c */

/* Owners, their orders, and what they have set; any of it may be NULL. */
struct dispatch_orders {
	void *user;
	/* Who may give orders: by account, certificate or user id, never by a nick. */
	bool (*is_owner)(void *user, const char *gateway, const struct message *message);
	bool (*is_ignored)(void *user, const char *gateway, const struct message *message);
	/* What is different in a channel; NULL: nothing. */
	const struct channel_settings *(*settings)(void *user, const char *gateway, const char *channel);
	/* Orders: 0, -EEXIST it is so already, -EINVAL no such thing, -ENOTSUP not there, or what the store
	 * says. They are carried out after the answer. */
	int (*on_channel)(void *user, const char *gateway, const char *channel, bool is_in);
	int (*on_reload)(void *user);
	const char *(*ignored)(void *user, const char *gateway, size_t index); /* NULL: no more */
	int (*on_ignore)(void *user, const char *gateway, const char *who, bool is_ignored);
	int (*on_set)(void *user, const char *gateway, const char *channel, const char *name,
			const char *value);
};

struct dispatch_host {
	void *user;
	/* What a status command says. */
	void (*on_status)(void *user, struct request_status *ret);
	/* Why an owner command carried out now is forgotten at a restart, in a few words; returns NULL when
	 * it is kept. May be NULL. */
	const char *(*trouble)(void *user);
	struct dispatch_orders orders;
};

enum question_kind {
	QUESTION_NONE,     /* there is no answer; reason says why */
	QUESTION_COMMAND,  /* write it into the journal, then answer it */
	QUESTION_UNKNOWN,  /* no such command, in private: answer it, it needs no journal */
	QUESTION_IDENTIFY, /* an owner command from a sender whose account or certificate the network may know
			      better: ask for it (WHOIS), or answer it as a QUESTION_COMMAND */
};

/* What a message asks. */
struct question {
	enum question_kind kind;
	const struct command_entry *entry; /* of a command */
	size_t at, length;                 /* of the command's name in the message's text */
	const char *reason;                /* for the log; NULL for chatter */
	bool is_known;                     /* it came before: it is answered, or will be */
};

/* An answer on its way. */
struct answer {
	const struct command_entry *entry; /* NULL: no such command */
	struct reply *reply;               /* NULL: there is no answer. Owned until dispatch_keep(). */
	size_t position; /* in: where to begin; out: where "more" goes on, 0 when all is sent */
	char prefix[DISPATCH_PREFIX_BYTES];
	uint64_t conversation; /* its key, 0: none */
	bool is_rest;          /* the next part of an earlier answer */
	bool is_order;         /* an owner command */
	bool is_refused;       /* an owner command from a person who is not an owner */
	bool is_late;          /* refused because it was not received live */
	int error;             /* of the command, for the log */
};

/* seed: of the random numbers commands draw. -ENOMEM. */
int dispatch_new(const struct dispatch_host *host, uint64_t seed, struct dispatch **ret);
void dispatch_free(struct dispatch *dispatch);

/* What to answer from; borrowed until the next call. show may be NULL: the first. */
void dispatch_configure(struct dispatch *dispatch, const char *prefix, const struct catalogue *catalogue,
		const struct show *show);

/* Does the message begin with the channel's prefix, or is the bot addressed? Cheap: every line of every channel
 * is asked. */
bool dispatch_concerns(const struct dispatch *dispatch, const char *gateway, const struct message *message);

/*
 * dispatch_recognise - what a message asks.
 *
 * Each (gateway, channel, message id) is recognised once, but for those of MESSAGE_AFTER_WHOIS and
 * MESSAGE_JOURNAL. Unknown words in a channel, people who are ignored, and quiet hours give QUESTION_NONE.
 * now_ms: monotonic.
 */
struct question dispatch_recognise(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms);

/*
 * dispatch_answer - run the command of a question, into *ret.
 *
 * An owner command of MESSAGE_BACKLOG or MESSAGE_JOURNAL is refused: it may have been carried out, and rights may
 * have changed. Without memory ret->error is -ENOMEM and there is no reply.
 */
void dispatch_answer(struct dispatch *dispatch, const char *gateway, const struct message *message,
		const struct question *question, uint64_t now_ms, struct answer *ret);

/* After the reply was handed to its gateway: sent is 0, or a negative errno when the gateway did not take it. */
void dispatch_keep(struct dispatch *dispatch, struct answer *answer, int sent, uint64_t now_ms);

/*
 * What fits the half-typed argument of a command, ranked, as JSON [["label","value"],...] of at most
 * DISPATCH_COMPLETIONS_MAX, appended. An unknown command or option gives [].
 */
#define DISPATCH_COMPLETIONS_MAX 25
void dispatch_complete(const struct dispatch *dispatch, const char *command, const char *option,
		const char *partial, struct str *str);

#endif
