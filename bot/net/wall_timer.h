#ifndef EPISODED_WALL_TIMER_H
#define EPISODED_WALL_TIMER_H

/*
 * A timer of the machine's wall clock: it fires when the clock shows a time, also after the machine has slept, and when
 * the clock is set forward or back, so that its owner looks at the clock again. Otherwise it wakes no process.
 */

#include <stdint.h>

struct loop;
struct wall_timer; /* opaque: net/wall_timer.c */

/* on_time is called when the time has come, or the clock was set, or a little too early: look at the clock, and set the
 * timer again. -ENOMEM. */
int wall_timer_new(struct loop *loop, void (*on_time)(void *user), void *user, struct wall_timer **ret);
void wall_timer_free(struct wall_timer *timer); /* NULL-safe */

/* Fire once, at a time in seconds since 1970 UTC; at once if it has passed. */
void wall_timer_set(struct wall_timer *timer, int64_t time_s);
void wall_timer_cancel(struct wall_timer *timer);

#endif
