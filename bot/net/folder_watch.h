#ifndef EPISODED_NET_FOLDER_WATCH_H
#define EPISODED_NET_FOLDER_WATCH_H

/*
 * Watches folders for files that are written, renamed or removed, by inotify(7). A folder may be made later, removed and
 * made again, replaced as a whole, or a symbolic link, and so may its files.
 *
 * A burst of changes is one event: at most FOLDER_WATCH_QUIET_MS after the last change, and FOLDER_WATCH_MAX_MS after the
 * first. A file counts as written when its writer closes it, so that a half-written file is no event. Changes on network
 * file systems by other machines are not seen, and no mount: see folder_watch_follow().
 */

#include <stddef.h>

#define FOLDER_WATCH_QUIET_MS 100
#define FOLDER_WATCH_MAX_MS   500

struct loop;
struct folder_watch; /* opaque: net/folder_watch.c */

/* A change of files named like this counts: ".json". Others, such as an editor's own files, do not. */
struct folder_watch_events {
	const char *suffix; /* must live as long as the watch */
	void *user;
	void (*on_change)(void *user);
	/* A folder cannot be watched from now on, mostly because the limit of inotify is reached (-ENOSPC). */
	void (*on_trouble)(void *user, const char *folder, int error);
};

/* The folders' paths are absolute, and copied. -EMFILE: the user has too many instances of inotify; -ENOSYS, -ENOMEM. */
int folder_watch_new(struct loop *loop, const char *const *folders, size_t count,
		const struct folder_watch_events *events, struct folder_watch **ret);
/* Follow the paths again, because something may have been mounted. (A change of /proc/self/mountinfo is no event that the
 * loop could see: the poll of an epoll descriptor consumes it.) NULL-safe. */
void folder_watch_follow(struct folder_watch *watch);
/* NULL-safe; may be called from on_change. */
void folder_watch_free(struct folder_watch *watch);

#endif
