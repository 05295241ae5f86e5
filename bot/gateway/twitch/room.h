#ifndef EPISODED_TWITCH_ROOM_H
#define EPISODED_TWITCH_ROOM_H

/* One channel of Twitch: its modes, the bot's role, and whether the bot may send. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/log_gate.h"
#include "bot/gateway/twitch/connection.h"
#include "bot/gateway/twitch/message.h"
#include "bot/irc/line.h"

#define TWITCH_ROOM_NAME_BYTES 32 /* '#', a login, NUL */

/* The membership of one connection in a channel. */
struct twitch_seat {
	bool is_in;
	uint64_t asked_ms; /* when JOIN was sent; 0: no JOIN is pending */
	uint64_t due_ms;   /* of the next JOIN */
	unsigned failures;
	bool has_self; /* USERSTATE was received */
};

/* What EventSub delivers of a channel: a row of the table in eventsub.c. */
#define TWITCH_FEEDS                     6
#define TWITCH_SUBSCRIPTION_ID_MAX_BYTES 63

enum twitch_feed_state { TWITCH_FEED_MISSING, TWITCH_FEED_ASKED, TWITCH_FEED_HELD };

struct twitch_feed {
	enum twitch_feed_state state;
	uint64_t due_ms; /* of the next request */
	unsigned failures;
	char id[TWITCH_SUBSCRIPTION_ID_MAX_BYTES + 1]; /* of the subscription; "": unknown */
};

/* The EventSub side of a channel. */
struct twitch_room_feeds {
	char id[TWITCH_ID_MAX_BYTES + 1]; /* the broadcaster's user id; "": not looked up yet */
	uint64_t lookup_ms;               /* when to look it up */
	unsigned lookup_failures;
	bool is_looked_up; /* the request is under way */
	bool is_absent;    /* there is no such account */
	struct twitch_feed list[TWITCH_FEEDS];
};

struct twitch_room {
	struct twitch_room *made_before; /* list of new rooms, while set_rooms() runs */
	char name[TWITCH_ROOM_NAME_BYTES];
	struct twitch_seat seats[TWITCH_LINKS];
	struct twitch_room_feeds feeds;

	/* ROOMSTATE, Get Chat Settings, channel.chat_settings.update */
	bool is_emote_only, is_subs_only;
	uint64_t slow_ms; /* between two messages of one person; 0: off */

	/* USERSTATE, or the badges of the bot's own messages */
	bool is_role_unknown;
	bool is_mod; /* or broadcaster: exempt from all modes */
	bool is_vip; /* exempt from some modes */
	bool is_subscriber;

	/* Refusal by Twitch: do not send until then. */
	const char *silence; /* reason, a constant; NULL: no refusal */
	uint64_t silent_until_ms;
	unsigned refusals;            /* in a row */
	bool is_silence_of_mode;      /* ends when the modes or the bot's role change */
	struct log_gate silence_gate; /* 1: the log has it */
	struct log_gate refused_gate; /* of refused texts */

	uint64_t spoke_ms;                  /* the bot's last message; 0: never */
	uint64_t spoke_hash;                /* of its text */
	struct twitch_entry *first, **last; /* the send queue */
	size_t count;
	struct twitch_entry *flying; /* sent, not confirmed yet */
};

struct twitch_rooms {
	struct twitch_room **list;
	size_t count;
};

/* name is in lower case, with its #. */
void twitch_room_init(struct twitch_room *room, const char *name);

/* Read the tags. True: the bot may be allowed to send more or less now. */
bool twitch_room_read_state(struct twitch_room *room, const struct irc_line *line); /* ROOMSTATE */
bool twitch_room_read_self(struct twitch_room *room, const struct irc_line *line);  /* USERSTATE */

/* The modes that say whether the bot may send. slow_s: seconds, 0: off. */
struct twitch_modes {
	bool is_emote_only, is_subs_only;
	uint64_t slow_s;
};
/* The bot's role, by its badges. */
struct twitch_role {
	bool is_mod; /* or broadcaster */
	bool is_vip, is_subscriber;
};
/* The same for complete modes, and for a role. */
void twitch_room_set_modes(struct twitch_room *room, const struct twitch_modes *modes);
bool twitch_room_set_role(struct twitch_room *room, const struct twitch_role *role);

/* Why the bot must not send now; NULL: it may. */
const char *twitch_room_refusal(const struct twitch_room *room, uint64_t now_ms);
/* Set a refusal until a time; why is a constant, NULL: clear it. is_of_mode: it ends when the modes
 * change. */
void twitch_room_silence(struct twitch_room *room, const char *why, bool is_of_mode, uint64_t until_ms);

/* Does slow mode apply to the bot? */
bool twitch_room_is_slow(const struct twitch_room *room);
/* When the next message may be sent, perhaps in the past. */
uint64_t twitch_room_next_ms(const struct twitch_room *room, bool is_verified);

#endif
