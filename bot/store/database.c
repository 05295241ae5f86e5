/* One SQLite database, in a file or in memory: one connection, all statements prepared once. */

#include "bot/store/database.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"

#define DAY_MS (24 * 60 * 60 * UINT64_C(1000))

#define VALUE_MAX_BYTES  (1024 * 1024) /* the longest text; longer ones give -EMSGSIZE */
#define VERSION          "1"           /* of the schema, in PRAGMA user_version */
#define MEMORY_MAX_PAGES "1024"        /* of a database in memory: 4 MB */
#define LOOKASIDE_BYTES  128           /* SQLite's pool of small allocations, enough for these statements */
#define LOOKASIDE_PIECES 64

/*
 * EXCLUSIVE: no other program can change the file while it is open, and the WAL's index
 * needs no shared memory.
 *
 * NORMAL: a commit survives a crash of the process, because it is in the kernel's page
 * cache. A power cut can lose the commits since the last fsync (Linux writes dirty pages
 * within about 30 s). The file stays consistent but older: the journal and the position
 * in the network's stream go back together. Changes that were confirmed to a person are
 * written with FULL (database_begin_synced()). FULL for every command would cost eight times as
 * much.
 *
 * secure_delete overwrites deleted text. The cache is small because only a few pages are
 * read often.
 */
static const char settings[] = "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=NORMAL;"
			       "PRAGMA secure_delete=ON;"
			       "PRAGMA cache_size=-128;"
			       "PRAGMA mmap_size=0;"
			       "PRAGMA temp_store=MEMORY;"
			       "PRAGMA journal_size_limit=4194304;";

/*
 * The journal has two tables: "begun" stays tiny, and "done" has keys only. Deleting an
 * entry from "begun" makes the trigger add its key to "done", so that completing an entry
 * is one atomic statement.
 */
static const char schema[] =
		"CREATE TABLE value (area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
		" PRIMARY KEY (area, key)) WITHOUT ROWID;"
		"CREATE TABLE begun (gateway TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, "
		" begun_ms INTEGER NOT NULL, channel TEXT NOT NULL, author_id TEXT NOT NULL, author_name "
		"TEXT NOT "
		"NULL, account TEXT NOT NULL,"
		" text TEXT NOT NULL, is_private INTEGER NOT NULL, is_addressed INTEGER NOT NULL, "
		" time_ms INTEGER NOT NULL, extra TEXT NOT NULL, PRIMARY KEY (gateway, id)) WITHOUT ROWID;"
		"CREATE TABLE done (gateway TEXT NOT NULL, id TEXT NOT NULL, begun_ms INTEGER NOT NULL,"
		" PRIMARY KEY (gateway, id)) WITHOUT ROWID;"
		"CREATE TRIGGER finish AFTER DELETE ON begun BEGIN"
		" INSERT OR REPLACE INTO done VALUES (old.gateway, old.id, old.begun_ms); END;"
		"PRAGMA user_version=" VERSION ";";

static const char *const texts[SQL_STATEMENTS] = {
		[SQL_BEGIN] = "BEGIN IMMEDIATE",
		[SQL_COMMIT] = "COMMIT",
		[SQL_ROLLBACK] = "ROLLBACK",
		[SQL_VALUE_GET] = "SELECT value FROM value WHERE area = ? AND key = ?",
		[SQL_VALUE_PUT] = "INSERT OR REPLACE INTO value VALUES (?, ?, ?)",
		[SQL_VALUE_DELETE] = "DELETE FROM value WHERE area = ? AND key = ?",
		[SQL_VALUE_EACH] = "SELECT key, value FROM value WHERE area = ? ORDER BY key",
		[SQL_JOURNAL_BEGIN] = "INSERT INTO begun SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
				      "?11, ?12, ?13"
				      " WHERE NOT EXISTS (SELECT 1 FROM done WHERE gateway = ?1 AND id = ?2)",
		[SQL_JOURNAL_DONE] = "DELETE FROM begun WHERE gateway = ? AND id = ?",
		[SQL_JOURNAL_KNOWS] = "SELECT EXISTS (SELECT 1 FROM begun WHERE gateway = ?1 AND id = ?2)"
				      " OR EXISTS (SELECT 1 FROM done WHERE gateway = ?1 AND id = ?2)",
		[SQL_JOURNAL_PENDING] =
				"SELECT id, channel, author_id, author_name, account, text, is_private, "
				"is_addressed,"
				" time_ms, extra, place, gateway, begun_ms FROM begun WHERE gateway = ? "
				"ORDER BY place",
		[SQL_VALUE_ALL] = "SELECT area, key, value FROM value",
		[SQL_JOURNAL_ALL] = "SELECT id, channel, author_id, author_name, account, text, is_private, "
				    "is_addressed,"
				    " time_ms, extra, place, gateway, begun_ms FROM begun ORDER BY place",
		[SQL_JOURNAL_ALL_DONE] = "SELECT gateway, id, begun_ms FROM done",
		[SQL_JOURNAL_ANSWERED] = "INSERT OR IGNORE INTO done VALUES (?, ?, ?)",
		[SQL_JOURNAL_MOVE] = "UPDATE begun SET place = ?3 WHERE gateway = ?1 AND id = ?2",
		[SQL_JOURNAL_PLACE] = "SELECT max(place) FROM begun",
		[SQL_JOURNAL_LATEST] = "SELECT max(begun_ms) FROM (SELECT begun_ms FROM begun UNION ALL"
				       " SELECT begun_ms FROM done)",
		[SQL_JOURNAL_GIVE_UP] = "DELETE FROM begun WHERE begun_ms < ?",
		[SQL_JOURNAL_PRUNE] = "DELETE FROM done WHERE begun_ms < ?",
		[SQL_EFFECT_PRUNE] =
				"DELETE FROM value WHERE area = '" DATABASE_AREA_EFFECT "' AND NOT EXISTS"
				" (SELECT 1 FROM begun WHERE gateway || ' ' || id = key)",
};

