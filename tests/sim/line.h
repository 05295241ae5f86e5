#ifndef EPISODED_SIM_LINE_H
#define EPISODED_SIM_LINE_H

/*
 * A database for the bot's store (bot/store/remote.h) in the shared memory, and the line to it: delays, connections that
 * break before or after a commit, and outages. It executes what the statements of bot/postgres/ mean.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/store/remote.h"

void line_reset(bool is_used); /* call after world_reset() */
bool line_is_used(void);
/* The process has ended: what it had sent arrives all the same. */
void line_end_life(void);

/* The database is away from now on, or back. */
void line_set_away(bool is_away);
bool line_is_away(void);

/* For the simulated cluster: connect, and call on_up() when the shared values are read, with each connection. */
struct store_line line_for_store(void);
void line_connect(struct store *store, void (*on_up)(void *user), void (*on_down)(void *user), void *user);
void line_disconnect(void);

/* Leases: the epoch of a lease that this process takes; and whether it still holds it. Another process may have taken it
 * meanwhile. */
uint64_t line_take_lease(const char *name);
bool line_holds_lease(const char *name, uint64_t epoch);
/* Where a shard's session is; written behind the batches that are under way. */
void line_put_position(const char *lease, uint64_t epoch, const char *position);
const char *line_position(const char *lease);
/* How many shards the Discord gateway has; 0: not known yet. */
void line_set_shards(unsigned total);
unsigned line_shards(void);
/* A moment for an IDENTIFY: how long until then; UINT64_MAX: not now. */
uint64_t line_reserve_identify(void);
/* Another process takes all leases, and gives them back. */
void line_steal_leases(void);

/* A process without the lease has handed in a question of the gateway. */
bool line_has_handed_in(const char *gateway);

/* The journal has no open question at the end of the run. */
void line_look_for_open(void);

#endif
