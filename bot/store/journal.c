/* The journal of commands: begun, done, forgotten. Its tables stand in sqlite.c. */

#include "bot/store/sqlite.h"

#include <errno.h>

#include "bot/base/clock.h"

#define DAY_MS (24 * 60 * 60 * UINT64_C(1000))

int sqlite_last_place(struct store *store, int64_t *ret)
{
	sqlite3_stmt *statement = store->statements[SQL_JOURNAL_PLACE];
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite_end(statement);
	return sqlite_error(store->db, code);
}

int sqlite_prune(struct store *store)
{
	uint64_t now_ms = clock_wall_ms(), kept_ms = STORE_JOURNAL_DAYS * DAY_MS;
	int r = 0;

	store->pruned_ms = now_ms;
	for (int i = SQL_JOURNAL_GIVE_UP; r == 0 && i <= SQL_JOURNAL_PRUNE; i++) {
		sqlite3_bind_int64(store->statements[i], 1, (sqlite3_int64)(now_ms - kept_ms));
		r = sqlite_run(store, store->statements[i], NULL);
	}
	return r;
}

int store_journal_begin(struct store *store, const struct journal_entry *entry)
{
	sqlite3_stmt *statement = store->statements[SQL_JOURNAL_BEGIN];
	int changed = 0, r;

	sqlite_bind(statement, 1, entry->gateway);
	sqlite_bind(statement, 2, entry->id);
	sqlite3_bind_int64(statement, 3, ++store->place);
	sqlite3_bind_int64(statement, 4, (sqlite3_int64)clock_wall_ms());
	sqlite_bind(statement, 5, entry->channel);
	sqlite_bind(statement, 6, entry->author_id);
	sqlite_bind(statement, 7, entry->author_name);
	sqlite_bind(statement, 8, entry->account);
	sqlite_bind(statement, 9, entry->text);
	sqlite3_bind_int(statement, 10, entry->is_private);
	sqlite3_bind_int(statement, 11, entry->is_addressed);
	sqlite3_bind_int64(statement, 12, (sqlite3_int64)entry->time_ms);
	sqlite_bind(statement, 13, entry->extra);
	r = sqlite_run(store, statement, &changed);
	return r == 0 && changed == 0 ? -EEXIST : r;
}

int store_journal_done(struct store *store, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = store->statements[SQL_JOURNAL_DONE];
	int r;

	sqlite_bind(statement, 1, gateway);
	sqlite_bind(statement, 2, id);
	r = sqlite_run(store, statement, NULL);
	/* A bot that is never restarted must not grow for ever either. */
	if (r == 0 && clock_wall_ms() - store->pruned_ms > DAY_MS)
		(void)sqlite_prune(store);
	return r;
}

bool store_journal_knows(struct store *store, const char *gateway, const char *id)
{
	sqlite3_stmt *statement = store->statements[SQL_JOURNAL_KNOWS];
	bool is_known;

	sqlite_bind(statement, 1, gateway);
	sqlite_bind(statement, 2, id);
	is_known = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0);
	sqlite_end(statement);
	return is_known;
}

int store_journal_pending(struct store *store, const char *gateway,
	void (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	sqlite3_stmt *statement = store->statements[SQL_JOURNAL_PENDING];
	int code;

	sqlite_bind(statement, 1, gateway);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct journal_entry entry = {
			.gateway = gateway,
			.id = sqlite_text(statement, 0),
			.channel = sqlite_text(statement, 1),
			.author_id = sqlite_text(statement, 2),
			.author_name = sqlite_text(statement, 3),
			.account = sqlite_text(statement, 4),
			.text = sqlite_text(statement, 5),
			.is_private = sqlite3_column_int(statement, 6) != 0,
			.is_addressed = sqlite3_column_int(statement, 7) != 0,
			.time_ms = (uint64_t)sqlite3_column_int64(statement, 8),
			.extra = sqlite_text(statement, 9),
		};

		on_entry(user, &entry);
	}
	sqlite_end(statement);
	return sqlite_error(store->db, code);
}
