/* The store: values and the journal survive a restart. */

#include "tests/unit/store_suite.h"

static void the_text_of_a_completed_question_leaves_the_file(void **state)
{
	struct world *world = *state;
	struct journal_entry first = entry_of("30", "!episode secret-words"), second = entry_of("4", "!next");
	char *bytes = NULL;
	size_t length = 0;
	FILE *file;

	assert_int_equal(store_journal_begin(world->store, &first), 0);
	assert_int_equal(store_journal_begin(world->store, &second), 0);
	open_again(world);
	assert_int_equal(store_journal_done(world->store, "home", "30"), 0);
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
			STORE_SUITE(STORE_TEST),
			STORE_SUITE(REMOTE_TEST),
			STORE_TEST(the_text_of_a_completed_question_leaves_the_file),
			STORE_TEST(old_entries_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
