#ifndef EPISODED_OCCASIONS_H
#define EPISODED_OCCASIONS_H

/*
 * The occasions that are to come: kept in the store, and in memory in the order of their times. What repeats
 * (announcements) has one occasion here at a time, the next one.
 *
 *	a command           occasions_add(): kept with the effect of its question
 *	it is due           occasions_first(); the daemon makes a message of it, and the journal begins it
 *	the journal has it  occasions_said(), in the same transaction
 *	its time is over    occasions_drop()
 */

#include "bot/core/message.h"
#include "bot/occasion/occasion.h"

#define OCCASIONS_MAX 100000 /* at once; a further one is refused */

struct store;
struct occasions; /* opaque: core/occasions.c */

/* store may be NULL: changes are then lost at a restart. Unreadable entries are skipped, and kept in the store. -ENOMEM. */
int occasions_new(struct store *store, struct occasions **ret);
void occasions_free(struct occasions *occasions); /* NULL-safe */

/* on_change is called when the first occasion may be another one than before. */
void occasions_watch(struct occasions *occasions, void (*on_change)(void *user), void *user);

/* The place of the answer to a message: the same channel or person. Borrows the message's texts. */
struct occasion_place occasions_place(const char *gateway, const struct message *message);

/*
 * Add an occasion, with an fsync and the mark of the effect in progress. id "": one is made of the texts and the time, so
 * that the same occasion has the same ID. -EEXIST its ID is there, -E2BIG OCCASIONS_MAX, -EMSGSIZE a text is too long,
 * -ENOMEM, or the store's error; nothing is then changed. ret_id may be NULL.
 */
int occasions_add(struct occasions *occasions, const struct occasion *occasion, char ret_id[OCCASION_ID_BYTES]);
/* Give it another time. -ENOENT; otherwise as above. */
int occasions_move(struct occasions *occasions, const char *id, int64_t due_s, int64_t until_s);
/* Forget it. -ENOENT, or the store's error. */
int occasions_remove(struct occasions *occasions, const char *id);

/* The occasion with this ID, or NULL. Borrowed until the next change. */
const struct occasion *occasions_find(const struct occasions *occasions, const char *id);
/* Those of a gateway and a group (NULL: each), in order of time, until on_occasion returns false. It must not change
 * occasions. */
void occasions_each(const struct occasions *occasions, const char *gateway, const char *group,
		bool (*on_occasion)(void *user, const struct occasion *occasion), void *user);
size_t occasions_count(const struct occasions *occasions);

/* The one that is due first, or NULL. Borrowed until the next change. */
const struct occasion *occasions_first(const struct occasions *occasions);
/* It is not said before this time, in this process: its gateway is away, or its channel has quiet hours. */
void occasions_put_off(struct occasions *occasions, const char *id, int64_t until_s);
/* The journal has it: forget it, in the transaction of this turn. */
void occasions_said(struct occasions *occasions, const char *id);

/* Another process has changed a value of the store (NULL: deleted it). True: it is an occasion. */
bool occasions_heard(struct occasions *occasions, const char *area, const char *key, const char *value);

#endif
