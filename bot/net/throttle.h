#ifndef EPISODED_NET_THROTTLE_H
#define EPISODED_NET_THROTTLE_H

/* A virtual clock that sending pushes ahead of the real one; pure. What IRC servers themselves count with. */

#include <stdint.h>

struct throttle {
	uint64_t burst_ms; /* how far ahead the clock may run */
	uint64_t ahead_ms; /* the clock; at least now */
};

void throttle_init(struct throttle *throttle, uint64_t burst_ms);

/* How long to wait before something may be sent: 0 = now. */
uint64_t throttle_wait(const struct throttle *throttle, uint64_t now_ms);
/* The same for several things that go out at once: rest_ms is what all but the last cost. More than the
 * burst waits until nothing is counted any more. */
uint64_t throttle_wait_all(const struct throttle *throttle, uint64_t rest_ms, uint64_t now_ms);
/* Something that costs cost_ms was sent. */
void throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms);

#endif
