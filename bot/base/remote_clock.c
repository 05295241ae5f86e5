/* The wall clock of a server or network. */

#include "bot/base/remote_clock.h"

/* Far outside any real time, so that sums cannot overflow: a server may write any number. */
#define TIME_MAX_MS (UINT64_C(1) << 60)

static int64_t epoch_of(uint64_t sent_ms, uint64_t now_ms)
{
	return (int64_t)(sent_ms < TIME_MAX_MS ? sent_ms : TIME_MAX_MS) - (int64_t)now_ms;
}

/* Does this epoch fit the estimate, delayed or not? */
static bool is_about(int64_t epoch_ms, int64_t other_ms)
{
	return epoch_ms <= other_ms + REMOTE_CLOCK_DELAY_MS && epoch_ms >= other_ms - REMOTE_CLOCK_DELAY_MS;
}

/* Follow a later time, and an earlier one that a delay cannot explain; any time, if the source is better. */
static void follow(struct remote_clock *clock, int64_t epoch_ms, enum remote_clock_source source)
{
	if (source > clock->source || epoch_ms > clock->epoch_ms || !is_about(epoch_ms, clock->epoch_ms))
		clock->epoch_ms = epoch_ms;
	if (source > clock->source)
		clock->source = source;
	clock->has_rival = false;
}

void remote_clock_hear(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms)
{
	follow(clock, epoch_of(sent_ms, now_ms), REMOTE_CLOCK_HEARD);
}

void remote_clock_hear_relayed(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms)
{
	int64_t epoch_ms = epoch_of(sent_ms, now_ms);
	bool is_later = clock->source < REMOTE_CLOCK_RELAYED && epoch_ms >= clock->epoch_ms;

	if (clock->source == REMOTE_CLOCK_UNKNOWN || is_later || is_about(epoch_ms, clock->epoch_ms) ||
			(clock->has_rival && is_about(epoch_ms, clock->rival_ms))) {
		follow(clock, epoch_ms, REMOTE_CLOCK_RELAYED);
		return;
	}
	clock->rival_ms = epoch_ms;
	clock->has_rival = true;
}

void remote_clock_hear_of(struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms)
{
	if (clock->source <= REMOTE_CLOCK_AT_LEAST &&
			(clock->source == REMOTE_CLOCK_UNKNOWN ||
					epoch_of(sent_ms, now_ms) > clock->epoch_ms))
		follow(clock, epoch_of(sent_ms, now_ms), REMOTE_CLOCK_AT_LEAST);
}

uint64_t remote_clock_now(const struct remote_clock *clock, uint64_t now_ms)
{
	int64_t time_ms = clock->epoch_ms + (int64_t)now_ms;

	return clock->source != REMOTE_CLOCK_UNKNOWN && time_ms > 0 ? (uint64_t)time_ms : 0;
}

uint64_t remote_clock_age(const struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms)
{
	uint64_t time_ms = remote_clock_now(clock, now_ms);

	return sent_ms < time_ms ? time_ms - sent_ms : 0;
}
