#ifndef EPISODED_DISCORD_CHANGE_H
#define EPISODED_DISCORD_CHANGE_H

/*
 * What happens to messages after they were sent: edits, deletions and the reaction that takes an answer back. Nearly all
 * of these events do not concern the bot, so each reader gives up at the first member that shows it. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"

#define DISCORD_CHANGE_EDIT_MS  (60 * 1000u) /* an edit later than this after the message corrects no answer */
#define DISCORD_CHANGE_BULK_MAX 100          /* messages deleted at once: Discord's limit */

/*
 * The ID of a question that is an edited message: "MESSAGE.EDITED", the message's ID and the time of the edit in ms. It is
 * another question than the message before the edit, so that the journal answers each once.
 */
#define DISCORD_CHANGE_ID_BYTES 42 /* two numbers of 20 digits, a dot and a NUL */

struct discord_change_id {
	uint64_t message;
	uint64_t edited_ms; /* 0: the message as it was sent */
};

void discord_change_id_write(const struct discord_change_id *id, char ret[DISCORD_CHANGE_ID_BYTES]);
/* The ID of any question; that of a message or an interaction has edited_ms 0. */
struct discord_change_id discord_change_id_read(const char *text);

/*
 * change_edit_read - a MESSAGE_UPDATE: has a person edited a young message?
 *
 * Shape:   {"id": id, "edited_timestamp": ISO 8601 | null}, and the members of a message; null: Discord has only added the
 *          preview of a link.
 * Errors:  1 it was edited within DISCORD_CHANGE_EDIT_MS, 0 it was not, -EBADMSG malformed; *ret is valid with 1 only.
 * Source:  Discord API v10, "Message Update", "Message object".
 */
int discord_change_edit_read(struct span data, struct discord_change_id *ret);

/*
 * change_deleted_read - a MESSAGE_DELETE or a MESSAGE_DELETE_BULK.
 *
 * Shape:   {"id": id, "channel_id": id} or {"ids": [id, ...], "channel_id": id}.
 * Errors:  the number of IDs, at most DISCORD_CHANGE_BULK_MAX; -EBADMSG malformed.
 * Source:  Discord API v10, "Message Delete", "Message Delete Bulk".
 */
int discord_change_deleted_read(struct span data, uint64_t ret[DISCORD_CHANGE_BULK_MAX]);

/* A person has put a wastebasket on a message. */
struct discord_change_basket {
	uint64_t user, channel, message;
	uint64_t guild;       /* 0: a direct message */
	bool is_author_known; /* the message is the bot's own; otherwise that is to be checked */
};

/*
 * change_basket_read - a MESSAGE_REACTION_ADD: is it a wastebasket (U+1F5D1) on what may be a message of the bot?
 *
 * Shape:   {"user_id": id, "channel_id": id, "message_id": id, "guild_id"?: id, "message_author_id"?: id,
 *          "emoji": {"id": id | null, "name": s | null}}.
 * Errors:  1 it is, 0 it is not, -EBADMSG malformed; *ret is valid with 1 only.
 * Source:  Discord API v10, "Message Reaction Add".
 */
int discord_change_basket_read(struct span data, uint64_t self, struct discord_change_basket *ret);

/* The wastebasket among the emojis on a message object, as it is written there: "reactions"?: [{"emoji": {"id", "name"}}].
 * NULL: there is no wastebasket. */
const char *discord_change_basket_on(struct span message);

/* Is it a message of the bot: {"author": {"id": self}}? */
bool discord_change_is_own(struct span message, uint64_t self);

/*
 * change_is_answer_to - is a message of the bot an answer to this person?
 *
 * Shape:   {"author": {"id": id}, "referenced_message"?: {"author": {"id": id}} | null,
 *          "interaction_metadata"?: {"user": {"id": id}}}; malformed: no.
 * Source:  Discord API v10, "Message object".
 */
bool discord_change_is_answer_to(struct span message, uint64_t self, uint64_t user);

#endif
