#ifndef EPISODED_STORE_SQLITE_H
#define EPISODED_STORE_SQLITE_H

/* What the files of bot/store share; everyone else includes store.h. */

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
	SQL_JOURNAL_PLACE,
	SQL_JOURNAL_GIVE_UP,
	SQL_JOURNAL_PRUNE,
	SQL_STATEMENTS
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_STATEMENTS];
	bool is_in_transaction;
	bool is_gathering; /* journal entries, in a transaction of their own; see store_gather() */
	int gather_error;  /* a group that another change settled, and that is lost: store_settle() tells */
	int transaction_error; /* the first failed change; committing the others would be half a change */
	int64_t place;         /* of the latest journal entry: they come back in the order of it */
	uint64_t pruned_ms;    /* wall */
};

/* SQLite's code as a negative errno, 0 for those that are no error. */
int sqlite_error(sqlite3 *db, int code);

/* Borrowed until the statement ends, which it must before the call of a caller returns. NULL becomes "". */
void sqlite_bind(sqlite3_stmt *statement, int place, const char *text);

/* Run a bound change to its end. ret_changed (may be NULL): rows that it touched. -EEXIST: a key is taken;
 * -EMSGSIZE: a text is too long. */
int sqlite_run(struct store *store, sqlite3_stmt *statement, int *ret_changed);

/* A column of the row a statement stands on, valid until its next step. */
const char *sqlite_text(sqlite3_stmt *statement, int place);

/* Make a statement ready for its next use; it forgets what was bound. */
void sqlite_end(sqlite3_stmt *statement);

/* The greatest place in use, 0 when there is none. */
int sqlite_last_place(struct store *store, int64_t *ret);

/* Forget what is too old to be asked for again. */
int sqlite_prune(struct store *store);

#endif
