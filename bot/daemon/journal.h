#ifndef EPISODED_JOURNAL_H
#define EPISODED_JOURNAL_H

/*
 * Nothing asked is lost, nothing is answered twice: what the bot writes down
 * of the commands it heard, over the store's journal. Works without a store
 * too (NULL): then a restart forgets, and the log said so.
 */

#include "bot/core/message.h"

#define JOURNAL_LATE_MS (15ull * 60 * 1000) /* asked longer ago, an answer helps nobody any more */

struct loop;
struct store;
struct journal; /* opaque: daemon/journal.c */

/* Store and loop are borrowed; without a loop every entry is written at once. -ENOMEM. */
int journal_new(struct store *store, struct loop *loop, struct journal **ret);
void journal_free(struct journal *journal); /* NULL-safe; before the store is closed */

/*
 * May entries that follow wait for others, to be written as one? That saves
 * most of what a command costs in a burst. Only for a gateway that calls
 * journal_settle() before an answer leaves the process: a question that dies
 * with it before that is asked again by the network.
 */
void journal_may_wait(struct journal *journal, bool may_wait);

/* Whatever was begun is written when this returns. What is only done may wait on: a reply that is sent again
 * has its nonce. */
void journal_settle(struct journal *journal);

/* A command was heard. False when it was heard before. When the store fails it is true: an answer matters
 * more. */
bool journal_begin(struct journal *journal, const char *gateway, const struct message *message);
void journal_done(struct journal *journal, const char *gateway, const char *message_id);

/* Those heard and not answered, oldest first; is_left_only: those of earlier processes. on_message may call
 * the journal. Too late ones are closed. The number given. */
unsigned journal_replay(struct journal *journal, const char *gateway, bool is_left_only, uint64_t now_wall_ms,
		void (*on_message)(void *user, const struct message *message), void *user);

#endif
