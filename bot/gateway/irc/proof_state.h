#ifndef EPISODED_IRC_PROOF_STATE_H
#define EPISODED_IRC_PROOF_STATE_H

/* The inside of the proof, for proof*.c only. */

#include "bot/gateway/irc/proof.h"

#define IRC_LABEL_BYTES  20
#define IRC_LABEL_FORMAT "e%llx"

enum irc_said_state {
	IRC_SAID_QUEUED, /* in the outbox */
	IRC_SAID_SENT,
	IRC_SAID_PROVED,
	IRC_SAID_LOST, /* with its connection, said there or not */
};

/* One line of an answer, or all lines of a batch. */
struct irc_said {
	enum irc_said_state state;
	char *text;        /* what people read, of a batch its first line */
	char *bytes;       /* the lines as they go out but for the label, each with a NUL at its end */
	size_t line_count; /* in bytes */
	uint64_t mark, first_mark; /* of its last way through the outbox, and of the one before; 0: none */
	uint64_t place;            /* in the order of sending */
	uint64_t sent_ms, deadline_ms;
	bool is_repeated; /* on this connection */
	bool is_checked;  /* the history was asked for it */
	bool was_sent;    /* on whatever connection */
};

struct irc_answer {
	struct irc_answer *next;
	char *id; /* of the message, "" when it has none */
	char *target;
	bool is_batch;
	uint64_t said_ms;
	size_t open_count; /* not proved */
	enum irc_verdict verdict;
	char reason[IRC_PROOF_REASON_BYTES];
	size_t said_count;
	struct irc_said said[];
};

/* proof.c */
struct irc_said *irc_said_find(struct irc_proof *proof, uint64_t mark, struct irc_answer **ret_answer);
/* Push count of an answer from first on; asker: in whose turn. */
int irc_said_push(struct irc_proof *proof, struct irc_answer *answer, size_t first, size_t count,
		const char *asker, struct irc_outbox *outbox, uint64_t now_ms);
/* May settle the answer: it is in no list of the proof's that is being walked then. */
void irc_said_proved(struct irc_proof *proof, struct irc_answer *answer, struct irc_said *said);
void irc_answer_settle(struct irc_proof *proof, struct irc_answer *answer, enum irc_verdict verdict,
		const char *reason);

#endif
