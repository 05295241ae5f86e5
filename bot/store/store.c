/* The store: a database in a file, and one in memory for changes that cannot be written to the file; or a remote one. */

#include "bot/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/store/aside.h"
#include "bot/store/change.h"
#include "bot/store/database.h"
#include "bot/store/remote_store.h"

#define FILE_NAME            "episoded.db"
#define PATH_MAX_BYTES       4096
#define AREA_EFFECT          DATABASE_AREA_EFFECT
#define EFFECT_KEY_MAX_BYTES 2048
#define CHANGES_MAX          4096 /* uncommitted changes; more of them are committed at once */
#define DAMAGE_MAX           2 /* errors of damage in a file that passed its check, after which the file is replaced */

/* In the database in memory each value begins with one of these bytes. */
#define HELD_VALUE   '='
#define HELD_DELETED '-'

/* A copy of an uncommitted change, applied to the database in memory if the commit fails. */
struct recorded {
	struct recorded *next;
	struct change change;
	char bytes[]; /* the strings of change */
};

struct store {
	struct remote *remote; /* NULL: the state is in the file */
	char *folder, *path;
	int folder_fd;         /* carries the lock; -1: not opened yet */
	bool is_locked;        /* false if the file system does not support flock() */
	struct database *file; /* NULL: not open */
	dev_t device;          /* device and inode of the open file */
	ino_t inode;
	struct database *held; /* the database in memory; NULL if nothing is held */
	int trouble;
	bool is_read;
	bool is_in_transaction, is_gathering;
	struct recorded *changes, **changes_end;
	unsigned change_count, damage_count;
	char *effect; /* the key of the question whose effects are written; NULL: no question */
	uint64_t kept;
	char aside[ASIDE_NAME_BYTES];
	bool is_aside_new;
	void (*on_trouble)(void *user);
	void *user;
};

/* ---------------------------------------------------------------- folder and file */

/* Create the folder and its parents with mode 0700 if they are missing. */
static int make_folder(const char *folder)
{
	struct stat about;
	char path[PATH_MAX_BYTES];
	size_t length = strlen(folder);

	if (length == 0 || length >= sizeof(path))
		return length ? -ENAMETOOLONG : -EINVAL;
	memcpy(path, folder, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		path[i] = '\0';
		/* stat() first: on a read-only file system mkdir() of an existing folder gives EROFS. */
		if (stat(path, &about) < 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		path[i] = folder[i];
	}
	if (stat(folder, &about) < 0)
		return -errno;
	return S_ISDIR(about.st_mode) ? 0 : -ENOTDIR;
}

/*
 * Lock the folder against a second episoded. A lock on the folder works even while the
 * file cannot be opened, and no other program takes it.
 */
static int lock_folder(struct store *store)
{
	struct stat ours, now;
	bool is_locked;
	int fd;

	if (store->folder_fd >= 0 && fstat(store->folder_fd, &ours) == 0 && stat(store->folder, &now) == 0 &&
			ours.st_dev == now.st_dev && ours.st_ino == now.st_ino)
		return 0;
	fd = open(store->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!is_locked && errno == EWOULDBLOCK) {
		close(fd);
		return -EBUSY;
	}
	store->is_locked = is_locked;
	if (store->folder_fd >= 0)
		close(store->folder_fd);
	store->folder_fd = fd;
	return 0;
}

/* Create the file here: SQLite would make it readable for everyone, and would open a read-only file without an
 * error. */
static int make_file(const char *folder, const char *path)
{
	struct stat about;
	int fd;

	if (access(folder, R_OK | W_OK | X_OK) < 0)
		return -errno;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return -errno;
	if (stat(path, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode))
		return S_ISDIR(about.st_mode) ? -EISDIR : -ENXIO;
	/* Test with access(): opening and closing the file would drop the POSIX locks of a store that is
		 * open in this process. */
	return access(path, R_OK | W_OK) < 0 ? -errno : 0;
}

/* Can a folder that is missing be made? Its nearest parent decides. */
static int examine_parent(const char *folder)
{
	char path[PATH_MAX_BYTES];
	size_t length = strlen(folder);
	struct stat about;

	if (length == 0 || length >= sizeof(path))
		return length ? -ENAMETOOLONG : -EINVAL;
	memcpy(path, folder, length + 1);
	while (stat(path, &about) < 0) {
		char *slash = strrchr(path, '/');

		if (errno != ENOENT)
			return -errno;
		if (!slash || slash == path)
			return access(slash ? "/" : ".", W_OK | X_OK) < 0 ? -errno : 0;
		*slash = '\0';
	}
	if (!S_ISDIR(about.st_mode))
		return -ENOTDIR;
	return access(path, W_OK | X_OK) < 0 ? -errno : 0;
}

/* The lock is taken for a moment, as a shared one: another episoded that starts waits for it. */
static int examine_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
	close(fd);
	return r;
}

