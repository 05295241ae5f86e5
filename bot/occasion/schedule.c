/* A binary heap of what is due. */

#include "bot/occasion/schedule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define CAPACITY_MIN 16

void schedule_init(struct schedule *schedule)
{
	*schedule = (struct schedule){0};
}

void schedule_release(struct schedule *schedule)
{
	free(schedule->heap);
	*schedule = (struct schedule){0};
}

static bool is_before(const struct schedule_item *a, const struct schedule_item *b)
{
	return a->due_s != b->due_s ? a->due_s < b->due_s : a->turn < b->turn;
}

static void set(struct schedule *schedule, size_t place, struct schedule_item *item)
{
	schedule->heap[place - 1] = item;
	item->place = place;
}

static void rise(struct schedule *schedule, struct schedule_item *item)
{
	size_t place = item->place;

	while (place > 1 && is_before(item, schedule->heap[place / 2 - 1])) {
		set(schedule, place, schedule->heap[place / 2 - 1]);
		place /= 2;
	}
	set(schedule, place, item);
}

static void sink(struct schedule *schedule, struct schedule_item *item)
{
	size_t place = item->place;

	for (;;) {
		size_t child = place * 2;

		if (child < schedule->count && is_before(schedule->heap[child], schedule->heap[child - 1]))
			child++;
		if (child > schedule->count || !is_before(schedule->heap[child - 1], item))
			break;
		set(schedule, place, schedule->heap[child - 1]);
		place = child;
	}
	set(schedule, place, item);
}

static int grow(struct schedule *schedule)
{
	size_t capacity = schedule->capacity ? schedule->capacity * 2 : CAPACITY_MIN;
	struct schedule_item **heap;

	if (schedule->count < schedule->capacity)
		return 0;
	heap = realloc(schedule->heap, capacity * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	schedule->heap = heap;
	schedule->capacity = capacity;
	return 0;
}

int schedule_put(struct schedule *schedule, struct schedule_item *item, int64_t due_s)
{
	if (!item->place) {
		int r = grow(schedule);

		if (r < 0)
			return r;
		schedule->count++;
		item->place = schedule->count;
		schedule->heap[item->place - 1] = item;
	}
	item->due_s = due_s;
	item->turn = schedule->turns++;
	rise(schedule, item);
	sink(schedule, item);
	return 0;
}

void schedule_remove(struct schedule *schedule, struct schedule_item *item)
{
	struct schedule_item *last;
	size_t place = item->place;

	if (!place)
		return;
	item->place = 0;
	last = schedule->heap[--schedule->count];
	if (last == item)
		return;
	set(schedule, place, last);
	rise(schedule, last);
	sink(schedule, last);
}

struct schedule_item *schedule_first(const struct schedule *schedule)
{
	return schedule->count ? schedule->heap[0] : NULL;
}