/*
 * The last errno for the WAL or the file. SQLite reports ENOSPC itself and every other
 * error as an I/O error; sqlite3_system_errno() stays 0 when a commit fails (3.40).
 */
static int system_error(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	int error = sqlite3_system_errno(db);

	if (!error && sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK &&
			file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	if (!error)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

int database_error(sqlite3 *db, int code)
{
	if (code == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EAGAIN;
	case SQLITE_ERROR: /* our statements are correct, so the schema is not */
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT: return -EBADMSG;
	case SQLITE_TOOBIG: return -EMSGSIZE;
	case SQLITE_CONSTRAINT: return -EEXIST;
	case SQLITE_PERM:
	case SQLITE_AUTH: return -EACCES;
	default: break;
	}
	switch (db ? system_error(db) : 0) {
	case ENOSPC: /* a full disk, an exceeded quota or a file size limit */
	case EDQUOT:
	case EFBIG: return -ENOSPC;
	case EROFS: return -EROFS;
	case EACCES:
	case EPERM: return -EACCES;
	case EMFILE:
	case ENFILE: return -EMFILE;
	default: return -EIO;
	}
}

/* ---------------------------------------------------------------- statements */

void database_bind(sqlite3_stmt *statement, int place, const char *text)
{
	/* SQLITE_STATIC borrows the text: every statement is reset before its call returns. A text that is too
	 * long stays NULL, which every column refuses; see database_run(). */
	sqlite3_bind_text(statement, place, text ? text : "", -1, SQLITE_STATIC);
}

void database_end(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int database_run(struct database *database, sqlite3_stmt *statement, int *ret_changed)
{
	int code = sqlite3_step(statement), r;

	r = database_error(database->db, code);
	if (code == SQLITE_CONSTRAINT_NOTNULL)
		r = -EMSGSIZE;
	if (r == 0 && ret_changed)
		*ret_changed = sqlite3_changes(database->db);
	database_end(statement);
	/* -EEXIST is an answer, not a failure of the transaction. */
	if (r < 0 && r != -EEXIST && database->is_in_transaction && !database->transaction_error)
		database->transaction_error = r;
	return r;
}

const char *database_text(sqlite3_stmt *statement, int place)
{
	const unsigned char *text = sqlite3_column_text(statement, place);

	return text ? (const char *)text : "";
}

/* ---------------------------------------------------------------- opening */

static int execute(struct database *database, const char *sql)
{
	return database_error(database->db, sqlite3_exec(database->db, sql, NULL, NULL, NULL));
}

/* Run a query and copy the first column of its first row. */
static int ask(struct database *database, const char *sql, char ret[64])
{
	sqlite3_stmt *statement = NULL;
	int code, r;

	code = sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	r = database_error(database->db, code);
	if (r == 0)
		sqlite3_snprintf(64, ret, "%s", database_text(statement, 0));
	sqlite3_finalize(statement);
	return r;
}

/*
 * Lock the file, check it, and create or recognise the schema. The version is read
 * first, so that a file of a newer version is closed without a change.
 */
static int prepare_file(struct database *database)
{
	char answer[64];
	int r;

	sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	r = execute(database, "PRAGMA locking_mode=EXCLUSIVE");
	if (r == 0)
		r = ask(database, "PRAGMA user_version", answer);
	if (r == 0 && !str_equal(answer, "0") && !str_equal(answer, VERSION))
		r = -ENOTSUP;
	if (r == 0)
		r = execute(database, settings);
	/* The first transaction takes the lock. */
	if (r == 0)
		r = execute(database, "BEGIN IMMEDIATE");
	if (r == 0)
		r = ask(database, "PRAGMA quick_check(1)", answer);
	if (r == 0 && !str_equal(answer, "ok"))
		r = -EBADMSG;
	if (r == 0)
		r = ask(database, "PRAGMA user_version", answer);
	if (r == 0 && str_equal(answer, "0"))
		r = execute(database, schema);
	if (r == 0)
		r = execute(database, "COMMIT");
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, r != 0, NULL);
	return r;
}

static int prepare_memory(struct database *database)
{
	int r = execute(database, "PRAGMA max_page_count=" MEMORY_MAX_PAGES);

	return r == 0 ? execute(database, schema) : r;
}

/* The time of an entry that begins now. */
static uint64_t database_time(const struct database *database)
{
	return database->epoch_ms + clock_monotonic_ms();
}

/* Go on from the latest entry. The wall clock is only what an empty database begins with. */
static int start_clock(struct database *database)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_LATEST];
	int code = sqlite3_step(statement);
	int64_t latest_ms = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

	if (latest_ms <= 0)
		latest_ms = (int64_t)clock_wall_ms();
	if (latest_ms > INT64_MAX / 2) /* so that sums cannot overflow */
		latest_ms = INT64_MAX / 2;
	database->epoch_ms = (uint64_t)latest_ms - clock_monotonic_ms();
	database_end(statement);
	return database_error(database->db, code);
}

