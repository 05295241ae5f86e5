#ifndef EPISODED_STORE_H
#define EPISODED_STORE_H

/*
 * State that survives a restart, in one SQLite file (WAL), or in a database that several processes share
 * (store/remote.h). Values are copied in and out: the store keeps no pointer of a caller.
 *
 * While the file cannot be opened or written, changes are held in memory (at most 4 MB).
 * Reading returns held values first, then those of the file if it can be read.
 * store_retry() opens the file again and writes the held changes in one transaction; held
 * values overwrite those of the file.
 *
 * A change returns 0 when it is accepted: written to the file, or held in memory while
 * store_trouble() is not 0. A crash of the process loses no written change; changes since
 * store_gather() are written by store_settle(). A power cut can lose the last changes (see
 * database.c), but not those of store_keep().
 *
 * Errors: -EMSGSIZE (a text over 1 MB), -ENOMEM, and -ENOSPC if the 4 MB in memory are
 * used up. Nothing is then changed.
 *
 * store_trouble(), store_retry() and store_open() return:
 *	-ENOSPC disk full, or a quota or limit reached
 *	-EROFS, -EACCES, -EIO, -EMFILE, -ENOMEM
 *	-ENOTDIR the folder is a file, -EISDIR the file is a folder, -ENXIO the
 *	file is a FIFO or a device, -ENOENT a dangling symbolic link
 *	-EBUSY another episoded uses the folder, -EAGAIN another program has
 *	locked the file
 *	-ENOTSUP a newer episoded wrote the file: it is not changed
 *	-ESTALE the file was removed or replaced while it was open
 *	-EBADMSG the file is damaged and could not be renamed, -EMLINK the same
 *	because there are already STORE_ASIDE_MAX damaged files
 *	-ENOLINK the database is away
 *
 * With a database, a change is accepted when it is held in memory (REMOTE_HELD_MAX_BYTES); store_settle() sends it. A
 * value under a lease that is not held is refused: -EKEYEXPIRED.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long completed entries are kept: no network replays older messages. Only the time in which a process runs is
 * counted, because the machine's clock may be wrong and then set right. */
#define STORE_JOURNAL_DAYS 7

#define STORE_ASIDE_MAX 8 /* renamed damaged files in the folder; the next one is not renamed */

struct store; /* opaque: store/store.c */

/*
 * Use folder/episoded.db. The folder is locked (flock) and the file opened or created; a
 * damaged file is renamed to episoded.db.damaged-TIME first. If any of this fails, the
 * store holds changes in memory: see store_trouble(). Journal entries older than
 * STORE_JOURNAL_DAYS are deleted, including unfinished ones. -ENOMEM.
 */
int store_new(const char *folder, struct store **ret);
/* The same, but if the file cannot be used, return the error and no store. */
int store_open(const char *folder, struct store **ret);
/* Whether store_open() would succeed, as far as can be seen without a change on the disk: 0 or its error. */
int store_examine(const char *folder);
void store_close(struct store *store); /* NULL-safe; tries once more to write held changes */

/* on_trouble is called inside the store call in which the file fails, but not by store_retry(). It may call
 * store_trouble() and no other function of the store. */
void store_watch(struct store *store, void (*on_trouble)(void *user), void *user);
/* 0: changes are written. Otherwise the error for which they are only held in memory. */
int store_trouble(const struct store *store);
/* True once the file was read. Before that, values of an earlier process are unknown. */
bool store_is_read(const struct store *store);
/* Try to write held changes; also reopen a file that was removed or replaced. 0: everything is written; otherwise the
 * error. *ret_written (may be NULL) is the number of held changes that were written. */
int store_retry(struct store *store, unsigned *ret_written);
/* The new name of a damaged file that was renamed since the last call, or NULL. Borrowed until the next call of the
 * store. */
const char *store_take_aside(struct store *store);

/* Values by area and key ("discord/home", "session/0"). The caller frees *ret. -ENOENT if there is no value, -EAGAIN
 * or another error if the file cannot be read. */
