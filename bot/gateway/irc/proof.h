#ifndef EPISODED_IRC_PROOF_H
#define EPISODED_IRC_PROOF_H

/*
 * What was said and is not proved yet; pure. It outlives connections: what one
 * lost is said again on the next. How much a proof says depends on what the
 * server offers:
 *
 *   LABEL  labeled-response: the server answers each line by its label. It has
 *          taken that very line and passed it on, or refused it and says why.
 *   ECHO   echo-message alone: our line comes back as others see it. The same,
 *          but known by target and text; two equal lines are told apart by
 *          their order.
 *   PING   neither: the PONG to a PING behind the line. The server has read
 *          the line, as TCP keeps the order, and a refusal would have come
 *          first. Whether anybody saw it is not known.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"
#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_PROOF_ANSWERS_MAX  2000 /* said and not proved, or waiting to be said */
#define IRC_PROOF_BATCHES_MAX  8    /* labelled ones, open at the same time */
#define IRC_PROOF_ECHOES       32   /* message ids of echoes remembered, lest one proves two lines */
#define IRC_PROOF_DEADLINE_MS  (10 * 1000)
#define IRC_PROOF_AGE_MAX_MS   (15 * 60 * 1000)    /* then a lost answer is not said again */
#define IRC_PROOF_PING_MARK    (UINT64_C(1) << 62) /* in the outbox: no line of an answer has it */
#define IRC_PROOF_REF_BYTES    64
#define IRC_PROOF_ID_BYTES     256
#define IRC_PROOF_TARGET_BYTES 256
#define IRC_PROOF_REASON_BYTES 200

struct irc_answer; /* opaque: gateway/irc/proof.c */

enum irc_proof_grade {
	IRC_PROOF_PING,
	IRC_PROOF_ECHO,
	IRC_PROOF_LABEL,
};

struct irc_proof_batch {
	char ref[IRC_PROOF_REF_BYTES]; /* "": a free place */
	uint64_t mark;
};

struct irc_proof {
	enum irc_proof_grade grade;
	bool is_distrusted; /* it said it would echo, and twice did not: PING, on this connection */
	bool has_history;   /* what stays unproved is looked for there before it is said again */

	struct irc_answer *answers, **last; /* in the order they were said */
	size_t answer_count;
	struct irc_answer *settled, **last_settled;
	uint64_t last_mark;
	uint64_t last_place;           /* of the line sent last */
	uint64_t pinged_place;         /* lines up to here are before a PING; 0: none is out */
	uint64_t ping_token;           /* of the last PING: the place when it was pushed */
	bool is_ping_waiting;          /* in the outbox: it will confirm all that leaves before it */
	uint64_t out_token, out_place; /* of the PING that left last, and the place that it confirms */
	size_t queued_count;           /* lines in the outbox */
	uint64_t next_ms;              /* not later than the first deadline */

	char check_target[IRC_PROOF_TARGET_BYTES]; /* whose history is to be looked at, or "" */
	struct irc_proof_batch batches[IRC_PROOF_BATCHES_MAX];
	uint64_t echoes[IRC_PROOF_ECHOES];
	size_t next_batch, next_echo;
};

enum irc_verdict {
	IRC_PROVED,
	IRC_REFUSED,  /* the server will not pass it on: it is not tried again */
	IRC_EXPIRED,  /* it could not be said in time */
	IRC_UNPROVED, /* said twice, and the server, alive, proved neither */
};

/* An answer that is no longer waited for. */
struct irc_settled {
	enum irc_verdict verdict;
	char id[IRC_PROOF_ID_BYTES];
	char target[IRC_PROOF_TARGET_BYTES];
	char reason[IRC_PROOF_REASON_BYTES]; /* "404 Cannot send to channel"; "" when proved */
};

void irc_proof_init(struct irc_proof *proof);
void irc_proof_release(struct irc_proof *proof);

/* What the server offers, at the start of a connection and whenever that changes. */
void irc_proof_set_grade(struct irc_proof *proof, enum irc_proof_grade grade);
/* The connection is gone, and the outbox with it: what is not proved waits for irc_proof_again(). */
void irc_proof_lose(struct irc_proof *proof);

/*
 * Push an answer to the message of this id, each line labelled where the grade
 * is so (a batch at its opening). The answer's mark is not looked at. As
 * irc_outbox_push_answer(); -ENOBUFS also when too many wait for their proof.
 */
int irc_proof_say(struct irc_proof *proof, const char *id, const struct irc_outbox_answer *answer,
		struct irc_outbox *outbox, uint64_t now_ms);
/* The outbox has sent a line, or dropped it. */
void irc_proof_left(struct irc_proof *proof, uint64_t mark, bool is_sent, uint64_t now_ms);

/* Push again what an earlier connection has lost: that for a channel, or with NULL that for people. */
void irc_proof_again(struct irc_proof *proof, const char *channel, enum irc_casemap casemap,
		struct irc_outbox *outbox, uint64_t now_ms);

/*
 * irc_proof_hear - what the server said, where it may prove or refute a line.
 *
 * Shape:   any line; is_own: its source is us. Of interest are a label, or a
 *          batch that has one; our own PRIVMSG and NOTICE; PONG; FAIL and the
 *          numerics from 400 to 599 whose first parameter after the nick is a target.
 * Errors:  none. True when it was an answer to one of our lines, and to nothing else.
 * Source:  IRCv3 labeled-response, echo-message, standard-replies, batch.
 */
bool irc_proof_hear(
		struct irc_proof *proof, const struct irc_line *line, bool is_own, enum irc_casemap casemap);
/* A refusal of a line that somebody says again in another form: it is waited for no more. */
void irc_proof_excuse(struct irc_proof *proof, const struct irc_line *line, enum irc_casemap casemap);
/* One of our own lines is in the history of a channel: it proves a line that was sent, here or on an earlier
 * connection, to the same message, or, where that is not said, not after it. */
struct irc_proof_found {
	const char *channel, *text;
	const char *id, *reply_to; /* "" where they are not known */
	uint64_t at_ms;            /* when it was said, on our monotonic clock; about */
};
void irc_proof_find(struct irc_proof *proof, const struct irc_proof_found *found, enum irc_casemap casemap);
/* The history of this channel has been read: what it did not prove may be said again. */
void irc_proof_checked(struct irc_proof *proof, const char *channel, enum irc_casemap casemap);

/* Do what is due: PING, say again, give up. heard_ms: when the server last said anything. */
void irc_proof_run(struct irc_proof *proof, struct irc_outbox *outbox, uint64_t heard_ms, uint64_t now_ms);
/* UINT64_MAX: never. */
uint64_t irc_proof_next_ms(const struct irc_proof *proof);

/* Take the next answer that is settled. False: there is none. */
bool irc_proof_take(struct irc_proof *proof, struct irc_outbox *outbox, struct irc_settled *ret);

/* Is the answer to this message under way, or settled and not yet taken? */
bool irc_proof_has(const struct irc_proof *proof, const char *id);
/* When the oldest answer to channel, said and not proved, was said; UINT64_MAX: there is none. */
uint64_t irc_proof_oldest_ms(const struct irc_proof *proof, const char *channel, enum irc_casemap casemap);

#endif
