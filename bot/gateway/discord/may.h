#ifndef EPISODED_DISCORD_MAY_H
#define EPISODED_DISCORD_MAY_H

/*
 * What the bot may do in a channel of a guild, computed from what Discord tells of roles, member and channel at that moment:
 * occasions are rare, so nothing of it is kept. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define DISCORD_MAY_ADMINISTRATOR    (1ull << 3)
#define DISCORD_MAY_VIEW_CHANNEL     (1ull << 10)
#define DISCORD_MAY_SEND_MESSAGES    (1ull << 11)
#define DISCORD_MAY_EMBED_LINKS      (1ull << 14)
#define DISCORD_MAY_READ_HISTORY     (1ull << 16)
#define DISCORD_MAY_MENTION_EVERYONE (1ull << 17)
#define DISCORD_MAY_PUBLIC_THREADS   (1ull << 35)
#define DISCORD_MAY_SEND_IN_THREADS  (1ull << 38)
#define DISCORD_MAY_CREATE_EVENTS    (1ull << 44)

/*
 * may_in_guild, may_in_channel - permissions from GET /guilds/{}/roles and GET /guilds/{}/members/{}, then in the channel of
 * GET /channels/{}.
 *
 * Shape:   [{"id": id, "permissions": "digits"}]; {"roles": [id]}; {"permission_overwrites"?: [{"id": id, "type": 0 role | 1
 *          member, "allow": "digits", "deny": "digits"}]}; malformed entries are skipped.
 * Source:  Discord API v10, "Permission Hierarchy", "Permission Overwrites".
 */
uint64_t discord_may_in_guild(struct span roles, struct span member, uint64_t guild);
uint64_t discord_may_in_channel(
		uint64_t in_guild, struct span channel, struct span member, uint64_t guild, uint64_t self);

/* A role by its ID, or by its name without regard to case. */
struct discord_may_role {
	uint64_t id;         /* 0: there is no such role */
	bool is_mentionable; /* by anyone; others need Mention Everyone */
};
struct discord_may_role discord_may_find_role(struct span roles, const char *wanted);

/* One permission as the settings of Discord name it: "Create Public Threads". */
const char *discord_may_name(uint64_t permission);

#endif
