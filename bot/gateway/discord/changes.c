/* What follows from an edited or deleted question and from a wastebasket on an answer. */

#include "bot/gateway/discord/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/core/rights.h"

struct discord_asked *discord_changes_asked(struct discord_changes *changes, const char *id)
{
	uint64_t question = discord_change_id_read(id).message;

	return question ? discord_recent_find(&changes->recent, question) : NULL;
}

/* ---------------------------------------------------------------- questions and their answers */

void discord_changes_note(struct discord_changes *changes, const struct discord_change_id *id,
		const struct discord_event_message *message)
{
	struct discord_asked *asked = discord_recent_note(&changes->recent, id->message);

	asked->channel = message->channel;
	asked->guild = message->guild;
	asked->asker = message->author;
	if (asked->is_unwanted)
		discord_takebacks_found(&changes->takebacks, asked->question, 0);
	asked->is_unwanted = false;
	if (asked->edited_ms < id->edited_ms)
		asked->edited_ms = id->edited_ms;
}

void discord_changes_note_again(struct discord_changes *changes, const struct message *message)
{
	const struct discord_change_id id = discord_change_id_read(message->id);
	const struct discord_event_message event = {
			.channel = strtoull(message->channel, NULL, 10),
			.guild = message->is_private ? 0 : message->route,
			.author = strtoull(message->author_id, NULL, 10),
	};

	if (id.message)
		discord_changes_note(changes, &id, &event);
}

/* The bot answers a question no more, as far as it has not. */
static void withdraw(struct discord_changes *changes, uint64_t question, uint64_t edited_ms)
{
	const struct gateway_host *host = changes->host;
	char id[DISCORD_CHANGE_ID_BYTES];

	discord_change_id_write(&(struct discord_change_id){.message = question}, id);
	if (host->on_withdrawn)
		host->on_withdrawn(host->bot, changes->gateway, id);
	if (edited_ms) {
		discord_change_id_write(&(struct discord_change_id){question, edited_ms}, id);
		if (host->on_withdrawn)
			host->on_withdrawn(host->bot, changes->gateway, id);
	}
	discord_outbox_withdraw(changes->outbox, question);
}

/* Delete the message that answers a question, now or as soon as it is delivered. */
static void take_back(struct discord_changes *changes, struct discord_asked *asked)
{
	struct discord_takeback_wish wish = {
			.guild = asked->guild, .channel = asked->channel, .post = asked->post};

	asked->is_bare = true;
	asked->post = 0;
	if (!wish.post) {
		asked->is_unwanted = discord_outbox_holds_any(changes->outbox, asked->question);
		wish.question = asked->question;
	}
	if (wish.post || asked->is_unwanted)
		discord_takebacks_add(&changes->takebacks, &wish);
}

void discord_changes_decline(struct discord_changes *changes, const struct message *message)
{
	struct discord_asked *asked = discord_changes_asked(changes, message->id);

	if (asked && discord_change_id_read(message->id).edited_ms)
		take_back(changes, asked);
	else if (asked && !asked->post)
		asked->is_bare = true;
}

void discord_changes_end(struct discord_changes *changes, const struct discord_outbox_outcome *outcome)
{
	struct discord_asked *asked = discord_changes_asked(changes, outcome->message);

	if (!asked || outcome->end == DISCORD_OUTBOX_LEFT_OPEN)
		return;
	if (asked->is_unwanted && !discord_outbox_holds_any(changes->outbox, asked->question)) {
		asked->is_unwanted = false;
		discord_takebacks_found(&changes->takebacks, asked->question, outcome->post);
		return;
	}
	if (outcome->end == DISCORD_OUTBOX_DELIVERED && outcome->post) {
		asked->post = outcome->post;
		asked->is_layout = outcome->is_layout;
	}
	asked->is_bare = !asked->post;
}

/* ---------------------------------------------------------------- edits */

enum discord_changes_edit discord_changes_see_edit(
		struct discord_changes *changes, const struct discord_change_id *id, bool is_older)
{
	const struct discord_asked *asked = discord_recent_find(&changes->recent, id->message);

	if (asked && asked->edited_ms >= id->edited_ms)
		return DISCORD_CHANGES_KNOWN;
	return asked || is_older ? DISCORD_CHANGES_CORRECTION : DISCORD_CHANGES_FIRST;
}

void discord_changes_unask(struct discord_changes *changes, const struct discord_change_id *id)
{
	struct discord_asked *asked = discord_recent_find(&changes->recent, id->message);

	withdraw(changes, id->message, asked ? asked->edited_ms : 0);
	if (!asked)
		return;
	asked->edited_ms = id->edited_ms;
	take_back(changes, asked);
}

/* ---------------------------------------------------------------- deletions */

int discord_changes_deleted(struct discord_changes *changes, struct span data, bool is_repeated)
{
	uint64_t ids[DISCORD_CHANGE_BULK_MAX];
	int count = discord_change_deleted_read(data, ids);

	for (int i = 0; i < count; i++) {
		const struct discord_asked *asked = discord_recent_find(&changes->recent, ids[i]);

		if (asked)
			withdraw(changes, ids[i], asked->edited_ms);
		else if (is_repeated || discord_outbox_holds_any(changes->outbox, ids[i]))
			withdraw(changes, ids[i], 0);
	}
	return count < 0 ? count : 0;
}

/* ---------------------------------------------------------------- a wastebasket */

static bool is_owner(const struct gateway_config *config, uint64_t user)
{
	char id[DISCORD_SNOWFLAKE_BYTES];

	snprintf(id, sizeof(id), "%" PRIu64, user);
	return orders_is_owner(config, &(const struct message){.author_id = id, .account = ""});
}

int discord_changes_reaction(
		struct discord_changes *changes, struct span data, const struct gateway_config *config)
{
	struct discord_change_basket basket;
	struct discord_takeback_wish wish;
	struct discord_asked *asked;
	int r = discord_change_basket_read(data, changes->takebacks.recall.self, &basket);

	if (r <= 0)
		return r;
	asked = discord_recent_find_post(&changes->recent, basket.message);
	if (asked && asked->asker == basket.user) {
		take_back(changes, asked);
		return 0;
	}
	wish = (struct discord_takeback_wish){.guild = basket.guild,
			.channel = basket.channel,
			.post = basket.message,
			.user = basket.user};
	if (is_owner(config, basket.user)) {
		/* Of a message that is not known, Discord is asked who wrote it. */
		wish.user = basket.is_author_known || asked ? 0 : changes->takebacks.recall.self;
		if (asked) {
			asked->is_bare = true;
			asked->post = 0;
		}
	} else if (asked && asked->asker) {
		return 0; /* another person's answer */
	}
	discord_takebacks_add(&changes->takebacks, &wish);
	return 0;
}