int store_get(struct store *store, const char *area, const char *key, char **ret);
int store_put(struct store *store, const char *area, const char *key, const char *value);
int store_delete(struct store *store, const char *area, const char *key);
/* Put a value (NULL: delete it) with an fsync, for changes that are confirmed to a person: a power cut does not lose
 * them. */
int store_keep(struct store *store, const char *area, const char *key, const char *value);

/*
 * The effect of a question: what its command changed, with a mark that says so, so that a question that is asked
 * again has no second effect. All store_keep() between store_effect_begin() and store_effect_end() are one transaction
 * with one fsync, which the latter commits, with the mark STORE_EFFECT_DONE: a crash leaves all changes and the mark, or
 * nothing of it. store_effect_end() writes another mark, of a command that changed nothing (NULL: no mark). Marks are
 * kept as long as the question is open in the journal.
 */
#define STORE_EFFECT_DONE "done"
void store_effect_begin(struct store *store, const char *gateway, const char *id);
void store_effect_end(struct store *store, const char *mark);
/* The mark of a question; the caller frees *ret. As store_get(). */
int store_effect_get(struct store *store, const char *gateway, const char *id, char **ret);

/* Read all values of an area, sorted by key, held ones last. on_value must not call the store. */
int store_each(struct store *store, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user);

/* A transaction: either all changes are applied or no change is, in one write. Must not be nested. */
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * Write the changes of one turn of the loop in one transaction: journal entries and values
 * from store_gather() on are durable when store_settle() returns 0, and are lost together if
 * the process dies before. So a position in a network's stream is never stored without the
 * questions before it. store_begin() and store_keep() (the first of an effect) commit first. If one change fails, the
 * others are still written.
 */
int store_gather(struct store *store); /* may be repeated; if it fails, each change is written by itself */
int store_settle(struct store *store); /* returns 0 if there is nothing to commit */

/*
 * The journal: every recognised command, identified by gateway and message ID. An entry
 * is begun before the position in the network's stream is stored, and done when the
 * network has confirmed the reply; the command's text is deleted then.
 */
struct journal_entry {
	const char *gateway, *id; /* the key */
	const char *channel, *author_id, *author_name, *account, *text;
	bool is_private, is_addressed;
	uint64_t route;    /* of its message; kept in a remote store only */
	uint64_t time_ms;  /* the network's wall clock: when it was sent */
	uint64_t age_ms;   /* output only: for how long processes have run since it was begun */
	bool is_left;      /* output only: an earlier process began the entry */
	const char *extra; /* needed by the gateway to answer later (an interaction's token); may be "" */
};

/* -EEXIST: the entry exists already, done or not. */
int store_journal_begin(struct store *store, const struct journal_entry *entry);
/* An unknown entry is not an error. */
int store_journal_done(struct store *store, const char *gateway, const char *id);
bool store_journal_knows(struct store *store, const char *gateway, const char *id);
/* List a gateway's entries that are begun and not done, oldest first. Strings are borrowed; on_entry must not call the
 * store. */
int store_journal_pending(struct store *store, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user);

/* ---------------------------------------------------------------- a store that answers later (store/remote.h) */

struct store_result;

/* False: reads and store_journal_begin() know this process only, and the result of a batch comes in a later turn. */
bool store_is_local(const struct store *store);

/*
 * As store_settle(). A local store calls on_settled inside; a remote one later, once, in the order of the calls, and
 * again if the first result was -EAGAIN. is_awaited: an answer waits for it. Returns what store_settle() returns; if
 * that is not 0, on_settled is not called. -ENODATA: nothing has changed since the last call (remote only).
 */
int store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user);

/* The number of calls of store_keep() so far: did a command change what its answer confirms? */
uint64_t store_kept(const struct store *store);

/* Give a question to the owner of its lease, because it was heard here and is not ours. A local store does nothing. */
int store_journal_hand_in(struct store *store, const struct journal_entry *entry);

/* on_heard is called for each shared value that another process has changed (NULL: deleted). It must not call the
 * store's changing functions. */
void store_on_heard(struct store *store,
		void (*on_heard)(void *user, const char *area, const char *key, const char *value),
		void *user);

#endif
