#ifndef EPISODED_TWITCH_ROOM_H
#define EPISODED_TWITCH_ROOM_H

/* One channel of Twitch: what it allows, what we are in it, and whether we may speak. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/log_gate.h"
#include "bot/irc/line.h"

#define TWITCH_ROOM_NAME_BYTES 32 /* '#', a login, NUL */
#define TWITCH_ROOM_LINKS      2  /* TWITCH_LINKS */

/* Being in the channel, on one connection. */
struct twitch_seat {
	bool is_in;
	uint64_t asked_ms; /* JOIN was sent then; 0: not now */
	uint64_t due_ms;   /* of the next JOIN */
	unsigned failures;
	bool has_self; /* USERSTATE has told what we are there */
};

struct twitch_room {
	struct twitch_room *made_before; /* while several are made */
	char name[TWITCH_ROOM_NAME_BYTES];
	struct twitch_seat seats[TWITCH_ROOM_LINKS];

	/* ROOMSTATE */
	bool is_emote_only, is_subs_only;
	uint64_t slow_ms; /* between two messages of the same person; 0: off */

	/* USERSTATE */
	bool is_mod; /* or the broadcaster: bound by no mode */
	bool is_vip; /* bound by fewer */
	bool is_subscriber;

	/* What Twitch told us: no more words until then. */
	const char *silence; /* why, static; NULL: nothing */
	uint64_t silent_until_ms;
	bool is_silence_of_mode;      /* it ends when the modes, or we, change */
	struct log_gate silence_gate; /* 1: silence is logged */
	struct log_gate refused_gate; /* of refused texts */

	uint64_t spoke_ms;                  /* our last message there; 0: never */
	uint64_t spoke_hash;                /* of its text */
	struct twitch_entry *first, **last; /* what waits to be said */
	size_t count;
	struct twitch_entry *flying; /* said, and not confirmed yet */
};

/* name has its #, and is lower case. */
void twitch_room_init(struct twitch_room *room, const char *name);

/* True when what we may say there may have changed. */
bool twitch_room_read_state(struct twitch_room *room, const struct irc_line *line); /* ROOMSTATE */
bool twitch_room_read_self(struct twitch_room *room, const struct irc_line *line);  /* USERSTATE */

/* Why we may not speak there now, in words; NULL when we may. */
const char *twitch_room_refusal(const struct twitch_room *room, uint64_t now_ms);
/* Nothing there until then; why is static, NULL: all may be said again. is_of_mode: it ends with the modes.
 */
void twitch_room_silence(struct twitch_room *room, const char *why, bool is_of_mode, uint64_t until_ms);

/* Does slow mode bind us? */
bool twitch_room_is_slow(const struct twitch_room *room);
/* When the room bears our next message; it may lie in the past. */
uint64_t twitch_room_next_ms(const struct twitch_room *room, bool is_verified);

#endif
