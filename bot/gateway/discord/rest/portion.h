#ifndef EPISODED_DISCORD_REST_PORTION_H
#define EPISODED_DISCORD_REST_PORTION_H

/* This process's portion of a global limit that several processes share: joins the queue and its slots. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/cluster/slots.h"

struct discord_rest_queue;

struct discord_rest_portion {
	struct discord_rest_queue *queue; /* borrowed */
	struct slots slots;
	unsigned used;           /* of the slots, at the last look */
	uint64_t pause_until_ms; /* of the last global pause that this process told others, or was told */
};

/* From now on the queue sends only in the slots of the portion: at first there are no slots. rate: of all processes. -ENOMEM. */
int discord_rest_portion_init(struct discord_rest_portion *portion, struct discord_rest_queue *queue,
		unsigned rate, uint64_t now_ms);

/* When the queue has nothing to send now: *ret_move is to be sent to the database, if it is not 0; *wait_ms is lowered.
 * True: there are more slots to use, ask the queue again. */
bool discord_rest_portion_look(
		struct discord_rest_portion *portion, uint64_t now_ms, int *ret_move, uint64_t *wait_ms);
/* The answer to a move, and its loss: see bot/cluster/cluster.h. */
void discord_rest_portion_moved(
		struct discord_rest_portion *portion, int error, unsigned held, uint64_t now_ms);
void discord_rest_portion_lapsed(struct discord_rest_portion *portion, uint64_t now_ms);
void discord_rest_portion_beat(
		struct discord_rest_portion *portion, unsigned hosts, uint64_t pause_ms, uint64_t now_ms);
/* After a 429: how long all other processes must pause, too; 0: they need not, or know it. */
uint64_t discord_rest_portion_pause_ms(struct discord_rest_portion *portion, uint64_t now_ms);

#endif
