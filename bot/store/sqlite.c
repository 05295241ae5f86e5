/* The store in SQLite: one file, one connection, every statement prepared once. */

#include "bot/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/str.h"

#define FILE_NAME        "episoded.db"
#define PATH_MAX_BYTES   4096
#define VALUE_MAX_BYTES  (1024 * 1024) /* the longest text it takes; -EMSGSIZE beyond */
#define BUSY_WAIT_MS     250           /* only ever at opening: afterwards the file is ours */
#define LOOKASIDE_BYTES  128 /* SQLite's pool of small pieces: 128 x 64 is enough for these statements */
#define LOOKASIDE_PIECES 64

/*
 * Exclusive: a second episoded on the folder is refused instead of answering
 * everything twice, and the WAL's index needs no shared memory. NORMAL: what
 * was written outlives the process, however it dies, since it is in the
 * kernel's hands. Only a power cut can take the last moment away; then the
 * network replays it from the older position, and the nonces keep the answers
 * single. FULL would cost eight times as much for each command. A deleted
 * text is overwritten (secure_delete), and the cache stays small: what is
 * asked for again and again are a few pages.
 */
static const char settings[] = "PRAGMA locking_mode=EXCLUSIVE;"
			       "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=NORMAL;"
			       "PRAGMA secure_delete=ON;"
			       "PRAGMA cache_size=-128;"
			       "PRAGMA mmap_size=0;"
			       "PRAGMA temp_store=MEMORY;"
			       "PRAGMA journal_size_limit=4194304;";

/*
 * What is begun and what is done are two tables: the first stays tiny, the
 * second has nothing but keys. The trigger moves a key over, so that ending an
 * entry is one statement, which happens as a whole or not at all.
 */
static const char schema[] =
	"CREATE TABLE value (area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (area, key)) WITHOUT ROWID;"
	"CREATE TABLE begun (gateway TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, "
	" begun_ms INTEGER NOT NULL, channel TEXT NOT NULL, author_id TEXT NOT NULL, author_name TEXT NOT "
	"NULL, account TEXT NOT NULL,"
	" text TEXT NOT NULL, is_private INTEGER NOT NULL, is_addressed INTEGER NOT NULL, "
	" time_ms INTEGER NOT NULL, extra TEXT NOT NULL, PRIMARY KEY (gateway, id)) WITHOUT ROWID;"
	"CREATE TABLE done (gateway TEXT NOT NULL, id TEXT NOT NULL, begun_ms INTEGER NOT NULL,"
	" PRIMARY KEY (gateway, id)) WITHOUT ROWID;"
	"CREATE TRIGGER finish AFTER DELETE ON begun BEGIN"
	" INSERT OR REPLACE INTO done VALUES (old.gateway, old.id, old.begun_ms); END;"
	"PRAGMA user_version=1;";

static const char *const texts[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_VALUE_GET] = "SELECT value FROM value WHERE area = ? AND key = ?",
	[SQL_VALUE_PUT] = "INSERT OR REPLACE INTO value VALUES (?, ?, ?)",
	[SQL_VALUE_DELETE] = "DELETE FROM value WHERE area = ? AND key = ?",
	[SQL_VALUE_EACH] = "SELECT key, value FROM value WHERE area = ? ORDER BY key",
	[SQL_JOURNAL_BEGIN] =
		"INSERT INTO begun SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
		" WHERE NOT EXISTS (SELECT 1 FROM done WHERE gateway = ?1 AND id = ?2)",
	[SQL_JOURNAL_DONE] = "DELETE FROM begun WHERE gateway = ? AND id = ?",
	[SQL_JOURNAL_KNOWS] = "SELECT EXISTS (SELECT 1 FROM begun WHERE gateway = ?1 AND id = ?2)"
			      " OR EXISTS (SELECT 1 FROM done WHERE gateway = ?1 AND id = ?2)",
	[SQL_JOURNAL_PENDING] =
		"SELECT id, channel, author_id, author_name, account, text, is_private, is_addressed,"
		" time_ms, extra FROM begun WHERE gateway = ? ORDER BY place",
	[SQL_JOURNAL_PLACE] = "SELECT max(place) FROM begun",
	[SQL_JOURNAL_GIVE_UP] = "DELETE FROM begun WHERE begun_ms < ?",
	[SQL_JOURNAL_PRUNE] = "DELETE FROM done WHERE begun_ms < ?",
};

