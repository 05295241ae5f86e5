#ifndef EPISODED_DISCORD_QUESTION_H
#define EPISODED_DISCORD_QUESTION_H

/* A question for the bot: a struct message, made from a Discord message or an interaction. Pure. */

#include "bot/core/message.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/event.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/snowflake.h"

struct discord_slash;

struct discord_question {
	struct message message; /* borrows the texts below, and names of what it was made from */
	char id[DISCORD_CHANGE_ID_BYTES];
	char channel[DISCORD_SNOWFLAKE_BYTES];
	char author[DISCORD_SNOWFLAKE_BYTES];
	struct str text;
	struct str extra; /* an interaction's ticket */
};

/* edited_ms: of the edit that made or corrected the question; 0: it is as it was written. Valid as long as event and *ret
 * are where they are. Nothing to release. */
void discord_question_from_message(const struct discord_event_message *event, uint64_t edited_ms,
		enum message_origin origin, struct discord_question *ret);

/*
 * The same for a slash command, a button or a message's menu. slash may be NULL: no commands are known yet.
 * 0, or: -ENOENT no such command any more; -EBADMSG not one of our buttons; -EMSGSIZE; -ENOMEM. *ret is to be
 * released in each case; after a failure it has no text, but may still be answered (message.extra).
 */
int discord_question_from_interaction(const struct discord_interaction *interaction,
		const struct discord_slash *slash, enum message_origin origin, struct discord_question *ret);
/* Who typed half a slash command, where and when; no text. Valid as long as interaction and *ret are where they are. Nothing
 * to release. */
void discord_question_of_asker(const struct discord_interaction *interaction, struct discord_question *ret);

void discord_question_release(struct discord_question *question);

#endif
