/* Whatever comes as an interaction: read, and answered in every way there is. */

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

/* A ticket says again what was written into it. */
static void check_ticket(const struct interaction *interaction)
{
	struct interaction_ticket ticket = {.application = interaction->application,
			.kind = interaction->kind,
			.can_embed = interaction->can_embed,
			.token = str_text(&interaction->token)};
	struct interaction_ticket again;
	struct str text = STR(INTERACTION_TOKEN_MAX_BYTES + 80);

	interaction_append_ticket(&text, &ticket);
	must(!text.error);
	if (interaction->kind != INTERACTION_OTHER) {
		must(interaction_read_ticket(str_text(&text), &again) == 0);
		must(again.application == ticket.application && str_equal(again.token, ticket.token));
	}
	str_release(&text);
}

/* What a person wrote comes back in an answer. */
static void check_answer(const char *text)
{
	struct render_options options = {.command = text, .prefix = "!"};
	struct str json = STR(RENDER_BODY_MAX_BYTES);
	struct reply reply;
	size_t position = 0;

	reply_init(&reply);
	reply_set_title(&reply, text);
	reply_set_text(&reply, text);
	reply_set_spoiler(&reply, text);
	reply_add_item(&reply, text);
	reply_add_choice(&reply, text, text);
	must(render_message(&reply, &options, &position, &json) == 0);
	options.is_plain = true;
	position = 0;
	str_truncate(&json, 0);
	must(render_message(&reply, &options, &position, &json) == 0);
	str_release(&json);
	reply_release(&reply);
}

static void check(const struct slash *slash, const struct interaction *interaction)
{
	struct str text = STR(MESSAGE_TEXT_MAX_BYTES);
	struct button button;

	if (interaction->kind == INTERACTION_BUTTON &&
			button_parse(str_text(&interaction->custom_id), &button) == 0)
		must(*button.command != '\0');
	if (slash_append_text(slash, interaction, &text) == 0)
		check_answer(str_text(&text));
	str_truncate(&text, 0);
	text.error = 0;
	slash_append_choices(str_text(&interaction->target), &text);
	check_ticket(interaction);
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size, so that a byte read past the end is found. */
	char *bytes = malloc(size ? size : 1);
	struct interaction interaction;
	struct slash *slash = NULL;

	must(bytes && slash_read(description, &slash) == 0);
	if (size)
		memcpy(bytes, data, size);
	interaction_init(&interaction);
	if (interaction_read((struct span){bytes, size}, &interaction) == 0)
		check(slash, &interaction);
	interaction_release(&interaction);
	slash_free(slash);
	free(bytes);
	return 0;
}
