/* The datasets of a running bot, read again when a file changes. */

#include "bot/daemon/shows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include "bot/base/log.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/files.h"
#include "bot/daemon/reloaded.h"
#include "bot/net/folder_watch.h"

#define RECENT_S 60 /* longer than any reading takes */

struct shows {
	struct loop *loop;
	struct shows_host host;
	struct config *config;       /* borrowed */
	struct catalogue *catalogue; /* borrowed */
	struct config_folders watched;
	struct folder_watch *watch;    /* NULL: inotify is not available */
	struct files_reading *reading; /* NULL: no reading */
	bool is_due;   /* a file has changed since the reading began, or while it could not begin */
	bool is_check; /* the reading is for what may have changed before the watch began */
};

static void read_if_due(struct shows *shows);

/* Log the changes, a line each. */
static void log_changes(const struct shows *shows, const struct files *files)
{
	struct reloaded reloaded;
	const char *line;

	reloaded_init(&reloaded);
	reloaded_compare(&reloaded, &(struct files){.config = shows->config, .catalogue = shows->catalogue},
			files);
	line = str_text(&reloaded.changes);
	if (!*line && !shows->is_check)
		log_info("datasets read again: no change");
	while (*line) {
		size_t length = strcspn(line, "\n");

		log_info("datasets: %.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
	reloaded_release(&reloaded);
}

static void on_read(void *user, int code, const struct files *files)
{
	struct shows *shows = user;

	shows->reading = NULL;
	if (code == EX_OK) {
		log_changes(shows, files);
		shows->host.on_read(shows->host.user, files);
	} else {
		log_error("the shows stay as they were; correct the problems above");
	}
	read_if_due(shows);
}

static void read_if_due(struct shows *shows)
{
	if (!shows->is_due || shows->reading || shows->host.is_reloading(shows->host.user))
		return;
	shows->is_due = false;
	/* On failure, which is logged, the next change reads again. */
	(void)files_read_shows_later(
			shows->loop, shows->config, shows->catalogue, on_read, shows, &shows->reading);
}

static void on_change(void *user)
{
	struct shows *shows = user;

	shows->is_check = false;
	shows->is_due = true;
	read_if_due(shows);
}

static void warn(const char *folders, int error)
{
	const char *fix = error == -ENOSPC   ? "; raise fs.inotify.max_user_watches (sysctl)"
			  : error == -EMFILE ? "; raise fs.inotify.max_user_instances (sysctl)"
					     : "";

	log_warning("%s: cannot be watched: %s%s; changed shows are read by a reload only (!reload, SIGHUP)",
			folders, strerror(-error), fix);
}

static void on_trouble(void *user, const char *folder, int error)
{
	(void)user;
	warn(folder, error);
}

static bool is_recent(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && about.st_ctim.tv_sec > time(NULL) - RECENT_S;
}

/* A file may have changed between the reading and the watch. */
static bool has_recent(const struct shows *shows)
{
	bool is_so = false;

	for (size_t i = 0; !is_so && i < shows->watched.count; i++)
		is_so = is_recent(shows->watched.paths[i]);
	for (size_t i = 0; !is_so && i < catalogue_count(shows->catalogue); i++)
		is_so = is_recent(catalogue_path(shows->catalogue, i));
	return is_so;
}

/* Watch the folders of the configuration, if they are others than before. */
static void watch_folders(struct shows *shows)
{
	static const struct folder_watch_events events = {
			.suffix = ".json", .on_change = on_change, .on_trouble = on_trouble};
	struct folder_watch_events ours = events;
	const struct config_folders *folders = &shows->config->data;
	struct str text = STR(CONFIG_FOLDERS_MAX * 4100);
	int r = 0;

	if (shows->watch && config_folders_equal(folders, &shows->watched)) {
		folder_watch_follow(shows->watch);
		return;
	}
	folder_watch_free(shows->watch);
	shows->watch = NULL;
	config_folders_release(&shows->watched);
	ours.user = shows;
	for (size_t i = 0; i < folders->count && r == 0; i++)
		r = config_folders_add(&shows->watched, folders->paths[i]);
	if (r == 0)
		r = folder_watch_new(shows->loop, (const char *const *)folders->paths, folders->count, &ours,
				&shows->watch);
	if (r < 0) {
		config_folders_describe(folders, &text);
		warn(str_text(&text), r);
	}
	str_release(&text);
	if (shows->watch && !shows->is_due && has_recent(shows))
		shows->is_due = shows->is_check = true;
}

int shows_new(struct loop *loop, const struct shows_host *host, struct shows **ret)
{
	struct shows *shows = calloc(1, sizeof(*shows));

	if (!shows)
		return -ENOMEM;
	shows->loop = loop;
	shows->host = *host;
	*ret = shows;
	return 0;
}

void shows_stop(struct shows *shows)
{
	if (!shows)
		return;
	folder_watch_free(shows->watch);
	shows->watch = NULL;
	files_cancel(shows->reading);
	shows->reading = NULL;
	shows->is_due = false;
}

void shows_free(struct shows *shows)
{
	if (!shows)
		return;
	shows_stop(shows);
	config_folders_release(&shows->watched);
	free(shows);
}

void shows_use(struct shows *shows, struct config *config, struct catalogue *catalogue)
{
	shows->config = config;
	shows->catalogue = catalogue;
	if (shows->reading) {
		/* It may have begun before the reading that is used now, or end after it. */
		files_cancel(shows->reading);
		shows->reading = NULL;
		shows->is_due = true;
	}
	watch_folders(shows);
}

void shows_read_again(struct shows *shows)
{
	on_change(shows);
}

void shows_resume(struct shows *shows)
{
	read_if_due(shows);
}
