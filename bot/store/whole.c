/* A copy from or to the SQLite file. */

#include "bot/store/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/file.h"
#include "bot/base/str.h"
#include "bot/store/database.h"

#define PATH_MAX_BYTES 4096
#define VERSION        1                  /* of the schema: database.c */
#define PLACE_BASE     (INT64_C(1) << 50) /* of the latest question; earlier ones are before it by their age */

/*
 * What is copied of Discord depends on the number of shards, which the first shard's position says. Without a position the
 * gateway has no session, so it begins a new one: only the hash of the commands counts, and the moment of the last IDENTIFY.
 * Their number is read from Discord at a start.
 */
static const char totals_sql[] =
		"CREATE TEMP TABLE total AS SELECT area,"
		" (SELECT json_extract(s.value, '$.shards') FROM value s WHERE s.area = a.area AND s.key "
		"LIKE 'shard/%'"
		" AND json_valid(s.value) ORDER BY length(s.key), s.key LIMIT 1) AS n,"
		" (SELECT s.value FROM value s WHERE s.area = a.area AND s.key = 'self') AS self"
		" FROM (SELECT DISTINCT area FROM value WHERE area LIKE 'discord/%') a;";

/* Marks of effects count as long as their question is open. */
static const char values_sql[] = "SELECT v.area, v.key, v.value, t.n, t.self FROM value v LEFT JOIN "
				 "temp.total t ON t.area = v.area"
				 " WHERE (v.area, v.key) > (?1, ?2)"
				 " AND (v.area NOT LIKE 'discord/%' OR CASE WHEN v.key IN ('commands', "
				 "'identify') THEN 1 "
				 "WHEN t.n IS NULL THEN 0"
				 " WHEN v.key = 'self' THEN v.value <> '' AND v.value NOT GLOB '*[^0-9]*'"
				 " WHEN v.key LIKE 'shard/%' THEN json_valid(v.value) AND "
				 "json_extract(v.value, '$.shards') IS t.n"
				 " WHEN v.key LIKE 'guilds/%' THEN CAST(substr(v.key, 8) AS INTEGER) < t.n "
				 "ELSE v.key = 'rooms' END)"
				 " AND (v.area <> '" DATABASE_AREA_EFFECT
				 "' OR EXISTS (SELECT 1 FROM begun b WHERE b.gateway || ' ' || b.id = v.key))"
				 " ORDER BY v.area, v.key LIMIT ?3";

static const char open_sql[] =
		"SELECT gateway, id, channel, author_id, author_name, account, text, extra, is_private, "
		"is_addressed, time_ms,"
		" ?4 - begun_ms,"
		" place FROM begun WHERE (gateway, id) > (?1, ?2) ORDER BY gateway, id LIMIT ?3";

static const char done_sql[] =
		"SELECT gateway, id, ?4 - begun_ms FROM done WHERE (gateway, id) > (?1, ?2)"
		" AND NOT EXISTS (SELECT 1 FROM begun b WHERE b.gateway = done.gateway AND b.id = done.id)"
		" ORDER BY gateway, id LIMIT ?3";

/* The place of a copy, beside the copy: one row. */
static const char place_sql[] = "CREATE TABLE IF NOT EXISTS copy (one INTEGER PRIMARY KEY CHECK (one = 1), "
				"source TEXT NOT NULL,"
				" begun_ms INTEGER NOT NULL, kind INTEGER NOT NULL, first TEXT NOT NULL, "
				"second TEXT NOT NULL)";

struct whole {
	char *folder;
	int folder_fd; /* has the lock */
	struct stat owner;
	sqlite3 *db;       /* NULL: not begun */
	int64_t begun_ms;  /* of the copy into this folder */
	int64_t latest_ms; /* of the latest question */
	char reason[WHOLE_REASON_BYTES];
};

__attribute__((format(printf, 3, 4))) static int fail(struct whole *whole, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(whole->reason, sizeof(whole->reason), format, arguments);
	va_end(arguments);
	return error;
}