int database_open(const char *path, struct database **ret)
{
	struct database *database = calloc(1, sizeof(*database));
	int r;

	if (!database)
		return -ENOMEM;
	r = database_error(NULL, sqlite3_initialize());
	if (r < 0)
		goto out;
	r = sqlite3_open_v2(path ? path : ":memory:", &database->db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	r = database->db ? database_error(database->db, r) : -ENOMEM;
	if (r < 0)
		goto out;
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_BYTES, LOOKASIDE_PIECES);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* A database in memory holds values with one more byte in front (HELD_VALUE in store.c). */
	sqlite3_limit(database->db, SQLITE_LIMIT_LENGTH, path ? VALUE_MAX_BYTES : VALUE_MAX_BYTES + 1);
	sqlite3_limit(database->db, SQLITE_LIMIT_TRIGGER_DEPTH, 2);
	r = path ? prepare_file(database) : prepare_memory(database);
	for (int i = 0; r == 0 && i < SQL_STATEMENTS; i++)
		r = database_error(database->db,
				sqlite3_prepare_v3(database->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
						&database->statements[i], NULL));
	if (r == 0)
		r = database_last_place(database, &database->place);
	if (r == 0)
		r = start_clock(database);
	if (r == 0 && path)
		(void)database_prune(database); /* opening must succeed even on a full disk */
	if (r < 0)
		goto out;
	database->left_place = database->place;
	*ret = database;
	database = NULL;
out:
	database_close(database);
	return r;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	(void)database_settle(database);
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	sqlite3_close(database->db);
	free(database);
}

/* ---------------------------------------------------------------- values */

int database_get(struct database *database, const char *area, const char *key, char **ret)
{
	sqlite3_stmt *statement = database->statements[SQL_VALUE_GET];
	char *copy;
	int code, r;

	database_bind(statement, 1, area);
	database_bind(statement, 2, key);
	code = sqlite3_step(statement);
	r = code == SQLITE_DONE ? -ENOENT : database_error(database->db, code);
	if (r == 0) {
		copy = str_copy(database_text(statement, 0));
		r = copy ? 0 : -ENOMEM;
		if (copy)
			*ret = copy;
	}
	database_end(statement);
	return r;
}

int database_put(struct database *database, const char *area, const char *key, const char *value)
{
	sqlite3_stmt *statement = database->statements[SQL_VALUE_PUT];

	database_bind(statement, 1, area);
	database_bind(statement, 2, key);
	database_bind(statement, 3, value);
	return database_run(database, statement, NULL);
}

