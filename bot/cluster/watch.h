#ifndef EPISODED_WATCH_H
#define EPISODED_WATCH_H

/*
 * The database's clock, as this process has seen it run: a lapsed lease may be taken only by a clock that ran steadily
 * over LEASE_WATCH_MS. A step of that clock, a fail-over to another server, and a pause of this process show as a
 * change of its offset from our own clock, or as a gap, and start the watch again. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define LEASE_DRIFT_MS 1000 /* the offset of the database's clock may seem to change by less than this */
#define LEASE_GAP_MS   2500 /* the longest time without a reading */

#define WATCH_READINGS_MAX 16
#define WATCH_SPACING_MS   500 /* readings that come faster are joined: the table covers LEASE_WATCH_MS */

/* The offset is known between two limits, because the clock is read somewhere between question and answer. */
struct clock_reading {
	uint64_t sent_ms, answered_ms; /* of clock_boot_ms() */
	int64_t least_ms, most_ms;     /* database's clock - ours */
};

struct lease_watch {
	struct clock_reading readings[WATCH_READINGS_MAX]; /* oldest first */
	size_t count;
};

void lease_watch_restart(struct lease_watch *watch);
/* The database said its clock in an answer to what was sent at sent_ms. */
void lease_watch_read(
		struct lease_watch *watch, uint64_t database_ms, uint64_t sent_ms, uint64_t answered_ms);
/* What the database's clock shows now at least; 0: it has not run steadily for LEASE_WATCH_MS. */
uint64_t lease_watch_now(const struct lease_watch *watch, uint64_t boot_ms);

#endif
