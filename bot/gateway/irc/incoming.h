#ifndef EPISODED_IRC_INCOMING_H
#define EPISODED_IRC_INCOMING_H

/* A message that others sent: from whom and to whom, and what its tags say of it: its id, its sender's account,
 * when it was sent, and whether it is live. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_BATCHES_MAX         16 /* open at the same time; the lines of an older one are not live */
#define IRC_BATCH_REF_BYTES     64
#define IRC_MSGID_MAX_BYTES     255
#define IRC_AUTHOR_ID_MAX_BYTES (1 + IRC_NICK_MAX_BYTES + IRC_ACCOUNT_MAX_BYTES)

/* Lines that the server sends together. */
struct irc_batch {
	char ref[IRC_BATCH_REF_BYTES]; /* "": a free place */
	bool is_live;                  /* else playback, which is not answered */
};

struct irc_batches {
	struct irc_batch open[IRC_BATCHES_MAX];
	size_t next; /* the place to use when none is free */
};

/* The server's clock, as far as it matters here. */
struct irc_server_time {
	uint64_t now_ms;      /* wall */
	uint64_t welcomed_ms; /* wall, when we were registered; 0: not yet */
};

struct irc_incoming {
	char id[IRC_MSGID_MAX_BYTES + 1];        /* "" when it has none */
	char account[IRC_ACCOUNT_MAX_BYTES + 1]; /* "": not logged in */
	uint64_t time_ms;                        /* wall, the server's */
	bool is_bot, is_playback;
	bool is_late; /* not certainly live: no owner command */
};

/* Where a message was sent, and how it came. */
struct irc_envelope {
	char nick[IRC_NICK_MAX_BYTES + 1];
	const char *channel; /* where an answer goes; the nick itself when is_private */
	const char *target;  /* "@#channel" where only people with a status are addressed; NULL: all are */
	const char *source;  /* nick!user@host; NULL: not known */
	bool is_private;
};

/* A PRIVMSG of a person, to us or to a channel. False: another one. It points into line and itself. */
bool irc_envelope_read(const struct irc_line *line, const char *own_nick, const struct irc_isupport *isupport,
		struct irc_envelope *ret);

/* Read the tags that irc_caps_clean_tags() has left: they are the server's word. */
void irc_incoming_read(const struct irc_batches *batches, const struct irc_line *line,
		const struct irc_server_time *time, struct irc_incoming *ret);
/* Too old to be answered as a live message? */
bool irc_incoming_is_stale(const struct irc_incoming *incoming, const struct irc_server_time *time);

/* A new connection. */
void irc_batches_init(struct irc_batches *batches);
/*
 * irc_batches_line - BATCH +ref type ..., or BATCH -ref.
 *
 * Errors:  none; an invalid reference is skipped.
 * Source:  IRCv3, "batch".
 */
void irc_batches_line(
		struct irc_batches *batches, const struct irc_line *line, const struct irc_server_time *time);

/* A line of the history, as a late message. -EMSGSIZE: a name is too long. */
int irc_incoming_from_past(const struct irc_past *past, const char *channel, struct irc_incoming *ret,
		struct irc_envelope *ret_envelope);

/* The message with this text, but for its author_id. It points into all of them. */
void irc_incoming_message(const struct irc_incoming *incoming, const struct irc_envelope *envelope,
		const char *text, const char *own_nick, enum irc_casemap casemap, struct message *ret);

/* The account, or '~' and the nick where there is no account: no account begins with '~'. */
void irc_incoming_author_id(const char *account, const char *nick, enum irc_casemap casemap,
		char ret[IRC_AUTHOR_ID_MAX_BYTES + 1]);

/* An id for a message that has none. No two processes make the same: wall_ms is part of it, and *count, which
 * is counted on. */
void irc_incoming_make_id(unsigned *count, uint64_t wall_ms, char *ret, size_t size);
bool irc_incoming_is_made_up(const char *id);

#endif
