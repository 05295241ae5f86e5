#ifndef EPISODED_PERMIT_H
#define EPISODED_PERMIT_H

/*
 * Until when this process may speak for a gateway or a shard. It is checked where bytes are handed to the kernel, not
 * where they are queued: the process may be stopped in between, and another one may have taken over meanwhile.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/clock.h"

struct permit {
	uint64_t until_boot_ms; /* of clock_boot_ms() */
};

#define PERMIT_ALWAYS UINT64_MAX /* no lease is needed */

/* Of a connection that ends because its permit has ended. */
#define PERMIT_REASON "no lease: the database did not renew it in time"

/* NULL: always. */
static inline bool permit_is_valid(const struct permit *permit)
{
	return !permit || permit->until_boot_ms == PERMIT_ALWAYS || clock_boot_ms() < permit->until_boot_ms;
}

#endif
