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

#define ROOMS_MAX     64
#define ROOMS_LATE_MS (24 * 60 * 60 * 1000ull) /* one where nobody asked for so long is not looked at */

#define ROOMS_PLAIN_MS        (60 * 60 * 1000ull) /* where a card was refused, the next is tried after so long */
#define ROOMS_MUTE_MS         (60 * 1000ull) /* where the bot may not speak, it tries again: first after so long, */
#define ROOMS_MUTE_LONGEST_MS (60 * 60 * 1000ull) /* each time after twice that, up to this */

struct room {
	uint64_t channel, guild; /* guild 0: a direct message; channel 0: a free place */
	uint64_t last;           /* id of the newest message known from there */
	bool takes_cards;        /* one was accepted here */
	uint64_t plain_until_ms; /* monotonic: the bot may not embed links here; 0: as far as is known it may
				  */
	uint64_t loose_until_ms; /* monotonic: the bot may not read the history here, and so refer to nothing
				  */
	unsigned refusals;       /* in a row: the bot may not speak here at all */
	uint64_t mute_until_ms;  /* monotonic: nothing is sent here before */
};

struct rooms {
	struct room room[ROOMS_MAX];
};

/* Somebody asked something in channel. Never NULL. */
struct room *rooms_note(struct rooms *rooms, uint64_t channel, uint64_t guild, uint64_t message);
/* NULL when nobody did. */
struct room *rooms_find(struct rooms *rooms, uint64_t channel);

/* It is gone, or not to be read: nobody looks there again. */
void rooms_forget(struct rooms *rooms, uint64_t channel);

/* Discord refused to have the bot speak here. For how long it is silent now; 0: it was already. */
uint64_t room_mute(struct room *room, uint64_t now_ms);
bool room_is_mute(const struct room *room, uint64_t now_ms);
/* It could speak. True when it had been refused before. */
bool room_unmute(struct room *room);

/* As JSON, [["channel","guild","last"], ...], and back: what is no such list is left out. */
void rooms_append(const struct rooms *rooms, struct str *str);
void rooms_read(struct rooms *rooms, struct span text);

#endif
