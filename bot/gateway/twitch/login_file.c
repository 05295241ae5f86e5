/* The file through which a login reaches the bot. */

#include "bot/gateway/twitch/login_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/net/loop.h"

#define PATH_MAX_BYTES 4096
#define FILE_MAX_BYTES 8192
#define EVENTS_BYTES   4096

struct twitch_login_watch {
	int fd;
	struct watch *watch;
	void (*on_change)(void *user);
	void *user;
};

static int path_of(const char *folder, const char *gateway, const char *suffix, struct str *ret)
{
	str_printf(ret, "%s/twitch-%s.login%s", folder, gateway, suffix);
	return ret->error;
}

/* The parents too, as the store does. */
static int make_folder(const char *folder)
{
	struct str path = STR(PATH_MAX_BYTES);
	struct stat about;
	int r = 0;

	for (size_t i = 1; r == 0 && i <= strlen(folder); i++) {
		if (folder[i] != '/' && folder[i])
			continue;
		str_clear(&path);
		str_append_bytes(&path, folder, i);
		r = path.error;
		if (r == 0 && stat(str_text(&path), &about) < 0 && mkdir(str_text(&path), 0700) < 0 &&
				errno != EEXIST)
			r = -errno;
	}
	str_release(&path);
	return r;
}

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

/* root writes for the user whose the folder is, usually the service's. */
static int hand_over(int fd, const char *folder)
{
	struct stat about;

	if (stat(folder, &about) < 0)
		return -errno;
	if (about.st_uid != geteuid() && fchown(fd, about.st_uid, about.st_gid) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
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

static int write_file(const char *folder, const char *path, const struct str *text)
{
	int fd, r;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, str_text(text), text->length);
	if (r == 0)
		r = hand_over(fd, folder);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}

int twitch_login_file_write(const char *folder, const char *gateway, const struct twitch_stored *stored)
{
	struct str text = STR(FILE_MAX_BYTES), path = STR(PATH_MAX_BYTES), part = STR(PATH_MAX_BYTES);
	int r = path_of(folder, gateway, "", &path);

	if (r == 0)
		r = path_of(folder, gateway, ".part", &part);
	if (r == 0)
		r = twitch_stored_write(stored, &text);
	if (r == 0)
		r = make_folder(folder);
	if (r == 0)
		r = write_file(folder, str_text(&part), &text);
	if (r == 0 && rename(str_text(&part), str_text(&path)) < 0)
		r = -errno;
	if (r == 0)
		r = sync_folder(folder);
	str_wipe(&text);
	str_release(&path);
	str_release(&part);
	return r;
}

static int read_all(int fd, char *bytes, size_t size, size_t *ret_length)
{
	size_t length = 0;
	ssize_t count;

	do {
		count = read(fd, bytes + length, size - length);
		if (count < 0 && errno != EINTR)
			return -errno;
		length += count > 0 ? (size_t)count : 0;
	} while (count != 0 && length < size);
	*ret_length = length;
	return 0;
}

int twitch_login_file_read(const char *folder, const char *gateway, struct twitch_stored *ret)
{
	struct str path = STR(PATH_MAX_BYTES);
	char bytes[FILE_MAX_BYTES];
	struct stat about;
	size_t length = 0;
	int fd = -1, r = path_of(folder, gateway, "", &path);

	if (r < 0)
		goto out;
	fd = open(str_text(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0 || fstat(fd, &about) < 0) {
		r = -errno;
		goto out;
	}
	r = S_ISREG(about.st_mode) ? read_all(fd, bytes, sizeof(bytes), &length) : -EBADMSG;
	if (r == 0)
		r = twitch_stored_read(bytes, length, ret);
out:
	explicit_bzero(bytes, sizeof(bytes));
	if (fd >= 0)
		close(fd);
	str_release(&path);
	return r;
}

int twitch_login_file_remove(const char *folder, const char *gateway)
{
	struct str path = STR(PATH_MAX_BYTES);
	int r = path_of(folder, gateway, "", &path);

	if (r == 0 && unlink(str_text(&path)) < 0 && errno != ENOENT)
		r = -errno;
	str_release(&path);
	return r;
}

/* ---------------------------------------------------------------- watching */

static void on_ready(void *user, uint32_t events)
{
	struct twitch_login_watch *watch = user;
	char bytes[EVENTS_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool has_changed = false;

	(void)events;
	while (read(watch->fd, bytes, sizeof(bytes)) > 0)
		has_changed = true; /* whichever file it is: the caller looks for its own */
	if (has_changed)
		watch->on_change(watch->user);
}

int twitch_login_watch_new(struct loop *loop, const char *folder, void (*on_change)(void *user), void *user,
		struct twitch_login_watch **ret)
{
	struct twitch_login_watch *watch = calloc(1, sizeof(*watch));
	int r = 0;

	if (!watch)
		return -ENOMEM;
	watch->on_change = on_change;
	watch->user = user;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0 || inotify_add_watch(watch->fd, folder, IN_MOVED_TO | IN_ONLYDIR) < 0)
		r = -errno;
	if (r == 0)
		r = watch_new(loop, watch->fd, EPOLLIN, on_ready, watch, &watch->watch);
	if (r < 0)
		twitch_login_watch_free(watch);
	else
		*ret = watch;
	return r;
}

void twitch_login_watch_free(struct twitch_login_watch *watch)
{
	if (!watch)
		return;
	watch_free(watch->watch);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}
