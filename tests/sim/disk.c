/* A disk in memory that can lose writes: SQLite's default VFS. */

#include "tests/sim/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/world.h"

#define FILES_MAX     8
#define NAME_BYTES    64
#define SECTOR_BYTES  512
#define WRITE_BACK_MS 30000 /* the kernel writes dirty pages after this time */

/* A write since the last sync. length 0: the file was truncated to offset bytes. */
struct change {
	struct change *next;
	uint64_t at_ms;
	size_t offset, length;
	char *bytes;
};

struct content {
	char *bytes;
	size_t length, size;
};

struct disk_file {
	char name[NAME_BYTES]; /* "": unused */
	struct content now, durable;
	struct change *changes, **last;
};

struct disk {
	struct disk_file files[FILES_MAX];
	enum disk_state state;
};

static struct disk *disk;

void disk_reset(void)
{
	disk = world_alloc(sizeof(*disk));
}

void disk_set(enum disk_state state)
{
	static const char *const names[] = {"well", "full", "failing"};

	if (disk->state != state)
		world_trace("disk: %s", names[state]);
	if (disk->state != DISK_WELL || state != DISK_WELL)
		audit_disk_fails(state != DISK_WELL);
	disk->state = state;
}

enum disk_state disk_state(void)
{
	return disk->state;
}

/* ---------------------------------------------------------------- contents */

static void make_room(struct content *content, size_t length)
{
	size_t size = content->size ? content->size : 4096;
	char *bytes;

	while (size < length)
		size *= 2;
	if (size == content->size)
		return;
	bytes = world_alloc(size);
	if (content->bytes)
		memcpy(bytes, content->bytes, content->length);
	world_release(content->bytes, content->size);
	content->bytes = bytes;
	content->size = size;
}

static void put(struct content *content, size_t offset, const char *bytes, size_t length)
{
	make_room(content, offset + length);
	if (offset > content->length)
		memset(content->bytes + content->length, 0, offset - content->length);
	memcpy(content->bytes + offset, bytes, length);
	if (offset + length > content->length)
		content->length = offset + length;
}

static void copy_content(struct content *to, const struct content *from)
{
	make_room(to, from->length ? from->length : 1);
	if (from->length)
		memcpy(to->bytes, from->bytes, from->length);
	to->length = from->length;
}

static void note_change(struct disk_file *file, size_t offset, const char *bytes, size_t length)
{
	struct change *change = world_alloc(sizeof(*change));

	*change = (struct change){.at_ms = world_now_ms(), .offset = offset, .length = length};
	if (length)
		change->bytes = world_copy(bytes, length);
	if (!file->changes)
		file->last = &file->changes;
	*file->last = change;
	file->last = &change->next;
}

static void forget_changes(struct disk_file *file)
{
	while (file->changes) {
		struct change *change = file->changes;

		file->changes = change->next;
		if (change->bytes)
			world_release(change->bytes, change->length + 1);
		world_release(change, sizeof(*change));
	}
}

static void write_bytes(struct disk_file *file, size_t offset, const char *bytes, size_t length)
{
	if (!length)
		return;
	put(&file->now, offset, bytes, length);
	note_change(file, offset, bytes, length);
}

static void lose_change(struct disk_file *file, const struct change *change)
{
	size_t length = change->length;
	bool is_written = world_now_ms() - change->at_ms > WRITE_BACK_MS;

	if (!is_written && world_percent(40))
		return;
	if (!length) {
		if (change->offset < file->durable.length)
			file->durable.length = change->offset;
		return;
	}
	if (!is_written && world_percent(20)) /* torn between two sectors */
		length = world_dice(length / SECTOR_BYTES + 1) * SECTOR_BYTES;
	put(&file->durable, change->offset, change->bytes, length);
}

void disk_lose_power(void)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct disk_file *file = &disk->files[i];

		if (!file->name[0])
			continue;
		for (const struct change *change = file->changes; change; change = change->next)
			lose_change(file, change);
		forget_changes(file);
		copy_content(&file->now, &file->durable);
	}
}

/* ---------------------------------------------------------------- SQLite's files */

struct open_file {
	sqlite3_file base;
	struct disk_file *file;
};

static struct disk_file *file_of(sqlite3_file *file)
{
	return ((struct open_file *)(void *)file)->file;
}

static int on_close(sqlite3_file *file)
{
	(void)file;
	return SQLITE_OK;
}