/* The file, as make_file() and SQLite would find it. */
static int examine_file(const char *folder)
{
	char path[PATH_MAX_BYTES];
	struct stat about;
	int length = snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	if (lstat(path, &about) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (stat(path, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode))
		return S_ISDIR(about.st_mode) ? -EISDIR : -ENXIO;
	return access(path, R_OK | W_OK) < 0 ? -errno : 0;
}

int store_examine(const char *folder)
{
	struct stat about;
	int r = 0;

	if (stat(folder, &about) < 0)
		return errno == ENOENT ? examine_parent(folder) : -errno;
	if (!S_ISDIR(about.st_mode))
		return -ENOTDIR;
	if (access(folder, R_OK | W_OK | X_OK) < 0)
		r = -errno;
	if (r == 0)
		r = examine_lock(folder);
	return r == 0 ? examine_file(folder) : r;
}

static int move_aside(struct store *store)
{
	int r = aside_move(store->folder, FILE_NAME, STORE_ASIDE_MAX, clock_wall_ms(), store->aside);

	if (r == 0) {
		store->is_aside_new = true;
		store->damage_count = 0;
	}
	return r;
}

/* True if the file was removed or replaced: SQLite would keep writing to a deleted file. */
static bool is_replaced(const struct store *store)
{
	struct stat now;

	return stat(store->path, &now) < 0 ? errno == ENOENT
					   : now.st_dev != store->device || now.st_ino != store->inode;
}

static void close_file(struct store *store)
{
	database_close(store->file);
	store->file = NULL;
}

static int open_file(struct store *store)
{
	struct stat about = {0};
	int r = make_folder(store->folder);

	if (r == 0)
		r = lock_folder(store);
	if (r == 0)
		r = make_file(store->folder, store->path);
	if (r == 0)
		r = database_open(store->path, &store->file);
	/* Without a lock on the folder (some network file systems) the other program may be another episoded. */
	if (r == -EAGAIN && !store->is_locked)
		r = -EBUSY;
	if (r == 0 && store->damage_count >= DAMAGE_MAX) {
		close_file(store);
		r = -EBADMSG;
	}
	if (r == -EBADMSG) {
		r = move_aside(store);
		if (r == 0)
			r = make_file(store->folder, store->path);
		if (r == 0)
			r = database_open(store->path, &store->file);
	}
	if (r == 0 && stat(store->path, &about) < 0)
		r = -errno;
	if (r < 0) {
		close_file(store);
		return r;
	}
	store->device = about.st_dev;
	store->inode = about.st_ino;
	store->is_read = true;
	return 0;
}

/* ---------------------------------------------------------------- changes */

static int put_held(struct database *held, const char *area, const char *key, const char *value)
{
	size_t length = value ? strlen(value) : 0;
	char *text = malloc(length + 2);
	int r;

	if (!text)
		return -ENOMEM;
	text[0] = value ? HELD_VALUE : HELD_DELETED;
	if (value)
		memcpy(text + 1, value, length);
	text[length + 1] = '\0';
	r = database_put(held, area, key, text);
	free(text);
	return r;
}

static int open_held(struct store *store)
{
	return store->held ? 0 : database_open(NULL, &store->held);
}

static int apply_to_held(struct store *store, const struct change *change)
{
	const struct journal_entry *entry = &change->entry;
	int r = open_held(store);

	if (r == 0 && change->effect)
		r = put_held(store->held, AREA_EFFECT, change->effect, STORE_EFFECT_DONE);
	if (r < 0)
		return r;
	switch (change->kind) {
	case CHANGE_PUT:
	case CHANGE_DELETE:
	case CHANGE_KEEP: return put_held(store->held, change->area, change->key, change->value);
	case CHANGE_BEGIN:
		if (store->file && database_journal_knows(store->file, entry->gateway, entry->id))
			return -EEXIST;
		return database_journal_begin(store->held, entry);
	case CHANGE_MARK:
	case CHANGE_HAND_IN: return -EINVAL; /* of a remote store */
	case CHANGE_DONE:
		if (store->file && !store_journal_knows(store, entry->gateway, entry->id))
			return 0;
		return database_journal_answered(store->held, entry->gateway, entry->id);
	}
	return -EINVAL;
}

/* Write a value, and the mark of the effect that it is part of. */
static int put_kept(struct database *file, const struct change *change)
{
	int r = change->value ? database_put(file, change->area, change->key, change->value)
			      : database_delete(file, change->area, change->key);

	if (r == 0 && change->effect)
		r = database_put(file, AREA_EFFECT, change->effect, STORE_EFFECT_DONE);
	return r;
}

/* In a transaction with an fsync: that of the effect, or one of its own. */
static int keep_in_file(struct database *file, const struct change *change)
{
	int r;

	if (file->is_gathering_synced)
		return put_kept(file, change);
	r = database_begin_synced(file);
	return r < 0 ? r : database_end_synced(file, put_kept(file, change));
}

static int apply_to_file(struct database *file, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_PUT: return database_put(file, change->area, change->key, change->value);
	case CHANGE_DELETE: return database_delete(file, change->area, change->key);
	case CHANGE_KEEP: return keep_in_file(file, change);
	case CHANGE_BEGIN: return database_journal_begin(file, &change->entry);
	case CHANGE_DONE: return database_journal_done(file, change->entry.gateway, change->entry.id);
	case CHANGE_MARK:
	case CHANGE_HAND_IN: return -EINVAL; /* of a remote store */
	}
	return -EINVAL;
}

