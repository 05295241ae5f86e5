#ifndef EPISODED_JOURNAL_H
#define EPISODED_JOURNAL_H

/*
 * Nothing asked is lost, nothing is answered twice: what the bot writes down
 * of the commands it heard, over the store's journal. Works without a store
 * too (NULL): then a restart forgets, and the log said so.
 */

#include "bot/message.h"

#define JOURNAL_LATE_MS (15ull * 60 * 1000) /* asked longer ago, an answer helps nobody any more */

struct store;
struct journal; /* opaque: journal.c */

/* The store is borrowed. -ENOMEM. */
int journal_new(struct store *store, struct journal **ret);
void journal_free(struct journal *journal); /* NULL-safe */

/* A command was heard. False when it was heard before. When the store fails it is true: an answer matters
 * more. */
bool journal_begin(struct journal *journal, const char *gateway, const struct message *message);
void journal_done(struct journal *journal, const char *gateway, const char *message_id);

/* Those heard and not answered, oldest first; on_message may call the journal. Too late ones are closed. The
 * number given. */
unsigned journal_replay(struct journal *journal, const char *gateway, uint64_t now_wall_ms,
	void (*on_message)(void *user, const struct message *message), void *user);

#endif
