/* The journal of commands: begun, done, forgotten. Its tables are in database.c. */

#include "bot/store/database.h"

#include <errno.h>

#include "bot/base/clock.h"

#define DAY_MS (24 * 60 * 60 * UINT64_C(1000))

int database_last_place(struct database *database, int64_t *ret)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_PLACE];
	int code = sqlite3_step(statement);
	int64_t place;

	/* Whatever the file says, counting on from it does not overflow. */
	if (code == SQLITE_ROW) {
		place = sqlite3_column_int64(statement, 0);
		*ret = place < 0 || place > INT64_MAX / 2 ? INT64_MAX / 2 : place;
	}
	database_end(statement);
	return database_error(database->db, code);
}

int database_prune(struct database *database)
{
	uint64_t now_ms = clock_wall_ms(), kept_ms = STORE_JOURNAL_DAYS * DAY_MS;
	int r = 0;

	database->pruned_ms = now_ms;
	for (int i = SQL_JOURNAL_GIVE_UP; r == 0 && i <= SQL_JOURNAL_PRUNE; i++) {
		sqlite3_bind_int64(database->statements[i], 1, (sqlite3_int64)(now_ms - kept_ms));
		r = database_run(database, database->statements[i], NULL);
	}
	return r;
}

int database_journal_begin(struct database *database, const struct journal_entry *entry)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_BEGIN];
	int changed = 0, r;

	database_bind(statement, 1, entry->gateway);
	database_bind(statement, 2, entry->id);
	sqlite3_bind_int64(statement, 3, ++database->place);
	sqlite3_bind_int64(statement, 4, (sqlite3_int64)clock_wall_ms());
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
	/* A bot that is never restarted must not grow for ever either. */
	if (r == 0 && clock_wall_ms() - database->pruned_ms > DAY_MS)
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

/* ---------------------------------------------------------------- a copy into another database */

int database_journal_answered(struct database *database, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = database->statements[SQL_JOURNAL_ANSWERED];
	int r = database_journal_done(database, gateway, id);

	if (r < 0)
		return r;
	database_bind(statement, 1, gateway);
	database_bind(statement, 2, id);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)clock_wall_ms());
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
