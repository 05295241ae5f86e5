/* A virtual clock that sending pushes ahead of the real one, as IRC servers count it (RFC 1459, 8.10). */

#include "bot/net/throttle.h"

void throttle_init(struct throttle *throttle, uint64_t burst_ms)
{
	throttle->burst_ms = burst_ms;
	throttle->ahead_ms = 0;
}

uint64_t throttle_wait(const struct throttle *throttle, uint64_t now_ms)
{
	return throttle_wait_all(throttle, 0, now_ms);
}

uint64_t throttle_wait_all(const struct throttle *throttle, uint64_t rest_ms, uint64_t now_ms)
{
	uint64_t free_ms = rest_ms < throttle->burst_ms ? throttle->burst_ms - rest_ms : 0;

	if (throttle->ahead_ms <= now_ms || throttle->ahead_ms - now_ms <= free_ms)
		return 0;
	return throttle->ahead_ms - now_ms - free_ms;
}

void throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms)
{
	/* Time that went by unused is not saved up: the burst is the only credit. */
	if (throttle->ahead_ms < now_ms)
		throttle->ahead_ms = now_ms;
	if (cost_ms > UINT64_MAX - throttle->ahead_ms)
		throttle->ahead_ms = UINT64_MAX;
	else
		throttle->ahead_ms += cost_ms;
}
