#ifndef EPISODED_IRC_MULTILINE_H
#define EPISODED_IRC_MULTILINE_H

/* Several lines as one message (draft/multiline). */

#include <stdbool.h>
#include <stddef.h>

#include "bot/gateway/irc/sent.h"

#define IRC_MULTILINE_LINES_MAX 16 /* in one message, even if the server accepts more */
#define IRC_MULTILINE_REF_BYTES 16

/* What the server accepts in one message. */
struct irc_multiline {
	size_t max_bytes, max_lines;
};

/*
 * irc_multiline_read - the capability's value.
 *
 * Shape:   key[=value] with ',' between; max-bytes=N is required, max-lines=N may be left out.
 * Errors:  -EINVAL if a number is missing or invalid; *ret untouched.
 * Source:  IRCv3, "draft/multiline".
 */
int irc_multiline_read(const char *value, struct irc_multiline *ret);

/* The lines of one message between BATCH + and BATCH -. It points into itself, so do not copy it. */
struct irc_multiline_frame {
	struct irc_line lines[IRC_MULTILINE_LINES_MAX + 2];
	size_t line_count;
	char references[2][IRC_MULTILINE_REF_BYTES + 1], tags[2][2 * IRC_MULTILINE_REF_BYTES + 24];
};

/*
 * Put lines into the batch ref, of at most IRC_MULTILINE_REF_BYTES with its NUL.
 * The first line's tags go to the batch. goes_on[i]: line i continues the one
 * before without a line break; NULL: no line does. -ENOTSUP: the server would
 * not accept them.
 */
int irc_multiline_write(const struct irc_multiline *limits, const struct irc_outgoing *outgoing,
		const bool *goes_on, const char *ref, struct irc_multiline_frame *ret);

#endif
