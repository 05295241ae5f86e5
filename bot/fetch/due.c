/* When a show is asked for again. */

#include "bot/fetch/due.h"

#include <inttypes.h>
#include <stdio.h>

#include "bot/base/random.h"

#define CLOCK_DOUBT_MS (5u * 60 * 1000) /* a clock that NTP has corrected */

/* The moments of many hosts are spread as they are; those that were away for long would ask together. */
static uint64_t start_delay(uint64_t overdue_ms, struct random *random)
{
	uint64_t spread_ms = DUE_START_MAX_MS - DUE_START_MIN_MS;

	return DUE_START_MIN_MS + random_below(random, overdue_ms < spread_ms ? overdue_ms + 1 : spread_ms);
}

static uint64_t a_day(struct random *random)
{
	return DUE_DAY_MS - DUE_SPREAD_MS / 2 + random_below(random, DUE_SPREAD_MS);
}

static uint64_t start_wait(const struct due *due, uint64_t wall_ms, struct random *random)
{
	uint64_t left_ms;

	if (!due->asked_wall_ms)
		return DUE_START_MIN_MS + random_below(random, DUE_NEW_MAX_MS - DUE_START_MIN_MS);
	/* For how long no process ran is not known. */
	if (due->asked_wall_ms > wall_ms + CLOCK_DOUBT_MS)
		return DUE_START_MIN_MS + random_below(random, DUE_DOUBT_MAX_MS);
	if (due->next_wall_ms <= wall_ms)
		return start_delay(wall_ms - due->next_wall_ms, random);
	left_ms = due->next_wall_ms - wall_ms;
	if (left_ms > DUE_DAY_MS + DUE_SPREAD_MS)
		left_ms = a_day(random);
	return left_ms > DUE_START_MIN_MS ? left_ms : DUE_START_MIN_MS;
}

void due_start(struct due *due, const char *kept, uint64_t now_ms, uint64_t wall_ms, struct random *random)
{
	uint64_t asked_ms, next_ms;
	unsigned failures;

	*due = (struct due){0};
	/* NOLINTNEXTLINE(cert-err34-c): so few digits are no number out of range */
	if (sscanf(kept, "%19" SCNu64 " %19" SCNu64 " %9u", &asked_ms, &next_ms, &failures) == 3 &&
			asked_ms < next_ms)
		*due = (struct due){.asked_wall_ms = asked_ms, .next_wall_ms = next_ms, .failures = failures};
	due->next_ms = now_ms + start_wait(due, wall_ms, random);
}

void due_asked(struct due *due, bool is_failed, uint64_t wait_ms, uint64_t now_ms, uint64_t wall_ms,
		struct random *random)
{
	uint64_t delay_ms;

	due->failures = is_failed ? due->failures + 1 : 0;
	/* In a long outage only the first day has more than one request. */
	if (!is_failed || due->failures >= DUE_TRIES)
		delay_ms = a_day(random);
	else
		delay_ms = (DUE_RETRY_MS << (2 * (due->failures - 1))) + random_below(random, DUE_RETRY_MS);
	if (delay_ms < wait_ms)
		delay_ms = wait_ms + random_below(random, DUE_RETRY_MS);
	due->next_ms = now_ms + delay_ms;
	due->asked_wall_ms = wall_ms ? wall_ms : 1;
	due->next_wall_ms = due->asked_wall_ms + delay_ms;
}

const char *due_keep(const struct due *due, char buffer[DUE_KEPT_BYTES])
{
	snprintf(buffer, DUE_KEPT_BYTES, "%" PRIu64 " %" PRIu64 " %u", due->asked_wall_ms, due->next_wall_ms,
			due->failures);
	return buffer;
}
