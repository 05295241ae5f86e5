#ifndef EPISODED_LEASED_H
#define EPISODED_LEASED_H

/*
 * The leases of the configuration, and those that are still held after it changed: a list, sorted by name, of how far each
 * is between free and held. What follows from that is cluster.c's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/cluster/cluster.h"
#include "bot/cluster/sets.h"

#define LEASED_NAME_MAX_BYTES 256 /* of a lease, and of a process */

enum leased_state {
	LEASED_FREE,    /* not of this process */
	LEASED_LOADING, /* taken; the store reads its values */
	LEASED_HELD,    /* the bot knows of it */
	LEASED_GIVING,  /* the bot is closing it */
	LEASED_GIVEN,   /* over for this process; the database may not know it yet */
};

struct leased {
	char *name, *pool, *type, *gateway;
	struct lease_wanted wanted; /* its texts are the ones above */
	enum leased_state state;
	uint64_t epoch;
	char *position; /* NULL: as stored */
	bool is_moved, is_ready;
	bool is_wanted, is_offered;
	enum set_state set; /* of a shard */
	bool is_open;       /* no process held it at the last beat */
	bool is_stale;      /* nor for SHARE_OPEN_MS before */
	bool is_sent;       /* LEASED_GIVEN: a statement says so; otherwise: one tells the position */
	char was[LEASED_NAME_MAX_BYTES]; /* the process that let it lapse; "" */
};

struct leased_list {
	struct leased **list; /* sorted by name */
	size_t count, capacity;
};

/* The leases of one pool: the shards of a set, or all that are not shards. */
struct leased_pool {
	const char *name; /* borrowed from one of its leases */
	unsigned all, open, stale;
};

void leased_release(struct leased_list *leased);

/* NULL: it is not in the list. */
struct leased *leased_find(const struct leased_list *leased, const char *name);
struct leased *leased_find_wanted(const struct leased_list *leased, const struct lease_wanted *lease);
/* Find it, or add it. NULL: out of memory. */
struct leased *leased_add(struct leased_list *leased, const struct lease_wanted *lease);
/* The database says that this process owns a lease that is not in the list: add it, to give it back. NULL: out of memory. */
struct leased *leased_add_stray(struct leased_list *leased, const char *name);
/* Leases that neither the configuration nor this process needs any more. */
void leased_drop_unwanted(struct leased_list *leased);

/* Remember the position of a shard; NULL: as stored. Out of memory: as stored. */
void leased_set_position(struct leased *leased, const char *position);

/* A role has no questions, and those of a gateway belong to the shards of its active set. */
bool leased_has_questions(const struct leased *leased);
/* Count the wanted leases by pools. Returns the number of pools, at most max. */
size_t leased_count_pools(const struct leased_list *leased, struct leased_pool *pools, size_t max);
/* A hash of the names of what is wanted, but for shards: the processes agree on them in the database. */
uint64_t leased_hash(const struct leased_list *leased);

#endif
