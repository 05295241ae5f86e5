#ifndef EPISODED_TWITCH_RENDER_H
#define EPISODED_TWITCH_RENDER_H

/* Render a reply as few plain messages, counted in code points. */

#include <stddef.h>

#include "bot/core/reply.h"
#include "bot/irc/render.h"

struct twitch_render_options {
	size_t room;      /* code points of a message, at least 64 */
	size_t lines_max; /* of one answer; the rest follows on "more" */
	size_t position;  /* where this answer begins: 0, or *ret_next of the previous one */
	const char *prefix;
};

/*
 * Render the messages of one answer; the caller frees with irc_lines_release().
 * *ret_next is where the next answer begins, in bytes; 0: the reply ends here. Twitch
 * cannot hide text, so veiled parts are left out, with a note. -ENOMEM.
 */
int twitch_render(const struct reply *reply, const struct twitch_render_options *options,
		struct irc_lines *ret, size_t *ret_next);

#endif
