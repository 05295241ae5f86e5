/* The guilds of a shard, in an open-addressed table. */

#include "bot/gateway/discord/guilds.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16 /* a power of two, as all that follow */

void guilds_release(struct guilds *guilds)
{
	free(guilds->id);
	free(guilds->is_away);
	*guilds = (struct guilds){0};
}

/* Where id begins to be looked for. */
static size_t home_of(const struct guilds *guilds, uint64_t id)
{
	return (size_t)((id * 0x9e3779b97f4a7c15u) >> 32) & (guilds->capacity - 1);
}

/* The slot that holds id, or the free one where it would go. */
static size_t slot_of(const struct guilds *guilds, uint64_t id)
{
	size_t slot = home_of(guilds, id);

	while (guilds->id[slot] && guilds->id[slot] != id)
		slot = (slot + 1) & (guilds->capacity - 1);
	return slot;
}

static int grow(struct guilds *guilds)
{
	struct guilds bigger = {.capacity = guilds->capacity ? guilds->capacity * 2 : FIRST_CAPACITY};
	struct guilds old;

	bigger.id = calloc(bigger.capacity, sizeof(*bigger.id));
	bigger.is_away = calloc(bigger.capacity, sizeof(*bigger.is_away));
	if (!bigger.id || !bigger.is_away) {
		guilds_release(&bigger);
		return -ENOMEM;
	}
	for (size_t i = 0; i < guilds->capacity; i++) {
		size_t slot;

		if (!guilds->id[i])
			continue;
		slot = slot_of(&bigger, guilds->id[i]);
		bigger.id[slot] = guilds->id[i];
		bigger.is_away[slot] = guilds->is_away[i];
	}
	bigger.count = guilds->count;
	bigger.away = guilds->away;
	old = *guilds;
	*guilds = bigger;
	guilds_release(&old);
	return 0;
}

int guilds_put(struct guilds *guilds, uint64_t id, bool is_away)
{
	size_t slot;

	if (!id)
		return -EINVAL;
	if (guilds->count >= GUILDS_MAX)
		return -ENOSPC;
	if (guilds->count >= guilds->capacity / 4 * 3) {
		int r = grow(guilds);

		if (r < 0)
			return r;
	}
	slot = slot_of(guilds, id);
	guilds->count += !guilds->id[slot];
	guilds->away -= guilds->is_away[slot];
	guilds->away += is_away;
	guilds->id[slot] = id;
	guilds->is_away[slot] = is_away;
	return 0;
}

void guilds_remove(struct guilds *guilds, uint64_t id)
{
	size_t gap, slot;

	if (!guilds->count)
		return;
	gap = slot_of(guilds, id);
	if (!guilds->id[gap])
		return;
	guilds->count--;
	guilds->away -= guilds->is_away[gap];
	/* Close the gap, so that every later probe still finds its way. */
	for (slot = (gap + 1) & (guilds->capacity - 1); guilds->id[slot];
		slot = (slot + 1) & (guilds->capacity - 1)) {
		size_t home = home_of(guilds, guilds->id[slot]);

		if (((slot - home) & (guilds->capacity - 1)) < ((slot - gap) & (guilds->capacity - 1)))
			continue;
		guilds->id[gap] = guilds->id[slot];
		guilds->is_away[gap] = guilds->is_away[slot];
		gap = slot;
	}
	guilds->id[gap] = 0;
	guilds->is_away[gap] = 0;
}
