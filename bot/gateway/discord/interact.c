/* Interactions on their way to the bot: slash commands, buttons, menus, and options half typed. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/view/button.h"
#include "bot/gateway/discord/view/slash.h"

#define COMPLETE_MS   2900
#define TICKET_BYTES  (DISCORD_INTERACTION_TOKEN_MAX_BYTES + 64)
#define CHOICES_BYTES (64 * 1024)

#define NO_ANSWER "There is no answer to that here now: it is of an earlier version, or too long. Try /help."

/* A token is Discord's, and opaque: whatever is in it stays one part of a path. */
static void append_escaped(struct str *path, const char *token)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *token; token++) {
		if (strchr(plain, *token))
			str_append_char(path, *token);
		else
			str_printf(path, "%%%02X", (unsigned)(unsigned char)*token);
	}
}

void discord_append_callback_path(struct str *path, const char *id, const char *token)
{
	str_printf(path, "/interactions/%s/", id);
	append_escaped(path, token);
	str_append(path, "/callback");
}

void discord_append_original_path(struct str *path, uint64_t application, const char *token)
{
	str_printf(path, "/webhooks/%" PRIu64 "/", application);
	append_escaped(path, token);
	str_append(path, "/messages/@original");
}

/* Whoever hears of a suggestion that came too late: nobody. */
static void on_completed(void *user, const struct discord_rest_result *result)
{
	(void)user;
	(void)result;
}

static const struct discord_interaction_option *focused(const struct discord_interaction *interaction)
{
	for (size_t i = 0; i < interaction->option_count; i++)
		if (interaction->options[i].is_focused)
			return &interaction->options[i];
	return NULL;
}

/* What fits a half-typed option, from memory and at once. */
static void complete(struct discord *discord, const struct discord_interaction *interaction)
{
	const struct gateway_host *host = discord->head.host;
	const struct discord_interaction_option *option = focused(interaction);
	struct str body = STR(CHOICES_BYTES), path = STR(DISCORD_REST_PATH_MAX_BYTES * 2);
	const char *choices = "[]";
	char id[DISCORD_SNOWFLAKE_BYTES];

	if (option && host->complete)
		choices = host->complete(host->bot, str_text(&interaction->command), str_text(&option->name),
				str_text(&option->value));
	str_append(&body, "{\"type\":8,\"data\":");
	discord_slash_append_choices(choices, &body);
	str_append_char(&body, '}');
	snprintf(id, sizeof(id), "%" PRIu64, interaction->id);
	discord_append_callback_path(&path, id, str_text(&interaction->token));
	if (!body.error && !path.error)
		discord_rest_send(discord->rest,
				&(struct discord_rest_call){
						.method = "POST",
						.route = "POST /interactions/{}/{}/callback",
						.major = id,
						.path = str_text(&path),
						.body = str_text(&body),
						.body_bytes = body.length,
						.lane = DISCORD_REST_LANE_INTERACTION,
						.is_callback = true,
						.deadline_ms = COMPLETE_MS,
				},
				on_completed, NULL);
	str_release(&body);
	str_release(&path);
}

/* What was asked, as text, and how to answer. -ENOENT, -EBADMSG, -EMSGSIZE: nothing that can be. */
static int read_question(struct discord *discord, const struct discord_interaction *interaction,
		struct str *text, struct str *extra)
{
	struct discord_interaction_ticket ticket = {
			.application = interaction->application,
			.kind = interaction->kind,
			.can_embed = interaction->can_embed,
			.is_host_ephemeral = interaction->is_host_ephemeral,
			.token = str_text(&interaction->token),
	};
	struct discord_button button;
	int r;

	if (interaction->kind == DISCORD_INTERACTION_BUTTON) {
		r = discord_button_parse(str_text(&interaction->custom_id), &button);
		if (r == 0) {
			ticket.is_page = button.is_page;
			ticket.page = button.page;
			str_append(text, button.command);
		}
	} else {
		r = discord->slash ? discord_slash_append_text(discord->slash, interaction, text) : -ENOENT;
	}
	discord_interaction_append_ticket(extra, &ticket);
	if (r == 0)
		r = text->error;
	return r ? r : extra->error;
}

/* A person waits for the answer to an interaction: tell them that there is none. */
void discord_decline(struct discord *discord, const struct message *message)
{
	struct delivery delivery = {.message = message};
	struct reply reply;

	if (!message->extra || !*message->extra)
		return;
	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply.is_private = true;
	reply_set_text(&reply, NO_ANSWER);
	delivery.reply = &reply;
	if (!reply.error)
		discord_deliver_notice(discord, &delivery);
	reply_release(&reply);
}

static void ask(struct discord *discord, const struct discord_interaction *interaction,
		enum message_origin origin)
{
	const struct gateway_host *host = discord->head.host;
	struct str text = STR(MESSAGE_TEXT_MAX_BYTES), extra = STR(TICKET_BYTES);
	char id[DISCORD_SNOWFLAKE_BYTES], channel[DISCORD_SNOWFLAKE_BYTES], user[DISCORD_SNOWFLAKE_BYTES];
	int r = read_question(discord, interaction, &text, &extra);
	struct message message = {
			.id = id,
			.channel = channel,
			.author_id = user,
			.author_name = str_text(&interaction->user_name),
			.account = "",
			.text = str_text(&text),
			.is_private = interaction->is_private,
			.is_addressed = true,
			.origin = origin,
			.has_private = true,
			.time_ms = discord_snowflake_ms(interaction->id),
			.extra = str_text(&extra),
	};

	snprintf(id, sizeof(id), "%" PRIu64, interaction->id);
	snprintf(channel, sizeof(channel), "%" PRIu64, interaction->channel);
	snprintf(user, sizeof(user), "%" PRIu64, interaction->user);
	discord->heard++;
	if (r == 0 && *message.text)
		host->on_message(host->bot, discord_as_gateway(discord), &message);
	else if (!extra.error)
		discord_decline(discord, &message);
	str_release(&text);
	str_release(&extra);
}

void discord_on_interaction(struct discord *discord, struct span data, enum message_origin origin)
{
	struct discord_interaction *interaction = &discord->interaction;
	int r = discord_interaction_read(data, interaction);

	if (r < 0) {
		log_write(LOG_LEVEL_WARNING, &(struct log_about){discord->head.name, NULL, r},
				"an interaction is not understood");
		return;
	}
	switch (interaction->kind) {
	case DISCORD_INTERACTION_COMMAND:
	case DISCORD_INTERACTION_MESSAGE:
	case DISCORD_INTERACTION_BUTTON: ask(discord, interaction, origin); break;
	case DISCORD_INTERACTION_COMPLETE: complete(discord, interaction); break;
	case DISCORD_INTERACTION_OTHER: break;
	}
}
