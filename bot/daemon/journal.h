#ifndef EPISODED_JOURNAL_H
#define EPISODED_JOURNAL_H

/*
 * Every question is in the journal from the moment it is recognised until its answer is confirmed, so none is lost
 * and none is answered twice. Works without a store (NULL) too: then a restart forgets, and the log has said so.
 *
 * What changes in one turn of the loop is one transaction: it begins with journal_gather() or the first change, and
 * ends with journal_commit(), before anything of an answer leaves the process. Other changes of the store in
 * between (positions in a network's stream) belong to the same transaction.
 */

#include "bot/core/message.h"

#define JOURNAL_LATE_MS (15ull * 60 * 1000) /* a question asked longer ago is closed without an answer */

struct store;
struct journal; /* opaque: daemon/journal.c */

/* The store is borrowed. -ENOMEM. */
int journal_new(struct store *store, struct journal **ret);
void journal_free(struct journal *journal); /* NULL-safe; commits; before the store is closed */

/* A message came that may be a question: from now on all changes wait for journal_commit(). */
void journal_gather(struct journal *journal);
/* When this returns, all that was begun and completed is written. */
void journal_commit(struct journal *journal);

/* Write a question. False when it is there already. True also when the store fails: an answer matters more. */
bool journal_begin(struct journal *journal, const char *gateway, const struct message *message);
/* Its answer is confirmed, or never will be: it is not to be answered again. */
void journal_complete(struct journal *journal, const char *gateway, const char *message_id);

/*
 * Give on_message each open question of a gateway, oldest first, as MESSAGE_JOURNAL; it may call the journal.
 * Those older than JOURNAL_LATE_MS are completed instead. is_left_only: those of earlier processes.
 */
void journal_each_open(struct journal *journal, const char *gateway, bool is_left_only, uint64_t now_wall_ms,
		void (*on_message)(void *user, const struct message *message), void *user);

#endif
