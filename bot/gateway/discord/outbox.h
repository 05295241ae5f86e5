#ifndef EPISODED_DISCORD_OUTBOX_H
#define EPISODED_DISCORD_OUTBOX_H

/*
 * Replies on their way to Discord. Each has one or more forms, tried in order until Discord accepts one: a card,
 * then plain text; an interaction's callback, then what is still possible after its three seconds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_OUTBOX_MAX       4096 /* replies; later ones are refused */
#define DISCORD_OUTBOX_FORMS_MAX 4

struct loop;
struct discord_outbox; /* opaque: gateway/discord/outbox.c */

enum discord_outbox_form {
	DISCORD_OUTBOX_MESSAGE,  /* a message in the channel, with a nonce */
	DISCORD_OUTBOX_CALLBACK, /* the response to an interaction, within 3 s of it */
	DISCORD_OUTBOX_ORIGINAL, /* an edit of that response, in case it was delivered after all */
	DISCORD_OUTBOX_EDIT, /* an edit of a message: of one to be corrected, or of one that Discord stripped of its card */
};

struct discord_outbox_reply {
	const char *message; /* id of the question */
	const char *channel;
	const char *token; /* an interaction's, or NULL */
	bool is_layout;    /* the first form is made of components: it may be refused for that alone */
	/* The answer to a question that was edited: it replaces the answer before. The forms are edits, then a new message
	 * for the case that there is no answer. */
	bool is_correction;
	uint64_t post;        /* the message to be edited; 0: the outbox finds it */
	bool is_new;          /* there is no message to be edited */
	bool is_doubtful;     /* may have been delivered before, too long ago for a nonce: search first */
	uint64_t application; /* for DISCORD_OUTBOX_ORIGINAL */
	uint64_t deadline_ms; /* monotonic */
	uint64_t callback_ms; /* monotonic: deadline of a callback */
	const struct permit *permit; /* of the question's shard, as of a REST call */
	struct {
		enum discord_outbox_form form;
		bool has_file;
		char *body; /* JSON; freed by discord_outbox_reply_release() or taken by discord_outbox_add() */
	} forms[DISCORD_OUTBOX_FORMS_MAX];
	size_t form_count;
	char *file; /* a picture, for forms that have it; owned as the bodies. May be NULL */
	size_t file_bytes;
	const char *file_type; /* a constant */
};

enum discord_outbox_end {
	DISCORD_OUTBOX_DELIVERED,
	DISCORD_OUTBOX_DROPPED, /* refused or too late: completed all the same */
	/* Not sent, the token is invalid, or the lease is lost: the question stays open in the journal, for another
	 * process. */
	DISCORD_OUTBOX_LEFT_OPEN,
	DISCORD_OUTBOX_WITHDRAWN, /* not wanted any more, as discord_outbox_withdraw() */
};

struct discord_outbox_outcome {
	const char *message; /* id of the question */
	enum discord_outbox_end end;
	uint64_t post;  /* id of the message that was delivered; 0: not known */
	bool is_layout; /* it is made of components */
};

struct discord_outbox_config {
	struct loop *loop;
	const char *gateway; /* name, for the log */
	struct discord_rest *rest;
	struct discord_channels *channels; /* what the bot may do in each channel is learned there */
	/* A reply has left the outbox. Not inside discord_outbox_add(). */
	void (*on_end)(void *user, const struct discord_outbox_outcome *outcome);
	void *user;
};

/* config is copied, what it points to is borrowed. -ENOMEM. */
int discord_outbox_new(const struct discord_outbox_config *config, struct discord_outbox **ret);
/* NULL-safe, without callbacks. Only after discord_rest_free(), which drops the calls in flight. */
void discord_outbox_free(struct discord_outbox *outbox);

/* The bot's user id: needed to recognise its own messages in a search. */
void discord_outbox_set_self(struct discord_outbox *outbox, uint64_t self);

/* Queue a reply and take its bodies, also on failure. -EAGAIN: the outbox is full; -EACCES: the token is
 * invalid; -ETIMEDOUT; -EMSGSIZE; -ENOMEM. */
int discord_outbox_add(struct discord_outbox *outbox, struct discord_outbox_reply *reply);
void discord_outbox_reply_release(struct discord_outbox_reply *reply);

/* Is the reply to this message queued or in flight? */
bool discord_outbox_holds(const struct discord_outbox *outbox, const char *message);
/* A message's question or a correction of it, by the message's id. */
bool discord_outbox_holds_any(const struct discord_outbox *outbox, uint64_t question);
/* The replies to a message, corrections included, are not wanted any more: they end inside this call, or with the response
 * to what is in flight, which may have been delivered. */
void discord_outbox_withdraw(struct discord_outbox *outbox, uint64_t question);
bool discord_outbox_is_empty(const struct discord_outbox *outbox);

/* The number of replies with this permit. */
size_t discord_outbox_count(const struct discord_outbox *outbox, const struct permit *permit);
/* The lease is lost or given away: replies with this permit are sent no more, and end inside this call or with the response
 * to what is in flight. The permit is not used any more. Before discord_rest_drop(). */
void discord_outbox_drop(struct discord_outbox *outbox, const struct permit *permit);

#endif
