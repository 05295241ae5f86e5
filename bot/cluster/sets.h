#ifndef EPISODED_SETS_H
#define EPISODED_SETS_H

/*
 * The sets of shards of Discord gateways, as the processes agree on them in the database. A gateway has one active set; a
 * resharding starts a larger one beside it, and when all its shards are ready, that one is active and the old one
 * retires. An edge.
 */

#include <stdbool.h>
#include <stdint.h>

#define SETS_READY_MS 30000 /* all shards of a new set are ready for so long, before it is active */

struct postgres_line;
struct loop;
struct sets; /* opaque: cluster/sets.c */

enum set_state { SET_ACTIVE, SET_NEW, SET_RETIRING };

struct sets_events {
	/* A set is there, or its state has changed. */
	void (*on_set)(void *user, const char *gateway, unsigned total, enum set_state state);
	/* A set that retires has no shard any more: what it left open belongs to the active one. */
	void (*on_retired)(void *user, const char *gateway);
	/* Does this process have the gateway's role? It leads the resharding. */
	bool (*has_role)(void *user, const char *gateway);
	/* Does Discord allow so many starts more today? */
	bool (*may_start)(void *user, const char *gateway, unsigned count);
};

/* -ENOMEM. */
int sets_new(struct loop *loop, struct postgres_line *line, const struct sets_events *events, void *user,
		struct sets **ret);
void sets_free(struct sets *sets); /* NULL-safe; after line_free() */

/* The configuration has this Discord gateway: read its sets. */
void sets_add(struct sets *sets, const char *gateway);
/* As cluster_total(). */
void sets_total(struct sets *sets, const char *gateway, unsigned total);
/* The beat lane is up. */
void sets_up(struct sets *sets);

#endif
