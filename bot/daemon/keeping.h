#ifndef EPISODED_KEEPING_H
#define EPISODED_KEEPING_H

/*
 * The bot's store and its trouble: retries, log messages, and the wait at the start.
 *
 * At the start, a lock on the state file (a backup, an sqlite3 shell, an old process that is stopping)
 * usually goes away: the bot waits for that before it connects, because the journal must be read before the
 * first question. After that, or with any other trouble, the bot connects, and the store holds changes in
 * memory. Positions in the networks' streams are unknown then, so no network repeats an old question. Open
 * questions of an earlier process are answered once the file can be read (on IRC after the next join). If
 * another episoded uses the same folder, the bot exits: both would answer every question.
 *
 * A database that does not answer is waited for in the same way. After that only gateways that need no lease run, until
 * the database is there.
 */

#include <stdbool.h>
#include <stddef.h>

#define KEEPING_START_MS   10000 /* wait for another program's lock; systemd's TimeoutStartSec= is 90 s */
#define KEEPING_GOODBYE_MS 6000  /* wait for another episoded: one that is stopping takes at most 5 s */

struct loop;
struct store;
struct str;
struct keeping; /* opaque: daemon/keeping.c */

struct keeping_host {
	void *user;
	/* Once, from keeping_start() or later from the loop. error 0: go on, with or without trouble; -EBUSY:
	 * another episoded uses the folder. */
	void (*on_start)(void *user, int error);
	/* Later, when the file is read for the first time or was created again: everything that was read from
	 * the store must be read again. */
	void (*on_read)(void *user);
	/* The text of keeping_trouble() has changed. */
	void (*on_change)(void *user);
	/* Of a database: why it does not answer, with the fix, for the log (NULL: unknown), and how many questions since the
	 * last call waited for it, or still do. */
	const char *(*reason)(void *user);
	size_t (*late)(void *user);
};

/* -ENOMEM. */
int keeping_new(struct loop *loop, const struct keeping_host *host, struct keeping **ret);
void keeping_free(struct keeping *keeping); /* NULL-safe; tries once more to write, then closes the store */

/* Create the store, and try to open its file. folder is copied. -ENOMEM. */
int keeping_open(struct keeping *keeping, const char *folder);
/* Use a store in a database instead, which must outlive keeping. -ENOMEM. */
int keeping_adopt(struct keeping *keeping, struct store *store, const char *url);
/* What the database holds is read, for the first time. */
void keeping_ready(struct keeping *keeping);
/* Wait while the file is locked or the database does not answer, then call on_start(). */
void keeping_start(struct keeping *keeping);
/* A reload: try again at once. */
void keeping_retry(struct keeping *keeping);
/* A received question is held in memory only: try again at most one second after the last try, whatever the
 * back-off. */
void keeping_hasten(struct keeping *keeping);

/* The lobby is open at this address ("": no lobby): a second process that finds the folder in use tells it. */
void keeping_open_at(struct keeping *keeping, const char *address);

/* NULL before keeping_open(), and never after it. keeping may be NULL here. */
struct store *keeping_store(const struct keeping *keeping);
/* Why changes are not kept, in a few words ("disk full"); NULL: they are kept. keeping may be NULL. */
const char *keeping_trouble(const struct keeping *keeping);

/* For "check": append why the state would not be kept in a folder, and the fix; nothing if it would be. True if another
 * episoded uses the folder. Changes nothing on the disk. */
bool keeping_examine(const char *folder, struct str *ret);

#endif
