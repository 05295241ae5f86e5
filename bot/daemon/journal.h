#ifndef EPISODED_JOURNAL_H
#define EPISODED_JOURNAL_H

/*
 * Every question is in the journal from the moment it is recognised until its answer is confirmed, so that
 * every question is answered exactly once. Also works without a store (NULL): then a restart forgets the open
 * questions, which has been logged.
 *
 * All changes in one turn of the loop are one transaction: it begins with journal_gather() or the first
 * change, and ends with journal_commit(), before any answer leaves the process. Other changes of the store in
 * between (positions in a network's stream) belong to the same transaction.
 */

#include "bot/core/message.h"

#define JOURNAL_LATE_MS (15ull * 60 * 1000) /* a question asked longer ago is closed without an answer */

/* The present time by two clocks, each of which may be wrong. */
struct journal_now {
	uint64_t network_ms; /* the network's; 0: not known */
	uint64_t wall_ms;    /* this machine's */
};

struct store;
struct journal; /* opaque: daemon/journal.c */

/* The store is borrowed. -ENOMEM. */
int journal_new(struct store *store, struct journal **ret);
void journal_free(struct journal *journal); /* NULL-safe; commits; before the store is closed */

/* Begin the transaction, on the first message of a turn that may be a question. */
void journal_gather(struct journal *journal);
/* Commit: write all questions that were begun or completed. */
void journal_commit(struct journal *journal);

/* Whose a question is that was recorded as open. */
enum journal_found {
	JOURNAL_KNOWN, /* it was recorded before */
	JOURNAL_NEW, /* this process answers it; also when the store fails, so that it is answered all the same */
	JOURNAL_ASKED, /* the database says so in a later turn (daemon/turns.h) */
	JOURNAL_FULL,  /* too many wait for the database: it is not recorded */
};

/* Record a question as open. */
enum journal_found journal_begin(struct journal *journal, const char *gateway, const struct message *message);
/* Record a question for the next owner of the gateway's lease, if it is not recorded. Does nothing in a local store. */
void journal_hand_in(struct journal *journal, const char *gateway, const struct message *message);
/* Record that the question needs no further answer: the answer is confirmed, or was given up. */
void journal_complete(struct journal *journal, const char *gateway, const char *message_id);

/*
 * Call on_message with each open question of a gateway, oldest first, as MESSAGE_JOURNAL; it may call the
 * journal. Questions older than JOURNAL_LATE_MS are completed instead. is_left_only: only questions of
 * earlier processes.
 *
 * A question's age is the time in which a process has run since it was received. How long no process ran before this
 * one is not known for certain: a question of an earlier process is too old only if both clocks say so. A wrong
 * clock loses no question, but a question may be answered late. An occasion is completed instead when its own window
 * is over (until_ms); otherwise it is said as of now, and may come late.
 */
void journal_each_open(struct journal *journal, const char *gateway, bool is_left_only,
		const struct journal_now *now, void (*on_message)(void *user, const struct message *message),
		void *user);

#endif
