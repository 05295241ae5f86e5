#ifndef EPISODED_BASE_FILE_MARK_H
#define EPISODED_BASE_FILE_MARK_H

/* What a file or folder looked like when it was read, to notice that it has changed since. */

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct file_mark {
	dev_t device;
	ino_t inode;
	off_t size_bytes;
	struct timespec modified, changed;
};

/* All 0 if the file cannot be looked at. */
struct file_mark file_mark_of(const char *path);
bool file_mark_equal(const struct file_mark *a, const struct file_mark *b);

#endif
