/* When a Discord gateway saves. */

#include "bot/gateway/discord/saving.h"

#include <errno.h>

#include "bot/cluster/cluster.h"
#include "bot/gateway/discord/audit.h"
#include "bot/net/loop.h"

#define FLUSH_MS        2000
#define FLUSH_SHARED_MS 900 /* among several processes: the next owner resumes from it */
#define FLUSH_NEWS_MS   20
#define GUILDS_MS       (30 * 1000) /* among several processes: between two saves of a shard's guilds */

static struct discord_memory_position position_of(
		const struct discord_saving *saving, const struct discord_part *part)
{
	return (struct discord_memory_position){
			.position = *discord_shard_position(part->shard),
			.intents = (*saving->audit)->intents,
			.self = saving->cluster ? *saving->self : 0,
	};
}

void discord_saving_append_position(
		const struct discord_saving *saving, const struct discord_part *part, struct str *str)
{
	struct discord_memory_position position;

	if (part->shard) {
		position = position_of(saving, part);
		discord_memory_append_position(str, part->total, &position);
	} else if (part->position) {
		str_append(str, part->position);
	}
}

/* Among several processes: to the lease, and the rest to the area of the shard. */
static void save_shared(const struct discord_saving *saving, struct discord_part *part, bool has_guilds)
{
	const struct discord_memory *memory = &saving->memory;
	uint64_t now_ms = loop_now_ms(memory->host->loop);
	bool is_ready = discord_shard_state(part->shard) == DISCORD_SESSION_READY;
	struct str position = STR(DISCORD_POSITION_MAX_BYTES);

	discord_saving_append_position(saving, part, &position);
	if (!position.error)
		cluster_position(saving->cluster, memory->gateway, part->total, part->number,
				str_text(&position), is_ready);
	str_release(&position);
	discord_memory_save_channels(memory, part->number, part->total, saving->channels);
	if (!has_guilds && part->guilds_saved_ms && now_ms - part->guilds_saved_ms < GUILDS_MS)
		return;
	discord_memory_save_guilds(memory, part->number, part->total, discord_shard_guild_table(part->shard));
	part->guilds_saved_ms = now_ms;
}

static void save_alone(const struct discord_saving *saving, const struct discord_part *part)
{
	const struct discord_memory_position position = position_of(saving, part);

	discord_memory_save_position(&saving->memory, part->number, part->total, &position);
	discord_memory_save_guilds(
			&saving->memory, part->number, part->total, discord_shard_guild_table(part->shard));
}

static void save(struct discord_saving *saving)
{
	const struct discord_memory *memory = &saving->memory;

	saving->is_timer_set = saving->is_due = false;
	if (discord_memory_begin(memory) < 0)
		return;
	if (saving->are_channels_changed && !saving->cluster)
		discord_memory_save_channels(memory, 0, 1, saving->channels);
	saving->are_channels_changed = false;
	for (unsigned i = 0; i < saving->shards->count; i++) {
		struct discord_part *part = saving->shards->part[i];

		if (saving->are_takebacks_changed)
			discord_memory_save_takebacks(memory, part->number, part->total, saving->takebacks);
		if (saving->are_posts_changed)
			discord_memory_save_posts(memory, part->number, part->total, saving->posts);
		if (!part->is_moved)
			continue;
		if (saving->cluster)
			save_shared(saving, part, false);
		else
			save_alone(saving, part);
		part->is_moved = false;
	}
	saving->are_takebacks_changed = saving->are_posts_changed = false;
	if (!saving->cluster)
		discord_memory_save_self(memory, *saving->self);
	discord_memory_commit(memory);
}

static void on_timer(void *user)
{
	discord_saving_soon(user);
}

static void save_later(struct discord_saving *saving, bool is_news)
{
	if (saving->is_timer_set && !is_news)
		return;
	saving->is_timer_set = true;
	timer_set(saving->timer, is_news ? FLUSH_NEWS_MS : saving->cluster ? FLUSH_SHARED_MS : FLUSH_MS);
}

int discord_saving_init(struct discord_saving *saving)
{
	saving->timer = timer_new(saving->memory.host->loop, on_timer, saving);
	return saving->timer ? 0 : -ENOMEM;
}

void discord_saving_release(struct discord_saving *saving)
{
	timer_free(saving->timer);
	saving->timer = NULL;
}

void discord_saving_moved(struct discord_saving *saving, struct discord_part *part, bool is_new)
{
	part->is_moved = true;
	save_later(saving, is_new);
}

void discord_saving_channels(struct discord_saving *saving, bool is_new)
{
	saving->are_channels_changed = true;
	save_later(saving, is_new);
}

void discord_saving_takebacks(struct discord_saving *saving)
{
	saving->are_takebacks_changed = true;
	discord_saving_soon(saving);
}

void discord_saving_posts(struct discord_saving *saving)
{
	saving->are_posts_changed = true;
	discord_saving_soon(saving);
}

void discord_saving_soon(struct discord_saving *saving)
{
	saving->is_due = true;
}

void discord_saving_stop(struct discord_saving *saving)
{
	timer_cancel(saving->timer);
	discord_saving_soon(saving);
}

void discord_saving_turn(struct discord_saving *saving)
{
	if (saving->is_due)
		save(saving);
}

void discord_saving_last(struct discord_saving *saving, struct discord_part *part)
{
	save_shared(saving, part, true);
	part->is_moved = false;
}
