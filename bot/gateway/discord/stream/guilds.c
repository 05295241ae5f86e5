/* The guilds of a shard, in an open-addressed table. */

#include "bot/gateway/discord/stream/guilds.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16 /* doubled as needed */

void discord_guilds_release(struct discord_guilds *guilds)
{
	free(guilds->id);
	free(guilds->role);
	free(guilds->is_away);
	*guilds = (struct discord_guilds){0};
}

/* The first slot to probe for id. */
static size_t home_of(const struct discord_guilds *guilds, uint64_t id)
{
	return (size_t)((id * 0x9e3779b97f4a7c15u) >> 32) & (guilds->capacity - 1);
}

/* The slot of id, or the free slot for it. */
static size_t slot_of(const struct discord_guilds *guilds, uint64_t id)
{
	size_t slot = home_of(guilds, id);

	while (guilds->id[slot] && guilds->id[slot] != id)
		slot = (slot + 1) & (guilds->capacity - 1);
	return slot;
}

static int grow(struct discord_guilds *guilds)
{
	struct discord_guilds bigger = {.capacity = guilds->capacity ? guilds->capacity * 2 : FIRST_CAPACITY};
	struct discord_guilds old;

	bigger.id = calloc(bigger.capacity, sizeof(*bigger.id));
	bigger.role = calloc(bigger.capacity, sizeof(*bigger.role));
	bigger.is_away = calloc(bigger.capacity, sizeof(*bigger.is_away));
	if (!bigger.id || !bigger.role || !bigger.is_away) {
		discord_guilds_release(&bigger);
		return -ENOMEM;
	}
	for (size_t i = 0; i < guilds->capacity; i++) {
		size_t slot;

		if (!guilds->id[i])
			continue;
		slot = slot_of(&bigger, guilds->id[i]);
		bigger.id[slot] = guilds->id[i];
		bigger.role[slot] = guilds->role[i];
		bigger.is_away[slot] = guilds->is_away[i];
	}
	bigger.count = guilds->count;
	bigger.away = guilds->away;
	bigger.is_changed = guilds->is_changed;
	old = *guilds;
	*guilds = bigger;
	discord_guilds_release(&old);
	return 0;
}

int discord_guilds_put(struct discord_guilds *guilds, uint64_t id, bool is_away)
{
	size_t slot;

	if (!id)
		return -EINVAL;
	if (guilds->count >= DISCORD_GUILDS_MAX)
		return -ENOSPC;
	if (guilds->count >= guilds->capacity / 4 * 3) {
		int r = grow(guilds);

		if (r < 0)
			return r;
	}
	slot = slot_of(guilds, id);
	if (!guilds->id[slot]) {
		guilds->count++;
		guilds->is_changed = true;
	}
	guilds->away -= guilds->is_away[slot];
	guilds->away += is_away;
	guilds->id[slot] = id;
	guilds->is_away[slot] = is_away;
	return 0;
}

void discord_guilds_remove(struct discord_guilds *guilds, uint64_t id)
{
	size_t gap, slot;

	if (!guilds->count)
		return;
	gap = slot_of(guilds, id);
	if (!guilds->id[gap])
		return;
	guilds->count--;
	guilds->is_changed = true;
	guilds->away -= guilds->is_away[gap];
	/* Close the gap: probing stops at a free slot. */
	for (slot = (gap + 1) & (guilds->capacity - 1); guilds->id[slot];
			slot = (slot + 1) & (guilds->capacity - 1)) {
		size_t home = home_of(guilds, guilds->id[slot]);

		if (((slot - home) & (guilds->capacity - 1)) < ((slot - gap) & (guilds->capacity - 1)))
			continue;
		guilds->id[gap] = guilds->id[slot];
		guilds->role[gap] = guilds->role[slot];
		guilds->is_away[gap] = guilds->is_away[slot];
		gap = slot;
	}
	guilds->id[gap] = 0;
	guilds->role[gap] = 0;
	guilds->is_away[gap] = 0;
}

bool discord_guilds_hold(const struct discord_guilds *guilds, uint64_t id)
{
	return id && guilds->count && guilds->id[slot_of(guilds, id)];
}

uint64_t discord_guilds_role(const struct discord_guilds *guilds, uint64_t id)
{
	return discord_guilds_hold(guilds, id) ? guilds->role[slot_of(guilds, id)] : 0;
}

void discord_guilds_set_role(struct discord_guilds *guilds, uint64_t id, uint64_t role)
{
	size_t slot;

	if (!discord_guilds_hold(guilds, id))
		return;
	slot = slot_of(guilds, id);
	guilds->is_changed = guilds->is_changed || guilds->role[slot] != role;
	guilds->role[slot] = role;
}

uint64_t discord_guilds_find_role(struct span guild, uint64_t bot)
{
	struct span_walk walk;
	struct span role;
	uint64_t id, owner;

	if (span_open(span_get(guild, "roles"), '[', &walk) < 0)
		return 0;
	while (span_item(&walk, &role) > 0)
		if (span_number(span_get(span_get(role, "tags"), "bot_id"), &owner) == 0 && owner == bot &&
				span_number(span_get(role, "id"), &id) == 0)
			return id;
	return 0;
}

void discord_guilds_append(const struct discord_guilds *guilds, struct str *str)
{
	str_append_char(str, '[');
	for (size_t i = 0; i < guilds->capacity; i++) {
		if (!guilds->id[i])
			continue;
		span_append_numbers((const uint64_t[]){guilds->id[i], guilds->role[i]}, 2, str);
	}
	str_append_char(str, ']');
}

void discord_guilds_read(struct discord_guilds *guilds, struct span text)
{
	struct span_walk walk;
	uint64_t number[2];

	if (span_open(text, '[', &walk) < 0)
		return;
	while (span_next_numbers(&walk, number, 2))
		if (discord_guilds_put(guilds, number[0], false) == 0)
			discord_guilds_set_role(guilds, number[0], number[1]);
}
