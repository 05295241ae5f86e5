#ifndef EPISODED_STORE_H
#define EPISODED_STORE_H

/*
 * What must survive a restart, in one SQLite file (WAL). Copies in, copies
 * out: the store keeps no pointer of a caller's. A process that dies at any
 * moment loses nothing that a call here has returned 0 for, but for journal
 * entries that are being gathered: of those store_settle() says so.
 *
 * Every call returns 0 or a negative errno: -ENOSPC disk full, -EROFS, -EIO,
 * -EBADMSG (the file is no database or damaged), -EMSGSIZE (a text over 1 MB),
 * -ENOMEM. A failed call changes nothing; the next one tries anew.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_JOURNAL_DAYS 7 /* finished entries are kept so long: no network replays further back */

struct store; /* opaque: store/sqlite.c */

/* Open, or make, folder/episoded.db. -EBUSY: another episoded has it; -ENOTSUP: a newer one wrote it;
 * -EACCES, -ENOTDIR. Journal entries that are too old go, with a thought for privacy also unfinished ones. */
int store_open(const char *folder, struct store **ret);
void store_close(struct store *store); /* NULL-safe */

/* Values by area and key ("discord/home", "session/0"). The caller frees *ret. -ENOENT when there is none. */
int store_get(struct store *store, const char *area, const char *key, char **ret);
int store_put(struct store *store, const char *area, const char *key, const char *value);
int store_delete(struct store *store, const char *area, const char *key);
/* In order of key; on_value must not call the store. */
int store_each(struct store *store, const char *area,
	void (*on_value)(void *user, const char *key, const char *value), void *user);

/* Several changes as one: all of them or none, and one write. Nests not. When one of them fails, so does
 * the commit. */
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * Journal entries of one moment, written as one: what is begun and done from
 * store_gather() on counts when store_settle() has returned 0, and may be gone
 * when the process dies before. Any other change settles first by itself. A
 * group in which one entry fails still has the others.
 */
int store_gather(
	struct store *store); /* again and again does no harm; when it fails, all goes on one by one */
/* 0 also when there is nothing to settle. An error also when another change has settled since, and could not.
 */
int store_settle(struct store *store);

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
	const char
		*extra; /* what the gateway needs to answer later (an interaction's token), "" for nothing */
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