int database_delete(struct database *database, const char *area, const char *key)
{
	sqlite3_stmt *statement = database->statements[SQL_VALUE_DELETE];

	database_bind(statement, 1, area);
	database_bind(statement, 2, key);
	return database_run(database, statement, NULL);
}

int database_each(struct database *database, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	sqlite3_stmt *statement = database->statements[SQL_VALUE_EACH];
	int code;

	database_bind(statement, 1, area);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		on_value(user, database_text(statement, 0), database_text(statement, 1));
	database_end(statement);
	return database_error(database->db, code);
}

/* ---------------------------------------------------------------- transactions */

int database_begin(struct database *database)
{
	int r;

	assert(!database->is_in_transaction);
	r = database_settle(database);
	if (r == 0)
		r = database_run(database, database->statements[SQL_BEGIN], NULL);
	if (r < 0)
		return r;
	database->is_in_transaction = true;
	database->transaction_error = 0;
	return 0;
}

int database_commit(struct database *database)
{
	int r = database->transaction_error;

	assert(database->is_in_transaction);
	/* On a full disk SQLite rolls back by itself. */
	if (r == 0 && sqlite3_get_autocommit(database->db))
		r = -EIO;
	if (r == 0)
		r = database_run(database, database->statements[SQL_COMMIT], NULL);
	if (r < 0)
		database_rollback(database);
	database->is_in_transaction = false;
	return r;
}

/* Switch fsync at each commit on or off. SQLite refuses it inside a transaction. */
static int set_sync(struct database *database, bool is_on)
{
	return execute(database, is_on ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

static void end_gathering_synced(struct database *database)
{
	if (database->is_gathering_synced)
		(void)set_sync(database, false);
	database->is_gathering_synced = false;
}

void database_rollback(struct database *database)
{
	database->is_in_transaction = database->is_gathering = false;
	if (!sqlite3_get_autocommit(database->db))
		(void)database_run(database, database->statements[SQL_ROLLBACK], NULL);
	end_gathering_synced(database);
}

int database_begin_synced(struct database *database)
{
	int r = database_settle(database);

	if (r == 0)
		r = set_sync(database, true);
	if (r == 0)
		r = database_begin(database);
	if (r < 0)
		(void)set_sync(database, false);
	return r;
}

int database_end_synced(struct database *database, int r)
{
	if (r == 0)
		r = database_commit(database);
	else
		database_rollback(database);
	(void)set_sync(database, false);
	return r;
}

int database_gather(struct database *database)
{
	int r;

	if (database->is_gathering || database->is_in_transaction)
		return 0;
	r = database_run(database, database->statements[SQL_BEGIN], NULL);
	database->is_gathering = r == 0;
	return r;
}

int database_gather_synced(struct database *database)
{
	int r = database_settle(database);

	if (r == 0)
		r = set_sync(database, true);
	if (r < 0)
		return r;
	database->is_gathering_synced = true;
	r = database_gather(database);
	if (r < 0)
		end_gathering_synced(database);
	return r;
}

int database_settle(struct database *database)
{
	int r = 0;

	if (!database->is_gathering)
		return 0;
	database->is_gathering = false;
	if (sqlite3_get_autocommit(database->db)) /* as in database_commit() */
		return -EIO;
	r = database_run(database, database->statements[SQL_COMMIT], NULL);
	if (r < 0)
		database_rollback(database);
	end_gathering_synced(database);
	return r;
}

/* ---------------------------------------------------------------- the journal */

int database_last_place(struct database *database, int64_t *ret)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_PLACE];
	int code = sqlite3_step(statement);
	int64_t place;

	/* Limit the number from the file, so that incrementing it cannot overflow. */
	if (code == SQLITE_ROW) {
		place = sqlite3_column_int64(statement, 0);
		*ret = place < 0 || place > INT64_MAX / 2 ? INT64_MAX / 2 : place;
	}
	database_end(statement);
	return database_error(database->db, code);
}

int database_prune(struct database *database)
{
	uint64_t now_ms = database_time(database), kept_ms = STORE_JOURNAL_DAYS * DAY_MS;
	int r = 0;

	database->pruned_ms = now_ms;
	for (int i = SQL_JOURNAL_GIVE_UP; r == 0 && i <= SQL_JOURNAL_PRUNE; i++) {
		sqlite3_bind_int64(database->statements[i], 1, (sqlite3_int64)(now_ms - kept_ms));
		r = database_run(database, database->statements[i], NULL);
	}
	if (r == 0)
		r = database_run(database, database->statements[SQL_EFFECT_PRUNE], NULL);
	return r;
}

