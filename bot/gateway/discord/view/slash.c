/* Slash commands, made from the commands' descriptions. */

#include "bot/gateway/discord/view/slash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/markup.h"

/* Discord's limits (API v10, "Application Commands"), in UTF-16 units. */
#define NAME_UNITS        32
#define DESCRIPTION_UNITS 100
#define CHOICES_MAX       25
#define CHOICE_UNITS      100
#define TYPED_UNITS       100 /* our own limit: of a reference or a name */
#define WORDS_UNITS       300 /* our own limit: of free text */

#define TEXT_MAX_BYTES 4096

enum { COMMAND_CHAT_TYPE = 1, COMMAND_MESSAGE_TYPE = 3, OPTION_STRING_TYPE = 3, OPTION_INTEGER_TYPE = 4 };

/* Installed in a server or by a user; used in servers, in direct messages with the bot, in other private
 * channels. */
static const char everywhere[] = "\"integration_types\":[0,1],\"contexts\":[0,1,2]";

struct discord_slash {
	struct json *json;
	struct json_node *commands;
};

int discord_slash_read(const char *description, struct discord_slash **ret)
{
	struct discord_slash *slash = calloc(1, sizeof(*slash));
	int r;

	if (!slash)
		return -ENOMEM;
	r = json_parse(description, strlen(description), 0, &slash->json);
	if (r == 0) {
		slash->commands = json_get(json_root(slash->json), "commands");
		if (json_is_broken(slash->json) || json_type(slash->commands) != JSON_ARRAY)
			r = -EBADMSG;
	}
	if (r < 0) {
		discord_slash_free(slash);
		return r;
	}
	*ret = slash;
	return 0;
}

void discord_slash_free(struct discord_slash *slash)
{
	if (!slash)
		return;
	json_free(slash->json);
	free(slash);
}

static const char *text_of(struct json_node *object, const char *key)
{
	const char *text = json_string(json_get(object, key));

	return text ? text : "";
}

static struct json_node *find(const struct discord_slash *slash, const char *name)
{
	struct json_node *command = json_first(slash->commands);

	while (command && !str_equal(text_of(command, "name"), name))
		command = json_next(command);
	return command;
}

/* ---------------------------------------------------------------- registration */

/* Our commands' names; Discord allows more. */
static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return length > 0 && length <= NAME_UNITS && !name[length];
}

static void append_text(struct str *str, const char *key, const char *text, size_t limit_units)
{
	struct str cut = STR(TEXT_MAX_BYTES);

	discord_markup_append_cut(&cut, text, DISCORD_MARKUP_RAW, limit_units);
	str_printf(str, "\"%s\":", key);
	json_append_string(str, str_text(&cut));
	str_release(&cut);
}

/* A name and a description, which must not be empty. */
static void append_names(struct str *str, const char *name, const char *what)
{
	append_text(str, "name", name, NAME_UNITS);
	str_append_char(str, ',');
	append_text(str, "description", discord_markup_is_blank(what) ? name : what, DESCRIPTION_UNITS);
}

static void append_choices(struct str *str, struct json_node *choices)
{
	size_t count = 0;

	str_append(str, ",\"choices\":[");
	for (struct json_node *node = json_first(choices); node && count < CHOICES_MAX;
			node = json_next(node)) {
		const char *text = json_string(node);

		/* A value that was cut would be a different value. */
		if (discord_markup_is_blank(text) || utf8_utf16_units(text) > CHOICE_UNITS)
			continue;
		str_append(str, count++ ? ",{" : "{");
		append_text(str, "name", text, CHOICE_UNITS);
		str_append_char(str, ',');
		append_text(str, "value", text, CHOICE_UNITS);
		str_append_char(str, '}');
	}
	str_append_char(str, ']');
}

static void append_range(struct str *str, struct json_node *option)
{
	long low = (long)json_number(json_get(option, "low")),
	     high = (long)json_number(json_get(option, "high"));

	if (low < high)
		str_printf(str, ",\"min_value\":%ld,\"max_value\":%ld", low, high);
}

static void append_option(struct str *str, struct json_node *option)
{
	const char *type = text_of(option, "type");
	bool is_integer = str_equal(type, "integer");

	str_printf(str, "{\"type\":%d,", is_integer ? OPTION_INTEGER_TYPE : OPTION_STRING_TYPE);
	append_names(str, text_of(option, "name"), text_of(option, "help"));
	str_printf(str, ",\"required\":%s", json_is_true(json_get(option, "required")) ? "true" : "false");
	if (is_integer)
		append_range(str, option);
	else if (str_equal(type, "choice"))
		append_choices(str, json_get(option, "choices"));
	else if (str_equal(type, "text"))
		str_printf(str, ",\"max_length\":%d", WORDS_UNITS);
	else
		str_printf(str, ",\"autocomplete\":true,\"max_length\":%d", TYPED_UNITS);
	str_append_char(str, '}');
}

