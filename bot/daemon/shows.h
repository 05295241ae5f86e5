#ifndef EPISODED_SHOWS_H
#define EPISODED_SHOWS_H

/*
 * The datasets of a running bot: a file that changes in one of their folders is read on a thread, and the shows are
 * replaced. A broken file leaves its show as it was. Without inotify(7) there is only the reload.
 *
 * A change is never lost: every event leads to a reading that begins after it, and what was read earlier never replaces what
 * was read later, also with reloads in between.
 */

#include <stdbool.h>

struct catalogue;
struct config;
struct files;
struct loop;
struct shows; /* opaque: daemon/shows.c */

struct shows_host {
	void *user;
	/* The changed shows, with the configuration in use; the catalogue is the host's. */
	void (*on_read)(void *user, const struct files *files);
	/* A reload reads the datasets, and shows_resume() follows. */
	bool (*is_reloading)(void *user);
};

int shows_new(struct loop *loop, const struct shows_host *host, struct shows **ret);
void shows_free(struct shows *shows); /* NULL-safe */

/* The configuration and the catalogue in use: call it whenever they are replaced, before the old ones are freed. The folders
 * of datasets are watched from then on. */
void shows_use(struct shows *shows, struct config *config, struct catalogue *catalogue);

/* What lies over the files has changed (catalogue/layers.h): read them again. */
void shows_read_again(struct shows *shows);

/* A reload has ended. */
void shows_resume(struct shows *shows);

/* The bot stops: read nothing any more. */
void shows_stop(struct shows *shows);

#endif
