/* The shards of this process. */

#include "bot/gateway/discord/shards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/snowflake.h"

/* The index of the first part that is not before (total, number). */
static unsigned place_of(const struct discord_shards *shards, unsigned total, unsigned number)
{
	unsigned low = 0, high = shards->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		const struct discord_part *part = shards->part[middle];

		if (part->total < total || (part->total == total && part->number < number))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct discord_part *discord_shards_find(const struct discord_shards *shards, unsigned total, unsigned number)
{
	unsigned place = place_of(shards, total, number);
	struct discord_part *part = place < shards->count ? shards->part[place] : NULL;

	return part && part->total == total && part->number == number ? part : NULL;
}

/* Room for one more. */
static int grow(struct discord_shards *shards)
{
	unsigned capacity = shards->capacity ? 2 * shards->capacity : 1;
	struct discord_part **part;

	if (shards->count >= DISCORD_SHARDS_MAX)
		return -ENOSPC;
	if (shards->count < shards->capacity)
		return 0;
	part = realloc(shards->part, capacity * sizeof(struct discord_part *));
	if (!part)
		return -ENOMEM;
	shards->part = part;
	shards->capacity = capacity;
	return 0;
}

int discord_shards_add(
		struct discord_shards *shards, unsigned total, unsigned number, struct discord_part **ret)
{
	unsigned place = place_of(shards, total, number);
	struct discord_part *part;
	int r;

	if (discord_shards_find(shards, total, number))
		return -EEXIST;
	r = grow(shards);
	if (r < 0)
		return r;
	part = calloc(1, sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->total = total;
	part->number = number;
	memmove(&shards->part[place + 1], &shards->part[place],
			(shards->count - place) * sizeof(shards->part[0]));
	shards->part[place] = part;
	shards->count++;
	*ret = part;
	return 0;
}

static void part_free(struct discord_part *part)
{
	discord_shard_free(part->shard);
	free(part->position);
	free(part);
}

void discord_shards_remove(struct discord_shards *shards, struct discord_part *part)
{
	unsigned place;

	if (!part)
		return;
	place = place_of(shards, part->total, part->number);
	shards->count--;
	memmove(&shards->part[place], &shards->part[place + 1],
			(shards->count - place) * sizeof(shards->part[0]));
	part_free(part);
}

void discord_shards_release(struct discord_shards *shards)
{
	while (shards->count)
		part_free(shards->part[--shards->count]);
	free(shards->part);
	*shards = (struct discord_shards){0};
}

struct discord_part *discord_shards_of(const struct discord_shards *shards, uint64_t route)
{
	struct discord_part *found = NULL;

	/* Once for each total. */
	for (unsigned i = 0; i < shards->count;) {
		unsigned total = shards->part[i]->total;
		struct discord_part *part =
				discord_shards_find(shards, total, discord_snowflake_shard(route, total));

		if (part && (!found || found->leave_by_ms))
			found = part;
		i = place_of(shards, total + 1, 0);
	}
	return found;
}

uint64_t discord_shards_role(const struct discord_shards *shards, uint64_t guild)
{
	const struct discord_part *part = discord_shards_of(shards, guild);

	return part && part->shard ? discord_guilds_role(discord_shard_guild_table(part->shard), guild) : 0;
}

unsigned discord_shards_in_state(const struct discord_shards *shards, enum discord_session_state state)
{
	unsigned count = 0;

	for (unsigned i = 0; i < shards->count; i++)
		count += shards->part[i]->shard && discord_shard_state(shards->part[i]->shard) == state;
	return count;
}
