#ifndef EPISODED_DISPATCH_H
#define EPISODED_DISPATCH_H

/*
 * From a message to its answer: prefix or mention, the command's name, its arguments, cooldown, run. Pure: the
 * time is an argument, and the answer is a value.
 *
 *	question = dispatch_recognise(...);     find the command; nothing is run yet
 *	dispatch_answer(..., &question, ..., &answer);
 *	                                        the caller sends answer.reply and sets answer.position
 *	dispatch_keep(..., &answer, result);    keeps the rest for "more", and releases the answer
 */

#include "bot/base/zone.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"
#include "bot/core/topic.h"

#define DISPATCH_COOLDOWNS_MAX 256 /* pairs of person and command that are remembered */
#define DISPATCH_PREFIX_BYTES  16

struct announcements;
struct occasions;
struct progress;
struct dispatch; /* opaque: core/dispatch.c */

/* Owners, owner commands and settings. Each function may be NULL. */
struct dispatch_orders {
	void *user;
	/* True for owners, identified by account, certificate or user ID, never by nick. */
	bool (*is_owner)(void *user, const char *gateway, const struct message *message);
	/* Append a space, and how this author becomes an owner in one sentence. */
	void (*how_to_own)(void *user, const char *gateway, const struct message *message, struct str *ret);
	bool (*is_ignored)(void *user, const char *gateway, const struct message *message);
	/* The settings of a channel; NULL if all are default. */
	const struct channel_settings *(*settings)(void *user, const char *gateway, const char *channel);
	/* How far people and channels have watched. NULL: nothing can be declared. */
	struct progress *(*progress)(void *user);
	/* What the bot says of itself, later. NULL: it cannot. */
	struct occasions *(*occasions)(void *user);
	/* What channels want to have announced. NULL: nothing can be announced. */
	struct announcements *(*announcements)(void *user);
	/* Why the bot cannot speak in a channel at the moment, in one phrase; NULL: it can. Borrowed until the next call. */
	const char *(*unreachable)(void *user, const char *gateway, const char *channel, uint64_t route);
	/* Which wishes of an announcement its network can fulfil. NULL: each. */
	struct wishes_possible (*possible)(void *user, const char *gateway);
	/* The time zone that the author of a message has set. False: not set. */
	bool (*zone)(void *user, const char *gateway, const struct message *author,
			char ret[ZONE_NAME_BYTES]);
	/* Set it, NULL: delete it. Errors as below; -E2BIG. */
	int (*on_zone)(void *user, const char *gateway, const struct message *author, const char *zone);
	/* Owner commands: 0, -EEXIST nothing to change, -EINVAL an invalid name or value, -ENOTSUP not supported
	 * there, or the store's error. They are carried out after the answer. */
	int (*on_channel)(void *user, const char *gateway, const char *channel, bool is_in);
	int (*on_reload)(void *user);
	/* What the last reload led to; NULL before the first one, and during a reload. Borrowed until the next reload. */
	const struct request_reload *(*reloaded)(void *user);
	const char *(*ignored)(void *user, const char *gateway, size_t index); /* NULL after the last */
	int (*on_ignore)(void *user, const char *gateway, const char *who, bool is_ignored);
	int (*on_set)(void *user, const char *gateway, const char *channel, const char *name,
			const char *value);
	/* Around each of these functions: the question (gateway, id) that it is the effect of, and the result. What is
	 * stored between them is stored together with the result. */
	void (*on_effect_begin)(void *user, const char *gateway, const char *id);
	void (*on_effect_end)(void *user, enum request_result result);
	/* The stored result of a question that is asked again; false: it had no effect. NULL: unknown. */
	bool (*effect)(void *user, const char *gateway, const char *id, enum request_result *ret);
};

struct dispatch_host {
	void *user;
	/* Fill in the values for the status command. */
	void (*on_status)(void *user, struct request_status *ret);
	/* Why an owner command carried out now would be lost at a restart, in a few words; NULL if it is saved.
	 * May be NULL. */
	const char *(*trouble)(void *user);
	/* Nothing that is set is kept after the program ends: a terminal. */
	bool is_fleeting;
	struct dispatch_orders orders;
};

static inline struct progress *progress_in(const struct dispatch_host *host)
{
	return host->orders.progress ? host->orders.progress(host->orders.user) : NULL;
}

