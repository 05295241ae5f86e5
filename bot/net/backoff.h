#ifndef EPISODED_NET_BACKOFF_H
#define EPISODED_NET_BACKOFF_H

/* Full-jitter exponential back-off, pure. It resets only after a session stayed registered for a while. */

#include <stdint.h>

struct random;

#define BACKOFF_STABLE_MS 60000 /* a session this old proves the peer is well */

struct backoff {
	uint64_t base_ms, cap_ms;
	unsigned failures; /* since the last stable session */
};

void backoff_init(struct backoff *backoff, uint64_t base_ms, uint64_t cap_ms);

/* A connection ended; registered_ms is how long it was registered (0: never). The delay before the next try:
 * uniform in 0 .. min(cap, base * 2^failures). */
uint64_t backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random);

/* The peer said to stay away ("throttled", "banned"): the next delays start at the cap. */
void backoff_penalize(struct backoff *backoff);

#endif
