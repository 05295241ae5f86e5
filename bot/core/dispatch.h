#ifndef EPISODED_DISPATCH_H
#define EPISODED_DISPATCH_H

/*
 * Message to command to reply: prefix or mention, the command's name, its
 * arguments, cooldown, run, delivery. Pure but for what it is handed: the
 * time comes in, the answer leaves through deliver.
 */

#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

#define DISPATCH_COOLDOWNS_MAX 256 /* person and command remembered at once */

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
	/* A command was recognised in a message with an id; called before it is run. False: it was seen
	 * before, perhaps by a process that is no more. May be NULL. */
	bool (*on_recognised)(void *user, const char *gateway, const struct message *message);
	/* An owner's command came from somebody who is not known to be one. True: the network is asked who
	 * that is, and the message comes once more, with its fingerprint. May be NULL. deliver_user: as
	 * handed to dispatch_message(). */
	bool (*on_stranger)(void *user, void *deliver_user, const struct message *message);
	/* Why what an owner orders now is forgotten at a restart, in a few words; NULL: it is not. May be
	 * NULL. */
	const char *(*trouble)(void *user);
	struct dispatch_orders orders;
};

/* What came of a message. */
struct dispatch_outcome {
	const struct command_entry *entry; /* NULL: it was no command of ours */
	bool is_answered;                  /* a reply was delivered (also a problem) */
	bool is_order, is_refused;         /* a command for owners; asked by somebody who is none */
	bool is_late;                      /* refused because it was not heard live */
	int error;                         /* of the command or of the delivery, for the log */
};

/* seed: of the random numbers commands draw. -ENOMEM. */
int dispatch_new(const struct dispatch_host *host, uint64_t seed, struct dispatch **ret);
void dispatch_free(struct dispatch *dispatch);

/* What to answer from; borrowed until the next call. show may be NULL: the first. */
void dispatch_configure(struct dispatch *dispatch, const char *prefix, const struct catalogue *catalogue,
		const struct show *show);

/*
 * Handle one message heard on a gateway, at now_ms (monotonic). deliver is
 * called at most once, before this returns; what it leaves unsaid is kept for
 * "more". Unknown words in a channel are ignored in silence, an id seen before is too.
 */
struct dispatch_outcome dispatch_message(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms,
		int (*deliver)(void *user, struct delivery *delivery), void *deliver_user);

/*
 * The same for a message that was recognised before but, as far as is known, not answered: it is run again.
 * An owner command is not: it may have been carried out, the rights may have changed, and the journal does
 * not keep whether the message was heard live. Its author is told to send it again.
 */
struct dispatch_outcome dispatch_again(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms,
		int (*deliver)(void *user, struct delivery *delivery), void *deliver_user);

/*
 * What fits the half-typed argument of a command, ranked, as JSON [["label","value"],...] of at most
 * DISPATCH_COMPLETIONS_MAX, appended. An unknown command or option gives [].
 */
#define DISPATCH_COMPLETIONS_MAX 25
void dispatch_complete(const struct dispatch *dispatch, const char *command, const char *option,
		const char *partial, struct str *str);

#endif
