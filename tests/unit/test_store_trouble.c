/* The store after a kill, on a full disk, with a damaged file, and without write permission. */

#include "tests/unit/store_world.h"

/* ---------------------------------------------------------------- what can go wrong */

/* 20 processes in a row are killed between begin, position and done: all confirmed changes are in the file. */
static void a_killed_process_loses_nothing(void **state)
{
	struct world *world = *state;
	char id[32], *value;
	int pipes[2], last;

	store_close(world->store);
	world->store = NULL;
	for (int round = 0; round < 20; round++) {
		unsigned char said = 0, byte;
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct store *store = NULL;
			struct journal_entry entry;

			if (store_open(world->folder, &store) != 0)
				_exit(1);
			for (byte = 1; byte < 200; byte++) {
				snprintf(id, sizeof(id), "%d-%d", round, byte);
				entry = entry_of(id, "!next");
				if (store_journal_begin(store, &entry) != 0 ||
						store_put(store, "discord/home", "shard/0", id) != 0 ||
						write(pipes[1], &byte, 1) != 1)
					_exit(1);
			}
			pause();
		}
		close(pipes[1]);
		while (said < 1 + round * 7 && read(pipes[0], &byte, 1) == 1)
			said = byte;
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while (read(pipes[0], &byte, 1) == 1)
			said = byte;
		close(pipes[0]);
		assert_true(said >= 1);

		assert_int_equal(store_open(world->folder, &world->store), 0);
		for (int i = 1; i <= said; i++) {
			snprintf(id, sizeof(id), "%d-%d", round, i);
			assert_true(store_journal_knows(world->store, "home", id));
		}
		assert_int_equal(store_get(world->store, "discord/home", "shard/0", &value), 0);
		last = (int)strtol(strchr(value, '-') + 1, NULL, 10);
		assert_true(last >= said);
		free(value);
		store_close(world->store);
		world->store = NULL;
	}
}

/* Have an effect of two changes in another process, which is killed at the end, or between them. */
static void have_effect(const char *folder, const char *id, bool is_ended)
{
	struct journal_entry entry = entry_of(id, "!watch stop");
	struct store *store = NULL;
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (store_open(folder, &store) != 0 || store_gather(store) != 0 ||
				store_journal_begin(store, &entry) != 0)
			_exit(1);
		store_effect_begin(store, "home", id);
		if (store_keep(store, "progress", "#c", "5") != 0 ||
				store_keep(store, "occasion", "party", NULL) != 0)
			_exit(2);
		if (is_ended)
			store_effect_end(store, STORE_EFFECT_DONE);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_kill_leaves_all_changes_of_an_effect_or_not_one(void **state)
{
	struct world *world = *state;

	assert_int_equal(store_put(world->store, "occasion", "party", "record"), 0);
	for (int is_ended = 0; is_ended < 2; is_ended++) {
		const char *id = is_ended ? "8" : "7";
		char *value = NULL, *mark = NULL;

		store_close(world->store);
		world->store = NULL;
		have_effect(world->folder, id, is_ended);
		assert_int_equal(store_open(world->folder, &world->store), 0);
		assert_true(store_journal_knows(world->store, "home", id));
		assert_int_equal(store_get(world->store, "progress", "#c", &value), is_ended ? 0 : -ENOENT);
		free(value);
		value = NULL;
		assert_int_equal(
				store_get(world->store, "occasion", "party", &value), is_ended ? -ENOENT : 0);
		free(value);
		assert_int_equal(store_effect_get(world->store, "home", id, &mark), is_ended ? 0 : -ENOENT);
		free(mark);
	}
}

static void only_one_may_have_it(void **state)
{
	struct world *world = *state;
	struct store *second = NULL;
	int status = 0;
	pid_t pid;

	assert_int_equal(store_open(world->folder, &second), -EBUSY);
	assert_null(second);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(store_open(world->folder, &second) == -EBUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* Both refusals keep the first store's lock. */
	assert_int_equal(store_put(world->store, "a", "k", "v"), 0);
	assert_int_equal(store_open(world->folder, &second), -EBUSY);
}

static void overwrite(const char *path, off_t offset, const void *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, offset), length);
	close(fd);
}

/* Without their WALs. */
static unsigned count_named(const struct world *world, const char *beginning)
{
	DIR *listing = opendir(world->folder);
	const struct dirent *entry;
	unsigned count = 0;

	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL) {
		count += strncmp(entry->d_name, beginning, strlen(beginning)) == 0 &&
			 !strstr(entry->d_name, "-wal");
	}
	closedir(listing);
	return count;
}

static void read_file(const char *folder, const char *name, char *ret, size_t size)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, ret, size), size);
	close(fd);
}

/* A page in the middle, the beginning, a file that is not a database: each is kept under a name of its own.
 */
