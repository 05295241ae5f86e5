#ifndef EPISODED_FETCH_DUE_H
#define EPISODED_FETCH_DUE_H

/*
 * When a show is asked for again: once a day, at a moment that chance spreads, and a few more times after a failure.
 * Pure. Running time is counted by clock_boot_ms(), which counts sleep, so that a wall clock that is set causes no request;
 * the wall clock only tells how long no process ran, and is not believed where it contradicts itself. After a long downtime
 * or sleep the show is asked for once.
 */

#include <stdbool.h>
#include <stdint.h>

struct random;

#define DUE_DAY_MS       (24ull * 3600 * 1000)
#define DUE_SPREAD_MS    (2ull * 3600 * 1000) /* a day is 23 to 25 h */
#define DUE_START_MIN_MS 1000u
#define DUE_NEW_MAX_MS   6000u             /* of a show that was never asked for: its owner waits for it */
#define DUE_START_MAX_MS (10u * 60 * 1000) /* at most, after the start of a process, if a show is overdue */
#define DUE_DOUBT_MAX_MS (6ull * 3600 * 1000) /* after a start, if the wall clock was set back */
#define DUE_RETRY_MS     (3600ull * 1000) /* after the first failure; four times as long after the second */
#define DUE_TRIES        3u               /* in a day, while the site fails */
#define DUE_KEPT_BYTES   64

struct due {
	uint64_t next_ms;                     /* of clock_boot_ms() */
	uint64_t asked_wall_ms, next_wall_ms; /* 0: never asked */
	unsigned failures;                    /* since the last answer */
};

/* A process has started, or the show is new. kept: what due_keep() wrote, "" if there is nothing. Something else is as
 * nothing. */
void due_start(struct due *due, const char *kept, uint64_t now_ms, uint64_t wall_ms, struct random *random);

/* The show was asked for. is_failed: the site could not be reached, or its answer is of no use; wait_ms: the site wants no
 * request for so long. */
void due_asked(struct due *due, bool is_failed, uint64_t wait_ms, uint64_t now_ms, uint64_t wall_ms,
		struct random *random);

/* For the store. Written before the request, so that a process that is killed again and again does not ask each time. */
const char *due_keep(const struct due *due, char buffer[DUE_KEPT_BYTES]);

#endif
