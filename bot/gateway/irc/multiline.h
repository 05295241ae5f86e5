#ifndef EPISODED_IRC_MULTILINE_H
#define EPISODED_IRC_MULTILINE_H

/*
 * Several lines as one message (draft/multiline). Such a message is one text
 * here, so that whoever keeps it need not know: its lines have a '\n' between
 * them, and a '\r' where the next one goes on without a break.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"

#define IRC_MULTILINE_LINES_MAX 16 /* of one message, whatever the server bears */

/* What the server bears in one message; 0: it knows none. */
struct irc_multiline {
	size_t max_bytes, max_lines;
};

/*
 * irc_multiline_read - the capability's value.
 *
 * Shape:   key[=value] with ',' between; max-bytes=N is required, max-lines=N may be left out.
 * Errors:  -EINVAL without a number that makes sense; *ret untouched.
 * Source:  IRCv3, "draft/multiline".
 */
int irc_multiline_read(const char *value, struct irc_multiline *ret);

/* Lines as one text; goes_on[i]: line i goes on from the one before (NULL: none does). -ENOTSUP when the
 * server would not bear them, -ENOMEM. The caller frees *ret. */
int irc_multiline_join(const struct irc_multiline *limits, char *const *lines, const bool *goes_on,
		size_t count, char **ret);

bool irc_multiline_is(const char *text);

/* One message, of however many lines. */
struct irc_proof;
struct irc_multiline_say {
	const char *verb, *target, *asker;
	const char *text;
	const char *tags;        /* "": none */
	uint64_t mark;           /* for irc_outbox.on_left(), 0: none */
	const char *ref;         /* of the batch; NULL: the server knows none, plain lines then */
	struct irc_proof *proof; /* waits for the message's proof, as that of an answer to id; */
	const char *id;          /* NULL: nobody waits */
};

/* Push it, as a batch or as plain lines that go out together. As irc_outbox_push_answer(). */
int irc_multiline_push(struct irc_outbox *outbox, const struct irc_multiline_say *say, uint64_t now_ms);

#endif
