/* The flood control of IRC servers (RFC 1459, 8.10): each line sent moves a virtual clock ahead of the real one. */

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
	/* Idle time is not credited: the burst is the only credit. */
	if (throttle->ahead_ms < now_ms)
		throttle->ahead_ms = now_ms;
	if (cost_ms > UINT64_MAX - throttle->ahead_ms)
		throttle->ahead_ms = UINT64_MAX;
	else
		throttle->ahead_ms += cost_ms;
}