enum question_kind {
	QUESTION_NONE,     /* no answer; reason says why */
	QUESTION_COMMAND,  /* write it to the journal, then answer it */
	QUESTION_IDENTIFY, /* an owner command from a sender whose account or certificate is unknown: ask the
			      network (WHOIS), or answer it as a QUESTION_COMMAND */
};

/* The question in a message. */
struct question {
	enum question_kind kind;
	const struct command_entry
			*entry; /* the command, or an entry of talk.h; NULL if there is no question */
	size_t at, length; /* position and length of the command's name in the message's text; length 0: it has no name */
	const char *reason; /* for the log; NULL for chatter */
	bool is_known;      /* a duplicate, which is answered already or will be */
	bool is_sentence;   /* dispatch_answer() reads it and may choose another command */
};

/* An answer. */
struct answer {
	const struct command_entry *entry; /* NULL: no question */
	struct reply *reply;               /* NULL: no answer. Owned until dispatch_keep(). */
	size_t position; /* in: where to start; out: where "more" continues, 0 if everything was sent */
	char prefix[DISPATCH_PREFIX_BYTES];
	uint64_t conversation; /* the conversation's key, or 0 */
	bool is_pending;       /* no answer yet: ask it again as MESSAGE_AFTER_RELOAD */
	bool is_void;          /* an occasion that there is nothing to say about any more */
	bool is_rest;          /* the next part of an earlier answer */
	bool is_order;         /* an owner command */
	bool is_refused;       /* an owner command from a person who is not an owner */
	bool is_late;          /* refused because it was not received live */
	int error;             /* the command's error, for the log */
};

/* seed is for the commands' random numbers. -ENOMEM. */
int dispatch_new(const struct dispatch_host *host, uint64_t seed, struct dispatch **ret);
void dispatch_free(struct dispatch *dispatch);

/* Set the prefix, the catalogue and the default show; borrowed until the next call. show may be NULL: the first. */
void dispatch_configure(struct dispatch *dispatch, const char *prefix, const struct catalogue *catalogue,
		const struct show *show);

/* The prefix in the channel of a message. Borrowed until the next owner command. */
const char *dispatch_prefix(
		const struct dispatch *dispatch, const char *gateway, const struct message *message);

/* True if the message starts with the channel's prefix or addresses the bot. Cheap, because it is called for every line
 * of every channel. */
bool dispatch_concerns(const struct dispatch *dispatch, const char *gateway, const struct message *message);

/*
 * dispatch_recognise - find the question in a message.
 *
 * Each (gateway, channel, message ID) is recognised once, except for MESSAGE_AFTER_WHOIS and
 * MESSAGE_JOURNAL and MESSAGE_AFTER_RELOAD. Other bots' commands, ignored people, and quiet hours give QUESTION_NONE. Who addresses the bot
 * always has a question. An occasion has the bot's own command, in quiet hours, too, and each time it comes.
 * now_ms: monotonic.
 */
struct question dispatch_recognise(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms);

/*
 * dispatch_answer - run the command of a question and fill *ret.
 *
 * An owner command of MESSAGE_BACKLOG is refused: it may have been carried out already, and rights may have changed.
 * An owner command of MESSAGE_JOURNAL has no second effect: if the stored result of the first is known, its answer is
 * repeated; else the author is asked to send it again. If memory runs out, ret->error is -ENOMEM and ret->reply is NULL.
 */
void dispatch_answer(struct dispatch *dispatch, const char *gateway, const struct message *message,
		const struct question *question, uint64_t now_ms, struct answer *ret);

/* Call after the reply was passed to its gateway; sent is 0, or a negative errno if the gateway refused it. */
void dispatch_keep(struct dispatch *dispatch, struct answer *answer, int sent, uint64_t now_ms);

/*
 * Append suggestions for a partly typed argument, best first, of what the person may be told, as JSON [["label","value"],...] of at most
 * COMPLETE_MAX, or COMPLETE_COMMANDS_MAX names of commands (complete.h). An unknown command or option gives []. asker says who types, where and when; it has no text.
 */
void dispatch_complete(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial, struct str *str);

/* What the channel of asker is about, for the one who asks; asker is as above. *ret borrows until the next message or
 * reload. */
void dispatch_topic(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		struct topic *ret);

#endif