/*
 * What the system said last about the WAL or the file. SQLite knows ENOSPC by
 * itself and calls everything else an I/O error; sqlite3_system_errno() stays 0
 * where a commit fails (3.40).
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

int sqlite_error(sqlite3 *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	case SQLITE_ERROR: /* our statements are right, so what they meet is not */
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT: return -EBADMSG;
	case SQLITE_TOOBIG: return -EMSGSIZE;
	case SQLITE_CONSTRAINT: return -EEXIST;
	case SQLITE_PERM:
	case SQLITE_AUTH: return -EACCES;
	default: break;
	}
	switch (db ? system_error(db) : 0) {
	case ENOSPC: /* and two other ways for a disk to be full */
	case EDQUOT:
	case EFBIG: return -ENOSPC;
	case EROFS: return -EROFS;
	case EACCES: return -EACCES;
	default: return -EIO;
	}
}

/* ---------------------------------------------------------------- statements */

void sqlite_bind(sqlite3_stmt *statement, int place, const char *text)
{
	/* Borrowed: every statement is reset before its call returns. A text that is too long leaves a NULL,
	 * which no column takes; see sqlite_run(). */
	sqlite3_bind_text(statement, place, text ? text : "", -1, SQLITE_STATIC);
}

void sqlite_end(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int sqlite_run(struct store *store, sqlite3_stmt *statement, int *ret_changed)
{
	int code = sqlite3_step(statement), r;

	r = sqlite_error(store->db, code);
	if (code == SQLITE_CONSTRAINT_NOTNULL)
		r = -EMSGSIZE;
	if (r == 0 && ret_changed)
		*ret_changed = sqlite3_changes(store->db);
	sqlite_end(statement);
	/* That it is there already is an answer, not a failure. */
	if (r < 0 && r != -EEXIST && store->is_in_transaction && !store->transaction_error)
		store->transaction_error = r;
	return r;
}

const char *sqlite_text(sqlite3_stmt *statement, int place)
{
	const unsigned char *text = sqlite3_column_text(statement, place);

	return text ? (const char *)text : "";
}

/* ---------------------------------------------------------------- opening */

/* The folder and those above it, where they are missing: for the owner alone. */
static int make_folder(const char *folder)
{
	struct stat about;
	char path[PATH_MAX_BYTES];
	size_t length = strlen(folder);

	if (length == 0 || length >= sizeof(path))
		return length ? -ENAMETOOLONG : -EINVAL;
	memcpy(path, folder, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		path[i] = '\0';
		/* An existing one on a read-only file system would give EROFS where EEXIST is meant. */
		if (stat(path, &about) < 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		path[i] = folder[i];
	}
	if (stat(folder, &about) < 0)
		return -errno;
	return S_ISDIR(about.st_mode) ? 0 : -ENOTDIR;
}

/* SQLite would open what it may not write for reading only, and make a new file readable for all. */
static int make_file(const char *folder, const char *path)
{
	int fd;

	if (access(folder, R_OK | W_OK | X_OK) < 0)
		return -errno;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return -errno;
	/* Not opened for the test: closing it would drop the locks of a store that is open in this process.
	 */
	return access(path, R_OK | W_OK) < 0 ? -errno : 0;
}

static int execute(struct store *store, const char *sql)
{
	return sqlite_error(store->db, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* The first column of the first row. */
static int ask(struct store *store, const char *sql, char ret[64])
{
	sqlite3_stmt *statement = NULL;
	int code, r;

	code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	r = sqlite_error(store->db, code);
	if (r == 0)
		sqlite3_snprintf(64, ret, "%s", sqlite_text(statement, 0));
	sqlite3_finalize(statement);
	return r;
}

/* Take the file for ourselves, see that it is whole, and make or recognise what is in it. */
static int prepare(struct store *store)
{
	char answer[64];
	int r;

	r = execute(store, settings);
	/* The lock comes with the first transaction, and a write shows at once what a full disk would. */
	if (r == 0)
		r = execute(store, "BEGIN IMMEDIATE");
	if (r == 0)
		r = ask(store, "PRAGMA quick_check(1)", answer);
	if (r == 0 && !str_equal(answer, "ok"))
		r = -EBADMSG;
	if (r == 0)
		r = ask(store, "PRAGMA user_version", answer);
	if (r == 0 && str_equal(answer, "0"))
		r = execute(store, schema);
	else if (r == 0 && !str_equal(answer, "1"))
		r = -ENOTSUP;
	if (r == 0)
		r = execute(store, "COMMIT");
	for (int i = 0; r == 0 && i < SQL_STATEMENTS; i++)
		r = sqlite_error(store->db, sqlite3_prepare_v3(store->db, texts[i], -1,
						    SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL));
	return r;
}

int store_open(const char *folder, struct store **ret)
{
	struct store *store = NULL;
	struct str path = STR(PATH_MAX_BYTES);
	int r;

	r = make_folder(folder);
	if (r < 0)
		goto out;
	str_printf(&path, "%s/" FILE_NAME, folder);
	r = path.error ? path.error : make_file(folder, str_text(&path));
	if (r < 0)
		goto out;
	store = calloc(1, sizeof(*store));
	if (!store) {
		r = -ENOMEM;
		goto out;
	}
	r = sqlite_error(NULL, sqlite3_initialize());
	if (r < 0)
		goto out;
	r = sqlite3_open_v2(str_text(&path), &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	r = store->db ? sqlite_error(store->db, r) : -ENOMEM;
	if (r < 0)
		goto out;
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_BYTES, LOOKASIDE_PIECES);
	sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	sqlite3_busy_timeout(store->db, BUSY_WAIT_MS);
	r = prepare(store);
	if (r == 0)
		r = sqlite_last_place(store, &store->place);
	if (r == 0)
		(void)sqlite_prune(store); /* a disk too full for it still opens */
	if (r < 0)
		goto out;
	*ret = store;
	store = NULL;
out:
	store_close(store);
	str_release(&path);
	return r;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	(void)store_settle(store);
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store);
}

/* Write the group, if there is one. */
static int settle(struct store *store)
{
	int r = 0;

	if (!store->is_gathering)
		return 0;
	store->is_gathering = false;
	if (sqlite3_get_autocommit(store->db)) /* as in store_commit() */
		return -EIO;
	r = sqlite_run(store, store->statements[SQL_COMMIT], NULL);
	if (r < 0)
		store_rollback(store);
	return r;
}

/* Before another change. Whoever gathered is told by store_settle(). */
static int settle_first(struct store *store)
{
	int r = settle(store);

	if (r < 0)
		store->gather_error = r;
	return r;
}

/* ---------------------------------------------------------------- values */

int store_get(struct store *store, const char *area, const char *key, char **ret)
{
	sqlite3_stmt *statement = store->statements[SQL_VALUE_GET];
	char *copy;
	int code, r;

	sqlite_bind(statement, 1, area);
	sqlite_bind(statement, 2, key);
	code = sqlite3_step(statement);
	r = code == SQLITE_DONE ? -ENOENT : sqlite_error(store->db, code);
	if (r == 0) {
		copy = str_copy(sqlite_text(statement, 0));
		r = copy ? 0 : -ENOMEM;
		if (copy)
			*ret = copy;
	}
	sqlite_end(statement);
	return r;
}

int store_put(struct store *store, const char *area, const char *key, const char *value)
{
	sqlite3_stmt *statement = store->statements[SQL_VALUE_PUT];
	int r = settle_first(store);

	if (r < 0)
		return r;
	sqlite_bind(statement, 1, area);
	sqlite_bind(statement, 2, key);
	sqlite_bind(statement, 3, value);
	return sqlite_run(store, statement, NULL);
}

int store_delete(struct store *store, const char *area, const char *key)
{
	sqlite3_stmt *statement = store->statements[SQL_VALUE_DELETE];
	int r = settle_first(store);

	if (r < 0)
		return r;
	sqlite_bind(statement, 1, area);
	sqlite_bind(statement, 2, key);
	return sqlite_run(store, statement, NULL);
}

int store_each(struct store *store, const char *area,
	void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	sqlite3_stmt *statement = store->statements[SQL_VALUE_EACH];
	int code;

	sqlite_bind(statement, 1, area);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		on_value(user, sqlite_text(statement, 0), sqlite_text(statement, 1));
	sqlite_end(statement);
	return sqlite_error(store->db, code);
}

/* ---------------------------------------------------------------- several changes as one */

int store_begin(struct store *store)
{
	int r;

	assert(!store->is_in_transaction);
	r = settle_first(store);
	if (r == 0)
		r = sqlite_run(store, store->statements[SQL_BEGIN], NULL);
	if (r < 0)
		return r;
	store->is_in_transaction = true;
	store->transaction_error = 0;
	return 0;
}

int store_commit(struct store *store)
{
	int r = store->transaction_error;

	assert(store->is_in_transaction);
	/* SQLite itself rolls back on a full disk, unasked. */
	if (r == 0 && sqlite3_get_autocommit(store->db))
		r = -EIO;
	if (r == 0)
		r = sqlite_run(store, store->statements[SQL_COMMIT], NULL);
	if (r < 0)
		store_rollback(store);
	store->is_in_transaction = false;
	return r;
}

void store_rollback(struct store *store)
{
	store->is_in_transaction = false;
	if (!sqlite3_get_autocommit(store->db))
		(void)sqlite_run(store, store->statements[SQL_ROLLBACK], NULL);
}

int store_gather(struct store *store)
{
	int r;

	if (store->is_gathering || store->is_in_transaction)
		return 0;
	r = sqlite_run(store, store->statements[SQL_BEGIN], NULL);
	store->is_gathering = r == 0;
	return r;
}

int store_settle(struct store *store)
{
	int r = settle(store);

	if (r == 0)
		r = store->gather_error;
	store->gather_error = 0;
	return r;
}
