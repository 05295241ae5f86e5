#ifndef EPISODED_IRC_GATHER_H
#define EPISODED_IRC_GATHER_H

/* Split a stream of bytes, which arrives in arbitrary pieces, into whole lines; pure. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/irc/line.h"

struct irc_gather {
	size_t length;
	bool is_skipping;                   /* skipping the rest of a line that is too long */
	char bytes[IRC_LINE_MAX_BYTES + 2]; /* an incomplete line, with space for its CRLF */
};

/*
 * irc_gather_feed - process the bytes of one read.
 *
 * Shape:   lines that end with LF or CRLF. A line longer than IRC_LINE_MAX_BYTES
 *          that arrives in pieces is dropped.
 * Returns: bytes consumed, at least 1 unless length is 0. *ret_lines and
 *          *ret_length are whole lines (or empty), which point into bytes or
 *          gather; borrowed until the next call.
 */
size_t irc_gather_feed(struct irc_gather *gather, const char *bytes, size_t length, const char **ret_lines,
		size_t *ret_length);

#endif
