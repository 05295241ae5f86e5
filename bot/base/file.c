/* Files: created, synced and renamed into place. */

#include "bot/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/str.h"

/* Folders that others may read have this mode whatever the umask. */
static int make_folder(const char *path, mode_t mode)
{
	struct stat about;

	/* stat() first: on a read-only file system mkdir() of an existing folder gives EROFS. */
	if (stat(path, &about) == 0)
		return 0;
	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	return (mode & 077) && chmod(path, mode) < 0 ? -errno : 0;
}

static int make_with_parents(const char *folder, mode_t mode)
{
	struct str path = STR(FILE_PATH_MAX_BYTES);
	int r = 0;

	for (size_t i = 1; r == 0 && i <= strlen(folder); i++) {
		if (folder[i] != '/' && folder[i])
			continue;
		str_clear(&path);
		str_append_bytes(&path, folder, i);
		r = path.error ? path.error : make_folder(str_text(&path), mode);
	}
	str_release(&path);
	return r;
}

int file_make_folder(const char *folder)
{
	return make_with_parents(folder, 0700);
}

int file_make_shared_folder(const char *folder)
{
	return make_with_parents(folder, 0755);
}

/* ---------------------------------------------------------------- reading */

static int read_up_to(int fd, char *bytes, size_t size, size_t *ret_length)
{
	*ret_length = 0;
	while (*ret_length < size) {
		ssize_t count = read(fd, bytes + *ret_length, size - *ret_length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		*ret_length += (size_t)count;
	}
	return 0;
}

/* How many bytes to read: one more than a file has, to notice that it has grown. */
static int size_of(int fd, size_t max_bytes, size_t pipe_max_bytes, bool *ret_is_file, size_t *ret)
{
	struct stat about;

	if (fstat(fd, &about) < 0)
		return -errno;
	*ret_is_file = S_ISREG(about.st_mode);
	if (S_ISDIR(about.st_mode))
		return -EISDIR;
	if (!*ret_is_file && !pipe_max_bytes)
		return -EINVAL;
	if (*ret_is_file && about.st_size > (off_t)max_bytes)
		return -EFBIG;
	*ret = *ret_is_file ? (size_t)about.st_size + 1 : pipe_max_bytes;
	return 0;
}

int file_read_any(const char *path, size_t max_bytes, size_t pipe_max_bytes, char **ret, size_t *ret_length)
{
	/* O_NONBLOCK: a FIFO without a writer must not block the daemon. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;
	size_t size = 0, length = 0;
	char *bytes = NULL;
	bool is_file = false;

	if (fd < 0)
		return -errno;
	r = size_of(fd, max_bytes, pipe_max_bytes, &is_file, &size);
	if (r == 0) {
		bytes = malloc(size);
		r = bytes ? read_up_to(fd, bytes, size, &length) : -ENOMEM;
	}
	if (r == 0 && length == size)
		r = is_file ? -EAGAIN : -EFBIG;
	if (r == 0) {
		bytes[length] = '\0';
		*ret = bytes;
		*ret_length = length;
		bytes = NULL; /* owned by the caller now */
	}
	if (bytes)
		explicit_bzero(bytes, length);
	free(bytes);
	close(fd);
	return r;
}

int file_read(const char *path, size_t max_bytes, char **ret, size_t *ret_length)
{
	return file_read_any(path, max_bytes, 0, ret, ret_length);
}

/* ---------------------------------------------------------------- writing */

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		bytes += count;
		length -= (size_t)count;
	}
	return 0;
}

static int hand_over(int fd, const char *folder)
{
	struct stat about;

	if (stat(folder, &about) < 0)
		return -errno;
	if (about.st_uid != geteuid() && fchown(fd, about.st_uid, about.st_gid) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_file(const char *folder, const char *path, const char *bytes, size_t length, mode_t mode)
{
	int fd, r;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes, length);
	if (r == 0)
		r = hand_over(fd, folder);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL) /* EINVAL: the file system cannot */
		r = -errno;
	close(fd);
	return r;
}

static int put(const char *folder, const char *name, const char *bytes, size_t length, mode_t mode)
{
	struct str path = STR(FILE_PATH_MAX_BYTES), part = STR(FILE_PATH_MAX_BYTES);
	int r;

	str_printf(&path, "%s/%s", folder, name);
	str_printf(&part, "%s/.%s.part", folder, name);
	r = path.error ? path.error : part.error;
	if (r == 0)
		r = write_file(folder, str_text(&part), bytes, length, mode);
	if (r == 0 && rename(str_text(&part), str_text(&path)) < 0) {
		r = -errno;
		unlink(str_text(&part));
	}
	if (r == 0)
		r = sync_folder(folder);
	str_release(&path);
	str_release(&part);
	return r;
}

int file_put(const char *folder, const char *name, const char *bytes, size_t length)
{
	return put(folder, name, bytes, length, 0600);
}

int file_put_readable(const char *folder, const char *name, const char *bytes, size_t length)
{
	return put(folder, name, bytes, length, 0644);
}

char *file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return str_copy(".");
	return str_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path));
}
