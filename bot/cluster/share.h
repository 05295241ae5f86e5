#ifndef EPISODED_SHARE_H
#define EPISODED_SHARE_H

/*
 * How many leases of a pool this process should hold, and when it takes or gives one. A pool is what the processes
 * divide by weight: the shards of one set, or all leases that are no shards. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#define SHARE_TAKE_MAX     16    /* leases of a pool taken with one beat */
#define SHARE_ABOVE        2     /* leases above the share, so that one is given away: a connection moves */
#define SHARE_ABOVE_SHARDS 1     /* the same of shards, whose move is not seen */
#define SHARE_ABOVE_MS     10000 /* for so long */
#define SHARE_GIVE_MS      1000  /* between two */
#define SHARE_OPEN_MS      10000 /* a lease that no process has taken for so long is taken above the share */
#define SHARE_CHANCE_MS                                                                                      \
	4000 /* so long those below their share have the first chance to take what has lapsed */
#define SHARE_STAY_FIRST_MS   60000   /* then the pool gives nothing away, doubled each time */
#define SHARE_STAY_LONGEST_MS 3600000 /* and begun again after so long without */

struct share_pool {
	unsigned held;            /* by this process, without those that it is giving away */
	uint64_t steady_since_ms; /* lapsed leases can be taken since; 0: they cannot */
	uint64_t above_since_ms;  /* the process has held too many since; 0: it does not */
	uint64_t given_ms;        /* the last time it gave one away */
	uint64_t stay_ms, stays_until_ms;
};

/* Leases of a pool without a live owner. */
struct share_open {
	unsigned count;
	unsigned stale; /* for SHARE_OPEN_MS */
	bool is_steady; /* this process may take those that have lapsed */
	bool is_barred; /* its weight is 0 */
};

/* Of all leases, by weight: this process's weight, those of the processes before it in the order of their names, and the
 * sum of all. So the shares of all processes are all leases, and each is at most one off its exact part. */
unsigned share_of(unsigned all, uint64_t before, uint64_t weight, uint64_t sum);
/* How many to take now. */
unsigned share_want(struct share_pool *pool, unsigned share, const struct share_open *open, uint64_t boot_ms);
/* Should it give one away now? above: SHARE_ABOVE or SHARE_ABOVE_SHARDS. */
bool share_gives(struct share_pool *pool, unsigned share, unsigned above, uint64_t boot_ms);

#endif
