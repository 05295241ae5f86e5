#ifndef EPISODED_IRC_MULTILINE_IN_H
#define EPISODED_IRC_MULTILINE_IN_H

/*
 * Messages of several lines (draft/multiline) from other people; pure. Each line of such a message is passed on as
 * a message, with the tags of the batch; a line with draft/multiline-concat continues the one before. The first
 * line has the id of the message, the others get ids made of it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/gateway/irc/incoming.h"
#include "bot/irc/line.h"

#define IRC_MULTILINES_MAX          4 /* open at the same time; the oldest one is given up for a newer one */
#define IRC_MULTILINE_IN_LINES      16
#define IRC_MULTILINE_IN_TEXT_BYTES (MESSAGE_TEXT_MAX_BYTES + 1)
#define IRC_MULTILINE_IN_NAME_BYTES 512

struct irc_multiline_in {
	char ref[IRC_BATCH_REF_BYTES]; /* "": unused */
	struct irc_incoming incoming;  /* the tags of the batch; id: of the current line */
	char id[IRC_MSGID_MAX_BYTES + 1];
	char source[IRC_MULTILINE_IN_NAME_BYTES], target[IRC_MULTILINE_IN_NAME_BYTES];
	unsigned number; /* of the current line, from 1; 0: no line yet */
	bool is_taken;   /* the current line was passed on */
	size_t length;
	char text[IRC_MULTILINE_IN_TEXT_BYTES]; /* of the current line; a longer one is cut */
};

struct irc_multilines {
	struct irc_multiline_in list[IRC_MULTILINES_MAX];
	size_t next;
	size_t open_count;
};

void irc_multilines_init(struct irc_multilines *multilines);

/* BATCH +ref draft/multiline target, with its tags in incoming. Other batches, and names that are too long, are
 * skipped. */
void irc_multilines_open(struct irc_multilines *multilines, const struct irc_line *line,
		const struct irc_incoming *incoming);
/* The message that a line or the end of a batch ("-ref") belongs to; NULL: another one. */
struct irc_multiline_in *irc_multilines_find(struct irc_multilines *multilines, const struct irc_line *line);
struct irc_multiline_in *irc_multilines_ended(struct irc_multilines *multilines, const char *ref);
void irc_multilines_close(struct irc_multilines *multilines, struct irc_multiline_in *multiline);

/* Does this line continue the one before? */
bool irc_multiline_continues(const struct irc_line *line);
/* Add a line. The current line must have been passed on, unless this line continues it. */
void irc_multiline_add(struct irc_multiline_in *multiline, const struct irc_line *line);
/* Take the current line: a PRIVMSG that points into multiline. False: there is no line to pass on. */
bool irc_multiline_take(struct irc_multiline_in *multiline, struct irc_line *ret);

#endif
