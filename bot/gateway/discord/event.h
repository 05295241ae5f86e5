#ifndef EPISODED_DISCORD_EVENT_H
#define EPISODED_DISCORD_EVENT_H

/*
 * A Discord message: is it for the bot, and what is its text? Most messages are not, which shows in the first
 * bytes of their content. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/gateway/discord/snowflake.h"

#define DISCORD_EVENT_NAME_MAX_BYTES 400 /* 32 characters of any kind */

/* What a message is compared with to see whether it is for the bot. */
struct discord_event_self {
	uint64_t id; /* the bot's user */
	const char *prefix;
	const char *const *
			prefixes; /* those set for single channels: each is accepted here; ends with NULL; may be NULL */
	/* Webhooks and bots that pass on what people write elsewhere: their messages count as a person's. Any other
	 * webhook or bot is never heard. */
	const uint64_t *bridges;
	size_t bridge_count;
	uint64_t guild; /* of a message without guild_id, as REST returns them; 0: a direct message */
	/* The bot's own role in a guild, which people may mention instead of the bot; 0: no such role. May be
	 * NULL. */
	uint64_t (*role_in)(void *user, uint64_t guild);
	void *user;
};

struct discord_event_message {
	uint64_t id, channel, author, guild; /* guild 0: a direct message */
	struct str author_name;
	struct str text; /* without the mention */
	bool is_addressed;
};

void discord_event_message_init(struct discord_event_message *message);
void discord_event_message_release(struct discord_event_message *message);

/*
 * event_message_read - a message object that may be a command for the bot.
 *
 * Shape:   {"id": id, "channel_id": id, "guild_id"?: id, "type": 0 | 19, "content": text,
 *          "author": {"id": id, "username": s, "global_name": s?, "bot"?: b, "system"?: b},
 *          "member"?: {"nick": s?}, "webhook_id"?: id, "flags"?: int}; a null member counts as absent.
 *          content has at most MESSAGE_TEXT_MAX_BYTES.
 * Owns:    *message keeps its buffers; release with discord_event_message_release().
 * Errors:  1 it may be a command, and *message is valid; 0 it cannot be one, or a bot or a webhook sent it, or
 *          it is too long;
 *          -EBADMSG malformed, -ENOMEM.
 * Source:  Discord API v10, "Message object".
 */
int discord_event_message_read(struct span data, const struct discord_event_self *self,
		struct discord_event_message *message);

#endif
