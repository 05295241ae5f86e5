/* Changes held in memory while the file cannot be used, and their later fate. */

#include "tests/unit/store_world.h"

/* The file disappears, as behind a missing mount, and returns. */
static void take_away(struct world *world)
{
	char away[128];

	store_close(world->store);
	world->store = NULL;
	snprintf(away, sizeof(away), "%s/away", world->folder);
	assert_int_equal(rename(world->path, away), 0);
	assert_int_equal(mkdir(world->path, 0700), 0);
	assert_int_equal(store_new(world->folder, &world->store), 0);
	assert_int_equal(store_trouble(world->store), -EISDIR);
	assert_false(store_is_read(world->store));
}

static void bring_back(struct world *world, unsigned expected_written)
{
	unsigned written = 0;
	char away[128];

	snprintf(away, sizeof(away), "%s/away", world->folder);
	assert_int_equal(rmdir(world->path), 0);
	assert_int_equal(rename(away, world->path), 0);
	assert_int_equal(store_retry(world->store, &written), 0);
	assert_int_equal(store_trouble(world->store), 0);
	assert_int_equal(written, expected_written);
	assert_true(store_is_read(world->store));
}

static void owner_commands_given_without_the_file_take_precedence(void **state)
{
	struct world *world = *state;
	struct listing listing = {"", 0};
	char *value = NULL;

	assert_int_equal(store_put(world->store, "a", "deleted", "old"), 0);
	assert_int_equal(store_put(world->store, "a", "replaced", "old"), 0);
	assert_int_equal(store_put(world->store, "a", "untouched", "old"), 0);
	take_away(world);
	assert_int_equal(store_get(world->store, "a", "untouched", &value), -EAGAIN);
	assert_int_equal(store_keep(world->store, "a", "deleted", NULL), 0);
	assert_int_equal(store_put(world->store, "a", "replaced", "new"), 0);
	assert_int_equal(store_keep(world->store, "a", "added", "new"), 0);
	assert_int_equal(store_get(world->store, "a", "deleted", &value), -ENOENT);
	assert_value(world->store, "a", "replaced", "new");
	assert_int_equal(store_retry(world->store, NULL), -EISDIR);
	bring_back(world, 3);
	open_again(world);
	assert_int_equal(store_each(world->store, "a", on_value, &listing), 0);
	assert_string_equal(listing.text, "added=new|replaced=new|untouched=old|");
}

static void begin_entry(struct store *store, const char *id)
{
	const struct journal_entry entry = entry_of(id, "!next");

	assert_int_equal(store_journal_begin(store, &entry), 0);
}

static void on_left(void *user, const struct journal_entry *entry)
{
	struct listing *listing = user;

	if (entry->is_left)
		on_entry(user, entry);
	listing->count += !entry->is_left;
}

/* Entries of an earlier process are not answered twice, and its open ones are marked as left open. */
static void questions_answered_while_the_file_was_away_are_done(void **state)
{
	struct world *world = *state;
	struct listing listing = {"", 0};

	begin_entry(world->store, "left");
	begin_entry(world->store, "left, asked again, answered");
	begin_entry(world->store, "left, asked again, open");
	begin_entry(world->store, "done");
	assert_int_equal(store_journal_done(world->store, "home", "done"), 0);
	take_away(world);
	begin_entry(world->store, "left, asked again, answered");
	assert_int_equal(store_journal_done(world->store, "home", "left, asked again, answered"), 0);
	begin_entry(world->store, "left, asked again, open");
	begin_entry(world->store, "done"); /* unknown as yet */
	begin_entry(world->store, "new, open");
	begin_entry(world->store, "new, answered");
	assert_int_equal(store_journal_done(world->store, "home", "new, answered"), 0);
	bring_back(world, 5);

	assert_pending(world->store, "home",
			"home left !next|home left, asked again, open !next|home new, open !next|");
	assert_int_equal(store_journal_pending(world->store, "home", on_left, &listing), 0);
	assert_string_equal(listing.text, "home left !next|");
	assert_true(store_journal_knows(world->store, "home", "new, answered"));
	open_again(world);
	assert_true(store_journal_knows(world->store, "home", "done"));
	assert_true(store_journal_knows(world->store, "home", "left, asked again, answered"));
}

