/* Rename damaged database files; never overwrite or delete them. */

#include "bot/store/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/clock.h"

#define MARK         ".damaged-"
#define NAME_BYTES   (ASIDE_NAME_BYTES + 8)
#define ATTEMPTS_MAX 100 /* names tried per timestamp */
#define SIDE_WAL     "-wal"
#define SIDE_SHM     "-shm"
#define ISO_SECONDS  19 /* "2026-11-29T17:30:00" */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Count the files that were renamed earlier; a file and its WAL count once. */
static int count_earlier(int folder, const char *name, unsigned *ret)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t length = strlen(name);
	unsigned count = 0;

	if (!listing) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return r;
	}
	while ((entry = readdir(listing)) != NULL) {
		if (strncmp(entry->d_name, name, length) == 0 &&
				strncmp(entry->d_name + length, MARK, strlen(MARK)) == 0 &&
				!ends_with(entry->d_name, SIDE_WAL) && !ends_with(entry->d_name, SIDE_SHM))
			count++;
	}
	closedir(listing);
	*ret = count;
	return 0;
}

static bool is_free(int folder, const char *name)
{
	static const char *const sides[] = {"", SIDE_WAL, SIDE_SHM};
	char path[NAME_BYTES];
	struct stat about;

	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", name, sides[i]);
		if (fstatat(folder, path, &about, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
			return false;
	}
	return true;
}

static int move_side(int folder, const char *from_name, const char *to_name, const char *side)
{
	char from[NAME_BYTES], to[NAME_BYTES];

	snprintf(from, sizeof(from), "%s%s", from_name, side);
	snprintf(to, sizeof(to), "%s%s", to_name, side);
	return renameat(folder, from, folder, to) < 0 && errno != ENOENT ? -errno : 0;
}

/* Rename the WAL first: a new database next to an old WAL would read the WAL's pages as its own. */
static int move(int folder, const char *from, const char *to)
{
	int r = move_side(folder, from, to, SIDE_WAL);

	if (r == 0)
		r = move_side(folder, from, to, SIDE_SHM);
	if (r == 0)
		r = move_side(folder, from, to, "");
	if (r < 0) { /* undo a partial rename */
		(void)move_side(folder, to, from, SIDE_WAL);
		(void)move_side(folder, to, from, SIDE_SHM);
	}
	return r;
}

int aside_move(const char *folder, const char *name, unsigned max, uint64_t wall_ms,
		char ret[ASIDE_NAME_BYTES])
{
	char iso[CLOCK_ISO_BYTES], to[ASIDE_NAME_BYTES];
	unsigned count = 0;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = count_earlier(fd, name, &count);
	if (r == 0 && count >= max)
		r = -EMLINK;
	if (r < 0)
		goto out;
	clock_iso(wall_ms, iso);
	for (char *byte = iso; *byte; byte++) /* some file systems do not allow a colon */
		*byte = *byte == ':' ? '-' : *byte;
	for (unsigned i = 1; i <= ATTEMPTS_MAX; i++) {
		int length = snprintf(to, sizeof(to), "%s" MARK "%.*sZ", name, ISO_SECONDS, iso);

		if (i > 1 && length > 0 && (size_t)length < sizeof(to))
			snprintf(to + length, sizeof(to) - (size_t)length, "-%u", i);
		if (is_free(fd, to))
			break;
		if (i == ATTEMPTS_MAX)
			r = -EEXIST;
	}
	if (r == 0)
		r = move(fd, name, to);
	if (r == 0)
		memcpy(ret, to, sizeof(to));
out:
	close(fd);
	return r;
}