static void forget_changes(struct store *store)
{
	while (store->changes) {
		struct recorded *next = store->changes->next;

		free(store->changes);
		store->changes = next;
	}
	store->changes_end = &store->changes;
	store->change_count = 0;
}

/* Copy a change that is not committed yet. Out of memory, it is not copied: the change is then lost if its commit
 * fails too. */
static void record(struct store *store, const struct change *change)
{
	struct recorded *recorded = malloc(sizeof(*recorded) + change_bytes(change));

	if (!recorded)
		return;
	change_copy(change, recorded->bytes, &recorded->change);
	recorded->next = NULL;
	*store->changes_end = recorded;
	store->changes_end = &recorded->next;
	store->change_count++;
}

/* The file failed: from now on hold changes in memory, starting with the uncommitted ones. */
static void begin_trouble(struct store *store, int error)
{
	store->trouble = error;
	store->damage_count += error == -EBADMSG;
	store->is_gathering = false;
	if (store->file)
		database_rollback(store->file);
	if (store->is_in_transaction && open_held(store) == 0)
		(void)database_begin(store->held);
	for (const struct recorded *recorded = store->changes; recorded; recorded = recorded->next)
		(void)apply_to_held(store, &recorded->change);
	forget_changes(store);
	if (store->on_trouble)
		store->on_trouble(store->user);
}

/* True for results that are no failure of the file. */
static bool is_answer(int r)
{
	return r >= 0 || r == -EEXIST || r == -ENOENT || r == -EMSGSIZE;
}