/* ---------------------------------------------------------------- while it runs */

static struct rlimit before;

static void fill_disk(void)
{
	struct rlimit small = {.rlim_cur = 100};

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

static void make_room(void)
{
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void count_trouble(void *user)
{
	++*(unsigned *)user;
}

static void gathered_questions_are_held_when_their_commit_fails(void **state)
{
	struct world *world = *state;
	unsigned troubles = 0, written = 0;

	store_watch(world->store, count_trouble, &troubles);
	begin_entry(world->store, "0");
	assert_int_equal(store_gather(world->store), 0);
	begin_entry(world->store, "1");
	begin_entry(world->store, "2");
	assert_int_equal(store_journal_done(world->store, "home", "0"), 0);
	assert_int_equal(store_journal_done(world->store, "home", "1"), 0);
	fill_disk();
	assert_int_equal(store_settle(world->store), 0);
	assert_int_equal(store_trouble(world->store), -ENOSPC);
	assert_int_equal(troubles, 1);
	assert_pending(world->store, "home", "home 2 !next|");
	assert_int_equal(store_gather(world->store), 0);
	begin_entry(world->store, "3");
	assert_int_equal(store_settle(world->store), 0);
	make_room();
	assert_int_equal(store_retry(world->store, &written), 0);
	assert_int_equal(written, 4);
	assert_int_equal(troubles, 1);
	open_again(world);
	assert_pending(world->store, "home", "home 2 !next|home 3 !next|");
	assert_true(store_journal_knows(world->store, "home", "0"));
	assert_true(store_journal_knows(world->store, "home", "1"));
}

static void a_transaction_is_held_as_a_whole_or_not_at_all(void **state)
{
	struct world *world = *state;
	struct listing listing = {"", 0};

	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_put(world->store, "a", "1", "v"), 0);
	assert_int_equal(store_put(world->store, "a", "2", "v"), 0);
	fill_disk();
	assert_int_equal(store_commit(world->store), 0);
	assert_int_equal(store_trouble(world->store), -ENOSPC);
	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_put(world->store, "a", "3", "v"), 0);
	store_rollback(world->store);
	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_put(world->store, "a", "4", "v"), 0);
	assert_int_equal(store_commit(world->store), 0);
	make_room();
	assert_int_equal(store_retry(world->store, NULL), 0);
	open_again(world);
	assert_int_equal(store_each(world->store, "a", on_value, &listing), 0);
	assert_string_equal(listing.text, "1=v|2=v|4=v|");
}

/* Memory is limited: the first changes are held, and are written to the file later. */
static void held_changes_have_a_limit(void **state)
{
	struct world *world = *state;
	char *text = malloc(100 * 1024), key[16];
	unsigned written = 0;
	int r = 0, count;

	assert_non_null(text);
	memset(text, 'x', 100 * 1024 - 1);
	text[100 * 1024 - 1] = '\0';
	fill_disk();
	for (count = 0; r == 0 && count < 1000; count++) {
		snprintf(key, sizeof(key), "%d", count);
		r = store_put(world->store, "a", key, text);
	}
	assert_int_equal(r, -ENOSPC);
	assert_in_range(count, 20, 50);
	assert_value(world->store, "a", "0", text);
	make_room();
	assert_int_equal(store_retry(world->store, &written), 0);
	assert_int_equal(written, count - 1);
	free(text);
}

static void a_file_that_was_removed_is_made_again(void **state)
{
	struct world *world = *state;
	char path[128];

	assert_int_equal(store_put(world->store, "a", "before", "v"), 0);
	assert_int_equal(unlink(world->path), 0);
	snprintf(path, sizeof(path), "%s-wal", world->path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_keep(world->store, "a", "after", "v"), 0);
	assert_int_equal(store_trouble(world->store), -ESTALE);
	assert_int_equal(store_retry(world->store, NULL), 0);
	open_again(world);
	assert_value(world->store, "a", "before", "v");
	assert_value(world->store, "a", "after", "v");
}

