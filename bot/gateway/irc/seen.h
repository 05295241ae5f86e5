#ifndef EPISODED_IRC_SEEN_H
#define EPISODED_IRC_SEEN_H

/* The position in each channel: the last known message, from which the history is read. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/irc/casemap.h"

#define IRC_SEEN_MAX        200 /* channels */
#define IRC_SEEN_PRIVATE    "*" /* the name for all private messages */
#define IRC_SEEN_ID_BYTES   256
#define IRC_SEEN_TEXT_BYTES (2 * 21 + IRC_SEEN_ID_BYTES)
#define IRC_SEEN_SAVE_MS    (5 * 1000) /* a change is saved within this time */

struct irc_seen_channel {
	char *name;
	uint64_t time_ms;  /* on the server's wall clock */
	uint64_t floor_ms; /* messages up to this time are answered, or will not be answered */
	char id[IRC_SEEN_ID_BYTES];
	bool is_changed; /* since it was saved */
	bool is_unread;  /* the history after the position is asked for, and not read yet */
};

struct irc_seen {
	struct irc_seen_channel *list;
	size_t count;
	uint64_t save_ms; /* UINT64_MAX: nothing has changed */
};

void irc_seen_init(struct irc_seen *seen);
void irc_seen_release(struct irc_seen *seen);

/* NULL: unknown channel. */
struct irc_seen_channel *irc_seen_find(
		const struct irc_seen *seen, const char *channel, enum irc_casemap casemap);
/* Add a channel without a position. NULL: out of memory, or too many channels. */
struct irc_seen_channel *irc_seen_add(struct irc_seen *seen, const char *channel);

/* The channel has another name. -ENOMEM: the name is unchanged. */
int irc_seen_rename(struct irc_seen_channel *channel, const char *name);

/* Move the position to a message; an earlier time changes nothing. now_ms: monotonic, for save_ms. */
void irc_seen_update(struct irc_seen *seen, struct irc_seen_channel *channel, uint64_t time_ms,
		const char *id, uint64_t now_ms);

/*
 * irc_seen_read - parse the stored position of a channel.
 *
 * Shape:   "time floor id", decimal milliseconds since 1970; the id may be empty.
 * Errors:  -EBADMSG anything else; *ret untouched.
 */
int irc_seen_read(const char *text, struct irc_seen_channel *ret);
void irc_seen_write(const struct irc_seen_channel *channel, char ret[IRC_SEEN_TEXT_BYTES]);

#endif
