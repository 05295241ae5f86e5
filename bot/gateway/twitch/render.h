#ifndef EPISODED_TWITCH_RENDER_H
#define EPISODED_TWITCH_RENDER_H

/* A reply as few messages of Twitch's: plain words, counted in code points. */

#include <stddef.h>

#include "bot/core/reply.h"
#include "bot/irc/render.h"

struct twitch_render_options {
	size_t room;      /* code points of a message, at least 64 */
	size_t lines_max; /* in one answer; what is left over waits for "more" */
	size_t position;  /* where this answer begins: 0, or *ret_next of the one before */
	const char *prefix;
};

/*
 * The messages of one answer; the caller frees with irc_lines_release().
 * *ret_next is where the next answer begins, in bytes, 0 when all is said. Nothing can be
 * veiled here, so what spoils is not said: only that it would. -ENOMEM.
 */
int twitch_render(const struct reply *reply, const struct twitch_render_options *options,
		struct irc_lines *ret, size_t *ret_next);

#endif
