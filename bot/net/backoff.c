/* Exponential back-off with full jitter: a random part of a doubling delay, so that many clients do not reconnect
 * at the same moment. */

#include "bot/net/backoff.h"

#include "bot/base/random.h"

/* Enough doublings to reach any cap in use; more would overflow. */
#define DOUBLINGS_MAX 32

void backoff_init(struct backoff *backoff, uint64_t base_ms, uint64_t cap_ms)
{
	backoff->base_ms = base_ms;
	backoff->cap_ms = cap_ms;
	backoff->failures = 0;
}

/* base * 2^failures, limited to the cap, without overflow. */
static uint64_t ceiling(const struct backoff *backoff)
{
	uint64_t ceiling_ms = backoff->base_ms;

	for (unsigned i = 0; i < backoff->failures && i < DOUBLINGS_MAX; i++) {
		if (ceiling_ms >= backoff->cap_ms / 2)
			return backoff->cap_ms;
		ceiling_ms *= 2;
	}
	return ceiling_ms < backoff->cap_ms ? ceiling_ms : backoff->cap_ms;
}

uint64_t backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random)
{
	uint64_t ceiling_ms;

	if (registered_ms >= BACKOFF_STABLE_MS)
		backoff->failures = 0;
	ceiling_ms = ceiling(backoff);
	if (backoff->failures < DOUBLINGS_MAX)
		backoff->failures++;
	if (ceiling_ms == UINT64_MAX)
		return random_next(random);
	return random_below(random, ceiling_ms + 1);
}

void backoff_penalize(struct backoff *backoff)
{
	backoff->failures = DOUBLINGS_MAX;
}

uint64_t backoff_doubled(uint64_t base_ms, uint64_t cap_ms, unsigned failures)
{
	while (failures-- > 1 && base_ms < cap_ms)
		base_ms *= 2;
	return base_ms < cap_ms ? base_ms : cap_ms;
}
