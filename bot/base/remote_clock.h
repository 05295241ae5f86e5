#ifndef EPISODED_BASE_REMOTE_CLOCK_H
#define EPISODED_BASE_REMOTE_CLOCK_H

/*
 * The wall clock of a server or network, estimated from the times that it writes on what it sends, against our
 * monotonic clock. The wall clock of this machine has no part in it. Pure.
 *
 * A time is always a little late when it arrives, so the estimate follows a later time at once, and an earlier one
 * only if a delay cannot explain it: then the remote clock was set back.
 *
 * Times that are old by their nature (history, a repeated event) must not be given to it.
 */

#include <stdbool.h>
#include <stdint.h>

#define REMOTE_CLOCK_DELAY_MS (15 * 1000) /* a time that is earlier by less was delayed */

/* What the estimate is made of, from worse to better. */
enum remote_clock_source {
	REMOTE_CLOCK_UNKNOWN,
	REMOTE_CLOCK_AT_LEAST, /* remote_clock_hear_of() */
	REMOTE_CLOCK_RELAYED,
	REMOTE_CLOCK_HEARD,
};

struct remote_clock {
	int64_t epoch_ms; /* the remote clock when our monotonic clock was 0 */
	int64_t rival_ms; /* the epoch by the last relayed time, if it contradicts */
	enum remote_clock_source source;
	bool has_rival;
};

/* The remote clock itself wrote this time just now: always right. */
void remote_clock_hear(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);

/* A time that another clock may have written: a message that a server relays with the time of the server it came from.
 * It is used while there is nothing better, and if two in a row agree. */
void remote_clock_hear_relayed(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);

/* The remote clock showed this time now or earlier. Used while there is nothing better. */
void remote_clock_hear_of(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);

/* The time on the remote clock; 0: not known. */
uint64_t remote_clock_now(const struct remote_clock *clock, uint64_t now_ms);
/* How long ago that time was; 0: in the future, or not known. */
uint64_t remote_clock_age(const struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);

#endif
