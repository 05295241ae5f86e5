#ifndef EPISODED_NET_THROTTLE_H
#define EPISODED_NET_THROTTLE_H

/* The flood control of IRC servers: each line sent moves a virtual clock ahead of the real one. Pure. */

#include <stdint.h>

struct throttle {
	uint64_t burst_ms; /* how far ahead the clock may run */
	uint64_t ahead_ms; /* the virtual clock; at least the current time */
};

void throttle_init(struct throttle *throttle, uint64_t burst_ms);

/* How long to wait before the next line may be sent; 0: send it now. */
uint64_t throttle_wait(const struct throttle *throttle, uint64_t now_ms);
/* The same for several lines sent together; rest_ms is the cost of all but the last. If they cost more than the
 * burst, wait until the virtual clock equals the real one. */
uint64_t throttle_wait_all(const struct throttle *throttle, uint64_t rest_ms, uint64_t now_ms);
/* Count a line that costs cost_ms. */
void throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms);

#endif
