/* Suggestions for a half-typed option of a slash command. */

#include "bot/gateway/discord/suggestions.h"

#include <inttypes.h>
#include <stdio.h>

#include "bot/base/str.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/question.h"
#include "bot/gateway/discord/rest/rest.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/gateway/gateway.h"

#define CHOICES_MAX_BYTES (64 * 1024)
#define COMPLETE_MS       2900 /* Discord accepts suggestions for 3 s */

static const struct discord_interaction_option *focused(const struct discord_interaction *interaction)
{
	for (size_t i = 0; i < interaction->option_count; i++)
		if (interaction->options[i].is_focused)
			return &interaction->options[i];
	return NULL;
}

/* Nothing to do: if the suggestions were too late, the person has typed on. */
static void on_completed(void *user, const struct discord_rest_result *result)
{
	(void)user;
	(void)result;
}

void discord_suggest(const struct discord_suggestions *suggestions, const struct permit *permit,
		const struct discord_interaction *interaction, struct discord_question *asker)
{
	const struct gateway_host *host = suggestions->host;
	const struct discord_interaction_option *option = focused(interaction);
	struct str body = STR(CHOICES_MAX_BYTES), path = STR(DISCORD_REST_PATH_MAX_BYTES * 2);
	struct str partial = STR(8 * DISCORD_SLASH_TEXT_MAX_BYTES);
	const char *choices = "[]";
	char id[DISCORD_SNOWFLAKE_BYTES];

	if (option)
		discord_slash_append_partial(interaction, option, &partial);
	if (option && host->complete && !partial.error)
		choices = host->complete(host->bot, suggestions->gateway, &asker->message,
				str_text(&interaction->command), str_text(&option->name), str_text(&partial));
	str_append(&body, "{\"type\":8,\"data\":");
	discord_slash_append_choices(choices, &body);
	str_append_char(&body, '}');
	snprintf(id, sizeof(id), "%" PRIu64, interaction->id);
	discord_interaction_append_callback_path(&path, id, str_text(&interaction->token));
	if (!body.error && !path.error)
		discord_rest_send(suggestions->rest,
				&(struct discord_rest_call){
						.method = "POST",
						.route = "POST /interactions/{}/{}/callback",
						.major = id,
						.path = str_text(&path),
						.body = str_text(&body),
						.body_bytes = body.length,
						.lane = DISCORD_REST_LANE_INTERACTION,
						.is_callback = true,
						.permit = permit,
						.deadline_ms = COMPLETE_MS,
				},
				on_completed, NULL);
	str_release(&partial);
	str_release(&body);
	str_release(&path);
}
