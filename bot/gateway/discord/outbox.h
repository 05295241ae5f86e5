#ifndef EPISODED_DISCORD_OUTBOX_H
#define EPISODED_DISCORD_OUTBOX_H

/*
 * Replies on their way. Each has one or more forms, tried in order until
 * Discord takes one: a card, then plain text; an interaction's callback, then
 * what can still be done once that has come too late. An edge.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/discord/snowflake.h"

#define DISCORD_OUTBOX_MAX       4096 /* replies; later ones are refused */
#define DISCORD_OUTBOX_FORMS_MAX 3

struct discord;
struct discord_outgoing; /* opaque: gateway/discord/outbox.c */

enum discord_outbox_form {
	DISCORD_OUTBOX_MESSAGE,  /* a message in the channel, with a nonce */
	DISCORD_OUTBOX_CALLBACK, /* the answer to an interaction, within 3 s of it */
	DISCORD_OUTBOX_ORIGINAL, /* over that answer, should it have arrived after all */
	DISCORD_OUTBOX_EDIT,     /* over a message that Discord has left without its card; the outbox's own */
};

struct discord_outbox_reply {
	const char *message; /* id of what is answered */
	const char *channel;
	const char *token;    /* an interaction's, or NULL */
	bool is_doubtful;     /* it may have been said before, too long ago for a nonce: look first */
	uint64_t application; /* for DISCORD_OUTBOX_ORIGINAL */
	uint64_t deadline_ms; /* monotonic */
	uint64_t callback_ms; /* monotonic: when a callback is too late */
	struct {
		enum discord_outbox_form form;
		char *body; /* taken over, also on failure */
	} forms[DISCORD_OUTBOX_FORMS_MAX];
	size_t form_count;
};

/* Queue it, and tell the bot (on_completed) once it is said, or refused, or too late; not where the token is
 * dead: then the question stays open. -EAGAIN: the outbox is full; -EACCES: the token is dead; -ENOMEM ... */
int discord_outbox_add(struct discord *discord, struct discord_outbox_reply *reply);

/* Is the answer to this message on its way? */
bool discord_outbox_holds(const struct discord *discord, const char *message);

/* Without callbacks; once the REST side is gone. */
void discord_outbox_release(struct discord *discord);

#endif
