/* An interaction, read from INTERACTION_CREATE. */

#include "bot/gateway/discord/interaction.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define CONTEXT_BOT_DM   1
#define FLAG_EPHEMERAL   64
#define FLAG_LAYOUT      32768
#define MAY_EMBED        (1ull << 14 | 1ull << 3) /* Embed Links, or Administrator, which includes it */
#define TYPE_COMMAND     2
#define TYPE_COMPONENT   3
#define TYPE_COMPLETE    4
#define COMMAND_CHAT     1
#define COMMAND_MESSAGE  3
#define COMPONENT_BUTTON 2

void discord_interaction_init(struct discord_interaction *interaction)
{
	*interaction = (struct discord_interaction){
			.token = STR(DISCORD_INTERACTION_TOKEN_MAX_BYTES),
			.user_name = STR(DISCORD_INTERACTION_WORD_MAX_BYTES),
			.command = STR(DISCORD_INTERACTION_WORD_MAX_BYTES),
			.custom_id = STR(DISCORD_INTERACTION_WORD_MAX_BYTES),
			.target = STR(DISCORD_INTERACTION_TEXT_MAX_BYTES),
	};
	for (size_t i = 0; i < DISCORD_INTERACTION_OPTIONS_MAX; i++) {
		interaction->options[i].name = STR(DISCORD_INTERACTION_WORD_MAX_BYTES);
		interaction->options[i].value = STR(DISCORD_INTERACTION_TEXT_MAX_BYTES);
	}
}

void discord_interaction_release(struct discord_interaction *interaction)
{
	str_release(&interaction->token);
	str_release(&interaction->user_name);
	str_release(&interaction->command);
	str_release(&interaction->custom_id);
	str_release(&interaction->target);
	for (size_t i = 0; i < DISCORD_INTERACTION_OPTIONS_MAX; i++) {
		str_release(&interaction->options[i].name);
		str_release(&interaction->options[i].value);
	}
}

/* ---------------------------------------------------------------- values */

static bool is_there(struct span value)
{
	return value.at && !span_is(value, "null");
}

static uint64_t number_of(struct span value)
{
	uint64_t number = 0;

	span_number(value, &number);
	return number;
}

/* Copy a string; "" if it is absent. -EBADMSG malformed, -EMSGSIZE, -ENOMEM. */
static int read_text(struct span value, struct str *str)
{
	str_clear(str);
	return span_is_string(value) ? span_append(value, str) : 0;
}

/* An option's value: a string, or a number or boolean as in the JSON. */
static int read_value(struct span value, struct str *str)
{
	int r = read_text(value, str);

	if (r < 0 || span_is_string(value) || !is_there(value) || value.at[0] == '{' || value.at[0] == '[')
		return r;
	str_append_bytes(str, value.at, value.length);
	return str->error;
}

/* ---------------------------------------------------------------- parts */

static enum discord_interaction_kind kind_of(uint64_t type, struct span data)
{
	struct span sort = span_get(data, "type");
	uint64_t command = is_there(sort) ? number_of(sort) : COMMAND_CHAT;

	if (type == TYPE_COMMAND && command == COMMAND_CHAT)
		return DISCORD_INTERACTION_COMMAND;
	if (type == TYPE_COMMAND && command == COMMAND_MESSAGE)
		return DISCORD_INTERACTION_MESSAGE;
	if (type == TYPE_COMPONENT && number_of(span_get(data, "component_type")) == COMPONENT_BUTTON)
		return DISCORD_INTERACTION_BUTTON;
	return type == TYPE_COMPLETE ? DISCORD_INTERACTION_COMPLETE : DISCORD_INTERACTION_OTHER;
}

/* The user's name: in the server, everywhere, or the account's. */
static int read_user(struct span data, struct discord_interaction *interaction)
{
	struct span member = span_get(data, "member"), user = span_get(member, "user");
	struct span names[3];

	if (!is_there(user))
		user = span_get(data, "user");
	interaction->user = number_of(span_get(user, "id"));
	if (!interaction->user)
		return -EBADMSG;
	names[0] = span_get(member, "nick");
	names[1] = span_get(user, "global_name");
	names[2] = span_get(user, "username");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (read_text(names[i], &interaction->user_name) == 0 && interaction->user_name.length)
			return 0;
	}
	return read_text((struct span){0}, &interaction->user_name);
}

static int read_options(struct span options, struct discord_interaction *interaction)
{
	struct span item;
	struct span_walk walk;
	int r;

	interaction->option_count = 0;
	if (!is_there(options))
		return 0;
	r = span_open(options, '[', &walk);
	if (r < 0)
		return r;
	while (interaction->option_count < DISCORD_INTERACTION_OPTIONS_MAX &&
			(r = span_item(&walk, &item)) > 0) {
		struct discord_interaction_option *option = &interaction->options[interaction->option_count];

		r = read_text(span_get(item, "name"), &option->name);
		if (r == 0)
			r = read_value(span_get(item, "value"), &option->value);
		if (r < 0)
			return r;
		option->is_focused = span_is(span_get(item, "focused"), "true");
		interaction->option_count++;
	}
	return r < 0 ? r : 0;
}

