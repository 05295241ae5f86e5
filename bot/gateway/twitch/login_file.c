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

#include "bot/base/file.h"
#include "bot/base/log.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define FILE_MAX_BYTES 8192
#define EVENTS_BYTES   4096

struct twitch_login_watch {
	int fd;
	struct watch *watch;
	void (*on_change)(void *user);
	void *user;
};

static int name_of(const char *gateway, struct str *ret)
{
	str_printf(ret, "twitch-%s.login", gateway);
	return ret->error;
}

static int path_of(const char *folder, const char *gateway, struct str *ret)
{
	str_printf(ret, "%s/", folder);
	return ret->error ? ret->error : name_of(gateway, ret);
}

int twitch_login_file_write(const char *folder, const char *gateway, const struct twitch_stored *stored)
{
	struct str text = STR(FILE_MAX_BYTES), name = STR(FILE_PATH_MAX_BYTES);
	int r = name_of(gateway, &name);

	if (r == 0)
		r = twitch_stored_write(stored, &text);
	if (r == 0)
		r = file_make_folder(folder);
	if (r == 0)
		r = file_put(folder, str_text(&name), str_text(&text), text.length);
	str_wipe(&text);
	str_release(&name);
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
	struct str path = STR(FILE_PATH_MAX_BYTES);
	char bytes[FILE_MAX_BYTES];
	struct stat about;
	size_t length = 0;
	int fd = -1, r = path_of(folder, gateway, &path);

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
	struct str path = STR(FILE_PATH_MAX_BYTES);
	int r = path_of(folder, gateway, &path);

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

/* ---------------------------------------------------------------- to the process that has the gateway */

int twitch_login_hand_over(const char *folder, const char *gateway, struct store *store)
{
	struct str text = STR(FILE_MAX_BYTES);
	struct twitch_stored found;
	char *handed = NULL;
	int r = twitch_login_file_read(folder, gateway, &found);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = twitch_stored_write(&found, &text);
	explicit_bzero(&found, sizeof(found));
	if (r == 0 && store_get(store, TWITCH_HANDOVER_AREA, gateway, &handed) == 0 &&
			str_equal(handed, str_text(&text))) {
		/* It was put there at an earlier call. The file goes when the database has it. */
		r = store_trouble(store);
		if (r == 0)
			r = twitch_login_file_remove(folder, gateway);
	} else if (r == 0) {
		r = store_put(store, TWITCH_HANDOVER_AREA, gateway, str_text(&text));
		if (r == 0)
			r = store_settle(store);
		if (r == 0)
			log_gateway(LOG_LEVEL_INFO, gateway,
					"new login: handing it over to the process that has this gateway");
	}
	if (handed)
		explicit_bzero(handed, strlen(handed));
	free(handed);
	str_wipe(&text);
	return r;
}