static int on_read(sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset)
{
	const struct content *content = &file_of(base)->now;
	size_t available = (size_t)offset < content->length ? content->length - (size_t)offset : 0;

	if (available > (size_t)length)
		available = (size_t)length;
	if (available)
		memcpy(bytes, content->bytes + offset, available);
	memset((char *)bytes + available, 0, (size_t)length - available);
	return available < (size_t)length ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int on_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset)
{
	struct disk_file *file = file_of(base);

	world_crash_point("before it writes");
	if (disk->state == DISK_FULL)
		return SQLITE_FULL;
	if (disk->state == DISK_FAILING && world_percent(70))
		return SQLITE_IOERR_WRITE;
	/* A killed process may have written a part. */
	write_bytes(file, (size_t)offset, bytes, (size_t)length / 2);
	world_crash_point("in the middle of a write");
	write_bytes(file, (size_t)offset + (size_t)length / 2, (const char *)bytes + length / 2,
			(size_t)length - (size_t)length / 2);
	world_crash_point("after it has written");
	return SQLITE_OK;
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 length)
{
	struct disk_file *file = file_of(base);

	world_crash_point("before it cuts a file");
	if ((size_t)length < file->now.length) {
		file->now.length = (size_t)length;
		note_change(file, (size_t)length, NULL, 0);
	}
	return SQLITE_OK;
}

static int on_sync(sqlite3_file *base, int flags)
{
	struct disk_file *file = file_of(base);

	(void)flags;
	world_crash_point("before it syncs");
	if (disk->state == DISK_FAILING && world_percent(70))
		return SQLITE_IOERR_FSYNC;
	copy_content(&file->durable, &file->now);
	forget_changes(file);
	world_crash_point("after it has synced");
	return SQLITE_OK;
}

static int on_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)file_of(base)->now.length;
	return SQLITE_OK;
}

static int on_lock(sqlite3_file *base, int level)
{
	(void)base;
	(void)level;
	return SQLITE_OK;
}

static int on_check_lock(sqlite3_file *base, int *ret)
{
	(void)base;
	*ret = 0;
	return SQLITE_OK;
}

static int on_control(sqlite3_file *base, int what, void *argument)
{
	(void)base;
	(void)what;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int on_sector_size(sqlite3_file *base)
{
	(void)base;
	return SECTOR_BYTES;
}

static int on_characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
		.iVersion = 1,
		.xClose = on_close,
		.xRead = on_read,
		.xWrite = on_write,
		.xTruncate = on_truncate,
		.xSync = on_sync,
		.xFileSize = on_size,
		.xLock = on_lock,
		.xUnlock = on_lock,
		.xCheckReservedLock = on_check_lock,
		.xFileControl = on_control,
		.xSectorSize = on_sector_size,
		.xDeviceCharacteristics = on_characteristics,
};

/* ---------------------------------------------------------------- SQLite's file system */

/* Folders are ignored: there is one. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct disk_file *find(const char *path)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (path && strcmp(disk->files[i].name, base_name(path)) == 0)
			return &disk->files[i];
	}
	return NULL;
}

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *ret_flags)
{
	struct open_file *open = (struct open_file *)(void *)base;

	(void)vfs;
	open->base.pMethods = NULL;
	open->file = find(path);
	for (size_t i = 0; path && i < FILES_MAX && !open->file; i++) {
		if (disk->files[i].name[0])
			continue;
		open->file = &disk->files[i];
		strncpy(open->file->name, base_name(path), NAME_BYTES - 1);
	}
	if (!open->file)
		return SQLITE_CANTOPEN;
	open->base.pMethods = &methods;
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int is_synced)
{
	struct disk_file *file = find(path);

	(void)vfs;
	(void)is_synced;
	world_crash_point("before it deletes a file");
	if (!file)
		return SQLITE_IOERR_DELETE_NOENT;
	forget_changes(file);
	world_release(file->now.bytes, file->now.size);
	world_release(file->durable.bytes, file->durable.size);
	memset(file, 0, sizeof(*file));
	return SQLITE_OK;
}

static int on_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
	const struct disk_file *file = find(path);

	(void)vfs;
	*ret = file && (flags != SQLITE_ACCESS_EXISTS || file->now.length > 0);
	return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
	(void)vfs;
	sqlite3_snprintf(size, ret, "/%s", base_name(path));
	return SQLITE_OK;
}

static int on_randomness(sqlite3_vfs *vfs, int length, char *ret)
{
	(void)vfs;
	world_random_bytes(ret, (size_t)length);
	return length;
}

static int on_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int on_time(sqlite3_vfs *vfs, double *ret)
{
	(void)vfs;
	*ret = 2440587.5 + (double)world_wall_ms() / 86400000.0;
	return SQLITE_OK;
}

static int on_last_error(sqlite3_vfs *vfs, int size, char *ret)
{
	(void)vfs;
	(void)size;
	(void)ret;
	return 0;
}

void disk_mount(void)
{
	static sqlite3_vfs vfs = {
			.iVersion = 1,
			.szOsFile = sizeof(struct open_file),
			.mxPathname = 512,
			.zName = "simulated",
			.xOpen = on_open,
			.xDelete = on_delete,
			.xAccess = on_access,
			.xFullPathname = on_full_path,
			.xRandomness = on_randomness,
			.xSleep = on_sleep,
			.xCurrentTime = on_time,
			.xGetLastError = on_last_error,
	};

	sqlite3_vfs_register(&vfs, 1);
}
