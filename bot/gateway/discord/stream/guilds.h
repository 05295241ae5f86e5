#ifndef EPISODED_DISCORD_GUILDS_H
#define EPISODED_DISCORD_GUILDS_H

/*
 * The guilds of a shard by id, 17 bytes each, in a table at most three quarters full; with the role that
 * Discord created for the bot in each, because people often mention that role instead of the bot. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

#define DISCORD_GUILDS_MAX 65536 /* further guilds are not counted */

struct discord_guilds {
	uint64_t *id;   /* 0: free */
	uint64_t *role; /* 0: not known */
	unsigned char *is_away;
	size_t capacity, count, away;
	bool is_changed; /* a guild or a role changed, not only an outage; cleared by the caller */
};

void discord_guilds_release(struct discord_guilds *guilds); /* afterwards empty, as {0} */

/* Add a guild, available or in an outage. -ENOMEM, -ENOSPC: not added. */
int discord_guilds_put(struct discord_guilds *guilds, uint64_t id, bool is_away);
void discord_guilds_remove(struct discord_guilds *guilds, uint64_t id);
bool discord_guilds_hold(const struct discord_guilds *guilds, uint64_t id);

/* The bot's own role in a guild; 0: not known, or no such guild. */
uint64_t discord_guilds_role(const struct discord_guilds *guilds, uint64_t id);
void discord_guilds_set_role(
		struct discord_guilds *guilds, uint64_t id, uint64_t role); /* of a guild in the table */

/*
 * guilds_find_role - the role that Discord created for a bot, in a guild object.
 *
 * Shape:   {"roles": [{"id": id, "tags"?: {"bot_id"?: id}}]}; any member may be missing.
 * Errors:  0: no such role, or malformed.
 * Source:  Discord API v10, "Role Tags Structure".
 */
uint64_t discord_guilds_find_role(struct span guild, uint64_t bot);

/* Write and read JSON: [["id","role"], ...]. Malformed entries are skipped. */
void discord_guilds_append(const struct discord_guilds *guilds, struct str *str);
void discord_guilds_read(struct discord_guilds *guilds, struct span text);

#endif
