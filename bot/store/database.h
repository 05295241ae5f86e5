#ifndef EPISODED_STORE_DATABASE_H
#define EPISODED_STORE_DATABASE_H

/*
 * One SQLite database, strict: what fails has changed nothing, and the caller
 * is told. For the files of bot/store; others include store.h.
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
	SQL_JOURNAL_GIVE_UP,
	SQL_JOURNAL_PRUNE,
	SQL_STATEMENTS
};

struct database {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_STATEMENTS];
	bool is_in_transaction;
	bool is_gathering;     /* journal entries, in a transaction of their own; see database_gather() */
	int transaction_error; /* the first failed change; committing the others would be half a change */
	int64_t place;         /* of the latest journal entry: they come back in the order of it */
	int64_t left_place; /* the latest when it was opened: entries up to here are an earlier process's */
	uint64_t pruned_ms; /* wall */
};

/* SQLite's code as a negative errno, 0 for those that are no error. */
int database_error(sqlite3 *db, int code);

/* Borrowed until the statement ends, which it must before the call of a caller returns. NULL becomes "". */
void database_bind(sqlite3_stmt *statement, int place, const char *text);

/* Run a bound change to its end. ret_changed (may be NULL): rows that it touched. -EEXIST: a key is taken;
 * -EMSGSIZE: a text is too long. */
int database_run(struct database *database, sqlite3_stmt *statement, int *ret_changed);

/* A column of the row a statement stands on, valid until its next step. */
const char *database_text(sqlite3_stmt *statement, int place);

/* Make a statement ready for its next use; it forgets what was bound. */
void database_end(sqlite3_stmt *statement);

/* The greatest place in use, 0 when there is none. */
int database_last_place(struct database *database, int64_t *ret);

/* Forget what is too old to be asked for again. */
int database_prune(struct database *database);

/* path NULL: in memory, with at most 4 MB. The file must be there; an empty one gets the schema. Journal
 * entries that are too old are removed. */
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
int database_settle(struct database *database);
int database_journal_begin(struct database *database, const struct journal_entry *entry);
int database_journal_done(struct database *database, const char *gateway, const char *id);
bool database_journal_knows(struct database *database, const char *gateway, const char *id);
int database_journal_pending(struct database *database, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user);

/* Put (value NULL: delete), and on the disk when it returns 0: a power cut does not lose it. */
int database_keep(struct database *database, const char *area, const char *key, const char *value);
/* Note an entry as answered, begun here or not. */
int database_journal_answered(struct database *database, const char *gateway, const char *id);

/* For a copy into another database: */
int database_all_values(struct database *database,
		int (*on_value)(void *user, const char *area, const char *key, const char *value),
		void *user);
int database_all_begun(struct database *database,
		int (*on_entry)(void *user, const struct journal_entry *entry), void *user);
int database_all_done(struct database *database,
		int (*on_done)(void *user, const char *gateway, const char *id), void *user);
/* An entry that is known here, but not done, counts as begun by this process. */
int database_journal_take_over(struct database *database, const char *gateway, const char *id);
/* fsync with each commit from now on, or not. Outside of a transaction. */
int database_sync(struct database *database, bool is_on);

#endif
