/*
 * Folders watched by inotify. An inode is watched, not a path: so the folders above, and those that links lead to, are
 * watched for what would make the path lead to another inode. After each burst of events all paths are followed again.
 */

#include "bot/net/folder_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/net/loop.h"

#define LINKS_MAX  16 /* symbolic links on the way to one file, as SYMLOOP_MAX */
#define READS_MAX  16 /* of events in one turn of the loop */
#define READ_BYTES (64 * (sizeof(struct inotify_event) + NAME_MAX + 1))

#define MASK_SELF (IN_DELETE_SELF | IN_MOVE_SELF)
#define MASK_NAMES                                                                                           \
	(MASK_SELF | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB)

enum purpose {
	PURPOSE_FILES, /* the files of a watched folder */
	PURPOSE_NAME,  /* one entry: what leads to a folder or a file, or may come to */
	PURPOSE_SELF,  /* only whether the folder itself moves away */
};

struct watched {
	int wd; /* several items may share one */
	enum purpose purpose;
	char *folder;
	char *name; /* NULL: not PURPOSE_NAME */
};

struct watched_list {
	struct watched *list;
	size_t count, capacity;
};

struct followed {
	char *path;
	bool is_in_trouble; /* which is reported */
	int error;          /* of this time */
};

struct folder_watch {
	struct loop *loop;
	struct folder_watch_events events;
	struct followed *folders;
	size_t count;
	int fd;
	struct watch *watch;
	struct timer *timer;
	bool is_due;
	uint64_t first_ms; /* of the burst */
	struct watched_list items;
};

/* ---------------------------------------------------------------- what is watched */

static void items_release(struct watched_list *items)
{
	for (size_t i = 0; i < items->count; i++) {
		free(items->list[i].folder);
		free(items->list[i].name);
	}
	free(items->list);
	*items = (struct watched_list){0};
}

static bool has_wd(const struct watched_list *items, int wd)
{
	for (size_t i = 0; i < items->count; i++) {
		if (items->list[i].wd == wd)
			return true;
	}
	return false;
}

static int keep_item(struct watched_list *items, const struct watched *item)
{
	if (items->count == items->capacity) {
		size_t capacity = items->capacity ? 2 * items->capacity : 16;
		struct watched *list = realloc(items->list, capacity * sizeof(*list));

		if (!list)
			return -ENOMEM;
		items->list = list;
		items->capacity = capacity;
	}
	items->list[items->count++] = *item;
	return 0;
}

/* Following the paths again: the new items replace the old ones. */
struct following {
	struct folder_watch *watch;
	struct watched_list items;
	int error; /* of the folder that is followed: no memory, or the limit of watches */
};

/* Watch a folder. What cannot be reached is not watched: something above it is. */
static void add(struct following *following, const char *folder, enum purpose purpose, const char *name)
{
	struct watched item = {.purpose = purpose};
	int r;

	item.wd = inotify_add_watch(following->watch->fd, folder,
			IN_MASK_ADD | IN_ONLYDIR | (purpose == PURPOSE_SELF ? MASK_SELF : MASK_NAMES));
	if (item.wd < 0) {
		if (errno == ENOSPC || errno == ENOMEM)
			following->error = -errno;
		return;
	}
	item.folder = str_copy(folder);
	item.name = str_copy(name);
	r = !item.folder || (name && !item.name) ? -ENOMEM : keep_item(&following->items, &item);
	if (r == 0)
		return;
	following->error = r;
	free(item.folder);
	free(item.name);
}

static void follow(struct following *following, const char *path, unsigned links);

/* The place that a link in a folder leads to. */
static void follow_link(struct following *following, const char *folder, const char *link, unsigned links)
{
	char target[PATH_MAX], path[2 * PATH_MAX];
	ssize_t length = readlink(link, target, sizeof(target) - 1);

	if (length <= 0)
		return;
	target[length] = '\0';
	memcpy(path, target, (size_t)length + 1);
	if (target[0] != '/') {
		size_t above = strnlen(folder, PATH_MAX - 2);

		memcpy(path, folder, above);
		path[above] = '/';
		memcpy(path + above + 1, target, (size_t)length + 1);
	}
	follow(following, path, links + 1);
}

/* Watch everything that decides where an absolute path leads. links counts the symbolic links on the way. */
static void follow(struct following *following, const char *path, unsigned links)
{
	char walked[PATH_MAX] = "", name[NAME_MAX + 1], above[PATH_MAX];
	const char *at = path + strspn(path, "/");
	struct stat about;
	bool is_there = true;

	while (*at && is_there && links < LINKS_MAX) {
		size_t length = strcspn(at, "/"), used = strlen(walked);
		const char *next = at + length + strspn(at + length, "/");
		bool is_link;

		if (length > NAME_MAX || used + length + 2 > sizeof(walked))
			return;
		memcpy(name, at, length);
		name[length] = '\0';
		memcpy(above, used ? walked : "/", used ? used + 1 : 2);
		walked[used] = '/';
		memcpy(walked + used + 1, name, length + 1);
		is_there = lstat(walked, &about) == 0;
		is_link = is_there && S_ISLNK(about.st_mode);
		if (!is_there || is_link || !*next)
			add(following, above, PURPOSE_NAME, name);
		else if (used)
			add(following, above, PURPOSE_SELF, NULL);
		if (is_link)
			follow_link(following, above, walked, links);
		at = next;
	}
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && name[0] != '.' && strcmp(name + length - end, suffix) == 0;
}

/* The files of a folder that are links. */
static void follow_files(struct following *following, const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	struct stat about;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		struct str path = STR(PATH_MAX);

		if (!has_suffix(entry->d_name, following->watch->events.suffix))
			continue;
		str_printf(&path, "%s/%s", folder, entry->d_name);
		if (!path.error && lstat(str_text(&path), &about) == 0 && S_ISLNK(about.st_mode))
			follow_link(following, folder, str_text(&path), 0);
		str_release(&path);
	}
	closedir(directory);
}

