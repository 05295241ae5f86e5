/* Kept pictures. */

#include "bot/pictures/album.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/str.h"
#include "bot/catalogue/picture.h"

struct kept_picture {
	char name[PICTURE_NAME_BYTES];
	uint64_t bytes;
	struct timespec since;
};

int album_read(const char *folder, const char *name, char **ret, size_t *ret_length, const char **ret_type)
{
	struct str path = STR(FILE_PATH_MAX_BYTES);
	int r;

	str_printf(&path, "%s/%s", folder, name);
	r = path.error ? path.error : picture_read(str_text(&path), ret, ret_length, ret_type);
	str_release(&path);
	return r;
}

static bool is_name(const char *name)
{
	return strlen(name) == PICTURE_NAME_BYTES - 1 &&
	       strspn(name, "0123456789abcdef") == PICTURE_NAME_BYTES - 1;
}

/* Newest first. */
static int compare(const void *a, const void *b)
{
	const struct timespec *left = &((const struct kept_picture *)a)->since,
			      *right = &((const struct kept_picture *)b)->since;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec > right->tv_sec ? -1 : 1;
	return left->tv_nsec > right->tv_nsec ? -1 : left->tv_nsec < right->tv_nsec;
}

/* The pictures of a folder; those beyond 2 * ALBUM_FILES_MAX wait for the next time. */
static size_t list(DIR *folder, struct kept_picture *pictures)
{
	const struct dirent *entry;
	struct stat about;
	size_t count = 0;

	while (count < 2 * ALBUM_FILES_MAX && (entry = readdir(folder)) != NULL) {
		if (!is_name(entry->d_name) ||
				fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		memcpy(pictures[count].name, entry->d_name, PICTURE_NAME_BYTES);
		pictures[count].bytes = (uint64_t)about.st_size;
		pictures[count++].since = about.st_mtim;
	}
	return count;
}

static void delete_oldest(const char *path)
{
	struct kept_picture *pictures = calloc((size_t)2 * ALBUM_FILES_MAX, sizeof(*pictures));
	DIR *folder = opendir(path);
	uint64_t bytes = 0;
	size_t count = pictures && folder ? list(folder, pictures) : 0;

	if (count)
		qsort(pictures, count, sizeof(*pictures), compare);
	for (size_t i = 0; i < count; i++) {
		bytes += pictures[i].bytes;
		if (i >= ALBUM_FILES_MAX || bytes > ALBUM_MAX_BYTES)
			(void)unlinkat(dirfd(folder), pictures[i].name, 0);
	}
	if (folder)
		closedir(folder);
	free(pictures);
}

int album_write(const char *folder, const char *name, const char *bytes, size_t length)
{
	int r = file_make_folder(folder);

	if (r == 0)
		r = file_put(folder, name, bytes, length);
	if (r == 0)
		delete_oldest(folder);
	return r;
}