static void a_damaged_file_is_renamed_and_no_file_is_overwritten(void **state)
{
	struct world *world = *state;
	struct journal_entry entry;
	char id[32], noise[4096], after[4096];
	const char *aside;

	memset(noise, 0x5a, sizeof(noise));
	for (int i = 0; i < 500; i++) {
		snprintf(id, sizeof(id), "%d", i);
		entry = entry_of(id, "!next");
		assert_int_equal(store_journal_begin(world->store, &entry), 0);
	}
	store_close(world->store);
	world->store = NULL;

	for (unsigned i = 1; i <= STORE_ASIDE_MAX; i++) {
		overwrite(world->path, i == 1 ? 5 * 4096 : 0, noise, sizeof(noise));
		open_again(world);
		aside = store_take_aside(world->store);
		assert_non_null(aside);
		assert_memory_equal(aside, "episoded.db.damaged-20", strlen("episoded.db.damaged-20"));
		read_file(world->folder, aside, after, sizeof(after));
		assert_int_equal(memcmp(after, noise, sizeof(noise)) == 0, i != 1);
		assert_null(store_take_aside(world->store));
		assert_int_equal(count_named(world, "episoded.db.damaged-"), i);
		assert_false(store_journal_knows(world->store, "home", "1"));
		assert_int_equal(store_keep(world->store, "a", "k", "v"), 0);
		store_close(world->store);
		world->store = NULL;
	}

	/* One more, and it is left where it is. */
	overwrite(world->path, 0, noise, sizeof(noise));
	assert_int_equal(store_open(world->folder, &world->store), -EMLINK);
	assert_null(world->store);
	read_file(world->folder, "episoded.db", after, sizeof(after));
	assert_memory_equal(after, noise, sizeof(noise));
	assert_int_equal(count_named(world, "episoded.db.damaged-"), STORE_ASIDE_MAX);
}

static void a_wal_goes_with_its_damaged_file(void **state)
{
	struct world *world = *state;
	char path[256], after[4];

	store_close(world->store);
	world->store = NULL;
	overwrite(world->path, 0, "no database", 11);
	snprintf(path, sizeof(path), "%s-wal", world->path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	overwrite(path, 0, "wal!", 4);
	open_again(world);
	snprintf(path, sizeof(path), "%s-wal", store_take_aside(world->store));
	read_file(world->folder, path, after, sizeof(after));
	assert_memory_equal(after, "wal!", 4);
	assert_int_equal(count_named(world, "episoded.db.damaged-"), 1);
	open_again(world); /* and the new file is good */
}

static void change_outside(const struct world *world, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_newer_file_is_not_changed(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	char before[8192], after[8192];

	store_close(world->store);
	world->store = NULL;
	change_outside(world, "PRAGMA journal_mode = DELETE; PRAGMA user_version = 2");
	read_file(world->folder, "episoded.db", before, sizeof(before));
	assert_int_equal(store_open(world->folder, &store), -ENOTSUP);
	assert_null(store);
	assert_int_equal(store_new(world->folder, &store), 0);
	assert_int_equal(store_put(store, "a", "k", "v"), 0); /* held, */
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_retry(store, NULL), -ENOTSUP);
	store_close(store); /* and not written at the end */
	read_file(world->folder, "episoded.db", after, sizeof(after));
	assert_memory_equal(after, before, sizeof(before));
	assert_int_equal(count_named(world, "episoded.db"), 1);
	change_outside(world, "PRAGMA user_version = 1");
	open_again(world);
}

static void a_file_without_our_tables_is_damaged(void **state)
{
	struct world *world = *state;

	store_close(world->store);
	world->store = NULL;
	change_outside(world, "DROP TABLE done");
	open_again(world);
	assert_non_null(store_take_aside(world->store));
}

/* ---------------------------------------------------------------- while the file cannot be written */

/* Fill the disk until a write fails, and check that failed changes are held. Return the number of the first held
 * entry. */
static int fill(struct store *store)
{
	struct journal_entry entry;
	char text[3000], id[32];
	int count;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (count = 0; store_trouble(store) == 0 && count < 5000; count++) {
		snprintf(id, sizeof(id), "%d", count);
		entry = entry_of(id, text);
		assert_int_equal(store_journal_begin(store, &entry), 0);
	}
	assert_int_equal(store_trouble(store), -ENOSPC);
	assert_int_equal(store_journal_begin(store, &entry), -EEXIST);
	assert_true(store_journal_knows(store, "home", id));
	assert_true(store_journal_knows(store, "home", "0"));
	assert_int_equal(store_journal_done(store, "home", "0"), 0);
	entry.id = "held and done";
	assert_int_equal(store_journal_begin(store, &entry), 0);
	assert_int_equal(store_journal_done(store, "home", "held and done"), 0);

	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_put(store, "a", "in a transaction", "v"), 0);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_put(store, "a", "rolled back", "v"), 0);
	store_rollback(store);
	assert_int_equal(store_keep(store, "a", "before", NULL), 0);
	assert_int_equal(store_keep(store, "a", "k", "held"), 0);
	assert_value(store, "a", "k", "held");
	assert_int_equal(store_retry(store, NULL), -ENOSPC);
	return count - 1;
}

