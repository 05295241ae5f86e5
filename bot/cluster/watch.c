/* Has the database's clock run steadily? */

#include "bot/cluster/watch.h"

#include <string.h>

#include "bot/cluster/lease.h"

void lease_watch_restart(struct lease_watch *watch)
{
	watch->count = 0;
}

/* A reading that follows another one at once widens that one's limits. */
static void join(struct clock_reading *last, const struct clock_reading *reading)
{
	last->answered_ms = reading->answered_ms;
	last->least_ms = reading->least_ms < last->least_ms ? reading->least_ms : last->least_ms;
	last->most_ms = reading->most_ms > last->most_ms ? reading->most_ms : last->most_ms;
}

void lease_watch_read(struct lease_watch *watch, uint64_t database_ms, uint64_t sent_ms, uint64_t answered_ms)
{
	const struct clock_reading reading = {
			.sent_ms = sent_ms,
			.answered_ms = answered_ms,
			.least_ms = (int64_t)(database_ms - answered_ms),
			.most_ms = (int64_t)(database_ms - sent_ms),
	};
	struct clock_reading *last = watch->count ? &watch->readings[watch->count - 1] : NULL;

	if (last && sent_ms > last->answered_ms && sent_ms - last->answered_ms > LEASE_GAP_MS) {
		watch->count = 0;
	} else if (last && sent_ms < last->sent_ms + WATCH_SPACING_MS) {
		join(last, &reading);
		return;
	}
	if (watch->count == WATCH_READINGS_MAX)
		memmove(watch->readings, watch->readings + 1, --watch->count * sizeof(watch->readings[0]));
	watch->readings[watch->count++] = reading;
}

/*
 * The estimate is the least offset of the whole time. If the clock was set back meanwhile, deadlines that were written
 * before the step are therefore never judged by the time after it, and those written after it are judged by the
 * smaller one: a deadline before the estimate was written at least LEASE_MS ago by our own clock.
 */
uint64_t lease_watch_now(const struct lease_watch *watch, uint64_t boot_ms)
{
	int64_t least_ms = INT64_MAX, most_ms = INT64_MIN;

	if (!watch->count || boot_ms > watch->readings[watch->count - 1].answered_ms + LEASE_GAP_MS)
		return 0;
	for (size_t i = watch->count; i--;) {
		const struct clock_reading *reading = &watch->readings[i];

		least_ms = reading->least_ms < least_ms ? reading->least_ms : least_ms;
		most_ms = reading->most_ms > most_ms ? reading->most_ms : most_ms;
		if (most_ms - least_ms >= LEASE_DRIFT_MS)
			return 0;
		if (reading->answered_ms + LEASE_WATCH_MS <= boot_ms)
			return (uint64_t)((int64_t)boot_ms + least_ms);
	}
	return 0;
}
