/* The store after a kill, on a full disk, damaged, or where it may not write. */

#include "tests/unit/store_world.h"

/* ---------------------------------------------------------------- what can go wrong */

/* 20 processes in a row are killed at some moment of begin, position, done; what they said they had, is
 * there. */
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
	/* Both refusals have left the first one its lock. */
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

static void damage_is_told_and_left_alone(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	struct journal_entry entry;
	char id[32], noise[4096], after[4096];
	int fd;

	memset(noise, 0x5a, sizeof(noise));
	for (int i = 0; i < 500; i++) {
		snprintf(id, sizeof(id), "%d", i);
		entry = entry_of(id, "!next");
		assert_int_equal(store_journal_begin(world->store, &entry), 0);
	}
	store_close(world->store);
	world->store = NULL;

	/* A page in the middle, then the beginning, then a file that never was a database. */
	overwrite(world->path, 5 * 4096, noise, sizeof(noise));
	assert_int_equal(store_open(world->folder, &store), -EBADMSG);
	overwrite(world->path, 0, noise, sizeof(noise));
	assert_int_equal(store_open(world->folder, &store), -EBADMSG);
	assert_int_equal(truncate(world->path, 4096), 0);
	assert_int_equal(store_open(world->folder, &store), -EBADMSG);
	assert_null(store);
	fd = open(world->path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, after, sizeof(after)), sizeof(after));
	close(fd);
	assert_memory_equal(after, noise, sizeof(noise));
}

static void a_newer_or_a_foreign_file_is_refused(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	sqlite3 *db = NULL;

	store_close(world->store);
	world->store = NULL;
	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(world->folder, &store), -ENOTSUP);
	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "PRAGMA user_version = 1; DROP TABLE done", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(world->folder, &store), -EBADMSG);
}

/* Fill it until it fails, see the failure, make room, and go on. */
static void fill(struct store *store)
{
	struct journal_entry entry;
	char text[3000], id[32];
	int r = 0, count;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (count = 0; r == 0 && count < 5000; count++) {
		snprintf(id, sizeof(id), "%d", count);
		entry = entry_of(id, text);
		r = store_journal_begin(store, &entry);
	}
	assert_int_equal(r, -ENOSPC);
	assert_false(store_journal_knows(store, "home", id)); /* the failed one changed nothing */
	assert_true(store_journal_knows(store, "home", "0"));
	/* In a transaction, the commit tells it, and nothing of the transaction stays. */
	assert_int_equal(store_begin(store), 0);
	(void)store_put(store, "a", "k", "v");
	(void)store_journal_begin(store, &entry);
	assert_int_equal(store_commit(store), -ENOSPC);
	assert_int_equal(store_journal_begin(store, &entry), -ENOSPC);
}

static void a_limit_on_files_is_a_full_disk(void **state)
{
	struct world *world = *state;
	struct rlimit before, small = {.rlim_cur = 400 * 1024};

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	fill(world->store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(store_put(world->store, "a", "k", "room again"), 0);
	open_again(world);
	assert_value(world->store, "a", "k", "room again");
	assert_true(store_journal_knows(world->store, "home", "0"));
}

/* A file system of one megabyte, where the test may mount one. */
static void a_full_disk_is_told(void **state)
{
	struct world *world = *state;
	struct store *store = NULL;
	char filler[96];

	if (mount("episoded-test", world->folder, "tmpfs", 0, "size=1m") < 0) {
		print_message("not allowed to mount a file system: skipped\n");
		skip();
	}
	snprintf(filler, sizeof(filler), "%s/filler", world->folder);
	close(open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(truncate(filler, 0), 0);
	assert_int_equal(store_open(world->folder, &store), 0);
	assert_int_equal(store_put(store, "a", "k", "before"), 0);
	overwrite(filler, 0, (char[200 * 1024]){0}, 200 * 1024);
	fill(store);
	assert_value(store, "a", "k", "before"); /* reading goes on */
	assert_int_equal(truncate(filler, 0), 0);
	assert_int_equal(store_put(store, "a", "k", "room again"), 0);
	store_close(store);
	store = NULL;

	/* The same file system, read-only now, and then with nothing on it. */
	assert_int_equal(mount(NULL, world->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(store_open(world->folder, &store), -EROFS);
	assert_int_equal(umount(world->folder), 0);
	assert_null(store);
}

static void a_folder_that_may_not_be_written_is_told(void **state)
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
		STORE_TEST(only_one_may_have_it),
		STORE_TEST(damage_is_told_and_left_alone),
		STORE_TEST(a_newer_or_a_foreign_file_is_refused),
		STORE_TEST(a_limit_on_files_is_a_full_disk),
		STORE_TEST(a_full_disk_is_told),
		STORE_TEST(a_folder_that_may_not_be_written_is_told),
		STORE_TEST(folder_and_file_are_for_the_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
