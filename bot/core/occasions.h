#ifndef EPISODED_OCCASIONS_H
#define EPISODED_OCCASIONS_H

/*
 * The occasions that are to come: kept in the store, and in memory in the order of their times. What repeats
 * (announcements) has one occasion here at a time, the next one.
 *
 *	a command           occasions_add(): kept with the effect of its question
 *	it is due           occasions_first(); the daemon makes a message of it, and the journal begins it
 *	the journal has it  occasions_done(), in the same transaction
 */

#include "bot/core/message.h"
#include "bot/occasion/occasion.h"

#define OCCASIONS_MAX 100000 /* at once; a further one is refused */

struct store;
struct occasions; /* opaque: core/occasions.c */

/* store may be NULL: changes are then lost at a restart. Unreadable entries are skipped, and kept in the store. -ENOMEM. */
int occasions_new(struct store *store, struct occasions **ret);
void occasions_free(struct occasions *occasions); /* NULL-safe */

/* What the book needs of the daemon. Each function may be NULL. */
struct occasions_host {
	void *user;
	/* The first occasion may be another one than before. */
	void (*on_change)(void *user);
	/* This host, if each host has a gateway of this name for itself (a lobby); "" otherwise. */
	const char *(*host_of)(void *user, const char *gateway);
};
void occasions_attach(struct occasions *occasions, const struct occasions_host *host);

/* The place of the answer to a message: the same channel or person. Borrows the message's texts. */
struct occasion_place occasions_place(
		const struct occasions *occasions, const char *gateway, const struct message *message);
/* The message of an occasion that is due, said at now_ms. Borrows its texts; bytes holds the text. -EMSGSIZE. */
#define OCCASIONS_TEXT_BYTES (OCCASION_WORDS_MAX_BYTES + 128)
int occasions_message(const struct occasion *occasion, uint64_t now_ms, char bytes[OCCASIONS_TEXT_BYTES],
		struct message *ret);
/* The time when it was due, in front of the words of its command. False: another text; *words is unchanged. */
bool occasions_read_due(const char **words, int64_t *ret_due_s);

/*
 * Add an occasion, with an fsync and the mark of the effect in progress. id "": one is made of the texts and the time, so
 * that the same occasion has the same ID. -EEXIST its ID is there, -E2BIG OCCASIONS_MAX, -EMSGSIZE a text is too long,
 * -ENOMEM, or the store's error; nothing is then changed. ret_id may be NULL.
 */
int occasions_add(
		struct occasions *occasions, const struct occasion *occasion, char ret_id[OCCASION_ID_BYTES]);
/* Add one that is not kept, because it is computed again from what is: the next occasion of an announcement. One with its
 * ID is replaced. -EMSGSIZE, -E2BIG, -ENOMEM. */
int occasions_plan(struct occasions *occasions, const struct occasion *occasion);
/* Give it another time. -ENOENT; otherwise as above. */
int occasions_move(struct occasions *occasions, const char *id, int64_t due_s, int64_t until_s);
/* Put another one in the place of the one with its ID, in one change. -ENOENT; otherwise as above. */
int occasions_replace(struct occasions *occasions, const struct occasion *occasion);
/*
 * Put back one that the journal has begun (occasions_done()), and that did not reach its author: in the transaction of
 * this turn, with an ID that the journal does not know. -EALREADY it was put back too often; otherwise as above.
 */
#define OCCASIONS_RETURNS_MAX 20
int occasions_put_back(struct occasions *occasions, const struct occasion *occasion);
/* Its window is over and it was not said: keep it, marked. -ENOENT; otherwise as above. */
int occasions_set_missed(struct occasions *occasions, const char *id);
/* Forget it. -ENOENT, or the store's error. */
int occasions_remove(struct occasions *occasions, const char *id);

/* The occasion with this ID, or NULL. Borrowed until the next change. */
const struct occasion *occasions_find(const struct occasions *occasions, const char *id);
/* Those of a gateway (NULL: of all) and a group (NULL: each), in order of time, until on_occasion returns false. It must not change
 * occasions. */
void occasions_each(const struct occasions *occasions, const char *gateway, const char *group,
		bool (*on_occasion)(void *user, const struct occasion *occasion), void *user);
size_t occasions_count(const struct occasions *occasions);

/* The one that comes first, and when: when it is due, or until when it was put off. NULL: there is no occasion. Borrowed
 * until the next change. */
const struct occasion *occasions_first(const struct occasions *occasions, int64_t *ret_due_s);
/* It does not come before this time, in this process: its gateway is away, or its channel has quiet hours. */
void occasions_put_off(struct occasions *occasions, const char *id, int64_t until_s);
/* What was put off comes at its time again: of a gateway, or of all (NULL). */
void occasions_hasten(struct occasions *occasions, const char *gateway);
/* The author is there: what waits for the author alone comes at its time. person: as the author of a message. */
void occasions_hasten_for(struct occasions *occasions, const char *gateway, const struct message *person);
/* Its window is over, but it is kept for a while. occasions_hasten() takes that back. */
void occasions_set_stale(struct occasions *occasions, const char *id);
bool occasions_is_stale(const struct occasions *occasions, const char *id);
bool occasions_is_planned(const struct occasions *occasions, const char *id);
/* As host_of() above. */
const char *occasions_host(const struct occasions *occasions, const char *gateway);
/* The journal has it, or its time is over: forget it, in the transaction of this turn. */
void occasions_done(struct occasions *occasions, const char *id);
/* Forget those that are not kept. */
void occasions_unplan(struct occasions *occasions);

/* Another process has changed a value of the store (NULL: deleted it). True: it is an occasion. */
bool occasions_heard(struct occasions *occasions, const char *area, const char *key, const char *value);

#endif