static int change(struct store *store, const struct change *change)
{
	int r;

	if (store->remote)
		return remote_change(store->remote, change);
	/* Owner commands are rare, so this check costs little. */
	if (!store->trouble && change->kind == CHANGE_KEEP && is_replaced(store))
		begin_trouble(store, -ESTALE);
	if (!store->trouble) {
		r = apply_to_file(store->file, change);
		if (r == 0 && (store->is_in_transaction || store->is_gathering))
			record(store, change);
		if (store->is_gathering && store->change_count >= CHANGES_MAX)
			(void)store_settle(store);
		if (is_answer(r))
			return r;
		begin_trouble(store, r);
	}
	return apply_to_held(store, change);
}

/* ---------------------------------------------------------------- retrying */

struct copying {
	struct database *file;
	unsigned count;
};

static int copy_value(void *user, const char *area, const char *key, const char *value)
{
	struct copying *copying = user;

	copying->count++;
	return *value == HELD_VALUE ? database_put(copying->file, area, key, value + 1)
				    : database_delete(copying->file, area, key);
}

static int copy_begun(void *user, const struct journal_entry *entry)
{
	struct copying *copying = user;
	int r = database_journal_begin(copying->file, entry);

	copying->count++;
	return r == -EEXIST ? database_journal_take_over(copying->file, entry->gateway, entry->id) : r;
}

static int copy_done(void *user, const char *gateway, const char *id)
{
	struct copying *copying = user;

	copying->count++;
	return database_journal_answered(copying->file, gateway, id);
}

/* Write the held changes and one more value. The value makes sure that the commit writes something, which shows
 * whether the file is writable. */
static int write_held(struct store *store, unsigned *ret_written)
{
	struct copying copying = {store->file, 0};
	char now[CLOCK_ISO_BYTES];
	int r = database_begin_synced(store->file);

	if (r < 0)
		return r;
	clock_iso(clock_wall_ms(), now);
	r = database_put(store->file, "store", "written", now);
	if (r == 0 && store->held)
		r = database_all_values(store->held, copy_value, &copying);
	if (r == 0 && store->held)
		r = database_all_begun(store->held, copy_begun, &copying);
	if (r == 0 && store->held)
		r = database_all_done(store->held, copy_done, &copying);
	r = database_end_synced(store->file, r);
	if (r == 0)
		*ret_written = copying.count;
	return r;
}

static int salvage_value(void *user, const char *area, const char *key, const char *value)
{
	struct store *store = user;
	char *held = NULL;
	int r = database_get(store->held, area, key, &held);

	free(held);
	return r == -ENOENT ? put_held(store->held, area, key, value) : r;
}

/* Copy the readable values of a damaged or removed file to memory, to be written to the next file. Held values take
 * precedence. */
static void salvage(struct store *store)
{
	if (open_held(store) == 0)
		(void)database_all_values(store->file, salvage_value, store);
}

int store_retry(struct store *store, unsigned *ret_written)
{
	unsigned written = 0;
	int r = 0;

	if (store->remote)
		return remote_retry(store->remote, ret_written);
	assert(!store->is_in_transaction);
	if (!store->trouble && is_replaced(store)) {
		(void)store_settle(store);
		begin_trouble(store, -ESTALE);
	}
	if (!store->trouble)
		return 0;
	if (store->file && (store->trouble == -EBADMSG ||
					   (store->trouble == -ESTALE && access(store->path, F_OK) < 0)))
		salvage(store);
	/* Reopen the file: the cause may be fixed, or the file replaced. */
	if (store->trouble != -ENOSPC && store->trouble != -ENOMEM)
		close_file(store);
	if (!store->file)
		r = open_file(store);
	if (r == 0)
		r = write_held(store, &written);
	if (r == -EBADMSG && store->file) { /* damage that the check did not find */
		close_file(store);
		store->damage_count = DAMAGE_MAX;
		r = open_file(store);
		if (r == 0)
			r = write_held(store, &written);
	}
	store->trouble = r;
	if (r < 0)
		return r;
	database_close(store->held);
	store->held = NULL;
	if (ret_written)
		*ret_written = written;
	return 0;
}

