#ifndef EPISODED_BASE_FILE_H
#define EPISODED_BASE_FILE_H

/* Files that are written as a whole: a secret, a login, a dataset. Functions return 0 or a negative errno. */

#include <stddef.h>

#define FILE_PATH_MAX_BYTES 4096

/* Create a folder for this user only, and its parents. An existing folder is not changed. */
int file_make_folder(const char *folder);
/* The same so that every user can read them, whatever the umask: the service has a user of its own. */
int file_make_shared_folder(const char *folder);

/*
 * file_put - write folder/name with mode 0600, in place of an older file: readers see either file, never a part.
 *
 * The file belongs to the owner of the folder, because root may write for another user. It is on the disk when the
 * function returns. A file that was left by a crash is .NAME.part.
 */
int file_put(const char *folder, const char *name, const char *bytes, size_t length);

/* The same for a file that every user may read: mode 0644. */
int file_put_readable(const char *folder, const char *name, const char *bytes, size_t length);

/*
 * file_read - the bytes of a regular file, and a NUL after them.
 *
 * Owns:   the caller frees *ret. It may be a secret: what is freed here is wiped before.
 * Errors: those of open(2) and read(2), -EISDIR, -EINVAL another kind of file, -EFBIG more than max_bytes, -EAGAIN it grew
 *         while it was read, -ENOMEM.
 */
int file_read(const char *path, size_t max_bytes, char **ret, size_t *ret_length);

/* The same, also of a pipe, which has at most pipe_max_bytes, less one. */
int file_read_any(const char *path, size_t max_bytes, size_t pipe_max_bytes, char **ret, size_t *ret_length);

/* The folder of a file's path: "a" of "a/b", "/" of "/b", "." of "b". The caller frees it. NULL: out of memory. */
char *file_folder(const char *path);

#endif