int database_journal_begin(struct database *database, const struct journal_entry *entry)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_BEGIN];
	int changed = 0, r;

	database_bind(statement, 1, entry->gateway);
	database_bind(statement, 2, entry->id);
	sqlite3_bind_int64(statement, 3, ++database->place);
	sqlite3_bind_int64(statement, 4, (sqlite3_int64)database_time(database));
	database_bind(statement, 5, entry->channel);
	database_bind(statement, 6, entry->author_id);
	database_bind(statement, 7, entry->author_name);
	database_bind(statement, 8, entry->account);
	database_bind(statement, 9, entry->text);
	sqlite3_bind_int(statement, 10, entry->is_private);
	sqlite3_bind_int(statement, 11, entry->is_addressed);
	sqlite3_bind_int64(statement, 12, (sqlite3_int64)entry->time_ms);
	database_bind(statement, 13, entry->extra);
	r = database_run(database, statement, &changed);
	return r == 0 && changed == 0 ? -EEXIST : r;
}

int database_journal_done(struct database *database, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_DONE];
	int r;

	database_bind(statement, 1, gateway);
	database_bind(statement, 2, id);
	r = database_run(database, statement, NULL);
	/* Prune once a day as well, for processes that run for months. */
	if (r == 0 && database_time(database) - database->pruned_ms > DAY_MS)
		(void)database_prune(database);
	return r;
}

bool database_journal_knows(struct database *database, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_KNOWS];
	bool is_known;

	database_bind(statement, 1, gateway);
	database_bind(statement, 2, id);
	is_known = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0);
	database_end(statement);
	return is_known;
}

static struct journal_entry entry_of(const struct database *database, sqlite3_stmt *statement)
{
	uint64_t now_ms = database_time(database), begun_ms = (uint64_t)sqlite3_column_int64(statement, 12);

	return (struct journal_entry){
			.id = database_text(statement, 0),
			.channel = database_text(statement, 1),
			.author_id = database_text(statement, 2),
			.author_name = database_text(statement, 3),
			.account = database_text(statement, 4),
			.text = database_text(statement, 5),
			.is_private = sqlite3_column_int(statement, 6) != 0,
			.is_addressed = sqlite3_column_int(statement, 7) != 0,
			.time_ms = (uint64_t)sqlite3_column_int64(statement, 8),
			.extra = database_text(statement, 9),
			.is_left = sqlite3_column_int64(statement, 10) <= database->left_place,
			.gateway = database_text(statement, 11),
			.age_ms = begun_ms < now_ms ? now_ms - begun_ms : 0,
	};
}

int database_journal_pending(struct database *database, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_PENDING];
	int code;

	database_bind(statement, 1, gateway);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct journal_entry entry = entry_of(database, statement);

		on_entry(user, &entry);
	}
	database_end(statement);
	return database_error(database->db, code);
}

/* ---------------------------------------------------------------- copying into another database */

int database_journal_answered(struct database *database, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_ANSWERED];
	int r = database_journal_done(database, gateway, id);

	if (r < 0)
		return r;
	database_bind(statement, 1, gateway);
	database_bind(statement, 2, id);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)database_time(database));
	return database_run(database, statement, NULL);
}

int database_journal_take_over(struct database *database, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_MOVE];

	database_bind(statement, 1, gateway);
	database_bind(statement, 2, id);
	sqlite3_bind_int64(statement, 3, ++database->place);
	return database_run(database, statement, NULL);
}

int database_all_values(struct database *database,
		int (*on_value)(void *user, const char *area, const char *key, const char *value), void *user)
{
	sqlite3_stmt *statement = database->statements[SQL_VALUE_ALL];
	int code = SQLITE_DONE, r = 0;

	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
		r = on_value(user, database_text(statement, 0), database_text(statement, 1),
				database_text(statement, 2));
	database_end(statement);
	return r < 0 ? r : database_error(database->db, code);
}

int database_all_begun(struct database *database,
		int (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_ALL];
	int code = SQLITE_DONE, r = 0;

	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct journal_entry entry = entry_of(database, statement);

		r = on_entry(user, &entry);
	}
	database_end(statement);
	return r < 0 ? r : database_error(database->db, code);
}

int database_all_done(struct database *database,
		int (*on_done)(void *user, const char *gateway, const char *id), void *user)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_ALL_DONE];
	int code = SQLITE_DONE, r = 0;

	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
		r = on_done(user, database_text(statement, 0), database_text(statement, 1));
	database_end(statement);
	return r < 0 ? r : database_error(database->db, code);
}
