#ifndef EPISODED_TESTS_STORE_WORLD_H
#define EPISODED_TESTS_STORE_WORLD_H

/*
 * A store of its own for each test: in a file, or in a database behind a line that answers by hand. One suite runs over
 * both, and over a real PostgreSQL.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
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
#include "tests/unit/line_by_hand.h"
#include "tests/unit/store_line.h"

#define NOBODY 65534

struct world;

/* Where the state is. */
struct world_kind {
	void (*make)(struct world *world); /* an empty state */
	void (*open)(struct world *world); /* a process on it: sets store */
	void (*close)(struct world *world);
	void (*settle)(struct
			world *world); /* what was changed is in the file or the database, and its results are here */
	void (*remove)(struct world *world);
};

struct world {
	const struct world_kind *kind;
	char folder[64];
	char path[96];
	struct store *store;
	struct hand_database *database;
	struct line_by_hand line;
	unsigned processes;
	void *user; /* of another kind */
};

/* ---------------------------------------------------------------- a file */

static inline void file_make(struct world *world)
{
	strncpy(world->folder, "/tmp/episoded-store-XXXXXX", sizeof(world->folder) - 1);
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/episoded.db", world->folder);
}

static inline void file_open(struct world *world)
{
	assert(store_open(world->folder, &world->store) ==
			0); /* also in a child, where cmocka's would go on */
}

static inline void file_close(struct world *world)
{
	store_close(world->store);
	world->store = NULL;
}

static inline void file_settle(struct world *world)
{
	(void)world; /* what is not gathered is in the file */
}

static inline void file_remove(struct world *world)
{
	const struct dirent *entry;
	char path[512];
	DIR *listing;

	(void)umount2(world->folder, MNT_DETACH); /* if a test failed half-way */
	listing = opendir(world->folder);
	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", world->folder, entry->d_name);
		if (*entry->d_name != '.' && unlink(path) < 0)
			(void)rmdir(path);
	}
	closedir(listing);
	assert_int_equal(rmdir(world->folder), 0);
}

static const struct world_kind in_file = {file_make, file_open, file_close, file_settle, file_remove};

/* ---------------------------------------------------------------- a database */

static inline void hand_world_make(struct world *world)
{
	world->database = hand_database_new();
}

/* A new process, which takes the leases of the gateways of these tests. */
static inline void hand_world_open(struct world *world)
{
	char process[32];

	snprintf(process, sizeof(process), "alpha/%08x", ++world->processes);
	hand_open(&world->line, world->database, process);
	world->store = world->line.store;
	hand_claim(&world->line, "discord/home", "home", 0, 0);
	hand_claim(&world->line, "irc/libera", "libera", 0, 0);
	hand_claim(&world->line, "irc/away", "away", 0, 0);
}

static inline void hand_world_close(struct world *world)
{
	if (world->store)
		hand_close(&world->line);
	world->store = NULL;
}

static inline void hand_world_settle(struct world *world)
{
	assert_int_equal(store_settle(world->store), 0);
	hand_answer_all(&world->line);
}

static inline void hand_world_remove(struct world *world)
{
	hand_database_free(world->database);
}

static const struct world_kind in_database = {
		hand_world_make, hand_world_open, hand_world_close, hand_world_settle, hand_world_remove};

/* ---------------------------------------------------------------- a PostgreSQL */

static inline void line_world_make(struct world *world)
{
	world->user = store_line_new(getenv("EPISODED_TEST_DATABASE"));
}

static inline void line_world_open(struct world *world)
{
	char process[32];

	snprintf(process, sizeof(process), "alpha/%08x", ++world->processes);
	world->store = store_line_open(world->user, process);
	store_line_claim(world->user, process, "discord/home", "home");
	store_line_claim(world->user, process, "irc/libera", "libera");
	store_line_claim(world->user, process, "irc/away", "away");
}

static inline void line_world_close(struct world *world)
{
	if (world->store)
		store_line_close(world->user);
	world->store = NULL;
}

static inline void line_world_settle(struct world *world)
{
	assert_int_equal(store_settle(world->store), 0);
	store_line_run(world->user);
}

static inline void line_world_remove(struct world *world)
{
	store_line_free(world->user);
}

static const struct world_kind on_postgres = {
		line_world_make, line_world_open, line_world_close, line_world_settle, line_world_remove};

/* EPISODED_TEST_DATABASE=URL: over the real line, as tests/cluster/store-suite.test.mjs does. */
static inline const struct world_kind *remote_kind(void)
{
	return getenv("EPISODED_TEST_DATABASE") ? &on_postgres : &in_database;
}

/* ---------------------------------------------------------------- either */

static inline void world_start(struct world *world, const struct world_kind *kind)
{
	*world = (struct world){.kind = kind};
	kind->make(world);
	kind->open(world);
}

static inline void world_end(struct world *world)
{
	world->kind->close(world);
	world->kind->remove(world);
}

static inline int set_up_kind(void **state, const struct world_kind *kind)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world_start(world, kind);
	*state = world;
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_kind(state, &in_file);
}

static inline int set_up_remote(void **state)
{
	return set_up_kind(state, remote_kind());
}

static inline int tear_down(void **state)
{
	struct world *world = *state;

	world_end(world);
	free(world);
	return 0;
}

static inline void settle(struct world *world)
{
	world->kind->settle(world);
}

/* What a new process finds after the end of this one. */
static inline void open_again(struct world *world)
{
	settle(world);
	world->kind->close(world);
	world->kind->open(world);
}

static inline void assert_value(struct store *store, const char *area, const char *key, const char *expected)
{
	char *value = NULL;

	assert_int_equal(store_get(store, area, key, &value), 0);
	assert_string_equal(value, expected);
	free(value);
}

static inline struct journal_entry entry_of(const char *id, const char *text)
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

static inline void on_entry(void *user, const struct journal_entry *entry)
{
	struct listing *listing = user;
	size_t length = strlen(listing->text);

	snprintf(listing->text + length, sizeof(listing->text) - length, "%s %s %s|", entry->gateway,
			entry->id, entry->text);
	listing->count++;
}

static inline void on_value(void *user, const char *key, const char *value)
{
	struct listing *listing = user;
	size_t length = strlen(listing->text);

	snprintf(listing->text + length, sizeof(listing->text) - length, "%s=%s|", key, value);
	listing->count++;
}

static inline void assert_pending(struct store *store, const char *gateway, const char *expected)
{
	struct listing listing = {"", 0};

	assert_int_equal(store_journal_pending(store, gateway, on_entry, &listing), 0);
	assert_string_equal(listing.text, expected);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define REMOTE_TEST(name)                                                                                    \
	{                                                                                                    \
#name " (remote)", name, set_up_remote, tear_down, NULL                                      \
	}

#endif
