#ifndef EPISODED_DISCORD_ROOMS_H
#define EPISODED_DISCORD_ROOMS_H

/*
 * The channels in which somebody lately asked something: where to look for what
 * was asked while nobody listened. The stalest makes room for a new one. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/discord/span.h"

#define ROOMS_MAX     64
#define ROOMS_LATE_MS (24 * 60 * 60 * 1000ull) /* one where nobody asked for so long is not looked at */

struct room {
	uint64_t channel, guild; /* guild 0: a direct message; channel 0: a free place */
	uint64_t last;           /* id of the newest message known from there */
	bool takes_cards;        /* one was accepted here */
	bool refuses_cards;      /* one was refused: the bot may not embed links here */
};

struct rooms {
	struct room room[ROOMS_MAX];
};

/* Somebody asked something in channel. Never NULL. */
struct room *rooms_note(struct rooms *rooms, uint64_t channel, uint64_t guild, uint64_t message);
/* NULL when nobody did. */
struct room *rooms_find(struct rooms *rooms, uint64_t channel);

/* As JSON, [["channel","guild","last"], ...], and back: what is no such list is left out. */
void rooms_append(const struct rooms *rooms, struct str *str);
void rooms_read(struct rooms *rooms, struct span text);

#endif
