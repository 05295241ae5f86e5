#ifndef EPISODED_SHARED_H
#define EPISODED_SHARED_H

/*
 * This process among those that share the state in a database: it joins them, its gateways follow the leases, and at the
 * end it leaves when its leases are given away and its last batch is stored.
 */

#include <stdbool.h>
#include <stddef.h>

struct cluster;
struct database_config;
struct gateways;
struct keeping;
struct loop;
struct members;

struct shared_host {
	void *user;
	/* Questions of this gateway, left by another process, are in the store. */
	void (*on_arrived)(void *user, const char *gateway);
	/* The database refuses this process, which is logged: it has to end. */
	void (*on_refused)(void *user);
	/* The end, after shared_leave() and shared_all_stopped(). */
	void (*on_left)(void *user);
};

struct shared {
	struct shared_host host;
	struct keeping *keeping; /* borrowed */
	/* Both NULL with a local store: */
	struct cluster *cluster;
	struct members *members; /* which gateways run here */
	bool has_left, has_gateways_stopped, is_flushed;
};

/* keeping is borrowed. Without shared_join() the store is local. */
void shared_init(struct shared *shared, const struct shared_host *host, struct keeping *keeping);
/* Join the processes that share this database, and keep its store. All are borrowed until shared_release(). -ENOMEM,
 * -EINVAL. */
int shared_join(struct shared *shared, struct loop *loop, const struct database_config *config,
		struct gateways *gateways);
void shared_release(struct shared *shared); /* after keeping_free() */

/* The process ends: give the leases away. Before gateways_stop(). */
void shared_leave(struct shared *shared);
/* All gateways have stopped: store what is left. */
void shared_all_stopped(struct shared *shared);

#endif
