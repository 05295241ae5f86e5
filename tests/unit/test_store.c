/* The store: what comes back after a restart, a kill, a full disk and damage. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "bot/store/store.h"

#define NOBODY 65534

struct world {
	char folder[64];
	char path[96];
	struct store *store;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	strncpy(world->folder, "/tmp/episoded-store-XXXXXX", sizeof(world->folder) - 1);
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/episoded.db", world->folder);
	assert_int_equal(store_open(world->folder, &world->store), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"episoded.db", "episoded.db-wal", "episoded.db-journal", "filler"};
	struct world *world = *state;
	char path[128];

	store_close(world->store);
	(void)umount2(world->folder, MNT_DETACH); /* where a test failed half-way */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(world->folder), 0);
	free(world);
	return 0;
}

static void open_again(struct world *world)
{
	store_close(world->store);
	world->store = NULL;
	assert_int_equal(store_open(world->folder, &world->store), 0);
}

static void assert_value(struct store *store, const char *area, const char *key, const char *expected)
{
	char *value = NULL;

	assert_int_equal(store_get(store, area, key, &value), 0);
	assert_string_equal(value, expected);
	free(value);
}

static struct journal_entry entry_of(const char *id, const char *text)
{
	return (struct journal_entry){
		.gateway = "home",
		.id = id,
		.channel = "10",
		.author_id = "77",
		.author_name = "Nam-ra",
		.account = "",
		.text = text,
		.is_private = true,
		.time_ms = 1770000000123,
		.extra = "token",
	};
}

struct listing {
	char text[512];
	unsigned count;
};

static void on_entry(void *user, const struct journal_entry *entry)
{
	struct listing *listing = user;
	size_t length = strlen(listing->text);

	snprintf(listing->text + length, sizeof(listing->text) - length, "%s %s %s|", entry->gateway,
		entry->id, entry->text);
	listing->count++;
}

static void on_value(void *user, const char *key, const char *value)
{
	struct listing *listing = user;
	size_t length = strlen(listing->text);

	snprintf(listing->text + length, sizeof(listing->text) - length, "%s=%s|", key, value);
	listing->count++;
}

static void assert_pending(struct store *store, const char *gateway, const char *expected)
{
	struct listing listing = {"", 0};

	assert_int_equal(store_journal_pending(store, gateway, on_entry, &listing), 0);
	assert_string_equal(listing.text, expected);
}

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

	/* What was said is nowhere in the file any more. */
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

static void an_entry_comes_back_whole(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!next");
	unsigned count = 0;

	entry.account = NULL;
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_journal_pending(world->store, "home", on_whole_entry, &count), 0);
	assert_int_equal(count, 1);
}

/* An older time is written behind the store's back, as a week would. */
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
	assert_int_equal(sqlite3_exec(db, "UPDATE begun SET begun_ms = 5; UPDATE done SET begun_ms = 5;",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(world->folder, &world->store), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_false(store_journal_knows(world->store, "home", "old"));
	assert_false(store_journal_knows(world->store, "home", "old and done"));
	assert_pending(world->store, "home", "home new !next|");
}

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
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STORE_TEST(values_come_back),
		STORE_TEST(a_text_too_long_is_refused),
		STORE_TEST(several_changes_are_one),
		STORE_TEST(the_journal_keeps_order_and_forgets_texts),
		STORE_TEST(an_entry_comes_back_whole),
		STORE_TEST(old_entries_go),
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
