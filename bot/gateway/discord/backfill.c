/* What was said while there was no session: asked for in the rooms where somebody lately asked something. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"

#define PAGE_MESSAGES  100 /* what Discord gives at once */
#define PAGES_MAX      5
#define PATH_MAX_BYTES 96

/* One room being looked into. */
struct discord_look {
	struct discord_look *next, **link;
	struct discord *discord;
	uint64_t channel, guild, after;
	unsigned pages;
};

/* A message of a page: where it lies, and its place in time. */
struct found_message {
	uint64_t id;
	struct span message;
};

static void look_free(struct discord_look *look)
{
	if (look->link) {
		*look->link = look->next;
		if (look->next)
			look->next->link = look->link;
	}
	free(look);
}

void discord_backfill_release(struct discord *discord)
{
	struct discord_look *look = discord->looks;

	discord->looks = NULL;
	while (look) {
		struct discord_look *next = look->next;

		free(look);
		look = next;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct found_message *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* The messages of a page, whatever its order; how many. */
static size_t read_page(const struct discord_rest_result *result, struct found_message found[PAGE_MESSAGES])
{
	struct span body = {result->body, result->body_bytes}, item;
	struct span_walk walk;
	size_t count = 0;

	if (span_open(body, '[', &walk) < 0)
		return 0;
	while (count < PAGE_MESSAGES && span_item(&walk, &item) > 0)
		if (span_number(span_get(item, "id"), &found[count].id) == 0)
			found[count++].message = item;
	return count;
}

static int ask(struct discord_look *look);

static void on_page(void *user, const struct discord_rest_result *result)
{
	struct discord_look *look = user;
	struct discord *discord = look->discord;
	struct found_message found[PAGE_MESSAGES];
	size_t count;

	if (result->error) {
		/* A channel that is gone would be asked about after every lost session. */
		if (result->status == 403 || result->status == 404) {
			discord_rooms_forget(&discord->rooms, look->channel);
			discord_note_room(discord, false);
		}
		log_gateway(LOG_LEVEL_WARNING, discord->head.name,
				"what was asked in channel %" PRIu64 " meanwhile cannot be read: %s",
				look->channel, result->reason);
		look_free(look);
		return;
	}
	count = read_page(result, found);
	qsort(found, count, sizeof(found[0]), by_id);
	for (size_t i = 0; i < count; i++)
		discord_hear(discord, found[i].message, look->guild,
				MESSAGE_BACKLOG); /* a broken one concerns nobody */
	if (count)
		look->after = found[count - 1].id;
	if (count < PAGE_MESSAGES || ++look->pages == PAGES_MAX || ask(look) < 0)
		look_free(look);
}

static int ask(struct discord_look *look)
{
	char path[PATH_MAX_BYTES], channel[DISCORD_SNOWFLAKE_BYTES];

	snprintf(channel, sizeof(channel), "%" PRIu64, look->channel);
	snprintf(path, sizeof(path), "/channels/%s/messages?after=%" PRIu64 "&limit=%d", channel, look->after,
			PAGE_MESSAGES);
	return discord_rest_send(look->discord->rest,
			&(struct discord_rest_call){
					.method = "GET",
					.route = "GET /channels/{}/messages",
					.major = channel,
					.path = path,
					.is_idempotent = true,
					.deadline_ms = DISCORD_BACKFILL_AGE_MS,
			},
			on_page, look);
}

static void look_into(struct discord *discord, const struct discord_room *room, uint64_t after)
{
	struct discord_look *look = calloc(1, sizeof(*look));

	if (!look)
		return;
	look->discord = discord;
	look->channel = room->channel;
	look->guild = room->guild;
	look->after = after;
	if (ask(look) < 0) {
		look_free(look);
		return;
	}
	look->next = discord->looks;
	look->link = &discord->looks;
	if (look->next)
		look->next->link = &look->next;
	discord->looks = look;
}

void discord_backfill(struct discord *discord, unsigned shard)
{
	uint64_t wall_ms = clock_wall_ms();
	uint64_t oldest = discord_snowflake_at(wall_ms - DISCORD_BACKFILL_AGE_MS);
	unsigned count = 0;

	for (size_t i = 0; i < DISCORD_ROOMS_MAX; i++) {
		const struct discord_room *room = &discord->rooms.room[i];
		unsigned owner = room->guild ? (unsigned)((room->guild >> 22) % discord->shard_total) : 0;

		if (!room->channel || owner != shard ||
				room->last < discord_snowflake_at(wall_ms - DISCORD_ROOMS_LATE_MS))
			continue;
		look_into(discord, room, room->last > oldest ? room->last : oldest);
		count++;
	}
	if (count)
		log_gateway(LOG_LEVEL_INFO, discord->head.name,
				"the session was lost; asking what was said meanwhile in %u channel%s", count,
				count == 1 ? "" : "s");
}
