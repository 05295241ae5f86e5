#ifndef EPISODED_BASE_FILE_H
#define EPISODED_BASE_FILE_H

/* Files that are written as a whole: a secret, a login, a dataset. Functions return 0 or a negative errno. */

#include <stddef.h>

#define FILE_PATH_MAX_BYTES 4096

/* Create a folder for this user only, and its parents. An existing folder is not changed. */
int file_make_folder(const char *folder);

/*
 * file_put - write folder/name with mode 0600, in place of an older file: readers see either file, never a part.
 *
 * The file belongs to the owner of the folder, because root may write for another user. It is on the disk when the
 * function returns. A file that was left by a crash is .NAME.part.
 */
int file_put(const char *folder, const char *name, const char *bytes, size_t length);

/* The same for a file that every user may read: mode 0644. */
int file_put_readable(const char *folder, const char *name, const char *bytes, size_t length);

/* The folder of a file's path: "a" of "a/b", "/" of "/b", "." of "b". The caller frees it. NULL: out of memory. */
char *file_folder(const char *path);

#endif
