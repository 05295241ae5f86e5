#ifndef EPISODED_DISCORD_GUILDS_H
#define EPISODED_DISCORD_GUILDS_H

/*
 * The guilds of a shard, by id: 17 bytes each in a table at most three quarters
 * full. With each goes the role that Discord made for the bot there: people who
 * mean the bot often pick that. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

#define DISCORD_GUILDS_MAX 65536 /* Discord allows 2500 a shard; the rest is not counted */

struct discord_guilds {
	uint64_t *id;   /* 0: free */
	uint64_t *role; /* 0: none is known */
	unsigned char *is_away;
	size_t capacity, count, away;
	bool is_changed; /* since the caller last cleared it: a guild or a role, not only an outage */
};

void discord_guilds_release(struct discord_guilds *guilds); /* empty again, {0} */

/* Known from now on, there or in an outage. -ENOMEM, -ENOSPC: not counted. */
int discord_guilds_put(struct discord_guilds *guilds, uint64_t id, bool is_away);
void discord_guilds_remove(struct discord_guilds *guilds, uint64_t id);
bool discord_guilds_hold(const struct discord_guilds *guilds, uint64_t id);

/* The bot's own role in a guild; 0: none is known, or no such guild. */
uint64_t discord_guilds_role(const struct discord_guilds *guilds, uint64_t id);
void discord_guilds_set_role(
		struct discord_guilds *guilds, uint64_t id, uint64_t role); /* of one that is held */

/*
 * guilds_find_role - the role that Discord made for a bot, in a guild object.
 *
 * Shape:   {"roles": [{"id": id, "tags"?: {"bot_id"?: id}}]}; any member may be missing.
 * Errors:  0 when there is none, or the object is broken.
 * Source:  Discord API v10, "Role Tags Structure".
 */
uint64_t discord_guilds_find_role(struct span guild, uint64_t bot);

/* As JSON, [["id","role"], ...], and back: what is no such list is left out. */
void discord_guilds_append(const struct discord_guilds *guilds, struct str *str);
void discord_guilds_read(struct discord_guilds *guilds, struct span text);

#endif
