#ifndef EPISODED_KEEPING_H
#define EPISODED_KEEPING_H

/*
 * The bot's store and its troubles: when it is tried again, what the log says
 * of it, and whether the bot waits for it at the start.
 *
 * At the start, a lock on the state file passes (a backup, an sqlite3 shell,
 * an old process that is stopping): the bot waits for it before it connects,
 * because the journal is to be read before the first question.
 * After that, or at any other trouble, it goes on and the store holds changes
 * in memory. There are no positions in the networks' streams then, so no
 * network repeats an old question; what an earlier process left open is
 * answered when the file can be read (on IRC after the next join). Another episoded in the same folder
 * would answer everything twice: the bot does not go on then.
 */

#include <stdbool.h>

#define KEEPING_START_MS   10000 /* for another program's lock; systemd's TimeoutStartSec= is 90 s */
#define KEEPING_GOODBYE_MS 6000  /* for another episoded: one that is stopping needs 5 s at most */

struct loop;
struct store;
struct str;
struct keeping; /* opaque: daemon/keeping.c */

struct keeping_host {
	void *user;
	/* Once, from keeping_start() or later from the loop. error 0: go on, with or without trouble; -EBUSY:
	 * another episoded uses the folder. */
	void (*on_start)(void *user, int error);
	/* Later, when the file is read for the first time, or a new one was begun: what was read from the
	 * store is to be read again. */
	void (*on_read)(void *user);
	/* keeping_trouble() says something else now. */
	void (*on_change)(void *user);
};

/* -ENOMEM. */
int keeping_new(struct loop *loop, const struct keeping_host *host, struct keeping **ret);
void keeping_free(struct keeping *keeping); /* NULL-safe; tries once more to write, then closes the store */

/* Make the store, and try to open its file. folder is copied. -ENOMEM. */
int keeping_open(struct keeping *keeping, const char *folder);
/* Wait for a lock that passes, then call on_start(). */
void keeping_start(struct keeping *keeping);
/* A reload: try again at once. */
void keeping_retry(struct keeping *keeping);
/* A question was heard that is held in memory only: try again from the loop, a second after the last try at the latest,
 * however long the back-off is by now. */
void keeping_hasten(struct keeping *keeping);

/* NULL before keeping_open(), and never after it. keeping may be NULL here. */
struct store *keeping_store(const struct keeping *keeping);
/* NULL: what is changed is kept. keeping may be NULL. Otherwise why not, in a few words: "disk full". */
const char *keeping_trouble(const struct keeping *keeping);

#endif
