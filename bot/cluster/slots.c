/* How many slots of a shared rate a process needs, and when it takes and gives them. */

#include "bot/cluster/slots.h"

static unsigned most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static uint64_t most_ms(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

static void lower(uint64_t *wait_ms, uint64_t to_ms)
{
	if (*wait_ms > to_ms)
		*wait_ms = to_ms;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void slots_init(struct slots *slots, unsigned rate)
{
	*slots = (struct slots){.rate = rate, .hosts = 1};
}

unsigned slots_share(const struct slots *slots)
{
	return (slots->rate + slots->hosts - 1) / slots->hosts;
}

void slots_set_hosts(struct slots *slots, unsigned hosts)
{
	slots->hosts = hosts ? hosts : 1;
}

void slots_moving(struct slots *slots, unsigned count)
{
	slots->is_moving = true;
	slots->held -= least(count, slots->held);
	slots->yielding -= least(count, slots->yielding);
}

void slots_moved(struct slots *slots, int error, unsigned held, uint64_t now_ms)
{
	slots->is_moving = false;
	slots->is_unsure = error != 0;
	if (error) {
		slots->again_ms = now_ms + SLOTS_TROUBLE_MS;
		return;
	}
	if (held <= slots->held && held >= slots_share(slots))
		slots->again_ms = most_ms(slots->again_ms, now_ms + SLOTS_RARELY_MS);
	slots->held = held;
}

void slots_lapsed(struct slots *slots)
{
	slots->is_moving = false;
	slots->held = slots->yielding = 0;
	slots->again_ms = 0;
}

static void note_need(struct slots *slots, unsigned need, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - slots->period_ms;

	if (passed_ms >= SLOTS_IDLE_MS) {
		slots->peak_before = passed_ms >= 2 * (uint64_t)SLOTS_IDLE_MS ? 0 : slots->peak;
		slots->peak = 0;
		slots->period_ms = now_ms;
	}
	slots->peak = most(slots->peak, need);
}

/* Up to its share a process takes what its requests wait for; beyond it only a bit at a time, so that there is something
 * for those that have less. */
static unsigned to_take(const struct slots *slots, unsigned lacking)
{
	unsigned share = slots_share(slots), below = slots->held < share ? share - slots->held : 0;
	unsigned beyond = slots->hosts == 1 ? slots->rate : most(slots->rate / 8, 1);
	unsigned first = slots->is_unsure || slots->held < SLOTS_LEAST; /* the answer tells what is held */

	return least(most(least(lacking, below + beyond), first), SLOTS_MOVE_MAX);
}

/* A process above its share whose requests wait gives up a part of the surplus again and again: if the others do not want
 * it, it comes back. */
static void yield(struct slots *slots, unsigned lacking, uint64_t now_ms)
{
	unsigned share = slots_share(slots);

	if (!lacking || slots->hosts == 1 || slots->held <= share) {
		slots->yielding = 0;
	} else if (!slots->yielding && now_ms >= slots->yield_ms + SLOTS_YIELD_MS) {
		slots->yielding = (slots->held - share + 7) / 8;
		slots->yield_ms = now_ms;
	}
	if (slots->yielding) {
		slots->again_ms = most_ms(slots->again_ms, now_ms + SLOTS_LEAVE_MS);
		slots->yield_ms = now_ms;
	}
}

void slots_look(struct slots *slots, unsigned starved, unsigned in_use, uint64_t now_ms,
		struct slots_step *ret)
{
	unsigned lacking =
			in_use + starved > slots->held ? least(in_use + starved - slots->held, starved) : 0;
	bool is_due = lacking || slots->is_unsure || slots->held < SLOTS_LEAST;
	unsigned needed;

	note_need(slots, in_use + starved, now_ms);
	yield(slots, lacking, now_ms);
	needed = most(most(slots->peak, slots->peak_before), SLOTS_LEAST);
	*ret = (struct slots_step){
			.keep = least(slots->held - slots->yielding, needed), .wait_ms = UINT64_MAX};
	if (!slots->is_moving && now_ms >= slots->again_ms && is_due) {
		ret->take = to_take(slots, lacking);
		slots->again_ms = now_ms + SLOTS_AGAIN_MS;
	}
	if (is_due)
		lower(&ret->wait_ms, slots->again_ms > now_ms ? slots->again_ms - now_ms : SLOTS_AGAIN_MS);
	if (slots->held > SLOTS_LEAST) /* the most that was needed may be less from then on */
		lower(&ret->wait_ms, slots->period_ms + SLOTS_IDLE_MS - now_ms);
}