static void follow_all(struct folder_watch *watch)
{
	struct following following = {.watch = watch};
	struct watched_list before = watch->items;

	for (size_t i = 0; i < watch->count; i++) {
		struct followed *folder = &watch->folders[i];

		following.error = 0;
		follow(&following, folder->path, 0);
		add(&following, folder->path, PURPOSE_FILES, NULL);
		follow_files(&following, folder->path);
		folder->error = following.error;
	}
	watch->items = following.items;
	for (size_t i = 0; i < before.count; i++) {
		if (!has_wd(&watch->items, before.list[i].wd))
			(void)inotify_rm_watch(watch->fd, before.list[i].wd);
	}
	items_release(&before);
	for (size_t i = 0; i < watch->count; i++) {
		struct followed *folder = &watch->folders[i];

		if (folder->error && !folder->is_in_trouble && watch->events.on_trouble)
			watch->events.on_trouble(watch->events.user, folder->path, folder->error);
		folder->is_in_trouble = folder->error != 0;
	}
}

/* ---------------------------------------------------------------- events */

/* A new file without content: the event of its writer's close follows. One with content may be a new link. */
static bool is_being_written(const struct watched *item, const struct inotify_event *event)
{
	struct str path = STR(PATH_MAX);
	struct stat about;
	bool is_new;

	if (!(event->mask & IN_CREATE))
		return false;
	str_printf(&path, "%s/%s", item->folder, event->name);
	is_new = lstat(str_text(&path), &about) == 0 && S_ISREG(about.st_mode) && about.st_size == 0;
	str_release(&path);
	return is_new;
}

static bool concerns(const struct folder_watch *watch, const struct watched *item,
		const struct inotify_event *event)
{
	if (event->wd != item->wd)
		return false;
	if (event->mask & (MASK_SELF | IN_IGNORED | IN_UNMOUNT))
		return true;
	if (item->purpose == PURPOSE_SELF)
		return false;
	if (event->len == 0)
		return item->purpose == PURPOSE_FILES;
	if (item->purpose == PURPOSE_NAME)
		return strcmp(event->name, item->name) == 0 && !is_being_written(item, event);
	/* "..data" is the link by which Kubernetes replaces all files of a folder. */
	return strncmp(event->name, "..", 2) == 0 ||
	       (has_suffix(event->name, watch->events.suffix) && !is_being_written(item, event));
}

static bool is_change(const struct folder_watch *watch, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < watch->items.count; i++) {
		if (concerns(watch, &watch->items.list[i], event))
			return true;
	}
	return false;
}

static void on_timer(void *user)
{
	struct folder_watch *watch = user;

	watch->is_due = false;
	follow_all(watch); /* before the files are read: a later change is another event */
	watch->events.on_change(watch->events.user); /* may free the watch */
}

static void note_change(struct folder_watch *watch)
{
	uint64_t now_ms = loop_now_ms(watch->loop), left_ms;

	if (!watch->is_due)
		watch->first_ms = now_ms;
	watch->is_due = true;
	left_ms = watch->first_ms + FOLDER_WATCH_MAX_MS > now_ms
				  ? watch->first_ms + FOLDER_WATCH_MAX_MS - now_ms
				  : 0;
	timer_set(watch->timer, left_ms < FOLDER_WATCH_QUIET_MS ? left_ms : FOLDER_WATCH_QUIET_MS);
}

static void on_ready(void *user, uint32_t events)
{
	struct folder_watch *watch = user;
	_Alignas(struct inotify_event) char bytes[READ_BYTES];
	bool is_changed = false;
	ssize_t length = 1;

	(void)events;
	for (unsigned reads = 0; reads < READS_MAX && length > 0; reads++) {
		length = read(watch->fd, bytes, sizeof(bytes));
		for (ssize_t at = 0; at < length;) {
			const struct inotify_event *event = (const void *)(bytes + at);

			is_changed = is_changed || is_change(watch, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	if (is_changed)
		note_change(watch);
}

/* ---------------------------------------------------------------- life */

static int make(struct folder_watch *watch, const char *const *folders, size_t count)
{
	int r;

	watch->folders = calloc(count + 1, sizeof(*watch->folders));
	watch->timer = timer_new(watch->loop, on_timer, watch);
	if (!watch->folders || !watch->timer)
		return -ENOMEM;
	for (; watch->count < count; watch->count++) {
		watch->folders[watch->count].path = str_copy(folders[watch->count]);
		if (!watch->folders[watch->count].path)
			return -ENOMEM;
	}
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	r = watch_new(watch->loop, watch->fd, EPOLLIN, on_ready, watch, &watch->watch);
	if (r < 0)
		return r;
	follow_all(watch);
	return 0;
}

int folder_watch_new(struct loop *loop, const char *const *folders, size_t count,
		const struct folder_watch_events *events, struct folder_watch **ret)
{
	struct folder_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->events = *events;
	watch->fd = -1;
	r = make(watch, folders, count);
	if (r < 0) {
		folder_watch_free(watch);
		return r;
	}
	*ret = watch;
	return 0;
}

void folder_watch_follow(struct folder_watch *watch)
{
	if (watch)
		follow_all(watch);
}

void folder_watch_free(struct folder_watch *watch)
{
	if (!watch)
		return;
	watch_free(watch->watch);
	timer_free(watch->timer);
	if (watch->fd >= 0)
		close(watch->fd);
	items_release(&watch->items);
	for (size_t i = 0; i < watch->count; i++)
		free(watch->folders[i].path);
	free(watch->folders);
	free(watch);
}
