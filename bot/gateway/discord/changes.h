#ifndef EPISODED_DISCORD_CHANGES_H
#define EPISODED_DISCORD_CHANGES_H

/*
 * What follows from an edited or deleted question and from a wastebasket on an answer: the answer is corrected, not given,
 * or taken back. It connects the pure parts (change, recent) with the outbox, the takebacks and the bot.
 */

#include "bot/core/message.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/event.h"
#include "bot/gateway/discord/outbox.h"
#include "bot/gateway/discord/recent.h"
#include "bot/gateway/discord/takeback.h"
#include "bot/gateway/gateway.h"

struct discord_changes {
	const struct gateway_host *host;
	struct gateway *gateway;
	struct discord_outbox *outbox;
	struct discord_recent recent;
	struct discord_takebacks takebacks;
};

/* What an edit is to the bot. */
enum discord_changes_edit {
	DISCORD_CHANGES_KNOWN,      /* it came before: nothing follows */
	DISCORD_CHANGES_FIRST,      /* the message was no question so far */
	DISCORD_CHANGES_CORRECTION, /* it was one, or may have been one for an earlier process */
};

/* is_older: the message was written before this process looked after its shard. */
enum discord_changes_edit discord_changes_see_edit(
		struct discord_changes *changes, const struct discord_change_id *id, bool is_older);
/* The message of an edit is no question any more. */
void discord_changes_unask(struct discord_changes *changes, const struct discord_change_id *id);

/* A message is passed to the bot as a question. */
void discord_changes_note(struct discord_changes *changes, const struct discord_change_id *id,
		const struct discord_event_message *message);
/* The same for a question of the journal. */
void discord_changes_note_again(struct discord_changes *changes, const struct message *message);
/* The bot does not answer it. */
void discord_changes_decline(struct discord_changes *changes, const struct message *message);
/* What is known of a question; NULL: nothing. */
struct discord_asked *discord_changes_asked(struct discord_changes *changes, const char *id);
/* A reply has left the outbox. */
void discord_changes_end(struct discord_changes *changes, const struct discord_outbox_outcome *outcome);

/* The channel's history shows which message answers a question. */
void discord_changes_found(struct discord_changes *changes, uint64_t question, uint64_t post, bool is_layout);
/* Delete an answer that the history shows. */
void discord_changes_take_back_post(
		struct discord_changes *changes, const struct discord_takeback_wish *wish);

/* A MESSAGE_DELETE or MESSAGE_DELETE_BULK. is_repeated: Discord repeats what this process may not have seen. */
int discord_changes_deleted(struct discord_changes *changes, struct span data, bool is_repeated);
/* A MESSAGE_REACTION_ADD. */
int discord_changes_reaction(
		struct discord_changes *changes, struct span data, const struct gateway_config *config);
/* May this person delete every answer? */
bool discord_changes_is_owner(const struct gateway_config *config, uint64_t user);

#endif