/* SQLite's result code as an errno, with its words. */
static int check(struct whole *whole, int code)
{
	int r = database_error(whole->db, code);

	return r < 0 ? fail(whole, r, "%s: %s", whole->folder,
				       whole->db ? sqlite3_errmsg(whole->db) : sqlite3_errstr(code))
		     : 0;
}

static int execute(struct whole *whole, const char *sql)
{
	return check(whole, sqlite3_exec(whole->db, sql, NULL, NULL, NULL));
}

static void path_of(const struct whole *whole, const char *name, char ret[PATH_MAX_BYTES])
{
	snprintf(ret, PATH_MAX_BYTES, "%s/%s", whole->folder, name);
}

/* ---------------------------------------------------------------- opening */

static int lock_folder(struct whole *whole, bool is_target)
{
	int r = is_target ? file_make_folder(whole->folder) : 0;

	if (r == 0) {
		whole->folder_fd = open(whole->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = whole->folder_fd < 0 || fstat(whole->folder_fd, &whole->owner) < 0 ? -errno : 0;
	}
	if (r < 0)
		return fail(whole, r, "%s: %s", whole->folder, strerror(-r));
	if (flock(whole->folder_fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return fail(whole, -EBUSY,
				"another episoded uses %s; stop it first (systemctl stop episoded)",
				whole->folder);
	return 0;
}

static int open_file(struct whole *whole, const char *name)
{
	char path[PATH_MAX_BYTES];
	int r;

	path_of(whole, name, path);
	r = check(whole, sqlite3_open_v2(path, &whole->db,
					 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
					 NULL));
	if (r == 0)
		r = execute(whole, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA "
				   "cache_size=-8192");
	return r;
}

static int read_number(struct whole *whole, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(whole->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	*ret = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : check(whole, code);
}

static int open_state(struct whole *whole)
{
	char path[PATH_MAX_BYTES];
	int64_t version = 0;
	int r;

	path_of(whole, "episoded.db", path);
	if (access(path, F_OK) < 0)
		return fail(whole, -ENOENT, "%s has no state (episoded.db)", whole->folder);
	r = open_file(whole, "episoded.db");
	if (r == 0)
		r = read_number(whole, "PRAGMA user_version", &version);
	if (r == 0 && version > VERSION)
		return fail(whole, -ENOTSUP, "a newer episoded wrote %s; copy it with that version", path);
	if (r == 0 && version != VERSION)
		return fail(whole, -EBADMSG, "%s is not a state of episoded", path);
	if (r == 0)
		r = read_number(whole,
				"SELECT max(begun_ms) FROM (SELECT begun_ms FROM begun UNION ALL SELECT "
				"begun_ms FROM done)",
				&whole->latest_ms);
	return r == 0 ? execute(whole, totals_sql) : r;
}

/* ---------------------------------------------------------------- reading */

static const char *text_at(sqlite3_stmt *statement, int column)
{
	return database_text(statement, column);
}

static void read_row(sqlite3_stmt *statement, enum copied_kind kind, struct copied_row *row)
{
	*row = (struct copied_row){
			.kind = kind, .first = text_at(statement, 0), .second = text_at(statement, 1)};
	if (kind == COPIED_VALUE) {
		row->value = text_at(statement, 2);
		row->total = (unsigned)sqlite3_column_int(statement, 3);
		row->self = text_at(statement, 4);
	} else if (kind == COPIED_DONE) {
		row->age_us = (uint64_t)sqlite3_column_int64(statement, 2) * 1000;
	} else {
		row->channel = text_at(statement, 2);
		row->author_id = text_at(statement, 3);
		row->author_name = text_at(statement, 4);
		row->account = text_at(statement, 5);
		row->text = text_at(statement, 6);
		row->extra = text_at(statement, 7);
		row->is_private = sqlite3_column_int(statement, 8);
		row->is_addressed = sqlite3_column_int(statement, 9);
		row->time_ms = (uint64_t)sqlite3_column_int64(statement, 10);
		/* Questions of one millisecond stay in their order. */
		row->age_us = (uint64_t)sqlite3_column_int64(statement, 11) * 1000 + 999 -
			      (uint64_t)sqlite3_column_int64(statement, 12) % 1000;
	}
}

static int whole_read(void *self, const struct copied_place *place, struct copied_batch *batch)
{
	static const char *const texts[COPIED_KINDS] = {open_sql, done_sql, values_sql};
	struct whole *whole = self;
	sqlite3_stmt *statement = NULL;
	bool has_space = true;
	int code, r = 0;

	code = sqlite3_prepare_v2(whole->db, texts[place->kind], -1, &statement, NULL);
	if (code != SQLITE_OK)
		return check(whole, code);
	database_bind(statement, 1, place->first);
	database_bind(statement, 2, place->second);
	sqlite3_bind_int(statement, 3, COPIED_BATCH_ROWS);
	if (place->kind != COPIED_VALUE)
		sqlite3_bind_int64(statement, 4, whole->latest_ms);
	while (has_space && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct copied_row row;

		read_row(statement, place->kind, &row);
		has_space = copied_batch_add(batch, &row, &r);
	}
	batch->is_last = has_space;
	sqlite3_finalize(statement);
	if (r == 0 && code != SQLITE_ROW && code != SQLITE_DONE)
		r = check(whole, code);
	return r;
}

/* ---------------------------------------------------------------- a target */

/* A state that has rows is not overwritten. */
static int check_free(struct whole *whole)
{
	char path[PATH_MAX_BYTES];
	int64_t rows = 0;
	int r;

	path_of(whole, "episoded.db", path);
	if (access(path, F_OK) < 0)
		return 0;
	r = open_state(whole);
	if (r == 0)
		r = read_number(whole,
				"SELECT (SELECT count(*) FROM value) + (SELECT count(*) FROM begun) + "
				"(SELECT count(*) "
				"FROM done)",
				&rows);
	if (r == 0 && rows)
		return fail(whole, -EEXIST,
				"%s has a state already; move %s/episoded.db* away, or name another folder",
				whole->folder, whole->folder);
	sqlite3_close(whole->db);
	whole->db = NULL;
	return r;
}

/* An empty file with the schema; of the folder's owner, since root may copy for the service. */
static int make_file(struct whole *whole, const char *path)
{
	static const char *const names[] = {
			"episoded.db.part", "episoded.db.part-wal", "episoded.db.part-shm"};
	struct database *database = NULL;
	char part[PATH_MAX_BYTES];
	int fd, r;

	if (access(path, F_OK) == 0)
		return 0;
	for (size_t i = sizeof(names) / sizeof(names[0]); i-- > 0;) {
		path_of(whole, names[i], part);
		(void)unlink(part);
	}
	fd = open(part, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	r = fd < 0 ? -errno : 0;
	if (r == 0 && geteuid() == 0 && fchown(fd, whole->owner.st_uid, whole->owner.st_gid) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = database_open(part, &database);
	database_close(database);
	if (r == 0 && rename(part, path) < 0)
		r = -errno;
	return r < 0 ? fail(whole, r, "%s: %s", part, strerror(-r)) : 0;
}

static int read_place(struct whole *whole, const char *source, struct copied_place *ret)
{
	sqlite3_stmt *statement = NULL;
	int r = check(whole, sqlite3_prepare_v2(whole->db,
					     "SELECT source, begun_ms, kind, first, second FROM copy", -1,
					     &statement, NULL));

	if (r == 0 && sqlite3_step(statement) == SQLITE_ROW) {
		if (!str_equal(database_text(statement, 0), source))
			r = fail(whole, -EXDEV,
					"%s has the begin of a copy from %s; go on with that one, or remove "
					"%s/episoded.db.copy",
					whole->folder, database_text(statement, 0), whole->folder);
		whole->begun_ms = sqlite3_column_int64(statement, 1);
		if (r == 0)
			r = copied_place_set(ret, (enum copied_kind)sqlite3_column_int(statement, 2),
					database_text(statement, 3), database_text(statement, 4));
	}
	sqlite3_finalize(statement);
	return r;
}

static int begin_place(struct whole *whole, const char *source, struct copied_place *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(
			whole->db, "INSERT INTO copy VALUES (1, ?1, ?2, 0, '', '')", -1, &statement, NULL);

	whole->begun_ms = (int64_t)clock_wall_ms();
	if (code == SQLITE_OK) {
		database_bind(statement, 1, source);
		sqlite3_bind_int64(statement, 2, whole->begun_ms);
		code = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return code == SQLITE_DONE ? copied_place_set(ret, 0, "", "") : check(whole, code);
}

static int whole_begin(void *self, const char *source, struct copied_place *ret_place)
{
	struct whole *whole = self;
	char path[PATH_MAX_BYTES];
	int r = check_free(whole);

	if (r < 0)
		return r;
	path_of(whole, "episoded.db.copy", path);
	r = make_file(whole, path);
	if (r == 0)
		r = open_file(whole, "episoded.db.copy");
	/* One file, so that it can be renamed; database.c switches to WAL. */
	if (r == 0)
		r = execute(whole, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL");
	if (r == 0)
		r = execute(whole, place_sql);
	if (r == 0)
		r = read_place(whole, source, ret_place);
	if (r == 0 && !ret_place->first)
		r = begin_place(whole, source, ret_place);
	if (r == 0 && ret_place->kind == COPIED_KINDS)
		r = execute(whole, totals_sql);
	return r;
}

static int write_row(struct whole *whole, sqlite3_stmt *statement, const struct copied_row *row)
{
	int64_t age_us = row->age_us < (uint64_t)PLACE_BASE ? (int64_t)row->age_us : PLACE_BASE - 1;
	int64_t begun_ms = whole->begun_ms - age_us / 1000;
	int code;

	database_bind(statement, 1, row->first);
	database_bind(statement, 2, row->second);
	if (row->kind == COPIED_VALUE) {
		database_bind(statement, 3, row->value);
	} else {
		sqlite3_bind_int64(statement, 3, begun_ms > 0 ? begun_ms : 1);
	}
	if (row->kind == COPIED_OPEN) {
		sqlite3_bind_int64(statement, 4, PLACE_BASE - age_us);
		database_bind(statement, 5, row->channel);
		database_bind(statement, 6, row->author_id);
		database_bind(statement, 7, row->author_name);
		database_bind(statement, 8, row->account);
		database_bind(statement, 9, row->text);
		database_bind(statement, 10, row->extra);
		sqlite3_bind_int(statement, 11, row->is_private);
		sqlite3_bind_int(statement, 12, row->is_addressed);
		sqlite3_bind_int64(statement, 13, (sqlite3_int64)row->time_ms);
	}
	code = sqlite3_step(statement);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE ? 0 : check(whole, code);
}

static int write_rows(struct whole *whole, const struct copied_batch *batch)
{
	static const char *const texts[COPIED_KINDS] = {
			"INSERT OR REPLACE INTO begun (gateway, id, begun_ms, place, channel, author_id, "
			"author_name, "
			"account, text, extra, is_private, is_addressed, time_ms) VALUES (?1, ?2, ?3, ?4, "
			"?5, ?6, ?7, "
			"?8, ?9, ?10, ?11, ?12, ?13)",
			"INSERT OR REPLACE INTO done (gateway, id, begun_ms) VALUES (?1, ?2, ?3)",
			"INSERT OR REPLACE INTO value (area, key, value) VALUES (?1, ?2, ?3)",
	};
	sqlite3_stmt *statement = NULL;
	int r = 0;

	if (!batch->count)
		return 0;
	r = check(whole, sqlite3_prepare_v2(whole->db, texts[batch->rows[0].kind], -1, &statement, NULL));
	for (size_t i = 0; r == 0 && i < batch->count; i++)
		r = write_row(whole, statement, &batch->rows[i]);
	sqlite3_finalize(statement);
	return r;
}

static int write_place(struct whole *whole, const struct copied_place *place)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(whole->db, "UPDATE copy SET kind = ?1, first = ?2, second = ?3", -1,
			&statement, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_int(statement, 1, (int)place->kind);
		database_bind(statement, 2, place->first);
		database_bind(statement, 3, place->second);
		code = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return code == SQLITE_DONE ? 0 : check(whole, code);
}

static int whole_write(void *self, const struct copied_batch *batch, const struct copied_place *before,
		const struct copied_place *after)
{
	struct whole *whole = self;
	int r = execute(whole, "BEGIN IMMEDIATE");

	(void)before; /* the folder's lock keeps a second copy away */
	if (r == 0)
		r = write_rows(whole, batch);
	if (r == 0)
		r = write_place(whole, after);
	if (r == 0)
		r = execute(whole, "COMMIT");
	if (r < 0 && !sqlite3_get_autocommit(whole->db))
		(void)sqlite3_exec(whole->db, "ROLLBACK", NULL, NULL, NULL);
	/* The reader of a target asks for the number of shards, which is known once the values are there. */
	if (r == 0 && after->kind == COPIED_KINDS)
		r = execute(whole, totals_sql);
	return r;
}

static int whole_finish(void *self)
{
	static const char *const leftovers[] = {"episoded.db-wal", "episoded.db-shm"};
	struct whole *whole = self;
	char from[PATH_MAX_BYTES], to[PATH_MAX_BYTES], other[PATH_MAX_BYTES];
	int r = execute(whole, "DROP TABLE copy");

	if (r < 0)
		return r;
	sqlite3_close(whole->db);
	whole->db = NULL;
	path_of(whole, "episoded.db.copy", from);
	path_of(whole, "episoded.db", to);
	/* Of an empty state, which begin() has seen; they would belong to the copy then. */
	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
		path_of(whole, leftovers[i], other);
		(void)unlink(other);
	}
	if (rename(from, to) < 0 || fsync(whole->folder_fd) < 0)
		return fail(whole, -errno, "%s: %s", to, strerror(errno));
	return 0;
}

/* ---------------------------------------------------------------- the side */

static int whole_look(void *self)
{
	(void)self; /* the lock is held */
	return 0;
}

static const char *whole_explain(void *self)
{
	return ((struct whole *)self)->reason;
}

static void whole_close(void *self)
{
	struct whole *whole = self;

	if (!whole)
		return;
	if (whole->db)
		sqlite3_close(whole->db);
	if (whole->folder_fd >= 0)
		close(whole->folder_fd);
	free(whole->folder);
	free(whole);
}

int whole_open(const char *folder, bool is_target, struct copied_side *ret,
		char ret_reason[WHOLE_REASON_BYTES])
{
	struct whole *whole = calloc(1, sizeof(*whole));
	int r;

	snprintf(ret_reason, WHOLE_REASON_BYTES, "%s", strerror(ENOMEM));
	if (!whole)
		return -ENOMEM;
	whole->folder_fd = -1;
	whole->folder = str_copy(folder);
	r = whole->folder ? lock_folder(whole, is_target) : -ENOMEM;
	if (r == 0 && !is_target)
		r = open_state(whole);
	if (r < 0) {
		if (*whole->reason)
			snprintf(ret_reason, WHOLE_REASON_BYTES, "%s", whole->reason);
		whole_close(whole);
		return r;
	}
	*ret = (struct copied_side){whole, whole_read, whole_write, whole_begin, whole_finish, whole_look,
			whole_explain, whole_close};
	return 0;
}
