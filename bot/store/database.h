#ifndef EPISODED_STORE_DATABASE_H
#define EPISODED_STORE_DATABASE_H

/*
 * One SQLite database. A function that fails has changed nothing and returns the error.
 * For bot/store only; others include store.h.
 *
 * Errors: -ENOSPC disk full, -EROFS, -EACCES, -EIO, -EAGAIN (locked by another
 * program), -EBADMSG (no database, or damaged), -ENOTSUP (written by a newer
 * episoded), -EMSGSIZE (a text over 1 MB), -ENOMEM.
 */

#include <sqlite3.h>

#include "bot/store/store.h"

enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_VALUE_GET,
	SQL_VALUE_PUT,
	SQL_VALUE_DELETE,
	SQL_VALUE_EACH,
	SQL_JOURNAL_BEGIN,
	SQL_JOURNAL_DONE,
	SQL_JOURNAL_KNOWS,
	SQL_JOURNAL_PENDING,
	SQL_VALUE_ALL,
	SQL_JOURNAL_ALL,
	SQL_JOURNAL_ALL_DONE,
	SQL_JOURNAL_ANSWERED,
	SQL_JOURNAL_MOVE,
	SQL_JOURNAL_PLACE,
	SQL_JOURNAL_LATEST,
	SQL_JOURNAL_GIVE_UP,
	SQL_JOURNAL_PRUNE,
	SQL_EFFECT_PRUNE,
	SQL_STATEMENTS
};

struct database {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_STATEMENTS];
	bool is_in_transaction;
	bool is_gathering;        /* journal entries share a transaction; see database_gather() */
	bool is_gathering_synced; /* its commit has an fsync; see database_gather_synced() */
	int transaction_error;    /* the first error in a transaction, which then must not be committed */
	int64_t place;            /* number of the latest journal entry; entries are listed in this order */
	int64_t left_place; /* place when the database was opened: entries up to it are from an earlier process */
	uint64_t pruned_ms; /* database_time() */
	/* The database's clock when the monotonic clock was 0. It goes on from the latest entry when the database is
	 * opened, so that a wrong wall clock makes no entry old. Modulo 2^64. */
	uint64_t epoch_ms;
};

/* Convert SQLite's result code to a negative errno, or 0 for success. */
int database_error(sqlite3 *db, int code);

/* Bind a text; NULL becomes "". The text is borrowed until database_end(), which must be called before the caller of
 * the store gets control back. */
void database_bind(sqlite3_stmt *statement, int place, const char *text);

/* Run a statement that changes rows, and end it. *ret_changed (may be NULL) is the number of changed rows. -EEXIST:
 * the key exists; -EMSGSIZE: a text is too long. */
int database_run(struct database *database, sqlite3_stmt *statement, int *ret_changed);

/* A column of the statement's current row; borrowed until the next step. */
const char *database_text(sqlite3_stmt *statement, int place);

/* Reset a statement and its bindings for the next use. */
void database_end(sqlite3_stmt *statement);

/* The greatest place in use, 0 if there are no entries. */
int database_last_place(struct database *database, int64_t *ret);

/* The marks of effects: their key is "gateway id", as in the journal. */
#define DATABASE_AREA_EFFECT "effect"

/* Delete journal entries older than STORE_JOURNAL_DAYS, and the marks of effects of completed questions. */
int database_prune(struct database *database);

/* Open a file, which must exist; an empty one gets the schema. Old journal entries are deleted. path may be NULL: a
 * database in memory of at most 4 MB. */
int database_open(const char *path, struct database **ret);
void database_close(struct database *database); /* NULL-safe */

/* As in store.h. */
int database_get(struct database *database, const char *area, const char *key, char **ret);
int database_put(struct database *database, const char *area, const char *key, const char *value);
int database_delete(struct database *database, const char *area, const char *key);
int database_each(struct database *database, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user);
int database_begin(struct database *database);
int database_commit(struct database *database);
void database_rollback(struct database *database);
int database_gather(struct database *database);
/* The same, after a commit of what was gathered; database_settle() then has an fsync. */
int database_gather_synced(struct database *database);
int database_settle(struct database *database);
int database_journal_begin(struct database *database, const struct journal_entry *entry);
int database_journal_done(struct database *database, const char *gateway, const char *id);
bool database_journal_knows(struct database *database, const char *gateway, const char *id);
int database_journal_pending(struct database *database, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user);

/* A transaction with an fsync. After a begin that returned 0, end it: r 0 commits, and when that returns 0, a power cut
 * does not lose the changes; a negative r takes them back, and is returned. */
int database_begin_synced(struct database *database);
int database_end_synced(struct database *database, int r);
/* Mark an entry as done, even if it was not begun here. */
int database_journal_answered(struct database *database, const char *gateway, const char *id);

/* Read everything, to copy it into another database. */
int database_all_values(struct database *database,
		int (*on_value)(void *user, const char *area, const char *key, const char *value),
		void *user);
int database_all_begun(struct database *database,
		int (*on_entry)(void *user, const struct journal_entry *entry), void *user);
int database_all_done(struct database *database,
		int (*on_done)(void *user, const char *gateway, const char *id), void *user);
/* Treat an entry that was begun and is not done as begun by this process. */
int database_journal_take_over(struct database *database, const char *gateway, const char *id);

#endif