static void scribble(const char *path)
{
	char noise[4096];
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	off_t length = lseek(fd, 0, SEEK_END);

	memset(noise, 0x5a, sizeof(noise));
	assert_true(fd >= 0 && length > 0);
	for (off_t at = 0; at < length; at += (off_t)sizeof(noise))
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
	close(fd);
}

static void a_file_damaged_at_run_time_is_renamed(void **state)
{
	struct world *world = *state;
	struct journal_entry entry;
	struct listing listing = {"", 0};
	char text[3000], id[32], path[128];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 500; i++) {
		snprintf(id, sizeof(id), "%d", i);
		entry = entry_of(id, text);
		assert_int_equal(store_journal_begin(world->store, &entry), 0);
	}
	scribble(world->path);
	snprintf(path, sizeof(path), "%s-wal", world->path);
	scribble(path);
	assert_int_equal(store_journal_pending(world->store, "home", on_entry, &listing), -EBADMSG);
	assert_int_equal(store_trouble(world->store), -EBADMSG);
	assert_int_equal(store_keep(world->store, "a", "k", "v"), 0);
	assert_int_equal(store_retry(world->store, NULL), 0);
	assert_non_null(store_take_aside(world->store));
	assert_value(world->store, "a", "k", "v");
	open_again(world);
	assert_value(world->store, "a", "k", "v");
	assert_null(store_take_aside(world->store));
}

/* ---------------------------------------------------------------- what is no file of ours */

static void expect_trouble(struct world *world, int trouble)
{
	store_close(world->store);
	assert_int_equal(store_new(world->folder, &world->store), 0);
	assert_int_equal(store_trouble(world->store), trouble);
	assert_int_equal(store_keep(world->store, "a", "k", "v"), 0);
	assert_value(world->store, "a", "k", "v");
}

static void an_object_in_place_of_the_file_is_reported(void **state)
{
	struct world *world = *state;
	char target[128];

	store_close(world->store);
	world->store = NULL;
	assert_int_equal(unlink(world->path), 0);
	snprintf(target, sizeof(target), "%s/target", world->folder);
	assert_int_equal(symlink(target, world->path), 0);
	expect_trouble(world, -ENOENT);
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(mkfifo(world->path, 0600), 0);
	expect_trouble(world, -ENXIO);
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(mkdir(world->path, 0700), 0);
	expect_trouble(world, -EISDIR);
	assert_int_equal(rmdir(world->path), 0);
	assert_int_equal(store_retry(world->store, NULL), 0);
	assert_value(world->store, "a", "k", "v");
}

static void a_lock_of_another_program_passes(void **state)
{
	struct world *world = *state;
	sqlite3 *db = NULL;

	store_close(world->store);
	world->store = NULL;
	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE", NULL, NULL, NULL),
			SQLITE_OK);
	expect_trouble(world, -EAGAIN);
	assert_int_equal(store_retry(world->store, NULL), -EAGAIN);
	sqlite3_close(db);
	assert_int_equal(store_retry(world->store, NULL), 0);
	open_again(world);
	assert_value(world->store, "a", "k", "v");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			STORE_TEST(owner_commands_given_without_the_file_take_precedence),
			STORE_TEST(questions_answered_while_the_file_was_away_are_done),
			STORE_TEST(gathered_questions_are_held_when_their_commit_fails),
			STORE_TEST(a_transaction_is_held_as_a_whole_or_not_at_all),
			STORE_TEST(held_changes_have_a_limit),
			STORE_TEST(a_file_that_was_removed_is_made_again),
			STORE_TEST(a_file_damaged_at_run_time_is_renamed),
			STORE_TEST(an_object_in_place_of_the_file_is_reported),
			STORE_TEST(a_lock_of_another_program_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
