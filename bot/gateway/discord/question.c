/* A question for the bot, made from a Discord message or an interaction. */

#include "bot/gateway/discord/question.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bot/gateway/discord/view/button.h"
#include "bot/gateway/discord/view/slash.h"

#define TICKET_MAX_BYTES (DISCORD_INTERACTION_TOKEN_MAX_BYTES + 64)

static void set_ids(struct discord_question *question, struct discord_change_id id, uint64_t channel,
		uint64_t author)
{
	discord_change_id_write(&id, question->id);
	snprintf(question->channel, sizeof(question->channel), "%" PRIu64, channel);
	snprintf(question->author, sizeof(question->author), "%" PRIu64, author);
	question->message.id = question->id;
	question->message.channel = question->channel;
	question->message.author_id = question->author;
	question->message.account = "";
	question->message.time_ms = discord_snowflake_ms(id.message);
}

void discord_question_from_message(const struct discord_event_message *event, uint64_t edited_ms,
		enum message_origin origin, struct discord_question *ret)
{
	*ret = (struct discord_question){
			.message =
					{
							.author_name = str_text(&event->author_name),
							.text = str_text(&event->text),
							.is_private = !event->guild,
							.is_addressed = event->is_addressed,
							.origin = origin,
					},
	};
	set_ids(ret, (struct discord_change_id){event->id, edited_ms}, event->channel, event->author);
}

int discord_question_from_interaction(const struct discord_interaction *interaction,
		const struct discord_slash *slash, enum message_origin origin, struct discord_question *ret)
{
	struct discord_interaction_ticket ticket = {
			.application = interaction->application,
			.kind = interaction->kind,
			.can_embed = interaction->can_embed,
			.is_host_ephemeral = interaction->is_host_ephemeral,
			.is_host_layout = interaction->is_host_layout,
			.token = str_text(&interaction->token),
	};
	struct discord_button button;
	int r;

	*ret = (struct discord_question){
			.message =
					{
							.author_name = str_text(&interaction->user_name),
							.is_private = interaction->is_private,
							.is_addressed = true,
							.origin = origin,
							.has_private = true,
							.is_urgent = true,
					},
			.text = STR(MESSAGE_TEXT_MAX_BYTES),
			.extra = STR(TICKET_MAX_BYTES),
	};
	set_ids(ret, (struct discord_change_id){.message = interaction->id}, interaction->channel,
			interaction->user);
	if (interaction->kind == DISCORD_INTERACTION_BUTTON) {
		r = discord_button_parse(str_text(&interaction->custom_id), &button);
		if (r == 0) {
			ticket.is_page = button.is_page;
			ticket.page = button.page;
			str_append(&ret->text, button.command);
		}
	} else {
		r = slash ? discord_slash_append_text(slash, interaction, &ret->text) : -ENOENT;
	}
	discord_interaction_append_ticket(&ret->extra, &ticket);
	ret->message.text = str_text(&ret->text);
	ret->message.extra = ret->extra.error ? NULL : str_text(&ret->extra);
	if (r == 0)
		r = ret->text.error;
	return r ? r : ret->extra.error;
}

void discord_question_of_asker(const struct discord_interaction *interaction, struct discord_question *ret)
{
	*ret = (struct discord_question){
			.message =
					{
							.author_name = str_text(&interaction->user_name),
							.text = "",
							.is_private = interaction->is_private,
							.has_private = true,
					},
	};
	set_ids(ret, (struct discord_change_id){.message = interaction->id}, interaction->channel,
			interaction->user);
}

void discord_question_release(struct discord_question *question)
{
	str_release(&question->text);
	str_release(&question->extra);
}
