/* One channel of Twitch. */

#include "bot/gateway/twitch/room.h"

#include <stdio.h>

#define VALUE_BYTES    16
#define SLOW_MAX_S     3600
#define PACE_MS        1200 /* Twitch allows one message a second; the rest is for clock differences */
#define MOD_PACE_MS    100  /* keeps messages in order */
#define SLOW_MARGIN_MS 500

void twitch_room_init(struct twitch_room *room, const char *name)
{
	*room = (struct twitch_room){0};
	snprintf(room->name, sizeof(room->name), "%s", name);
	room->last = &room->first;
}

/* The number in a tag's value; fallback: not a number. */
static long number_of(const struct irc_tag *tag, long low, long high, long fallback)
{
	char text[VALUE_BYTES];
	bool is_negative;
	long number;

	if (irc_tag_value(tag, text, sizeof(text)) < 0)
		return fallback;
	is_negative = *text == '-';
	if (str_to_long(text + is_negative, 0, high, &number) < 0)
		return fallback;
	if (is_negative)
		number = -number;
	return number < low ? fallback : number;
}

/* Clear a refusal that was due to the modes. */
static void clear_mode_refusal(struct twitch_room *room)
{
	if (room->is_silence_of_mode)
		twitch_room_silence(room, NULL, false, 0);
	if (!room->silence)
		log_gate_change(&room->silence_gate, 0);
}

/* After the first ROOMSTATE, only changed modes are in the tags. */
bool twitch_room_read_state(struct twitch_room *room, const struct irc_line *line)
{
	const char *cursor = line->tags;
	struct irc_tag tag;
	bool is_changed = false;

	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, "emote-only"))
			room->is_emote_only = number_of(&tag, 0, 1, 0) == 1;
		else if (irc_tag_is(&tag, "subs-only"))
			room->is_subs_only = number_of(&tag, 0, 1, 0) == 1;
		else if (irc_tag_is(&tag, "slow"))
			room->slow_ms = (uint64_t)number_of(&tag, 0, SLOW_MAX_S, 0) * 1000;
		/* Whether these two apply is known only from a refusal: they depend on the text, and on
		 * who follows. */
		else if (!irc_tag_is(&tag, "r9k") && !irc_tag_is(&tag, "followers-only"))
			continue;
		is_changed = true;
	}
	if (is_changed)
		clear_mode_refusal(room);
	return is_changed;
}

void twitch_room_set_modes(struct twitch_room *room, const struct twitch_modes *modes)
{
	room->is_emote_only = modes->is_emote_only;
	room->is_subs_only = modes->is_subs_only;
	room->slow_ms = (modes->slow_s < SLOW_MAX_S ? modes->slow_s : SLOW_MAX_S) * 1000;
	clear_mode_refusal(room);
}

bool twitch_room_set_role(struct twitch_room *room, const struct twitch_role *role)
{
	bool is_changed = role->is_mod != room->is_mod || role->is_vip != room->is_vip ||
			  role->is_subscriber != room->is_subscriber;

	room->is_role_unknown = false;
	room->is_mod = role->is_mod;
	room->is_vip = role->is_vip;
	room->is_subscriber = role->is_subscriber;
	if (is_changed)
		clear_mode_refusal(room);
	return is_changed;
}

bool twitch_room_read_self(struct twitch_room *room, const struct irc_line *line)
{
	const char *cursor = line->tags;
	struct irc_tag tag;
	struct twitch_role role = {0};

	if (!line->tags)
		return false;
	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, "mod") || irc_tag_is(&tag, "subscriber")) {
			bool is_set = number_of(&tag, 0, 1, 0) == 1;

			role.is_mod = role.is_mod || (*tag.key == 'm' && is_set);
			role.is_subscriber = role.is_subscriber || (*tag.key == 's' && is_set);
		} else if (irc_tag_is(&tag, "badges")) {
			role.is_mod = role.is_mod ||
				      twitch_badges_have(tag.value, tag.value_length, "moderator") ||
				      twitch_badges_have(tag.value, tag.value_length, "broadcaster");
			role.is_vip = twitch_badges_have(tag.value, tag.value_length, "vip");
			role.is_subscriber = role.is_subscriber ||
					     twitch_badges_have(tag.value, tag.value_length, "subscriber") ||
					     twitch_badges_have(tag.value, tag.value_length, "founder");
		}
	}
	return twitch_room_set_role(room, &role);
}

const char *twitch_room_refusal(const struct twitch_room *room, uint64_t now_ms)
{
	if (room->silence && now_ms < room->silent_until_ms)
		return room->silence;
	if (room->is_mod || room->is_role_unknown) /* unknown: just try */
		return NULL;
	if (room->is_emote_only)
		return "emote-only mode; make the bot a moderator";
	/* Followers-only: whether the bot's account follows is unknown; just try. */
	if (room->is_subs_only && !room->is_vip && !room->is_subscriber)
		return "subscribers-only mode; make the bot a moderator or a VIP";
	return NULL;
}

void twitch_room_silence(struct twitch_room *room, const char *why, bool is_of_mode, uint64_t until_ms)
{
	if (room->silence != why)
		log_gate_change(&room->silence_gate, 0);
	room->silence = why;
	room->is_silence_of_mode = is_of_mode;
	room->silent_until_ms = until_ms;
}

bool twitch_room_is_slow(const struct twitch_room *room)
{
	return room->slow_ms > 0 && !room->is_mod && !room->is_vip;
}

uint64_t twitch_room_next_ms(const struct twitch_room *room, bool is_verified)
{
	uint64_t pace_ms = room->is_mod || is_verified ? MOD_PACE_MS : PACE_MS;

	if (!room->spoke_ms)
		return 0;
	if (twitch_room_is_slow(room) && room->slow_ms + SLOW_MARGIN_MS > pace_ms)
		pace_ms = room->slow_ms + SLOW_MARGIN_MS;
	return room->spoke_ms + pace_ms;
}
