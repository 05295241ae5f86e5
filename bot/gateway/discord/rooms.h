#ifndef EPISODED_DISCORD_ROOMS_H
#define EPISODED_DISCORD_ROOMS_H

/*
 * The channels in which somebody lately asked something: where to look for what
 * was asked while nobody listened. The stalest makes room for a new one. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

#define DISCORD_ROOMS_MAX     64
#define DISCORD_ROOMS_LATE_MS (24 * 60 * 60 * 1000ull) /* then a channel is no longer caught up */

#define DISCORD_ROOMS_PLAIN_MS        (60 * 60 * 1000ull) /* after a refused card until the next is tried */
#define DISCORD_ROOMS_MUTE_MS         (60 * 1000ull) /* where the bot may not speak, until the next try; */
#define DISCORD_ROOMS_MUTE_LONGEST_MS (60 * 60 * 1000ull) /* twice as long each time, up to this */

struct discord_room {
	uint64_t channel, guild; /* guild 0: a direct message; channel 0: a free place */
	uint64_t last;           /* id of the newest message known from there */
	bool takes_cards;        /* one was accepted here */
	uint64_t plain_until_ms; /* monotonic: the bot may not embed links here; 0: it may, or unknown */
	uint64_t loose_until_ms; /* monotonic: the bot may not read the history here, and so cannot reply */
	unsigned refusals;       /* in a row: the bot may not speak here at all */
	uint64_t mute_until_ms;  /* monotonic: nothing is sent here before */
};

struct discord_rooms {
	struct discord_room room[DISCORD_ROOMS_MAX];
};

/* Somebody asked something in channel. Never NULL. */
struct discord_room *discord_rooms_note(
		struct discord_rooms *rooms, uint64_t channel, uint64_t guild, uint64_t message);
/* NULL when nobody did. */
struct discord_room *discord_rooms_find(struct discord_rooms *rooms, uint64_t channel);

/* It is gone, or not to be read: nobody looks there again. */
void discord_rooms_forget(struct discord_rooms *rooms, uint64_t channel);

/* Discord refused to have the bot speak here. For how long it is silent now; 0: it was already. */
uint64_t discord_room_mute(struct discord_room *room, uint64_t now_ms);
bool discord_room_is_mute(const struct discord_room *room, uint64_t now_ms);
/* It could speak. True when it had been refused before. */
bool discord_room_unmute(struct discord_room *room);

/* As JSON, [["channel","guild","last"], ...], and back: what is no such list is left out. */
void discord_rooms_append(const struct discord_rooms *rooms, struct str *str);
void discord_rooms_read(struct discord_rooms *rooms, struct span text);

#endif