int store_trouble(const struct store *store)
{
	return store->remote ? remote_trouble(store->remote) : store->trouble;
}

bool store_is_read(const struct store *store)
{
	return store->remote ? remote_is_read(store->remote) : store->is_read;
}

const char *store_take_aside(struct store *store)
{
	if (!store->is_aside_new)
		return NULL;
	store->is_aside_new = false;
	return store->aside;
}

void store_watch(struct store *store, void (*on_trouble)(void *user), void *user)
{
	if (store->remote)
		remote_watch(store->remote, on_trouble, user);
	store->on_trouble = on_trouble;
	store->user = user;
}

/* ---------------------------------------------------------------- creating and freeing */

int store_new(const char *folder, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));
	struct str path = STR(PATH_MAX_BYTES);
	int r = -ENOMEM;

	if (!store)
		return r;
	store->folder_fd = -1;
	store->changes_end = &store->changes;
	store->folder = str_copy(folder);
	str_printf(&path, "%s/" FILE_NAME, folder);
	if (!store->folder)
		goto out;
	if (path.error == -EMSGSIZE) { /* the path is too long: the first attempt reports it */
		str_release(&path);
		path = STR(PATH_MAX_BYTES);
		str_append(&path, FILE_NAME);
	}
	r = str_take(&path, &store->path);
	if (r < 0)
		goto out;
	store->trouble = -EAGAIN; /* replaced by the first attempt */
	(void)store_retry(store, NULL);
	*ret = store;
	store = NULL;
out:
	store_close(store);
	str_release(&path);
	return r;
}

int store_open(const char *folder, struct store **ret)
{
	struct store *store = NULL;
	int r = store_new(folder, &store);

	if (r < 0)
		return r;
	r = store->trouble;
	if (r < 0)
		store_close(store);
	else
		*ret = store;
	return r;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->remote) {
		remote_free(store->remote);
		free(store->effect);
		free(store);
		return;
	}
	(void)store_settle(store);
	if (store->trouble && store->held && !store->is_in_transaction)
		(void)store_retry(store, NULL);
	forget_changes(store);
	database_close(store->held);
	database_close(store->file);
	if (store->folder_fd >= 0)
		close(store->folder_fd);
	free(store->effect);
	free(store->folder);
	free(store->path);
	free(store);
}

/* ---------------------------------------------------------------- values */

int store_get(struct store *store, const char *area, const char *key, char **ret)
{
	char *value = NULL;
	int r = -ENOENT;

	if (store->remote)
		return remote_get(store->remote, area, key, ret);
	if (store->held)
		r = database_get(store->held, area, key, &value);
	if (r == -ENOENT && !store->file)
		return -EAGAIN;
	if (r == -ENOENT) {
		r = database_get(store->file, area, key, ret);
		if (!is_answer(r) && r != -ENOMEM && !store->trouble)
			begin_trouble(store, r);
		return r;
	}
	if (r < 0)
		return r;
	if (*value != HELD_VALUE) {
		free(value);
		return -ENOENT;
	}
	memmove(value, value + 1, strlen(value));
	*ret = value;
	return 0;
}

int store_put(struct store *store, const char *area, const char *key, const char *value)
{
	return change(store, &(struct change){.kind = CHANGE_PUT, .area = area, .key = key, .value = value});
}

int store_delete(struct store *store, const char *area, const char *key)
{
	return change(store, &(struct change){.kind = CHANGE_DELETE, .area = area, .key = key});
}

/* A crash leaves all changes of an effect, or not one. */
static void gather_effect(struct store *store)
{
	int r;

	if (store->is_gathering && store->file->is_gathering_synced)
		return;
	(void)store_settle(store);
	if (store->trouble || !store->effect)
		return;
	r = database_gather_synced(store->file);
	if (r < 0)
		begin_trouble(store, r);
	store->is_gathering = r == 0;
}

