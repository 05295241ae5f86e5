#ifndef EPISODED_STORE_H
#define EPISODED_STORE_H

/*
 * What must survive a restart, in one SQLite file (WAL). Copies in, copies
 * out: the store keeps no pointer of a caller's.
 *
 * While the file cannot be opened or written, changes are held in memory (at
 * most 4 MB): reading gives them back, on top of what the file says as far as
 * it can be read. store_retry() opens the file again and writes what is held
 * in one transaction; what was changed meanwhile wins over the file.
 *
 * So a change returns 0 when it is taken: written, or held while
 * store_trouble() is not 0. A process that dies at any moment loses nothing
 * that was written. What is being gathered is written by store_settle(). A power cut can lose the last changes before it (see
 * database.c), but nothing that store_keep() has written.
 *
 * Errors: -EMSGSIZE (a text over 1 MB), -ENOMEM, and -ENOSPC when memory holds
 * all that it may. They change nothing.
 *
 * store_trouble(), store_retry() and store_open() say:
 *	-ENOSPC disk full, or a quota or limit reached
 *	-EROFS, -EACCES, -EIO, -EMFILE, -ENOMEM
 *	-ENOTDIR the folder is a file, -EISDIR the file is a folder, -ENXIO the
 *	file is neither (a FIFO, a device), -ENOENT a link to nothing
 *	-EBUSY another episoded uses the folder, -EAGAIN another program has
 *	locked the file
 *	-ENOTSUP a newer episoded wrote the file: it is left as it is
 *	-ESTALE the file was removed or replaced while it was open
 *	-EBADMSG the file is damaged and could not be renamed, -EMLINK because
 *	there are STORE_ASIDE_MAX damaged files already
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_JOURNAL_DAYS 7 /* finished entries are kept so long: no network replays further back */

#define STORE_ASIDE_MAX 8 /* damaged files in the folder; after so many, the next one stays where it is */

struct store; /* opaque: store/store.c */

/*
 * Use folder/episoded.db. The folder is locked (flock) and the file opened, or
 * made; a damaged one is renamed to episoded.db.damaged-TIME before. When that
 * fails there is a store all the same: see store_trouble(). Journal entries
 * older than STORE_JOURNAL_DAYS are removed, also unfinished ones. -ENOMEM.
 */
int store_new(const char *folder, struct store **ret);
/* The same, but in trouble there is no store: its error is returned. */
int store_open(const char *folder, struct store **ret);
void store_close(struct store *store); /* NULL-safe; tries once more to write what is held */

/* on_trouble is called inside of a call here when trouble begins; not by store_retry(). It may ask
 * store_trouble() and must not call the store otherwise. */
void store_watch(struct store *store, void (*on_trouble)(void *user), void *user);
/* 0: what is changed is written. Otherwise why it is only held in memory. */
int store_trouble(const struct store *store);
/* Has the file ever been read? Until then what an earlier process kept is not known. */
bool store_is_read(const struct store *store);
/* Try again, if there is trouble, also with a file that was removed or replaced. 0: everything is written; or
 * the trouble. *ret_written: changes that were held and are written now; may be NULL. */
int store_retry(struct store *store, unsigned *ret_written);
/* The name that a damaged file was given since the last call, or NULL. Borrowed until the next call of
 * anything. */
const char *store_take_aside(struct store *store);

/* Values by area and key ("discord/home", "session/0"). The caller frees *ret. -ENOENT when there is none,
 * -EAGAIN or another error when the file cannot be read. */
int store_get(struct store *store, const char *area, const char *key, char **ret);
int store_put(struct store *store, const char *area, const char *key, const char *value);
int store_delete(struct store *store, const char *area, const char *key);
/* Put (value NULL: delete) what a person is told is kept: with an fsync, for a power cut. */
int store_keep(struct store *store, const char *area, const char *key, const char *value);
/* In order of key, those held in memory last; on_value must not call the store. */
int store_each(struct store *store, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user);

/* Several changes as one: all of them or none, and one write. Nests not. */
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * What changes in one turn of the loop, written as one: journal entries and values from store_gather() on count
 * when store_settle() has returned 0, and are gone together when the process dies before. So a position in a
 * network's stream is never stored without the questions before it. store_begin() and store_keep() settle first.
 * A group in which one change fails still has the others.
 */
int store_gather(struct store *store); /* may be repeated; when it fails, each change is written by itself */
int store_settle(struct store *store); /* 0 also when there is nothing to settle */

/*
 * The journal: every command that was recognised, by (gateway, message id). It
 * is begun before the position in the network's stream is stored and done when
 * the network has confirmed the reply; what was said is forgotten then.
 */
struct journal_entry {
	const char *gateway, *id; /* the key */
	const char *channel, *author_id, *author_name, *account, *text;
	bool is_private, is_addressed;
	uint64_t time_ms; /* wall: when it was said */
	bool is_left;     /* out only: an earlier process has begun it */
	const char *extra; /* what the gateway needs to answer later (an interaction's token), "" for nothing */
};

/* -EEXIST: it is there already, done or not. */
int store_journal_begin(struct store *store, const struct journal_entry *entry);
/* An unknown entry is no error. */
int store_journal_done(struct store *store, const char *gateway, const char *id);
bool store_journal_knows(struct store *store, const char *gateway, const char *id);
/* Those of a gateway begun and not done, oldest first; on_entry must not call the store; texts are borrowed.
 */
int store_journal_pending(struct store *store, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user);

#endif
