#ifndef EPISODED_IRC_REPLIES_H
#define EPISODED_IRC_REPLIES_H

/* What a line of the server means for a message of ours: the ways in which servers accept and refuse one. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/irc/line.h"

#define IRC_REPLY_TARGET_BYTES 256
#define IRC_REPLY_HOLD_MAX_MS  (5 * 60 * 1000) /* a longer wait that a server names is cut to this */

enum irc_reply {
	IRC_REPLY_OTHER,
	IRC_REPLY_ACK,      /* accepted, without anything to say */
	IRC_REPLY_ECHO,     /* our line, as other clients receive it */
	IRC_REPLY_BATCH,    /* begins or ends a batch */
	IRC_REPLY_PONG,     /* all lines before the PING were read */
	IRC_REPLY_REFUSED,  /* the line was not passed on */
	IRC_REPLY_LABELLED, /* refused if the label is ours; otherwise about another command */
	IRC_REPLY_IN_WORDS, /* unknown words of the server; refused if they are all that it replies to our label */
	IRC_REPLY_NO_MULTILINE, /* refused: not as one message of several lines */
	IRC_REPLY_NO_FORMATS,   /* refused: no formats in this channel */
};

struct irc_refusal {
	enum irc_reply meaning;
	uint64_t hold_ms; /* a passing refusal: send nothing to this target for so long, then repeat; 0: final */
	const char *fix; /* what the operator can do; NULL: nothing is known */
	bool is_absent;  /* the person is not on the network */
};

/* Classify a line as a reply to a PRIVMSG or NOTICE of ours. */
enum irc_reply irc_reply_read(const struct irc_line *line);
/* The same, with everything the table knows. */
void irc_refusal_read(const struct irc_line *line, struct irc_refusal *ret);

/* The channel or nick that a refusal is about. False: it names no target. */
bool irc_refusal_target(const struct irc_line *line, char ret[IRC_REPLY_TARGET_BYTES]);

#endif
