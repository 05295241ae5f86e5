/* What the bot may do in a channel of a guild. */

#include "bot/gateway/discord/may.h"

#include <stddef.h>
#include <string.h>

#define NAME_MAX_BYTES 512
#define TYPE_ROLE      0
#define TYPE_MEMBER    1

/* Is the role one of the member's? Everybody has the one with the guild's ID. */
static bool has_role(struct span member, uint64_t role, uint64_t guild)
{
	struct span_walk walk;
	struct span item;
	uint64_t id;

	if (role == guild)
		return true;
	if (span_open(span_get(member, "roles"), '[', &walk) < 0)
		return false;
	while (span_item(&walk, &item) > 0)
		if (span_number(item, &id) == 0 && id == role)
			return true;
	return false;
}

uint64_t discord_may_in_guild(struct span roles, struct span member, uint64_t guild)
{
	uint64_t may = 0, id, permissions;
	struct span_walk walk;
	struct span role;

	if (span_open(roles, '[', &walk) < 0)
		return 0;
	while (span_item(&walk, &role) > 0)
		if (span_number(span_get(role, "id"), &id) == 0 && has_role(member, id, guild) &&
				span_number(span_get(role, "permissions"), &permissions) == 0)
			may |= permissions;
	return (may & DISCORD_MAY_ADMINISTRATOR) ? UINT64_MAX : may;
}

/* An entry of "permission_overwrites". */
struct overwrite {
	uint64_t id, type, allow, deny;
};

static bool read_overwrite(struct span item, struct overwrite *ret)
{
	return span_number(span_get(item, "id"), &ret->id) == 0 &&
	       span_number(span_get(item, "type"), &ret->type) == 0 &&
	       span_number(span_get(item, "allow"), &ret->allow) == 0 &&
	       span_number(span_get(item, "deny"), &ret->deny) == 0;
}

uint64_t discord_may_in_channel(
		uint64_t in_guild, struct span channel, struct span member, uint64_t guild, uint64_t self)
{
	/* In this order: everybody's, then those of all roles together, then the member's. */
	struct overwrite all = {0}, roles = {0}, own = {0}, read;
	struct span_walk walk;
	struct span item;

	if (in_guild & DISCORD_MAY_ADMINISTRATOR ||
			span_open(span_get(channel, "permission_overwrites"), '[', &walk) < 0)
		return in_guild;
	while (span_item(&walk, &item) > 0) {
		if (!read_overwrite(item, &read))
			continue;
		if (read.type == TYPE_ROLE && read.id == guild) {
			all = read;
		} else if (read.type == TYPE_ROLE && has_role(member, read.id, guild)) {
			roles.allow |= read.allow;
			roles.deny |= read.deny;
		} else if (read.type == TYPE_MEMBER && read.id == self) {
			own = read;
		}
	}
	in_guild = (in_guild & ~all.deny) | all.allow;
	in_guild = (in_guild & ~roles.deny) | roles.allow;
	return (in_guild & ~own.deny) | own.allow;
}

struct discord_may_role discord_may_find_role(struct span roles, const char *wanted)
{
	struct discord_may_role found = {0};
	struct span_walk walk;
	struct span role;
	char name[NAME_MAX_BYTES];
	uint64_t id, wanted_id;
	bool is_id = span_number((struct span){wanted, strlen(wanted)}, &wanted_id) == 0;

	if (span_open(roles, '[', &walk) < 0)
		return found;
	while (span_item(&walk, &role) > 0) {
		if (span_number(span_get(role, "id"), &id) < 0 ||
				!span_copy(span_get(role, "name"), name, sizeof(name)))
			continue;
		if ((is_id && id == wanted_id) || (!found.id && str_equal_nocase(name, wanted)))
			found = (struct discord_may_role){id, span_is(span_get(role, "mentionable"), "true")};
	}
	return found;
}

const char *discord_may_name(uint64_t permission)
{
	static const struct {
		uint64_t permission;
		const char *name;
	} names[] = {
			{DISCORD_MAY_VIEW_CHANNEL, "View Channel"},
			{DISCORD_MAY_SEND_MESSAGES, "Send Messages"},
			{DISCORD_MAY_EMBED_LINKS, "Embed Links"},
			{DISCORD_MAY_MENTION_EVERYONE, "Mention @everyone, @here, and All Roles"},
			{DISCORD_MAY_PUBLIC_THREADS, "Create Public Threads"},
			{DISCORD_MAY_CREATE_EVENTS, "Create Events"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].permission == permission)
			return names[i].name;
	return "a permission";
}
