/* The channels in which the bot was used lately. */

#include "bot/gateway/discord/channels.h"

#include <string.h>

#include "bot/gateway/discord/snowflake.h"

struct discord_channel *discord_channels_find(struct discord_channels *channels, uint64_t id)
{
	for (size_t i = 0; i < channels->count; i++)
		if (id && channels->channel[i].id == id)
			return &channels->channel[i];
	return NULL;
}

/* A place that is free, or that of the channel that was used least recently. */
static struct discord_channel *place_for_one(struct discord_channels *channels)
{
	struct discord_channel *channel = &channels->channel[0];

	/* Ids are ordered by time: the lowest is the oldest, and a free place has 0. */
	for (size_t i = 1; i < channels->count; i++)
		if (channels->channel[i].last < channel->last)
			channel = &channels->channel[i];
	if (channels->count < DISCORD_CHANNELS_MAX && (channel->id || !channels->count))
		channel = &channels->channel[channels->count++];
	return channel;
}

struct discord_channel *discord_channels_note(
		struct discord_channels *channels, uint64_t id, uint64_t guild, uint64_t message)
{
	struct discord_channel *channel = discord_channels_find(channels, id);

	if (!channel) {
		channel = place_for_one(channels);
		*channel = (struct discord_channel){.id = id};
	}
	channel->guild = guild;
	if (channel->last < message)
		channel->last = message;
	return channel;
}

void discord_channels_forget(struct discord_channels *channels, uint64_t id)
{
	struct discord_channel *channel = discord_channels_find(channels, id);

	if (channel)
		*channel = (struct discord_channel){0};
}

void discord_channel_set_unread(struct discord_channel *channel, uint64_t after)
{
	channel->is_due = true;
	if (!channel->unread || after < channel->unread)
		channel->unread = after;
}

void discord_channels_begin_reading(struct discord_channels *channels, uint64_t id)
{
	struct discord_channel *channel = discord_channels_find(channels, id);

	if (channel && !channel->readers++)
		channel->is_cut = false;
}

bool discord_channels_end_reading(struct discord_channels *channels, uint64_t id, bool is_answered)
{
	struct discord_channel *channel = discord_channels_find(channels, id);

	/* A channel that was forgotten, and noted again, has no readers. */
	if (!channel || !channel->readers)
		return false;
	channel->is_cut = channel->is_cut || !is_answered;
	if (--channel->readers || channel->is_cut || channel->is_due)
		return false;
	channel->unread = 0;
	return true;
}

void discord_channels_forget_of(struct discord_channels *channels, unsigned total, unsigned shard)
{
	for (size_t i = 0; i < channels->count; i++)
		if (discord_snowflake_shard(channels->channel[i].guild, total) == shard)
			channels->channel[i] = (struct discord_channel){0};
}

bool discord_channel_is_mute(const struct discord_channel *channel, uint64_t now_ms)
{
	return now_ms < channel->mute_until_ms;
}

uint64_t discord_channel_mute(struct discord_channel *channel, uint64_t now_ms)
{
	uint64_t mute_ms = DISCORD_CHANNELS_MUTE_MS;

	/* Several answers were in flight: they count as one refusal. */
	if (discord_channel_is_mute(channel, now_ms))
		return 0;
	for (unsigned i = 0; i < channel->refusals && mute_ms < DISCORD_CHANNELS_MUTE_LONGEST_MS; i++)
		mute_ms *= 2;
	if (mute_ms > DISCORD_CHANNELS_MUTE_LONGEST_MS)
		mute_ms = DISCORD_CHANNELS_MUTE_LONGEST_MS;
	channel->refusals++;
	channel->mute_until_ms = now_ms + mute_ms;
	return mute_ms;
}

bool discord_channel_unmute(struct discord_channel *channel)
{
	bool was_refused = channel->refusals > 0;

	channel->refusals = 0;
	channel->mute_until_ms = 0;
	return was_refused;
}

void discord_channels_append(const struct discord_channels *channels, struct str *str)
{
	discord_channels_append_of(channels, 1, 0, str);
}

void discord_channels_append_of(
		const struct discord_channels *channels, unsigned total, unsigned shard, struct str *str)
{
	str_append_char(str, '[');
	for (size_t i = 0; i < channels->count; i++) {
		const struct discord_channel *channel = &channels->channel[i];

		if (!channel->id || discord_snowflake_shard(channel->guild, total) != shard)
			continue;
		span_append_numbers((const uint64_t[]){channel->id, channel->guild, channel->last,
						    channel->unread},
				channel->unread ? 4 : 3, str);
	}
	str_append_char(str, ']');
}

void discord_channels_read(struct discord_channels *channels, struct span text)
{
	struct span_walk walk;
	struct span item;

	if (span_open(text, '[', &walk) < 0)
		return;
	while (span_item(&walk, &item) > 0) {
		uint64_t number[4];
		bool has_unread = span_numbers(item, number, 4) == 0;

		if ((has_unread || span_numbers(item, number, 3) == 0) && number[0])
			discord_channels_note(channels, number[0], number[1], number[2])->unread =
					has_unread ? number[3] : 0;
	}
}
