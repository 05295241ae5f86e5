#ifndef EPISODED_DISCORD_MISSED_H
#define EPISODED_DISCORD_MISSED_H

/*
 * What happened to the answers of the last minutes while no session was there: the history of a channel shows each answer
 * with its question, and the emojis on it. An answer whose question is no question any more is taken back, and one with a
 * wastebasket of its asker or of an owner is deleted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/gateway/discord/changes.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_MISSED_MAX 32 /* answers whose emojis are looked at, at once; further ones are skipped */

struct discord_missed_look; /* opaque: gateway/discord/missed.c */

struct discord_missed {
	struct discord_rest *rest;
	struct discord_changes *changes;
	/* Can a message object be a question? 1, 0, or malformed. */
	int (*is_question)(void *user, struct span message, uint64_t guild);
	bool (*is_owner)(void *user, uint64_t person);
	struct discord_channels *channels; /* a channel whose emojis are looked at is not read to its end */
	void (*on_changed)(void *user);    /* now it is */
	void *user;
	struct discord_missed_look *looks; /* under way */
	unsigned count;
};

/*
 * missed_read - a message of a channel's history. True: it is the bot's own, and nothing else is to be done with it.
 *
 * Shape:   {"id": id, "channel_id": id, "author": {"id": id}, "referenced_message"?: message | null,
 *          "interaction_metadata"?: {"user": {"id": id}}, "reactions"?: [{"emoji": {"id", "name"}}]}; malformed: false, or
 *          nothing follows.
 * Source:  Discord API v10, "Message object", "Reaction object".
 */
bool discord_missed_read(struct discord_missed *missed, struct span message, uint64_t guild,
		const struct permit *permit);

/* The lease is lost: the permit is not used any more. Before discord_rest_drop(). */
void discord_missed_drop(struct discord_missed *missed, const struct permit *permit);
/* Without callbacks. Only after discord_rest_free(), which drops the calls in flight. */
void discord_missed_release(struct discord_missed *missed);

#endif
