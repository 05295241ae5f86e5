/* The store: values and the journal survive a restart. */

#include "tests/unit/store_world.h"

/* ---------------------------------------------------------------- values */

static void values_come_back(void **state)
{
	struct world *world = *state;
	struct listing listing = {"", 0};
	char *value = NULL;

	assert_int_equal(store_get(world->store, "discord/home", "shard/0", &value), -ENOENT);
	assert_null(value);
	assert_int_equal(store_put(world->store, "discord/home", "shard/1", "b"), 0);
	assert_int_equal(store_put(world->store, "discord/home", "shard/0", "a"), 0);
	assert_int_equal(store_put(world->store, "discord/home", "shard/0", "\xf0\x9f\xa7\x9f"), 0);
	assert_int_equal(store_put(world->store, "other", "shard/0", "c"), 0);
	assert_int_equal(store_delete(world->store, "nowhere", "none"), 0);
	open_again(world);
	assert_value(world->store, "discord/home", "shard/0", "\xf0\x9f\xa7\x9f");
	assert_int_equal(store_each(world->store, "discord/home", on_value, &listing), 0);
	assert_string_equal(listing.text, "shard/0=\xf0\x9f\xa7\x9f|shard/1=b|");
	assert_int_equal(store_delete(world->store, "discord/home", "shard/0"), 0);
	assert_int_equal(store_get(world->store, "discord/home", "shard/0", &value), -ENOENT);
}

static void a_text_too_long_is_refused(void **state)
{
	struct world *world = *state;
	char *text = malloc(2 * 1024 * 1024 + 1);

	assert_non_null(text);
	memset(text, 'x', 2 * 1024 * 1024);
	text[2 * 1024 * 1024] = '\0';
	assert_int_equal(store_put(world->store, "a", "k", "before"), 0);
	assert_int_equal(store_put(world->store, "a", "k", text), -EMSGSIZE);
	assert_value(world->store, "a", "k", "before");
	free(text);
}

static void several_changes_are_one(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!episode 5");

	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_put(world->store, "a", "k", "1"), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	store_rollback(world->store);
	assert_false(store_journal_knows(world->store, "home", "1"));

	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), -EEXIST); /* no reason to undo the rest */
	assert_int_equal(store_put(world->store, "a", "k", "2"), 0);
	assert_int_equal(store_commit(world->store), 0);
	open_again(world);
	assert_value(world->store, "a", "k", "2");
	assert_true(store_journal_knows(world->store, "home", "1"));
}

/* ---------------------------------------------------------------- the journal */

static void the_journal_keeps_order_and_forgets_texts(void **state)
{
	struct world *world = *state;
	struct journal_entry first = entry_of("30", "!episode secret-words"), second = entry_of("4", "!next"),
			     other = entry_of("30", "!help");
	char *bytes = NULL;
	size_t length = 0;
	FILE *file;

	other.gateway = "libera";
	assert_int_equal(store_journal_begin(world->store, &first), 0);
	assert_int_equal(store_journal_begin(world->store, &second), 0);
	assert_int_equal(store_journal_begin(world->store, &other), 0);
	assert_int_equal(store_journal_begin(world->store, &first), -EEXIST);
	open_again(world);
	assert_pending(world->store, "home", "home 30 !episode secret-words|home 4 !next|");
	assert_pending(world->store, "libera", "libera 30 !help|");

	assert_int_equal(store_journal_done(world->store, "home", "30"), 0);
	assert_int_equal(store_journal_done(world->store, "home", "30"), 0);
	assert_int_equal(store_journal_done(world->store, "home", "no such one"), 0);
	assert_int_equal(store_journal_begin(world->store, &first), -EEXIST); /* done, and still known */
	assert_true(store_journal_knows(world->store, "home", "30"));
	assert_false(store_journal_knows(world->store, "home", "no such one"));
	assert_pending(world->store, "home", "home 4 !next|");

	/* The text of a completed question is not in the file any more. */
	open_again(world);
	file = fopen(world->path, "re");
	assert_non_null(file);
	bytes = malloc(1024 * 1024);
	assert_non_null(bytes);
	length = fread(bytes, 1, 1024 * 1024, file);
	fclose(file);
	assert_null(memmem(bytes, length, "secret-words", 12));
	assert_non_null(memmem(bytes, length, "!next", 5));
	free(bytes);
}

static void on_whole_entry(void *user, const struct journal_entry *entry)
{
	*(unsigned *)user += 1;
	assert_string_equal(entry->channel, "10");
	assert_string_equal(entry->author_id, "77");
	assert_string_equal(entry->author_name, "Nam-ra");
	assert_string_equal(entry->account, "");
	assert_string_equal(entry->text, "!next");
	assert_string_equal(entry->extra, "token");
	assert_true(entry->is_private);
	assert_false(entry->is_addressed);
	assert_int_equal(entry->time_ms, 1770000000123);
}

static void an_entry_survives_completely(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!next");
	unsigned count = 0;

	entry.account = NULL;
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_journal_pending(world->store, "home", on_whole_entry, &count), 0);
	assert_int_equal(count, 1);
}

/* Write older times directly to the file: a week of running lies between them and the latest entry. */
static void old_entries_go(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("old", "!next");
	sqlite3 *db = NULL;

	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	entry.id = "old and done";
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_journal_done(world->store, "home", "old and done"), 0);
	entry.id = "new";
	store_close(world->store);
	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
					 "UPDATE begun SET begun_ms = 5; UPDATE done SET begun_ms = 5;"
					 "INSERT INTO done VALUES ('home', 'latest', 691200005)",
					 NULL, NULL, NULL),
			SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(world->folder, &world->store), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_false(store_journal_knows(world->store, "home", "old"));
	assert_false(store_journal_knows(world->store, "home", "old and done"));
	assert_pending(world->store, "home", "home new !next|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			STORE_TEST(values_come_back),
			STORE_TEST(a_text_too_long_is_refused),
			STORE_TEST(several_changes_are_one),
			STORE_TEST(the_journal_keeps_order_and_forgets_texts),
			STORE_TEST(an_entry_survives_completely),
			STORE_TEST(old_entries_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
