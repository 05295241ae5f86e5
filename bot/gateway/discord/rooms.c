/* The channels in which the bot was used lately. */

#include "bot/gateway/discord/rooms.h"

#include <inttypes.h>
#include <string.h>

struct discord_room *discord_rooms_find(struct discord_rooms *rooms, uint64_t channel)
{
	for (size_t i = 0; i < DISCORD_ROOMS_MAX; i++)
		if (channel && rooms->room[i].channel == channel)
			return &rooms->room[i];
	return NULL;
}

struct discord_room *discord_rooms_note(
		struct discord_rooms *rooms, uint64_t channel, uint64_t guild, uint64_t message)
{
	struct discord_room *room = discord_rooms_find(rooms, channel);

	if (!room) {
		/* Ids are ordered by time: the lowest is the oldest, and a free place has 0. */
		room = &rooms->room[0];
		for (size_t i = 1; i < DISCORD_ROOMS_MAX; i++)
			if (rooms->room[i].last < room->last)
				room = &rooms->room[i];
		*room = (struct discord_room){.channel = channel};
	}
	room->guild = guild;
	if (room->last < message)
		room->last = message;
	return room;
}

void discord_rooms_forget(struct discord_rooms *rooms, uint64_t channel)
{
	struct discord_room *room = discord_rooms_find(rooms, channel);

	if (room)
		*room = (struct discord_room){0};
}

bool discord_room_is_mute(const struct discord_room *room, uint64_t now_ms)
{
	return now_ms < room->mute_until_ms;
}

uint64_t discord_room_mute(struct discord_room *room, uint64_t now_ms)
{
	uint64_t mute_ms = DISCORD_ROOMS_MUTE_MS;

	/* Several answers were in flight: they count as one refusal. */
	if (discord_room_is_mute(room, now_ms))
		return 0;
	for (unsigned i = 0; i < room->refusals && mute_ms < DISCORD_ROOMS_MUTE_LONGEST_MS; i++)
		mute_ms *= 2;
	if (mute_ms > DISCORD_ROOMS_MUTE_LONGEST_MS)
		mute_ms = DISCORD_ROOMS_MUTE_LONGEST_MS;
	room->refusals++;
	room->mute_until_ms = now_ms + mute_ms;
	return mute_ms;
}

bool discord_room_unmute(struct discord_room *room)
{
	bool was_refused = room->refusals > 0;

	room->refusals = 0;
	room->mute_until_ms = 0;
	return was_refused;
}

void discord_rooms_append(const struct discord_rooms *rooms, struct str *str)
{
	const char *comma = "";

	str_append_char(str, '[');
	for (size_t i = 0; i < DISCORD_ROOMS_MAX; i++) {
		const struct discord_room *room = &rooms->room[i];

		if (!room->channel)
			continue;
		str_printf(str, "%s[\"%" PRIu64 "\",\"%" PRIu64 "\",\"%" PRIu64 "\"]", comma, room->channel,
				room->guild, room->last);
		comma = ",";
	}
	str_append_char(str, ']');
}

static void read_room(struct discord_rooms *rooms, struct span item)
{
	uint64_t number[3];

	if (span_numbers(item, number, 3) < 0)
		return;
	if (number[0])
		discord_rooms_note(rooms, number[0], number[1], number[2]);
}

void discord_rooms_read(struct discord_rooms *rooms, struct span text)
{
	struct span_walk walk;
	struct span item;

	if (span_open(text, '[', &walk) < 0)
		return;
	while (span_item(&walk, &item) > 0)
		read_room(rooms, item);
}
