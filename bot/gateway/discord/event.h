#ifndef EPISODED_DISCORD_EVENT_H
#define EPISODED_DISCORD_EVENT_H

/*
 * A message of Discord's: is it for us, and what does it say. Nearly all are
 * not; that is found out from the first bytes of their content. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/gateway/discord/snowflake.h"

#define DISCORD_EVENT_NAME_MAX_BYTES 400 /* 32 characters, and what escaping and emoji make of them */

/* What a message is compared with. */
struct discord_event_self {
	uint64_t id; /* the bot's user */
	const char *prefix;
	const char *const *prefixes; /* of single channels: any will do here; NULL at the end, or NULL */
	uint64_t guild;              /* of a message without "guild_id", as in a channel's history; 0: none */
	/* The bot's own role in a guild, which people pick where they mean the bot; 0: none. May be NULL. */
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
 * event_message_read - a message object that may be a command for us.
 *
 * Shape:   {"id": id, "channel_id": id, "guild_id"?: id, "type": 0 | 19,
 *           "content": text <= MESSAGE_TEXT_MAX_BYTES,
 *           "author": {"id": id, "username": s, "global_name": s?, "bot"?: b, "system"?: b},
 *           "member"?: {"nick": s?}, "webhook_id"?: id, "flags"?: int}; any member may be null, which counts
 *          as missing.
 * Owns:    *message keeps its buffers; release with discord_event_message_release().
 * Errors:  1 it may be a command; 0 it is chatter, a bot's, a webhook's, our own, or too long; -EBADMSG wrong
 *          shape, -ENOMEM. The contents of *message count only after 1.
 * Source:  Discord API v10, "Message object".
 */
int discord_event_message_read(struct span data, const struct discord_event_self *self,
		struct discord_event_message *message);

#endif