/* After there was room again. */
static void assert_written(struct store *store, int first_held)
{
	struct listing listing = {"", 0};
	char id[32], *value = NULL;

	snprintf(id, sizeof(id), "%d", first_held);
	assert_true(store_journal_knows(store, "home", id));
	assert_true(store_journal_knows(store, "home", "0"));
	assert_true(store_journal_knows(store, "home", "held and done"));
	assert_int_equal(store_each(store, "a", on_value, &listing), 0);
	assert_string_equal(listing.text, "in a transaction=v|k=held|");
	assert_int_equal(store_get(store, "a", "before", &value), -ENOENT);
}

static void a_limit_on_files_is_a_full_disk(void **state)
{
	struct world *world = *state;
	struct rlimit before, small = {.rlim_cur = 400 * 1024};
	unsigned written = 0;
	int first_held;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(store_put(world->store, "a", "before", "v"), 0);
	first_held = fill(world->store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(store_retry(world->store, &written), 0);
	assert_int_equal(written, 6);
	assert_int_equal(store_trouble(world->store), 0);
	open_again(world);
	assert_written(world->store, first_held);
}

/* A file system of one megabyte, where the test may mount one. */
static void a_full_disk_is_reported(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	char filler[96];
	int first_held;

	if (mount("episoded-test", world->folder, "tmpfs", 0, "size=1m") < 0) {
		print_message("not allowed to mount a file system: skipped\n");
		skip();
	}
	snprintf(filler, sizeof(filler), "%s/filler", world->folder);
	close(open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(truncate(filler, 0), 0);
	assert_int_equal(store_open(world->folder, &store), 0);
	assert_int_equal(store_put(store, "a", "before", "v"), 0);
	overwrite(filler, 0, (char[200 * 1024]){0}, 200 * 1024);
	first_held = fill(store);
	assert_int_equal(truncate(filler, 0), 0);
	store_close(store); /* which writes what is held; the WAL may be too long to be copied back */
	store = NULL;
	assert_int_equal(store_new(world->folder, &store), 0);
	assert_written(store, first_held);
	store_close(store);
	store = NULL;

	/* The same file system, now read-only, and then empty. */
	assert_int_equal(mount(NULL, world->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(store_open(world->folder, &store), -EROFS);
	assert_int_equal(umount(world->folder), 0);
	assert_null(store);
}

static void a_read_only_folder_is_reported(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	int status = 0;
	pid_t pid;

	store_close(world->store);
	world->store = NULL;
	assert_int_equal(chmod(world->folder, 0555), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (getuid() == 0 && setuid(NOBODY) < 0)
			_exit(2);
		_exit(store_open(world->folder, &store) == -EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(world->folder, 0700), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(store_open(world->path, &store), -ENOTDIR);
	assert_int_equal(store_open("", &store), -EINVAL);
	assert_null(store);
}

static void folder_and_file_are_for_the_owner_alone(void **state)
{
	struct world *world = *state;
	struct stat about;
	struct store *store = NULL;
	char folder[96], path[160];

	snprintf(folder, sizeof(folder), "%s/deep/er/", world->folder);
	assert_int_equal(store_open(folder, &store), 0);
	assert_int_equal(store_put(store, "a", "k", "v"), 0);
	assert_int_equal(stat(folder, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/episoded.db", folder);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/episoded.db-wal", folder);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	store_close(store);
	snprintf(path, sizeof(path), "%s/episoded.db", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	snprintf(folder, sizeof(folder), "%s/deep", world->folder);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			STORE_TEST(a_killed_process_loses_nothing),
			STORE_TEST(a_kill_leaves_all_changes_of_an_effect_or_not_one),
			STORE_TEST(only_one_may_have_it),
			STORE_TEST(a_damaged_file_is_renamed_and_no_file_is_overwritten),
			STORE_TEST(a_wal_goes_with_its_damaged_file),
			STORE_TEST(a_newer_file_is_not_changed),
			STORE_TEST(a_file_without_our_tables_is_damaged),
			STORE_TEST(a_limit_on_files_is_a_full_disk),
			STORE_TEST(a_full_disk_is_reported),
			STORE_TEST(a_read_only_folder_is_reported),
			STORE_TEST(folder_and_file_are_for_the_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
