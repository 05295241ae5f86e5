#ifndef EPISODED_IRC_SENT_H
#define EPISODED_IRC_SENT_H

/*
 * The records of sent lines: each line, or batch of lines, is one struct irc_sent from the moment it is
 * queued until its delivery is confirmed. The outbox queues it and moves it to SENT; irc_delivery moves it on
 * from there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/irc/line.h"

#define IRC_SENT_LINE_MAX_BYTES (4094 + 2 + 4096) /* a client's tags, and the longest LINELEN accepted */
#define IRC_REASON_BYTES        200

struct irc_outbox_asker; /* opaque: gateway/irc/outbox.c */

/* Lines to send. They belong together: nothing else is sent to their target between them. */
struct irc_outgoing {
	const char *id;     /* id of the message that is answered; NULL: not an answer */
	const char *target; /* a channel or a nick; "": the server */
	const char *asker;  /* takes turns with the target's other askers; "": not sent for an asker */
	const struct irc_line *lines; /* at least one */
	size_t line_count;
	bool is_batch; /* nothing else is sent to the server between them either; confirmed as one */
	uint64_t mark; /* for irc_outbox.on_left(), where the lines are not an answer; 0: no report */
};

enum irc_sent_state {
	IRC_SENT_QUEUED, /* in the outbox */
	IRC_SENT_SENT,   /* on the wire, delivery not confirmed yet */
	IRC_SENT_CONFIRMED,
	IRC_SENT_REFUSED,
	IRC_SENT_LOST, /* its connection ended before a confirmation, or it became too old in the outbox */
};

struct irc_answer;

/* One line, or the lines of one batch. */
struct irc_sent {
	struct irc_answer *answer; /* the answer that it is part of */
	enum irc_sent_state state;
	const char *lines; /* as sent, without the label; each ends with a NUL */
	size_t line_count;
	bool is_batch;       /* the first and the last line are its BATCH + and BATCH - */
	uint64_t label;      /* also the order of sending; 0: not sent since it was queued */
	uint64_t last_label; /* of the first try, while a second try is queued or sent; 0: no second try */
	uint64_t sent_ms, deadline_ms;
	bool was_sent;    /* on any connection */
	bool is_repeated; /* sent twice on this connection, or two PINGs followed it */
	bool is_checked;  /* the channel's history was requested for it */

	/* While it is queued. */
	struct irc_sent *next;
	struct irc_outbox_asker *asker;
	uint64_t queued_ms;
	bool is_first; /* the first of the lines queued together: the turn may pass before it */

	char *plainer; /* lines, once a refusal has replaced the original ones; NULL: never */
};

enum irc_outcome {
	IRC_OUTCOME_CONFIRMED,
	IRC_OUTCOME_REFUSED,     /* by the server; not tried again */
	IRC_OUTCOME_EXPIRED,     /* could not be sent in time */
	IRC_OUTCOME_UNCONFIRMED, /* sent twice on a living connection, confirmed neither time */
	IRC_OUTCOME_WITHDRAWN,   /* its question was taken back before it was sent */
};

/* Records that were queued together: the lines of an answer, or one line to the server. */
struct irc_answer {
	struct irc_answer *next;
	const char *id; /* of the message; "" where there is no message */
	const char *target;
	uint64_t mark;
	bool is_followed; /* delivery is tracked: its owner frees it, not the outbox */
	bool is_complete;
	uint64_t created_ms;
	char *renamed;                   /* the memory of target, once its channel was renamed; NULL: never */
	unsigned holds;                  /* refusals after which it was queued again */
	size_t queued_count, open_count; /* numbers of records: in the outbox; not confirmed */
	enum irc_outcome outcome;
	char reason[IRC_REASON_BYTES];
	const char *fix; /* of a refusal; may be NULL */
	bool is_absent;  /* refused because the person is not on the network */
	char *bytes;     /* the memory of all texts */
	size_t sent_count;
	struct irc_sent sent[];
};

/* Format the lines once. -EINVAL, -EMSGSIZE as irc_line_format(); -ENOMEM. */
int irc_answer_new(const struct irc_outgoing *outgoing, bool is_followed, uint64_t now_ms,
		struct irc_answer **ret);
void irc_answer_free(struct irc_answer *answer); /* NULL-safe; no line of it may be queued */

/* The channel was renamed: address all lines to its new name. -ENOMEM: the answer is unchanged. */
int irc_answer_rename(struct irc_answer *answer, const char *channel);

/* The text that people read, of a batch its first line's. */
const char *irc_sent_text(const struct irc_sent *sent);

enum irc_sent_form {
	IRC_FORM_LINES, /* plain lines instead of a batch */
	IRC_FORM_PLAIN, /* without bold and the like */
};

/*
 * Replace refused lines by a simpler form. -ENOTSUP: they already have that form. -ENOMEM.
 */
int irc_sent_simplify(struct irc_sent *sent, enum irc_sent_form form);

#endif
