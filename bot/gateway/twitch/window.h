#ifndef EPISODED_TWITCH_WINDOW_H
#define EPISODED_TWITCH_WINDOW_H

/*
 * How Twitch counts: so many in any so many seconds. Where its own windows
 * begin nobody is told, so one of ours slides and is a little longer. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define TWITCH_WINDOW_SLOTS 100 /* the times remembered */

struct twitch_window {
	uint64_t span_ms;
	uint64_t spent_ms[TWITCH_WINDOW_SLOTS]; /* a ring; 0: not used yet */
	size_t next;
};

/* Nothing is spent yet. */
void twitch_window_init(struct twitch_window *window, uint64_t span_ms);

/* How long to wait before one more may go where limit are allowed (at most TWITCH_WINDOW_SLOTS): 0 = now. */
uint64_t twitch_window_wait(const struct twitch_window *window, size_t limit, uint64_t now_ms);
/* One went now. */
void twitch_window_spend(struct twitch_window *window, uint64_t now_ms);

#endif
