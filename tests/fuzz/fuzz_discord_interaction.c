/* Any bytes as an interaction: parsed, and answered in all ways. */

#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/view/button.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/gateway/discord/view/slash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char description[] = "{\"commands\":[{\"name\":\"search\",\"summary\":\"s\",\"options\":[{"
				  "\"name\":\"words\",\"type\":\"text\"}]},"
				  "{\"name\":\"episode\",\"summary\":\"s\",\"options\":[{\"name\":"
				  "\"episode\",\"type\":\"episode\"}]}]}";

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

/* A ticket returns the values written into it. */
static void check_ticket(const struct discord_interaction *interaction)
{
	struct discord_interaction_ticket ticket = {.application = interaction->application,
			.kind = interaction->kind,
			.can_embed = interaction->can_embed,
			.token = str_text(&interaction->token)};
	struct discord_interaction_ticket again;
	struct str text = STR(DISCORD_INTERACTION_TOKEN_MAX_BYTES + 80);

	discord_interaction_append_ticket(&text, &ticket);
	must(!text.error);
	if (interaction->kind != DISCORD_INTERACTION_OTHER) {
		must(discord_interaction_read_ticket(str_text(&text), &again) == 0);
		must(again.application == ticket.application && str_equal(again.token, ticket.token));
	}
	str_release(&text);
}

/* Repeat a person's text in an answer. */
static void check_answer(const char *text)
{
	struct discord_render_options options = {.command = text, .prefix = "!"};
	struct str json = STR(DISCORD_RENDER_BODY_MAX_BYTES);
	struct reply reply;
	size_t position = 0;

	reply_init(&reply);
	reply_set_title(&reply, text);
	reply_set_text(&reply, text);
	reply_set_spoiler(&reply, text);
	reply_add_item(&reply, text);
	reply_add_veiled_item(&reply, text);
	reply_add_choice(&reply, text, text);
	must(discord_render_message(&reply, &options, &position, &json) == 0);
	options.is_plain = true;
	position = 0;
	str_clear(&json);
	must(discord_render_message(&reply, &options, &position, &json) == 0);
	str_release(&json);
	reply_release(&reply);
}

static void check(const struct discord_slash *slash, const struct discord_interaction *interaction)
{
	struct str text = STR(MESSAGE_TEXT_MAX_BYTES);
	struct discord_button button;

	if (interaction->kind == DISCORD_INTERACTION_BUTTON &&
			discord_button_parse(str_text(&interaction->custom_id), &button) == 0)
		must(*button.command != '\0');
	if (discord_slash_append_text(slash, interaction, &text) == 0)
		check_answer(str_text(&text));
	str_clear(&text);
	text.error = 0;
	discord_slash_append_choices(str_text(&interaction->target), &text);
	check_ticket(interaction);
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of the exact size, so that the sanitizer detects a read past the end. */
	char *bytes = malloc(size ? size : 1);
	struct discord_interaction interaction;
	struct discord_slash *slash = NULL;

	must(bytes && discord_slash_read(description, &slash) == 0);
	if (size)
		memcpy(bytes, data, size);
	discord_interaction_init(&interaction);
	if (discord_interaction_read((struct span){bytes, size}, &interaction) == 0)
		check(slash, &interaction);
	discord_interaction_release(&interaction);
	discord_slash_free(slash);
	free(bytes);
	return 0;
}