int store_keep(struct store *store, const char *area, const char *key, const char *value)
{
	store->kept++;
	if (!store->remote)
		gather_effect(store);
	return change(store, &(struct change){.kind = CHANGE_KEEP,
					     .area = area,
					     .key = key,
					     .value = value,
					     .effect = store->effect});
}

/* ---------------------------------------------------------------- effects of questions */

/* "gateway id"; a gateway's name has no space. NULL: out of memory. */
static char *effect_key(const char *gateway, const char *id)
{
	struct str key = STR(EFFECT_KEY_MAX_BYTES);
	char *text = NULL;

	str_printf(&key, "%s %s", gateway, id);
	(void)str_take(&key, &text);
	str_release(&key);
	return text;
}

/* Out of memory, the effect has no mark, and the question's author is asked to check it. */
void store_effect_begin(struct store *store, const char *gateway, const char *id)
{
	free(store->effect);
	store->effect = *id ? effect_key(gateway, id) : NULL;
}

void store_effect_end(struct store *store, const char *mark)
{
	if (store->effect && mark && store->remote)
		(void)change(store,
				&(struct change){
						.kind = CHANGE_MARK, .effect = store->effect, .value = mark});
	else if (store->effect && mark)
		(void)store_put(store, AREA_EFFECT, store->effect, mark);
	if (store->is_gathering && store->file->is_gathering_synced)
		(void)store_settle(store);
	free(store->effect);
	store->effect = NULL;
}

int store_effect_get(struct store *store, const char *gateway, const char *id, char **ret)
{
	char *key;
	int r;

	if (store->remote)
		return remote_effect_get(store->remote, gateway, id, ret);
	key = effect_key(gateway, id);
	r = key ? store_get(store, AREA_EFFECT, key, ret) : -ENOMEM;

	free(key);
	return r;
}

struct store_reading {
	struct database *held;
	const char *area;
	void (*on_value)(void *user, const char *key, const char *value);
	void *user;
};

static void on_file_value(void *user, const char *key, const char *value)
{
	const struct store_reading *reading = user;
	char *held = NULL;

	if (reading->held && database_get(reading->held, reading->area, key, &held) == 0)
		free(held); /* the held value takes precedence */
	else
		reading->on_value(reading->user, key, value);
}

static void on_held_value(void *user, const char *key, const char *value)
{
	const struct store_reading *reading = user;

	if (*value == HELD_VALUE)
		reading->on_value(reading->user, key, value + 1);
}

int store_each(struct store *store, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	struct store_reading reading = {store->held, area, on_value, user};
	int r;

	if (store->remote)
		return remote_each(store->remote, area, on_value, user);
	r = store->file ? database_each(store->file, area, on_file_value, &reading) : -EAGAIN;
	if (reading.held)
		(void)database_each(reading.held, area, on_held_value, &reading);
	if (r < 0 && r != -ENOMEM && !store->trouble)
		begin_trouble(store, r);
	return r;
}

/* ---------------------------------------------------------------- transactions */

int store_begin(struct store *store)
{
	int r = 0;

	if (store->remote)
		return remote_begin(store->remote);
	assert(!store->is_in_transaction);
	(void)store_settle(store);
	if (!store->trouble) {
		r = database_begin(store->file);
		if (r < 0)
			begin_trouble(store, r);
	}
	if (store->trouble) {
		r = open_held(store);
		if (r == 0)
			r = database_begin(store->held);
	}
	store->is_in_transaction = r == 0;
	return r;
}

int store_commit(struct store *store)
{
	int r;

	if (store->remote)
		return remote_commit(store->remote);
	assert(store->is_in_transaction);
	store->is_in_transaction = false;
	if (store->trouble)
		return store->held && store->held->is_in_transaction ? database_commit(store->held) : -ENOMEM;
	r = database_commit(store->file);
	if (!is_answer(r)) {
		begin_trouble(store, r);
		r = 0;
	}
	forget_changes(store);
	return r;
}

