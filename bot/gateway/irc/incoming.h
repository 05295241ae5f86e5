#ifndef EPISODED_IRC_INCOMING_H
#define EPISODED_IRC_INCOMING_H

/* Reads a received message: sender, target, and from its tags the id, the sender's account, the time, and
 * whether it is live. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/remote_clock.h"
#include "bot/core/message.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

/* On lines of a history that were not asked for, but belong to those that were. */
#define IRC_HISTORY_CONTEXT "draft/chathistory-context"

#define IRC_BATCHES_MAX         16 /* open at the same time; the lines of an older one are not live */
#define IRC_BATCH_REF_BYTES     64
#define IRC_MSGID_MAX_BYTES     255
#define IRC_AUTHOR_ID_MAX_BYTES (1 + IRC_NICK_MAX_BYTES + IRC_ACCOUNT_MAX_BYTES)

/* A batch of lines from the server. */
struct irc_batch {
	char ref[IRC_BATCH_REF_BYTES]; /* "": unused */
	bool is_live;                  /* false: playback, which is not answered */
	bool is_missed;                /* of a bouncer: what was said while the bot was away */
	uint64_t played_ms;            /* when the server sent it; 0: not known */
};

struct irc_batches {
	struct irc_batch open[IRC_BATCHES_MAX];
	size_t next; /* the entry to reuse when all are in use */
};

/* What is known of the server's wall clock when a line is read. */
struct irc_server_time {
	struct remote_clock *clock; /* renewed by the messages that are live */
	uint64_t now_ms;            /* monotonic */
	uint64_t wall_ms;           /* this machine's clock: the time of a message without one */
	uint64_t welcomed_ms;       /* monotonic: our registration; 0: not registered yet */
	bool marks_playback;        /* the server puts playback in a batch */
	bool is_bouncer;            /* it plays a buffer after our registration, perhaps without a batch */
};

struct irc_incoming {
	char id[IRC_MSGID_MAX_BYTES + 1];        /* "": no id */
	char account[IRC_ACCOUNT_MAX_BYTES + 1]; /* "": not logged in */
	uint64_t time_ms;                        /* on the server's wall clock */
	bool is_bot;
	bool is_playback; /* not to be answered */
	bool is_missed;   /* playback of a bouncer at played_ms, on the server's wall clock */
	uint64_t played_ms;
	bool is_late;    /* possibly not live: owner commands are refused */
	bool is_further; /* not the first line of its message: addressed to the bot only by name or prefix */
};

/* The addresses of a message. */
struct irc_envelope {
	char nick[IRC_NICK_MAX_BYTES + 1];
	const char *channel; /* target of an answer; the sender's nick if is_private */
	const char *target;  /* "@#channel": sent to people with that status only; NULL: to all */
	const char *source;  /* nick!user@host; NULL: unknown */
	bool is_private;
};

/* Read a PRIVMSG of a person, to us or to a channel. False: another line. *ret points into line and into
 * itself, so do not copy it. */
bool irc_envelope_read(const struct irc_line *line, const char *own_nick, const struct irc_isupport *isupport,
		struct irc_envelope *ret);

/* Read the tags after irc_caps_clean_tags(), so that only tags set by the server remain. */
void irc_incoming_read(const struct irc_batches *batches, const struct irc_line *line,
		const struct irc_server_time *time, struct irc_incoming *ret);

/* A new connection. */
void irc_batches_init(struct irc_batches *batches);
/*
 * irc_batches_line - BATCH +ref type ..., or BATCH -ref.
 *
 * Errors:  no errors; an invalid reference is skipped.
 * Returns: true when a batch begins; *ret is what its tags say.
 * Source:  IRCv3, "batch".
 */
bool irc_batches_line(struct irc_batches *batches, const struct irc_line *line,
		const struct irc_server_time *time, struct irc_incoming *ret);

/* Read a message of a bouncer's playback as a line of the history. *ret points into the arguments, and lives as long. */
void irc_incoming_to_past(const struct irc_incoming *incoming, const struct irc_envelope *envelope,
		const char *text, struct irc_past *ret);
/* Convert a line of the history into a late message. channel: where it was sent; NULL: in private. A message without
 * an id gets one that is the same each time. -EMSGSIZE: a name is too long. */
int irc_incoming_from_past(const struct irc_past *past, const char *channel, struct irc_incoming *ret,
		struct irc_envelope *ret_envelope);

/* Make a struct message with this text; author_id is not set. It points into the arguments. */
void irc_incoming_message(const struct irc_incoming *incoming, const struct irc_envelope *envelope,
		const char *text, const char *own_nick, enum irc_casemap casemap, struct message *ret);

/* Write the author id: the account, or '~' and the nick if there is no account (no account begins with
 * '~'). */
void irc_incoming_author_id(const char *account, const char *nick, enum irc_casemap casemap,
		char ret[IRC_AUTHOR_ID_MAX_BYTES + 1]);

/* Make an id for a message without a msgid from *next, which is incremented. It is unique across processes if *next
 * begins with a random number. */
void irc_incoming_make_id(uint64_t *next, char *ret, size_t size);
bool irc_incoming_is_made_up(const char *id);
/* Make the id of a further line (from 2) of the message with this id; the same each time. id "": the line gets "". */
void irc_incoming_line_id(const char *id, unsigned number, char ret[IRC_MSGID_MAX_BYTES + 1]);

#endif
