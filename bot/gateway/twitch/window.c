/* A sliding window of times. */

#include "bot/gateway/twitch/window.h"

void twitch_window_init(struct twitch_window *window, uint64_t span_ms)
{
	*window = (struct twitch_window){.span_ms = span_ms};
}

uint64_t twitch_window_wait(const struct twitch_window *window, size_t limit, uint64_t now_ms)
{
	/* The time that must have left the window: limit places back. */
	size_t at = (window->next + TWITCH_WINDOW_SLOTS - limit) % TWITCH_WINDOW_SLOTS;
	uint64_t spent_ms = window->spent_ms[at];

	if (spent_ms == 0 || spent_ms + window->span_ms <= now_ms)
		return 0;
	return spent_ms + window->span_ms - now_ms;
}

void twitch_window_spend(struct twitch_window *window, uint64_t now_ms)
{
	window->spent_ms[window->next] = now_ms;
	window->next = (window->next + 1) % TWITCH_WINDOW_SLOTS;
}
