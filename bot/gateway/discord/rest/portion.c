/* Slots that the queue's calls need, and slots that it can do without. */

#include "bot/gateway/discord/rest/portion.h"

#include "bot/gateway/discord/rest/queue.h"

int discord_rest_portion_init(struct discord_rest_portion *portion, struct discord_rest_queue *queue,
		unsigned rate, uint64_t now_ms)
{
	unsigned remaining;

	*portion = (struct discord_rest_portion){.queue = queue};
	slots_init(&portion->slots, rate);
	return discord_rest_queue_set_slots(queue, 0, now_ms, &remaining);
}

bool discord_rest_portion_look(
		struct discord_rest_portion *portion, uint64_t now_ms, int *ret_move, uint64_t *wait_ms)
{
	struct discord_rest_queue *queue = portion->queue;
	struct slots *slots = &portion->slots;
	unsigned starved = discord_rest_queue_starved(queue, SLOTS_MOVE_MAX, now_ms), used = portion->used;
	unsigned remaining;
	struct slots_step step;

	*ret_move = 0;
	slots_look(slots, starved, discord_rest_queue_slots_in_use(queue, now_ms), now_ms, &step);
	if (discord_rest_queue_set_slots(queue, step.keep, now_ms, &remaining) < 0) {
		*wait_ms = SLOTS_AGAIN_MS;
		return false;
	}
	portion->used = step.keep;
	if (step.take) {
		*ret_move = (int)step.take;
		slots_moving(slots, 0);
	} else if (remaining < slots->held && !slots->is_moving) {
		*ret_move = -(int)(slots->held - remaining);
		slots_moving(slots, slots->held - remaining);
	}
	if (remaining > step.keep && step.wait_ms > SLOTS_AGAIN_MS)
		step.wait_ms = SLOTS_AGAIN_MS; /* the others will be free */
	if (*wait_ms > step.wait_ms)
		*wait_ms = step.wait_ms;
	return starved && step.keep > used;
}

void discord_rest_portion_moved(
		struct discord_rest_portion *portion, int error, unsigned held, uint64_t now_ms)
{
	slots_moved(&portion->slots, error, held, now_ms);
}

void discord_rest_portion_lapsed(struct discord_rest_portion *portion, uint64_t now_ms)
{
	unsigned remaining;

	slots_lapsed(&portion->slots);
	portion->used = 0;
	/* Less needs no memory. What is in flight keeps its slots, which are used no more. */
	(void)discord_rest_queue_set_slots(portion->queue, 0, now_ms, &remaining);
}

void discord_rest_portion_beat(
		struct discord_rest_portion *portion, unsigned hosts, uint64_t pause_ms, uint64_t now_ms)
{
	slots_set_hosts(&portion->slots, hosts);
	if (!pause_ms || now_ms + pause_ms <= portion->pause_until_ms)
		return;
	portion->pause_until_ms = now_ms + pause_ms;
	discord_rest_queue_pause(portion->queue, pause_ms, now_ms);
}

uint64_t discord_rest_portion_pause_ms(struct discord_rest_portion *portion, uint64_t now_ms)
{
	uint64_t pause_ms = discord_rest_queue_global_pause_ms(portion->queue, now_ms);

	if (!pause_ms || now_ms + pause_ms <= portion->pause_until_ms)
		return 0;
	portion->pause_until_ms = now_ms + pause_ms;
	return pause_ms;
}
