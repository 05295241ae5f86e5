#ifndef EPISODED_IRC_RENDER_H
#define EPISODED_IRC_RENDER_H

/* Convert a reply to a few lines of IRC: one text, cut to the length of a line. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/reply.h"

#define IRC_RENDER_LINES_MAX 256 /* of a whole reply; the rest is dropped */

struct irc_render_options {
	size_t room_bytes;   /* bytes of text per line, from irc_session_room() */
	size_t lines_max;    /* per answer; the rest waits for "more" */
	size_t position;     /* where this answer starts: 0, or *ret_next of the previous answer */
	const char *address; /* "nick: ", written before the very first line; may be "" */
	const char *prefix;  /* of commands, such as "!" */
	bool is_joined;      /* clients may join the lines (multiline): keep the space at a cut */
	bool is_plain;       /* no bold */
};

struct irc_lines {
	char **line;
	bool *goes_on; /* per line: it continues the line before, which was cut without a break */
	size_t count;
};

/*
 * Make the lines of one answer; the caller frees them with irc_lines_release(). *ret_next
 * is the position of the next answer, or 0 if nothing is left. It counts visible bytes,
 * so it stays valid if the line length or the formatting changes. The title is bold.
 * Veiled parts are left out, with a sentence that says so. -ENOMEM.
 */
int irc_render(const struct reply *reply, const struct irc_render_options *options, struct irc_lines *ret,
		size_t *ret_next);
void irc_lines_release(struct irc_lines *lines);

/* irc_split(), but cut at a separator between two parts of the reply if one is close to limit_bytes. */
size_t irc_render_cut(const char *text, size_t length, size_t limit_bytes, size_t *ret_next);

#endif
