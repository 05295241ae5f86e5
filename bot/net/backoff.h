#ifndef EPISODED_NET_BACKOFF_H
#define EPISODED_NET_BACKOFF_H

/* Exponential back-off with full jitter; pure. Only a session that stayed registered for BACKOFF_STABLE_MS resets
 * it. */

#include <stdint.h>

struct random;

#define BACKOFF_STABLE_MS 60000 /* a session this old counts as stable */

struct backoff {
	uint64_t base_ms, cap_ms;
	unsigned failures; /* since the last stable session */
};

void backoff_init(struct backoff *backoff, uint64_t base_ms, uint64_t cap_ms);

/* A connection ended after registered_ms of registration (0: it never registered). Return the delay before the
 * next attempt: uniform between 0 and min(cap, base * 2^failures). */
uint64_t backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random);

/* The server asked the client to stay away ("throttled", "banned"): continue with the longest delay. */
void backoff_penalize(struct backoff *backoff);

/* Without jitter: base_ms after the first failure, doubled with each further one, at most cap_ms. */
uint64_t backoff_doubled(uint64_t base_ms, uint64_t cap_ms, unsigned failures);

#endif
