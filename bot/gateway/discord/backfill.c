/* After a lost session: fetch what was sent meanwhile in the channels in which the bot was used lately. */

#include "bot/gateway/discord/backfill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/base/log.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/snowflake.h"

#define AGE_MS         (10 * 60 * 1000) /* older questions are not answered */
#define PAGE_MESSAGES  100              /* Discord's limit */
#define PAGES_MAX      5
#define PATH_MAX_BYTES 96
#define TOGETHER_MAX   16 /* channels */

/* One channel being read. */
struct discord_look {
	struct discord_look *next, **link;
	struct discord_backfill *backfill;
	uint64_t channel, guild, after;
	const struct permit *permit;
	bool is_dropped;
	unsigned pages;
};

struct found_message {
	uint64_t id;
	struct span message;
};

static void look_free(struct discord_look *look)
{
	*look->link = look->next;
	if (look->next)
		look->next->link = look->link;
	look->backfill->look_count--;
	free(look);
}

void discord_backfill_release(struct discord_backfill *backfill)
{
	struct discord_look *look = backfill->looks;

	backfill->looks = NULL;
	backfill->look_count = 0;
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

/* The messages of a page, in its order. Returns their number. */
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

static void look_end(struct discord_look *look, bool is_answered)
{
	struct discord_backfill *backfill = look->backfill;

	if (discord_channels_end_reading(backfill->channels, look->channel, is_answered))
		backfill->on_changed(backfill->user);
	look_free(look);
}

static int ask(struct discord_look *look);
static void read_more(struct discord_backfill *backfill);

/* The messages of a page are handed on. Is the channel read to its end, as far as a back-fill goes? */
static bool use_page(struct discord_look *look, const struct discord_rest_result *result)
{
	struct discord_backfill *backfill = look->backfill;
	struct found_message found[PAGE_MESSAGES];
	size_t count = read_page(result, found);

	qsort(found, count, sizeof(found[0]), by_id);
	for (size_t i = 0; i < count; i++)
		backfill->on_message(backfill->user, found[i].message, look->guild, look->permit);
	if (count)
		look->after = found[count - 1].id;
	return count < PAGE_MESSAGES || ++look->pages == PAGES_MAX;
}

static void on_refused(struct discord_look *look, const struct discord_rest_result *result)
{
	struct discord_backfill *backfill = look->backfill;

	/* Otherwise a deleted channel would be read after every lost session. */
	if (result->status == 403 || result->status == 404) {
		discord_channels_forget(backfill->channels, look->channel);
		backfill->on_changed(backfill->user);
	}
	log_gateway(LOG_LEVEL_WARNING, backfill->gateway, "cannot back-fill channel %" PRIu64 ": %s",
			look->channel, result->reason);
}

static void on_page(void *user, const struct discord_rest_result *result)
{
	struct discord_look *look = user;
	struct discord_backfill *backfill = look->backfill;
	bool is_good = !look->is_dropped && !result->error;

	if (!look->is_dropped && result->error)
		on_refused(look, result);
	if (is_good && !use_page(look, result)) {
		if (ask(look) == 0)
			return;
		is_good = false;
	}
	look_end(look, is_good);
	read_more(backfill);
}

static int ask(struct discord_look *look)
{
	char path[PATH_MAX_BYTES], channel[DISCORD_SNOWFLAKE_BYTES];

	snprintf(channel, sizeof(channel), "%" PRIu64, look->channel);
	snprintf(path, sizeof(path), "/channels/%s/messages?after=%" PRIu64 "&limit=%d", channel, look->after,
			PAGE_MESSAGES);
	return discord_rest_send(look->backfill->rest,
			&(struct discord_rest_call){
					.method = "GET",
					.route = "GET /channels/{}/messages",
					.major = channel,
					.path = path,
					.is_idempotent = true,
					.permit = look->permit,
					.deadline_ms = AGE_MS,
			},
			on_page, look);
}

/* Begin to read a channel. Without memory it stays unread until the next session. */
static void look_into(struct discord_backfill *backfill, struct discord_channel *channel,
		const struct permit *permit)
{
	struct discord_look *look = calloc(1, sizeof(*look));

	channel->is_due = false;
	if (!look)
		return;
	*look = (struct discord_look){.next = backfill->looks,
			.link = &backfill->looks,
			.backfill = backfill,
			.channel = channel->id,
			.guild = channel->guild,
			.after = channel->unread,
			.permit = permit};
	if (look->next)
		look->next->link = &look->next;
	backfill->looks = look;
	backfill->look_count++;
	discord_channels_begin_reading(backfill->channels, channel->id);
	if (ask(look) < 0)
		look_end(look, false);
}

static bool is_being_read(const struct discord_backfill *backfill, const struct discord_channel *channel)
{
	const struct discord_look *look = backfill->looks;

	while (look && look->channel != channel->id)
		look = look->next;
	return look != NULL;
}

static void read_more(struct discord_backfill *backfill)
{
	struct discord_channels *channels = backfill->channels;

	for (size_t i = 0; i < channels->count && backfill->look_count < TOGETHER_MAX; i++) {
		struct discord_channel *channel = &channels->channel[i];
		const struct permit *permit;

		if (channel->id && channel->is_due && !is_being_read(backfill, channel) &&
				backfill->permit_of(backfill->user, channel->guild, &permit))
			look_into(backfill, channel, permit);
	}
}

/* The smallest id that is not older than this; 0: the time is not known. */
static uint64_t oldest_id(uint64_t network_ms, uint64_t age_ms)
{
	return network_ms > age_ms ? discord_snowflake_at(network_ms - age_ms) : 0;
}

/* After which message a channel is read: before the newest known one. */
static uint64_t begin_of(const struct discord_channel *channel)
{
	uint64_t last_ms = discord_snowflake_ms(channel->last);

	return last_ms > DISCORD_CHANGE_EDIT_MS ? discord_snowflake_at(last_ms - DISCORD_CHANGE_EDIT_MS) : 1;
}

/* The channels of a shard become due: those that were used lately, or only those that are not read to their end. */
static unsigned make_due(struct discord_backfill *backfill, unsigned shard, unsigned shard_total,
		uint64_t network_ms, bool is_rest)
{
	uint64_t oldest = oldest_id(network_ms, AGE_MS);
	uint64_t oldest_channel = oldest_id(network_ms, DISCORD_CHANNELS_LATE_MS);
	unsigned count = 0;

	for (size_t i = 0; i < backfill->channels->count; i++) {
		struct discord_channel *channel = &backfill->channels->channel[i];

		if (!channel->id || discord_snowflake_shard(channel->guild, shard_total) != shard ||
				channel->last < oldest_channel)
			continue;
		if (is_rest && (!channel->unread || channel->is_due || is_being_read(backfill, channel)))
			continue;
		discord_channel_set_unread(channel, is_rest ? channel->unread : begin_of(channel));
		if (channel->unread < oldest)
			channel->unread = oldest;
		count++;
	}
	return count;
}

void discord_backfill_start(
		struct discord_backfill *backfill, unsigned shard, unsigned shard_total, uint64_t network_ms)
{
	unsigned count = make_due(backfill, shard, shard_total, network_ms, false);

	if (count)
		log_gateway(LOG_LEVEL_INFO, backfill->gateway, "session lost: back-filling %u channel%s",
				count, count == 1 ? "" : "s");
	read_more(backfill);
}

void discord_backfill_go_on(
		struct discord_backfill *backfill, unsigned shard, unsigned shard_total, uint64_t network_ms)
{
	unsigned count = make_due(backfill, shard, shard_total, network_ms, true);

	if (count)
		log_gateway(LOG_LEVEL_INFO, backfill->gateway,
				"going on with the back-fill of %u channel%s, which was cut off", count,
				count == 1 ? "" : "s");
	read_more(backfill);
}

void discord_backfill_drop(struct discord_backfill *backfill, const struct permit *permit)
{
	for (struct discord_look *look = backfill->looks; look; look = look->next) {
		if (look->permit != permit)
			continue;
		look->is_dropped = true;
		look->permit = NULL;
	}
}
