#ifndef EPISODED_LEASE_H
#define EPISODED_LEASE_H

/*
 * The leases of this process: which gateways and shards it may speak for, and until when. Pure: times and rows in,
 * decisions out.
 *
 * A lease is a row of the database with owner, epoch and deadline. The owner trusts its own clock only: a renewal that
 * was sent at time t permits it to speak until t + LEASE_MS - LEASE_GUARD_MS. A process that takes a lapsed lease trusts
 * only a database clock that it has watched run steadily for LEASE_WATCH_MS (cluster/watch.h). Clocks of two hosts are
 * never compared.
 *
 * Why two processes never speak at once: a renewal at time r by the database writes a deadline of r + LEASE_MS. A lapsed
 * lease is taken only if its deadline is before the database's clock and before the taker's estimate of that clock. If r
 * is within the watched time, at least LEASE_MS have passed since r by the taker's own clock; if it is not,
 * LEASE_WATCH_MS have passed. The owner sent the renewal before r, so that its permit has ended by LEASE_GUARD_MS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/net/permit.h"

#define LEASE_MS       5000 /* from a renewal to the deadline */
#define LEASE_BEAT_MS  1000 /* between two renewals */
#define LEASE_GUARD_MS 500  /* the permit ends so long before the deadline */
#define LEASE_WATCH_MS 6000 /* of a steady database clock, before a lapsed lease may be taken */
#define LEASES_MAX     1024 /* that one process can hold */

struct leases; /* opaque */

struct lease_row {
	const char *name; /* "irc/libera", "discord/home/64/7", "role/announce" */
	uint64_t epoch;
	const char *position; /* of a shard: its session, as stored by the last owner; "" of a renewal */
};

struct lease_host {
	const char *process, *host;
	unsigned weight;
	bool is_leaving;
};

/* May be called inside any function of this file; they must not call leases_free(). */
struct leases_events {
	/* The permit is borrowed until leases_free(): it is over while the lease is not held. */
	void (*on_taken)(void *user, const struct lease_row *row, const struct permit *permit);
	/* The permit is over already: nothing more may be said. */
	void (*on_lost)(void *user, const char *name, const char *why);
	/* The database says that this process owns a lease that it does not hold (the answer to a take was lost): it must
	 * be given back. */
	void (*on_stray)(void *user, const struct lease_row *row);
};

/* process: its own name, as leases_hosts() lists it. weight 0: it takes no lease. -ENOMEM. */
int leases_new(const struct leases_events *events, void *user, const char *process, unsigned weight,
		struct leases **ret);
void leases_free(struct leases *leases); /* NULL-safe */

/* A beat was sent; the next one is sent only after its answer, or after leases_disturbed(). */
void leases_sent(struct leases *leases, uint64_t boot_ms);
/* The parts of its answer, in any order. rows: all leases of this process. */
void leases_renewed(struct leases *leases, const struct lease_row *rows, size_t count);
void leases_clock(struct leases *leases, uint64_t database_ms, uint64_t boot_ms);
/* Its connection ended: the next answer may come from another server. */
void leases_disturbed(struct leases *leases);

/* Leases that this process took with a statement that was sent at this time. */
void leases_taken(struct leases *leases, const struct lease_row *rows, size_t count, uint64_t sent_boot_ms);
/* By the database's clock, in ms since 1970: a lease whose deadline is before this time may be taken. 0: only a lease
 * without an owner. */
uint64_t leases_lapsed_before(const struct leases *leases, uint64_t boot_ms);
/* It was given away: on_lost is not called. */
void leases_gave(struct leases *leases, const char *name);

/* Shares: all live processes as the last beat listed them. */
void leases_hosts(struct leases *leases, const struct lease_host *hosts, size_t count);
unsigned leases_live(const struct leases *leases); /* how many, with this one */

/*
 * pool: "discord/home/64" for its shards, or "" for all leases that are no shards. all: how many leases it has; open:
 * how many of them have no live owner, as the last beat said, and stale: how many have been so for SHARE_OPEN_MS
 * (cluster/share.h).
 */
unsigned leases_want(struct leases *leases, const char *pool, unsigned all, unsigned open, unsigned stale,
		uint64_t boot_ms);
/* The name of one lease to give away now, or NULL. It is given, and not named again, until leases_gave(). */
const char *leases_to_give(struct leases *leases, const char *pool, unsigned all, uint64_t boot_ms);
/* Take no more, and give all: leases_to_give() names one after the other. */
void leases_leave(struct leases *leases);
bool leases_is_leaving(const struct leases *leases);

/* NULL: not held. Borrowed until leases_free(). */
const struct permit *leases_permit(const struct leases *leases, const char *name);
uint64_t leases_epoch(const struct leases *leases, const char *name); /* 0: not held */
/* How many are held, also those that are being given away. */
unsigned leases_held(const struct leases *leases);
/* Until when the process itself may speak, from its last beat. */
const struct permit *leases_own_permit(const struct leases *leases);

#endif
