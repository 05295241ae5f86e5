#ifndef EPISODED_TURNS_H
#define EPISODED_TURNS_H

/*
 * Questions that wait for the journal's word. In a store that several processes share, only the database knows whether
 * another process has a question, and it answers in a later turn of the loop. The new questions of one turn are one
 * batch; they are answered when its result is there, after those of the turns before.
 *
 * While the database is away, the questions of gateways that other processes cannot reach (a lobby) are answered all
 * the same; the others wait.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/daemon/inbox.h"

#define TURNS_QUESTIONS_MAX 8192 /* wait at once; further ones are declined */
#define TURNS_AWAY_MS       300  /* a database that has not answered for so long is away */

struct store;
struct turns; /* opaque: daemon/turns.c */

/* The store is borrowed. -ENOMEM. */
int turns_new(struct store *store, struct turns **ret);
void turns_free(struct turns *turns); /* NULL-safe */

/* Take the questions of this turn, recognised, and settle the store with their journal entries. -ENOMEM: they are not
 * taken. */
int turns_add(struct turns *turns, struct inbox_entry *questions, uint64_t now_ms);

/* The next question that can be answered, or skipped: see its entry's state. Owned by the caller. NULL: not now. */
struct inbox_entry *turns_take(struct turns *turns, uint64_t now_ms);
/* When turns_take() is worth a call although no result came; UINT64_MAX: not before a result. */
uint64_t turns_next_ms(const struct turns *turns);

/* The gateway is about to be freed: take out its questions, and free them after on_forgotten(). */
void turns_forget(struct turns *turns, const struct gateway *gateway,
		void (*on_forgotten)(void *user, const struct inbox_entry *entry), void *user);

/* As inbox_withdraw(). */
void turns_withdraw(struct turns *turns, const struct gateway *gateway, const char *id);

size_t turns_count(const struct turns *turns); /* questions */
/* The number of questions since the last call that were taken after a wait for a database that was away. */
size_t turns_late(struct turns *turns);

#endif
