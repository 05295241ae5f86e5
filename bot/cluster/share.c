/* Shares of a pool of leases. */

#include "bot/cluster/share.h"

unsigned share_of(unsigned all, uint64_t before, uint64_t weight, uint64_t sum)
{
	return sum ? (unsigned)(all * (before + weight) / sum - all * before / sum) : 0;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* A lease was taken above the share: if it were given away soon, no process might take it again. */
static void stay(struct share_pool *pool, uint64_t boot_ms)
{
	if (!pool->stay_ms || boot_ms > pool->stays_until_ms + SHARE_STAY_LONGEST_MS)
		pool->stay_ms = SHARE_STAY_FIRST_MS;
	else if (pool->stay_ms < SHARE_STAY_LONGEST_MS)
		pool->stay_ms *= 2;
	pool->stays_until_ms = boot_ms + pool->stay_ms;
}

unsigned share_want(struct share_pool *pool, unsigned share, const struct share_open *open, uint64_t boot_ms)
{
	unsigned missing = share > pool->held ? share - pool->held : 0;

	if (!open->is_steady)
		pool->steady_since_ms = 0;
	else if (!pool->steady_since_ms)
		pool->steady_since_ms = boot_ms;
	if (!missing && !open->is_barred && open->stale && pool->steady_since_ms &&
			boot_ms >= pool->steady_since_ms + SHARE_CHANCE_MS) {
		stay(pool, boot_ms);
		missing = 1;
	}
	return least(least(missing, open->count), SHARE_TAKE_MAX);
}

bool share_gives(struct share_pool *pool, unsigned share, unsigned above, uint64_t boot_ms)
{
	if (pool->held < share + above || boot_ms < pool->stays_until_ms) {
		pool->above_since_ms = 0;
		return false;
	}
	if (!pool->above_since_ms)
		pool->above_since_ms = boot_ms;
	if (boot_ms < pool->above_since_ms + SHARE_ABOVE_MS || boot_ms < pool->given_ms + SHARE_GIVE_MS)
		return false;
	pool->given_ms = boot_ms;
	return true;
}