/* Required options first: Discord demands it. */
static void append_options(struct str *str, struct json_node *options)
{
	size_t count = 0;

	str_append(str, ",\"options\":[");
	for (int pass = 0; pass < 2; pass++) {
		for (struct json_node *option = json_first(options); option; option = json_next(option)) {
			bool is_required = json_is_true(json_get(option, "required"));

			if (is_required != (pass == 0) || !is_name(text_of(option, "name")) ||
					count == DISCORD_INTERACTION_OPTIONS_MAX)
				continue;
			str_append(str, count++ ? "," : "");
			append_option(str, option);
		}
	}
	str_append_char(str, ']');
}

static void append_command(struct str *str, struct json_node *command)
{
	str_printf(str, "{\"type\":%d,", COMMAND_CHAT_TYPE);
	append_names(str, text_of(command, "name"), text_of(command, "summary"));
	str_printf(str, ",%s", everywhere);
	append_options(str, json_get(command, "options"));
	str_append_char(str, '}');
}

int discord_slash_append_body(const struct discord_slash *slash, struct str *str)
{
	size_t count = 0;

	str_append_char(str, '[');
	for (struct json_node *command = json_first(slash->commands); command; command = json_next(command)) {
		if (!is_name(text_of(command, "name")) || count == DISCORD_SLASH_COMMANDS_MAX)
			continue;
		str_append(str, count++ ? "," : "");
		append_command(str, command);
	}
	if (find(slash, DISCORD_SLASH_SEARCH))
		str_printf(str, "%s{\"type\":%d,\"name\":\"" DISCORD_SLASH_MENU "\",%s}", count ? "," : "",
				COMMAND_MESSAGE_TYPE, everywhere);
	str_append_char(str, ']');
	return str->error;
}

/* ---------------------------------------------------------------- questions */

/* The beginning of a message in whole words, without mentions and emoji, which cannot be searched for. */
static void append_words(struct str *str, const char *text)
{
	size_t start = str->length;

	while (*(text += strspn(text, " "))) {
		size_t length = strcspn(text, " ");

		if (str->length + 1 + length > start + DISCORD_SLASH_TEXT_MAX_BYTES)
			break;
		if (*text != '<') {
			str_append_char(str, ' ');
			str_append_bytes(str, text, length);
		}
		text += length;
	}
}

/* An option's value by name, or NULL. */
static const char *value_of(const struct discord_interaction *interaction, const char *name)
{
	for (size_t i = 0; i < interaction->option_count; i++) {
		if (str_equal(str_text(&interaction->options[i].name), name))
			return str_text(&interaction->options[i].value);
	}
	return NULL;
}

static void append_values(
		struct json_node *command, const struct discord_interaction *interaction, struct str *str)
{
	struct json_node *option = json_first(json_get(command, "options"));

	for (; option; option = json_next(option)) {
		const char *value = value_of(interaction, text_of(option, "name"));

		if (!discord_markup_is_blank(value)) {
			str_append_char(str, ' ');
			str_append(str, value);
		}
	}
}

int discord_slash_append_text(const struct discord_slash *slash,
		const struct discord_interaction *interaction, struct str *str)
{
	bool is_menu = interaction->kind == DISCORD_INTERACTION_MESSAGE;
	const char *name = str_text(&interaction->command);
	struct json_node *command;

	if (is_menu)
		name = str_equal(name, DISCORD_SLASH_MENU) ? DISCORD_SLASH_SEARCH : "";
	command = find(slash, name);
	if (!command || !*name)
		return -ENOENT;
	str_append(str, name);
	if (is_menu)
		append_words(str, str_text(&interaction->target));
	else
		append_values(command, interaction, str);
	return str->error;
}

/* ---------------------------------------------------------------- completion */

/* Append [label, value] as a choice. False: it cannot be one. */
static bool append_choice(struct str *str, struct span pair, bool is_first)
{
	struct str label = STR(TEXT_MAX_BYTES), value = STR(TEXT_MAX_BYTES);
	struct span item;
	struct span_walk walk;
	bool is_good = span_open(pair, '[', &walk) == 0 && span_item(&walk, &item) > 0 &&
		       span_append(item, &label) == 0 && span_item(&walk, &item) > 0 &&
		       span_append(item, &value) == 0 && !discord_markup_is_blank(str_text(&label)) &&
		       !discord_markup_is_blank(str_text(&value)) &&
		       utf8_utf16_units(str_text(&value)) <= CHOICE_UNITS;

	if (is_good) {
		str_append(str, is_first ? "{" : ",{");
		append_text(str, "name", str_text(&label), CHOICE_UNITS);
		str_append_char(str, ',');
		append_text(str, "value", str_text(&value), CHOICE_UNITS);
		str_append_char(str, '}');
	}
	str_release(&label);
	str_release(&value);
	return is_good;
}

void discord_slash_append_choices(const char *suggestions, struct str *str)
{
	struct span pair;
	struct span_walk walk;
	size_t count = 0;

	str_append(str, "{\"choices\":[");
	if (span_open((struct span){suggestions, strlen(suggestions)}, '[', &walk) == 0) {
		while (count < CHOICES_MAX && span_item(&walk, &pair) > 0)
			count += append_choice(str, pair, count == 0);
	}
	str_append(str, "]}");
}
