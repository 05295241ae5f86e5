#ifndef EPISODED_DISCORD_RENDER_H
#define EPISODED_DISCORD_RENDER_H

/*
 * A reply as a message of Discord's: a card (an embed) or plain text, with
 * buttons below. Nobody is ever pinged. What does not fit one message makes
 * several pages. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/reply.h"

#define DISCORD_RENDER_BODY_MAX_BYTES (64u * 1024) /* of the JSON; 6000 characters, all escaped, are less */

struct discord_render_options {
	bool is_plain;         /* text instead of a card */
	bool is_spoiler_clear; /* the channel is one where spoilers stand unveiled */
	bool is_ephemeral;     /* only the asker sees it; answers to interactions only */
	bool is_edit;          /* in place of another message: what that had is emptied */
	const char *nonce;     /* enforced; NULL for none. New messages only */
	const char *reference; /* id of the message that is answered; NULL for none. New messages only */
	const char *command;   /* what asked for the reply, without prefix, for the buttons that turn its
				  pages; NULL: there are none, and the footer tells of "more" */
	const char *prefix;    /* "!" */
};

/*
 * Append the message as a JSON object. *position is the page to show, from 0
 * (past the last: the last), and becomes the page that "more" goes on with, 0
 * when this was the last. -ENOMEM, -EMSGSIZE.
 */
int discord_render_message(const struct reply *reply, const struct discord_render_options *options,
		size_t *position, struct str *json);

/* What a person typed, without its prefix: render_options.command. Points into text. */
const char *discord_render_command(const char *text, const char *prefix);

#endif
