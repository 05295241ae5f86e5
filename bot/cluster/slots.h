#ifndef EPISODED_SLOTS_H
#define EPISODED_SLOTS_H

/*
 * The part of a shared rate that one process holds. A rate of 50 requests a second is 50 slots: each process uses the slots
 * that it holds, each for one request a second, and all together hold at most 50. Slots move between processes by way of
 * the database, in batches, so that a request costs no statement: a process asks for as many as its requests wait for, and
 * gives back what it has not needed for a while. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#define SLOTS_IDLE_MS    2000 /* what was not needed for so long goes back */
#define SLOTS_AGAIN_MS   250  /* between two requests for slots, when there were not enough */
#define SLOTS_RARELY_MS  1000 /* the same, when there were no free ones and this process has its share */
#define SLOTS_YIELD_MS   2000 /* between two times that one above its share gives some up for others */
#define SLOTS_LEAVE_MS   500  /* that long it leaves them to the others */
#define SLOTS_MOVE_MAX   64   /* in one statement */
#define SLOTS_LEAST      1 /* kept by an idle process, so that a single request does not wait for a statement */
#define SLOTS_TROUBLE_MS 1000 /* after a move without an answer */

struct slots {
	unsigned rate;              /* of all processes */
	unsigned hosts;             /* their number; at least 1 */
	unsigned held;              /* known to be ours */
	bool is_moving;             /* a move has no answer yet */
	bool is_unsure;             /* one got no answer: the database may count more than held */
	uint64_t again_ms;          /* no request for more before */
	unsigned yielding;          /* slots that are given up for others, as soon as they are free */
	uint64_t yield_ms;          /* when the last ones were */
	uint64_t period_ms;         /* when the present period of SLOTS_IDLE_MS began */
	unsigned peak, peak_before; /* the most that was needed in it, and in the one before */
};

/* What to do now. */
struct slots_step {
	unsigned keep;    /* use no more; give back those that become free, while no move is on its way */
	unsigned take;    /* ask for so many */
	uint64_t wait_ms; /* look again; UINT64_MAX: when something changes */
};

void slots_init(struct slots *slots, unsigned rate);
/* starved: requests that wait for a slot. in_use: slots whose request may still count. */
void slots_look(struct slots *slots, unsigned starved, unsigned in_use, uint64_t now_ms,
		struct slots_step *ret);
/* A move was sent; count: slots that are no longer ours in any case. */
void slots_moving(struct slots *slots, unsigned count);
/* Its answer: how many are held; with an error nothing is known but what was. */
void slots_moved(struct slots *slots, int error, unsigned held, uint64_t now_ms);
/* All slots may belong to others: 0 are held, and no move is on its way. */
void slots_lapsed(struct slots *slots);
void slots_set_hosts(struct slots *slots, unsigned hosts);
/* The part of one among equals. */
unsigned slots_share(const struct slots *slots);

#endif
