#ifndef EPISODED_SCHEDULE_H
#define EPISODED_SCHEDULE_H

/*
 * What is due when: a binary heap of items that are part of their owners. Each change costs the logarithm of their
 * number. Items that are due at the same time come in the order in which they were put in. Pure.
 */

#include <stddef.h>
#include <stdint.h>

/* Part of what is due; zeroed before its first schedule_put(). */
struct schedule_item {
	int64_t due_s; /* since 1970 UTC */
	uint64_t turn; /* set by schedule_put() */
	size_t place;  /* in the heap, from 1; 0: it is in no schedule */
};

struct schedule {
	struct schedule_item **heap; /* heap[0] is the first */
	size_t count, capacity;
	uint64_t turns;
};

void schedule_init(struct schedule *schedule);
void schedule_release(struct schedule *schedule); /* the items are their owners' */

/* Put an item in, or give it another time. -ENOMEM: nothing has changed, which cannot be if it is in. */
int schedule_put(struct schedule *schedule, struct schedule_item *item, int64_t due_s);
/* Take an item out; does nothing if it is in no schedule. */
void schedule_remove(struct schedule *schedule, struct schedule_item *item);
/* The item that is due first; NULL: there is no item. */
struct schedule_item *schedule_first(const struct schedule *schedule);

#endif
