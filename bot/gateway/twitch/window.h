#ifndef EPISODED_TWITCH_WINDOW_H
#define EPISODED_TWITCH_WINDOW_H

/*
 * A rate limit as Twitch counts it: N in any window of T seconds. The beginning of
 * Twitch's windows is unknown, so this one slides, and is a little longer. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define TWITCH_WINDOW_SLOTS 100 /* times that are kept */

struct twitch_window {
	uint64_t span_ms;
	uint64_t spent_ms[TWITCH_WINDOW_SLOTS]; /* a ring; 0: unused */
	size_t next;
};

/* Begin with an empty window. */
void twitch_window_init(struct twitch_window *window, uint64_t span_ms);

/* How long to wait before one more, with limit allowed (at most TWITCH_WINDOW_SLOTS); 0: now. */
uint64_t twitch_window_wait(const struct twitch_window *window, size_t limit, uint64_t now_ms);
/* Count one now. */
void twitch_window_spend(struct twitch_window *window, uint64_t now_ms);

#endif