/* The message whose menu was used. It may be longer than a question: its beginning is enough. */
static int read_target(struct span data, struct discord_interaction *interaction)
{
	struct span messages = span_get(span_get(data, "resolved"), "messages"), key, message;
	struct span_walk walk;
	int r = read_text((struct span){0}, &interaction->target);

	if (span_open(messages, '{', &walk) < 0 || span_member(&walk, &key, &message) <= 0)
		return r;
	r = read_text(span_get(message, "content"), &interaction->target);
	return r == -EMSGSIZE ? 0 : r;
}

static int read_data(struct span data, struct discord_interaction *interaction)
{
	int r = read_text(span_get(data, "name"), &interaction->command);

	if (r == 0)
		r = read_text(span_get(data, "custom_id"), &interaction->custom_id);
	if (r == 0)
		r = read_options(span_get(data, "options"), interaction);
	if (r == 0)
		r = read_target(data, interaction);
	return r;
}

static void read_place(struct span data, struct discord_interaction *interaction)
{
	struct span context = span_get(data, "context"), permissions = span_get(data, "app_permissions");
	uint64_t flags = number_of(span_get(span_get(data, "message"), "flags"));

	interaction->channel = number_of(span_get(data, "channel_id"));
	interaction->guild = number_of(span_get(data, "guild_id"));
	interaction->is_private =
			is_there(context) ? number_of(context) == CONTEXT_BOT_DM : !interaction->guild;
	interaction->can_embed =
			!interaction->guild || !is_there(permissions) || (number_of(permissions) & MAY_EMBED);
	interaction->is_host_ephemeral = (flags & FLAG_EPHEMERAL) != 0;
	interaction->is_host_layout = (flags & FLAG_LAYOUT) != 0;
}

int discord_interaction_read(struct span data, struct discord_interaction *interaction)
{
	struct span inner = span_get(data, "data");
	int r;

	interaction->id = number_of(span_get(data, "id"));
	interaction->application = number_of(span_get(data, "application_id"));
	if (!interaction->id || !interaction->application)
		return -EBADMSG;
	r = read_text(span_get(data, "token"), &interaction->token);
	if (r == 0 && !interaction->token.length)
		r = -EBADMSG;
	if (r == 0)
		r = read_user(data, interaction);
	if (r < 0)
		return r;
	interaction->kind = kind_of(number_of(span_get(data, "type")), inner);
	read_place(data, interaction);
	return read_data(inner, interaction);
}

/* ---------------------------------------------------------------- tickets */

enum ticket_flags { TICKET_PAGE = 1, TICKET_EMBED = 2, TICKET_EPHEMERAL = 4, TICKET_LAYOUT = 8 };

void discord_interaction_append_ticket(struct str *str, const struct discord_interaction_ticket *ticket)
{
	unsigned flags = (ticket->is_page ? TICKET_PAGE : 0u) | (ticket->can_embed ? TICKET_EMBED : 0u) |
			 (ticket->is_host_ephemeral ? TICKET_EPHEMERAL : 0u) |
			 (ticket->is_host_layout ? TICKET_LAYOUT : 0u);

	str_printf(str, "%u/%" PRIu64 "/%u/%u/%s", (unsigned)ticket->kind, ticket->application, ticket->page,
			flags, ticket->token);
}

/* Digits and a slash. The byte after it, or NULL. */
static const char *take_number(const char *text, uint64_t *ret)
{
	struct span digits = {text, 0};

	while (text[digits.length] >= '0' && text[digits.length] <= '9')
		digits.length++;
	if (text[digits.length] != '/' || span_number(digits, ret) < 0)
		return NULL;
	return text + digits.length + 1;
}

int discord_interaction_read_ticket(const char *text, struct discord_interaction_ticket *ret)
{
	uint64_t numbers[4];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		text = take_number(text, &numbers[i]);
		if (!text)
			return -EBADMSG;
	}
	if (!*text || numbers[0] >= DISCORD_INTERACTION_OTHER || numbers[2] > UINT32_MAX)
		return -EBADMSG;
	*ret = (struct discord_interaction_ticket){
			.kind = (enum discord_interaction_kind)numbers[0],
			.application = numbers[1],
			.page = (unsigned)numbers[2],
			.is_page = numbers[3] & TICKET_PAGE,
			.can_embed = numbers[3] & TICKET_EMBED,
			.is_host_ephemeral = numbers[3] & TICKET_EPHEMERAL,
			.is_host_layout = numbers[3] & TICKET_LAYOUT,
			.token = text,
	};
	return 0;
}

/* A token is opaque: whatever bytes it has, it must remain one segment of a path. */
void discord_interaction_append_callback_path(struct str *path, const char *id, const char *token)
{
	str_printf(path, "/interactions/%s/", id);
	str_append_encoded(path, token);
	str_append(path, "/callback");
}

void discord_interaction_append_original_path(struct str *path, uint64_t application, const char *token)
{
	str_printf(path, "/webhooks/%" PRIu64 "/", application);
	str_append_encoded(path, token);
	str_append(path, "/messages/@original");
}
