#ifndef EPISODED_GATES_H
#define EPISODED_GATES_H

/* The gates of Discord gateways (cluster/gate.h) and what they ask of the database. An edge. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/cluster/gate.h"

struct gates; /* opaque: cluster/gates.c */
struct postgres_line;

struct gates_events {
	/* Ask on the beat lane, before the next line_sync(): a shard of this process waits for an IDENTIFY, or not any
	 * more. */
	int (*ask_needs)(void *user, const char *gateway, unsigned total, unsigned shard, bool needs);
};

int gates_new(struct postgres_line *line, const struct gates_events *events, void *user,
		struct gates **ret);  /* -ENOMEM */
void gates_free(struct gates *gates); /* NULL-safe; after line_free() */

/* As the functions of cluster.h. */
struct gate *gates_of(struct gates *gates, const char *gateway);
void gates_turn(struct gates *gates, const char *gateway);
void gates_starts(struct gates *gates, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency);
/* The starts that are left today, as the database last said; UINT32_MAX: not known. */
uint32_t gates_remaining(const struct gates *gates, const char *gateway);
/* Does this shard wait for a moment? */
bool gates_need(const struct gates *gates, const char *gateway, unsigned total, unsigned shard);
/* A beat was answered: tell and reserve what is to be told and reserved. */
void gates_beat(struct gates *gates);

#endif
