/* What a file looked like when it was read. */

#include "bot/base/file_mark.h"

#include <sys/stat.h>

struct file_mark file_mark_of(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct file_mark){0};
	return (struct file_mark){
			status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_mark_equal(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
	       is_same_time(&a->modified, &b->modified) && is_same_time(&a->changed, &b->changed);
}
