#ifndef EPISODED_DISCORD_RENDER_H
#define EPISODED_DISCORD_RENDER_H

/*
 * A reply as a Discord message: a card (an embed; components if parts are veiled) or plain text, with buttons
 * below. Veiled parts are in a container that is a spoiler, in plain text between ||bars||. No mention in it
 * notifies anyone. A reply that does not fit one message has several pages. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/reply.h"

#define DISCORD_RENDER_BODY_MAX_BYTES (64u * 1024) /* of the JSON; 6000 characters, all escaped, are less */

struct discord_render_options {
	bool is_plain;          /* text instead of a card */
	bool is_layout_host;    /* the message that this one replaces or continues is made of components */
	bool is_ephemeral;      /* visible to the asker only; for responses to interactions */
	bool is_edit;           /* replaces a message: removes the parts that the new one does not have */
	const char *nonce;      /* enforced; may be NULL. New messages only */
	const char *attachment; /* name of the file that is sent with it: the reply's image; may be NULL */
	const char *reference;  /* id of the message that is answered; may be NULL. New messages only */
	const char *command; /* the command, without prefix, for the page buttons; NULL: no page buttons, and the footer mentions "more" */
	const char *prefix; /* "!" */
};

/*
 * Append the message as a JSON object. *position is the page to show, from 0 (a page after the last: the
 * last), and is set to the page after it, 0 if this was the last. -ENOMEM, -EMSGSIZE.
 */
int discord_render_message(const struct reply *reply, const struct discord_render_options *options,
		size_t *position, struct str *json);

/* Is the message made of components (IS_COMPONENTS_V2)? */
bool discord_render_is_layout(const struct reply *reply, const struct discord_render_options *options);

/* A question without its prefix, for render_options.command. Points into text. */
const char *discord_render_command(const char *text, const char *prefix);

#endif
