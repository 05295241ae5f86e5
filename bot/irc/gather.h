#ifndef EPISODED_IRC_GATHER_H
#define EPISODED_IRC_GATHER_H

/* Whole lines out of a stream of bytes that ends anywhere; pure. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/irc/line.h"

struct irc_gather {
	size_t length;
	bool is_skipping;                   /* until the end of a line that is too long */
	char bytes[IRC_LINE_MAX_BYTES + 2]; /* the beginning of a line, with room for its CRLF */
};

/*
 * irc_gather_feed - what a read brought.
 *
 * Shape:   lines with LF or CRLF after each. One that is longer than
 *          IRC_LINE_MAX_BYTES and comes in pieces is dropped.
 * Returns: bytes consumed, at least 1 unless length is 0. *ret_lines and
 *          *ret_length are whole lines (or nothing), within bytes or gather,
 *          borrowed until the next call.
 */
size_t irc_gather_feed(struct irc_gather *gather, const char *bytes, size_t length, const char **ret_lines,
		size_t *ret_length);

#endif
