/*
 * Any bytes as the store's file: opened, read, written and read again. The store is usable
 * afterwards, and all confirmed changes are in it.
 */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void empty_folder(void)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;
	char path[512];

	assert(listing);
	while ((entry = readdir(listing)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	closedir(listing);
}

static void remove_folder(void)
{
	empty_folder();
	rmdir(folder);
}

static void write_file(const uint8_t *data, size_t size)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/episoded.db", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void on_value(void *user, const char *key, const char *value)
{
	*(size_t *)user += strlen(key) + strlen(value);
}

static void on_entry(void *user, const struct journal_entry *entry)
{
	*(size_t *)user += strlen(entry->gateway) + strlen(entry->id) + strlen(entry->text) +
			   strlen(entry->channel) + strlen(entry->author_id) + strlen(entry->author_name) +
			   strlen(entry->account) + strlen(entry->extra) + entry->is_left;
}

static void use(struct store *store, const char *id)
{
	const struct journal_entry entry = {
			.gateway = "home",
			.id = id,
			.channel = "#c",
			.author_id = "a",
			.author_name = "A",
			.account = "",
			.text = "!next",
			.extra = "",
	};
	size_t bytes = 0;
	char *value = NULL;

	(void)store_each(store, "ignored", on_value, &bytes);
	(void)store_each(store, "channels/home", on_value, &bytes);
	(void)store_journal_pending(store, "home", on_entry, &bytes);
	(void)store_get(store, "irc/sts", "irc.example", &value);
	free(value);
	(void)store_gather(store);
	(void)store_journal_begin(store, &entry);
	(void)store_settle(store);
	(void)store_journal_done(store, "home", id);
	(void)store_delete(store, "ignored", "home pest");
	(void)store_keep(store, "ignored", "home victim", "1");
	if (store_begin(store) == 0) {
		(void)store_put(store, "discord/home", "self", "7");
		if (store_commit(store) < 0)
			store_rollback(store);
	}
	(void)store_retry(store, NULL);
}

/* Changes written without an error are in the file, whatever else it contains. */
static void look(struct store *store, const char *id)
{
	char *value = NULL;

	if (store_get(store, "ignored", "home victim", &value) == 0)
		assert(str_equal(value, "1"));
	free(value);
	(void)store_journal_knows(store, "home", id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *store = NULL;
	bool is_kept;

	if (!*folder) {
		strncpy(folder,
				access("/dev/shm", W_OK) == 0 ? "/dev/shm/episoded-fuzz-XXXXXX"
							      : "/tmp/episoded-fuzz-XXXXXX",
				sizeof(folder) - 1);
		assert(mkdtemp(folder));
		atexit(remove_folder);
	}
	write_file(data, size);
	assert(store_new(folder, &store) == 0);
	use(store, "1");
	look(store, "1");
	use(store, "2");
	is_kept = store_trouble(store) == 0;
	store_close(store);
	store = NULL;
	assert(store_new(folder, &store) == 0);
	if (is_kept && store_trouble(store) == 0 && !store_take_aside(store))
		look(store, "2");
	store_close(store);
	empty_folder();
	return 0;
}
