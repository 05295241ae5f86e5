#ifndef EPISODED_IRC_RENDER_H
#define EPISODED_IRC_RENDER_H

/* A reply as a few lines of IRC: one flow of text, cut to what fits a line. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/reply.h"

#define IRC_RENDER_LINES_MAX 256 /* of a whole reply; what is longer is left out */

struct irc_render_options {
	size_t room_bytes;   /* of a line, irc_session_room() */
	size_t lines_max;    /* in one answer; what is left over waits for "more" */
	size_t position;     /* where this answer begins: 0, or *ret_next of the one before */
	const char *address; /* "nick: " in front of the first line of all, or "" */
	const char *prefix;  /* of commands: "!" */
	bool is_joined;      /* lines may be joined again: the space at a cut is kept, at the line's end */
	bool is_plain;       /* neither bold nor colours are shown, or allowed; then nothing is veiled */
};

struct irc_lines {
	char **line;
	bool *goes_on; /* a line that goes on from the one before: it is cut where there was no break */
	size_t count;
};

/*
 * The lines of one answer; the caller frees with irc_lines_release(). *ret_next
 * is where the next answer begins, whatever its room and form: the bytes that
 * people have seen; 0 when all is said. The title is bold; what spoils is black
 * on black after a label that is not. -ENOMEM.
 */
int irc_render(const struct reply *reply, const struct irc_render_options *options, struct irc_lines *ret,
		size_t *ret_next);
void irc_lines_release(struct irc_lines *lines);

/* irc_split(), but between two thoughts of a reply where one ends not far from limit_bytes. */
size_t irc_render_cut(const char *text, size_t length, size_t limit_bytes, size_t *ret_next);

#endif