void store_rollback(struct store *store)
{
	if (store->remote)
		remote_rollback(store->remote);
	else if (store->is_in_transaction && !store->trouble)
		database_rollback(store->file);
	else if (store->is_in_transaction && store->held)
		database_rollback(store->held);
	store->is_in_transaction = false;
	if (!store->is_gathering)
		forget_changes(store);
}

int store_gather(struct store *store)
{
	int r;

	if (store->remote || store->trouble || store->is_in_transaction || store->is_gathering)
		return 0;
	r = database_gather(store->file);
	if (r < 0)
		begin_trouble(store, r);
	store->is_gathering = r == 0;
	return 0;
}

int store_settle(struct store *store)
{
	int r;

	if (store->remote)
		return remote_settle(store->remote, false, NULL, NULL);
	if (!store->is_gathering)
		return 0;
	store->is_gathering = false;
	r = database_settle(store->file);
	if (r < 0)
		begin_trouble(store, r);
	forget_changes(store);
	return 0;
}

/* ---------------------------------------------------------------- the journal */

int store_journal_begin(struct store *store, const struct journal_entry *entry)
{
	return change(store, &(struct change){.kind = CHANGE_BEGIN, .entry = *entry});
}

int store_journal_done(struct store *store, const char *gateway, const char *id)
{
	return change(store, &(struct change){.kind = CHANGE_DONE, .entry = {.gateway = gateway, .id = id}});
}

bool store_journal_knows(struct store *store, const char *gateway, const char *id)
{
	if (store->remote)
		return remote_journal_knows(store->remote, gateway, id);
	return (store->held && database_journal_knows(store->held, gateway, id)) ||
	       (store->file && database_journal_knows(store->file, gateway, id));
}

struct listing {
	struct database *held;
	void (*on_entry)(void *user, const struct journal_entry *entry);
	void *user;
};

static void on_file_entry(void *user, const struct journal_entry *entry)
{
	const struct listing *listing = user;

	if (!listing->held || !database_journal_knows(listing->held, entry->gateway, entry->id))
		listing->on_entry(listing->user, entry);
}

int store_journal_pending(struct store *store, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	struct listing listing = {store->held, on_entry, user};
	int r = 0;

	if (store->remote)
		return remote_journal_pending(store->remote, gateway, on_entry, user);
	if (store->file)
		r = database_journal_pending(store->file, gateway, on_file_entry, &listing);
	if (listing.held)
		(void)database_journal_pending(listing.held, gateway, on_entry, user);
	if (r < 0 && r != -ENOMEM && !store->trouble)
		begin_trouble(store, r);
	return r;
}

/* ---------------------------------------------------------------- a store that answers later */

int store_new_remote(const struct store_line *line, const char *process, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));
	int r = -ENOMEM;

	if (!store)
		return r;
	r = remote_new(line, process, &store->remote);
	if (r < 0)
		free(store);
	else
		*ret = store;
	return r;
}

struct remote *remote_of(const struct store *store)
{
	assert(store->remote);
	return store->remote;
}

bool store_is_local(const struct store *store)
{
	return !store->remote;
}

int store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	int r;

	if (store->remote)
		return remote_settle(store->remote, is_awaited, on_settled, user);
	r = store_settle(store);
	if (r == 0 && on_settled)
		on_settled(user, &(struct store_result){0});
	return r;
}

uint64_t store_kept(const struct store *store)
{
	return store->kept;
}

int store_journal_hand_in(struct store *store, const struct journal_entry *entry)
{
	if (!store->remote)
		return 0;
	return change(store, &(struct change){.kind = CHANGE_HAND_IN, .entry = *entry});
}

void store_on_heard(struct store *store,
		void (*on_heard)(void *user, const char *area, const char *key, const char *value),
		void *user)
{
	if (store->remote)
		remote_on_heard(store->remote, on_heard, user);
}
