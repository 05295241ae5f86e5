#ifndef EPISODED_EFFECTS_H
#define EPISODED_EFFECTS_H

/*
 * Answers whose command has changed what is stored, in a store that answers later: such an answer is sent when the
 * change is in the database, because it confirms the change. Later questions of the same channel wait for it, so that
 * the answers keep their order and "more" continues the right one.
 *
 * A question that has waited for the database may be answered when its gateway is not connected any more; such an answer
 * waits here too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/dispatch.h"
#include "bot/daemon/inbox.h"

struct store;
struct effects; /* opaque: daemon/effects.c */

/* An answer that can be sent. */
struct effect {
	struct inbox_entry *entry;
	struct answer answer;
	struct inbox_entry *behind; /* the channel's questions since then, in order; not answered yet */
};

/* The store is borrowed. -ENOMEM. */
int effects_new(struct store *store, struct effects **ret);
/* NULL-safe. Each answer passes drop(). */
void effects_free(struct effects *effects, void (*drop)(void *user, struct answer *answer), void *user);

/* An answer of the question's channel waits: take the question too, and return true. */
bool effects_wait_behind(struct effects *effects, struct inbox_entry *entry);
/* Take a question and its answer. -ENOMEM: nothing is taken. */
int effects_add(struct effects *effects, struct inbox_entry *entry, const struct answer *answer);
/* The gateway is not connected: take a question and its answer until effects_ready(). -ENOMEM: nothing is taken. */
int effects_hold(struct effects *effects, struct inbox_entry *entry, const struct answer *answer);
void effects_ready(struct effects *effects, const struct gateway *gateway);
/* The end of the turn: settle the store with the changes of all that were added in it. */
void effects_settle(struct effects *effects, uint64_t now_ms);
/* The next answer that can be sent, owned by the caller. False: not now. */
bool effects_take(struct effects *effects, uint64_t now_ms, struct effect *ret);
/* When effects_take() is worth a call although no result came; UINT64_MAX: not before a result. */
uint64_t effects_next_ms(const struct effects *effects);

bool effects_has(const struct effects *effects, const struct gateway *gateway, const char *id);
/* As inbox_withdraw(). */
void effects_withdraw(struct effects *effects, const struct gateway *gateway, const char *id);
/* The gateway is about to be freed: take out its questions. They are open in the journal, with the result of their
 * effect. */
void effects_forget(struct effects *effects, const struct gateway *gateway,
		void (*drop)(void *user, struct answer *answer), void *user);
size_t effects_count(const struct effects *effects); /* questions, with those behind */

#endif
