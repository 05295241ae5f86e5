#ifndef EPISODED_TESTS_STORE_WORLD_H
#define EPISODED_TESTS_STORE_WORLD_H

/* A store in its own folder; made for each test. */

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

#define NOBODY 65534

struct world {
	char folder[64];
	char path[96];
	struct store *store;
};

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	struct world *world = *state;
	const struct dirent *entry;
	char path[512];
	DIR *listing;

	store_close(world->store);
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
	free(world);
	return 0;
}

static inline void open_again(struct world *world)
{
	store_close(world->store);
	world->store = NULL;
	assert_int_equal(store_open(world->folder, &world->store), 0);
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

#endif
