#ifndef EPISODED_REFRESH_H
#define EPISODED_REFRESH_H

/*
 * Shows whose file has "refresh": "daily" are kept current: each is asked for once a day, and what has changed becomes a
 * copy in the state folder, which is used in place of the file (catalogue/layers.h). Without such a show no site is
 * contacted. Each process refreshes its own copies, also in a cluster.
 */

struct catalogue;
struct config;
struct loop;
struct refresh; /* opaque: daemon/refresh.c */
struct store;

struct refresh_host {
	void *user;
	struct store *(*store)(void *user);
	void (*on_changed)(void *user); /* a copy is new: read the datasets again */
};

/* -ENOMEM. */
int refresh_new(struct loop *loop, const struct refresh_host *host, struct refresh **ret);
void refresh_free(struct refresh *refresh); /* NULL-safe */

/* The shows and sites as they are now: after each reading of the files, once the store is open. Nothing is kept of the
 * arguments. */
void refresh_configure(
		struct refresh *refresh, const struct config *config, const struct catalogue *catalogue);

#endif
