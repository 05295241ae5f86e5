/* Slash commands, made from the commands' own descriptions. */

#include "bot/gateway/discord/view/slash.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/markup.h"

/* Discord's limits (API v10, "Application Commands"), in UTF-16 units. */
#define NAME_UNITS        32
#define DESCRIPTION_UNITS 100
#define SHOW_OPTION       "show" /* the name and the type of the option that names another show */
#define CHOICES_MAX       25
#define CHOICE_UNITS      100
#define TYPED_UNITS       100 /* ours: of a reference or a name */
#define WORDS_UNITS       300 /* ours: of free text */

#define TEXT_MAX_BYTES 4096

enum { COMMAND_CHAT_TYPE = 1, COMMAND_MESSAGE_TYPE = 3, OPTION_STRING_TYPE = 3, OPTION_INTEGER_TYPE = 4 };

struct discord_slash {
	cJSON *description;
	const cJSON *commands;
};

int discord_slash_read(const char *description, struct discord_slash **ret)
{
	struct discord_slash *slash = calloc(1, sizeof(*slash));

	if (!slash)
		return -ENOMEM;
	if (utf8_valid(description, strlen(description)))
		slash->description = cJSON_ParseWithOpts(description, NULL, 1);
	slash->commands = cJSON_GetObjectItemCaseSensitive(slash->description, "commands");
	if (!cJSON_IsArray(slash->commands)) {
		discord_slash_free(slash);
		return -EBADMSG;
	}
	*ret = slash;
	return 0;
}

void discord_slash_free(struct discord_slash *slash)
{
	if (!slash)
		return;
	cJSON_Delete(slash->description);
	free(slash);
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static const cJSON *find(const struct discord_slash *slash, const char *name)
{
	const cJSON *command;

	cJSON_ArrayForEach(command, slash->commands)
	{
		if (str_equal(text_of(command, "name"), name))
			return command;
	}
	return NULL;
}

/* ---------------------------------------------------------------- registering the commands */

/* The names used here: a subset of those that Discord accepts, so that they can also be typed after a
 * prefix. */
static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return length > 0 && length <= NAME_UNITS && !name[length];
}

/* The functions below return false when out of memory. */

static bool add_text(cJSON *object, const char *key, const char *text, size_t limit_units)
{
	struct str cut = STR(TEXT_MAX_BYTES);
	bool is_added;

	discord_markup_append_cut(&cut, text, DISCORD_MARKUP_RAW, limit_units);
	is_added = cut.error != -ENOMEM && cJSON_AddStringToObject(object, key, str_text(&cut));
	str_release(&cut);
	return is_added;
}

/* A name, and what it is for: never empty. */
static bool add_names(cJSON *object, const char *name, const char *what)
{
	return add_text(object, "name", name, NAME_UNITS) &&
	       add_text(object, "description", discord_markup_is_blank(what) ? name : what,
			       DESCRIPTION_UNITS);
}

/* "key": [0, 1, ..., last] */
static bool add_numbers_up_to(cJSON *object, const char *key, int last)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);

	for (int i = 0; array && i <= last; i++)
		if (!cJSON_AddItemToArray(array, cJSON_CreateNumber(i)))
			return false;
	return array != NULL;
}

/* In a server or a person's own; in servers, in talks with the bot, in other talks. */
static bool add_everywhere(cJSON *command, enum discord_slash_form form)
{
	if (form == DISCORD_SLASH_OLD)
		return true;
	return add_numbers_up_to(command, "integration_types", 1) &&
	       add_numbers_up_to(command, "contexts", 2);
}

/* A new object at the end of an array, which owns it; NULL when out of memory. */
static cJSON *add_object(cJSON *array)
{
	cJSON *object = array ? cJSON_CreateObject() : NULL;

	if (cJSON_AddItemToArray(array, object))
		return object;
	cJSON_Delete(object);
	return NULL;
}

static bool add_choices(cJSON *option, const cJSON *texts)
{
	cJSON *choices = cJSON_AddArrayToObject(option, "choices");
	const cJSON *item;
	size_t count = 0;

	cJSON_ArrayForEach(item, texts)
	{
		const char *text = cJSON_GetStringValue(item);
		cJSON *choice;

		/* A value that is cut would be another. */
		if (count == CHOICES_MAX || discord_markup_is_blank(text) ||
				utf8_utf16_units(text) > CHOICE_UNITS)
			continue;
		choice = add_object(choices);
		if (!choice || !add_text(choice, "name", text, CHOICE_UNITS) ||
				!add_text(choice, "value", text, CHOICE_UNITS))
			return false;
		count++;
	}
	return choices != NULL;
}

static int number_of(const cJSON *object, const char *key)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(number) ? number->valueint : 0;
}

static bool add_range(cJSON *option, int low, int high)
{
	return low >= high || (cJSON_AddNumberToObject(option, "min_value", low) &&
					      cJSON_AddNumberToObject(option, "max_value", high));
}

static bool add_option(cJSON *options, const cJSON *from, enum discord_slash_form form)
{
	const char *type = text_of(from, "type");
	bool is_integer = str_equal(type, "integer"), is_text = str_equal(type, "text");
	bool is_required = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(from, "required"));
	cJSON *option = add_object(options);

	if (!option ||
			!cJSON_AddNumberToObject(option, "type",
					is_integer ? OPTION_INTEGER_TYPE : OPTION_STRING_TYPE) ||
			!add_names(option, text_of(from, "name"), text_of(from, "help")) ||
			!cJSON_AddBoolToObject(option, "required", is_required))
		return false;
	if (is_integer)
		return form == DISCORD_SLASH_OLD ||
		       add_range(option, number_of(from, "low"), number_of(from, "high"));
	if (str_equal(type, "choice"))
		return add_choices(option, cJSON_GetObjectItemCaseSensitive(from, "choices"));
	return (is_text || cJSON_AddTrueToObject(option, "autocomplete")) &&
	       (form == DISCORD_SLASH_OLD || cJSON_AddNumberToObject(option, "max_length",
							     is_text ? WORDS_UNITS : TYPED_UNITS));
}

/* Those that are required come first, or Discord refuses all. */
static bool add_options(cJSON *command, const cJSON *from, enum discord_slash_form form)
{
	cJSON *options = cJSON_AddArrayToObject(command, "options");
	const cJSON *option;
	size_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		cJSON_ArrayForEach(option, from)
		{
			bool is_required = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(option, "required"));

			if (is_required != (pass == 0) || !is_name(text_of(option, "name")) ||
					count == DISCORD_INTERACTION_OPTIONS_MAX)
				continue;
			if (!add_option(options, option, form))
				return false;
			count++;
		}
	}
	return options != NULL;
}

static bool add_command(cJSON *body, const cJSON *from, enum discord_slash_form form)
{
	cJSON *command = add_object(body);

	return command && cJSON_AddNumberToObject(command, "type", COMMAND_CHAT_TYPE) &&
	       add_names(command, text_of(from, "name"), text_of(from, "summary")) &&
	       add_everywhere(command, form) &&
	       add_options(command, cJSON_GetObjectItemCaseSensitive(from, "options"), form);
}

static bool add_menu(cJSON *body, enum discord_slash_form form)
{
	cJSON *menu = add_object(body);

	return menu && cJSON_AddNumberToObject(menu, "type", COMMAND_MESSAGE_TYPE) &&
	       cJSON_AddStringToObject(menu, "name", DISCORD_SLASH_MENU) && add_everywhere(menu, form);
}

/* The command of an item of the body; NULL: the message menu, or there are not so many. */
static const cJSON *command_at(const struct discord_slash *slash, size_t index)
{
	const cJSON *command;
	size_t count = 0;

	cJSON_ArrayForEach(command, slash->commands)
	{
		if (is_name(text_of(command, "name")) && count++ == index)
			return index < DISCORD_SLASH_COMMANDS_MAX ? command : NULL;
	}
	return NULL;
}

const char *discord_slash_name(const struct discord_slash *slash, size_t index)
{
	const cJSON *command = command_at(slash, index);

	if (command)
		return text_of(command, "name");
	return find(slash, DISCORD_SLASH_SEARCH) && index && command_at(slash, index - 1) ? DISCORD_SLASH_MENU
											  : "";
}

/* One item. False only when out of memory. */
static bool add_item(
		cJSON *body, const struct discord_slash *slash, enum discord_slash_form form, size_t index)
{
	const cJSON *command = command_at(slash, index);

	if (command)
		return add_command(body, command, form);
	return !*discord_slash_name(slash, index) || add_menu(body, form);
}

static int append_printed(const cJSON *json, struct str *str)
{
	char *text = json ? cJSON_PrintUnformatted(json) : NULL;

	if (text)
		str_append(str, text);
	else if (str->error == 0)
		str->error = -ENOMEM;
	cJSON_free(text);
	return str->error;
}

int discord_slash_append_body(
		const struct discord_slash *slash, enum discord_slash_form form, struct str *str)
{
	cJSON *body = cJSON_CreateArray();
	bool is_made = body != NULL;
	int r;

	for (size_t i = 0; is_made && *discord_slash_name(slash, i); i++)
		is_made = add_item(body, slash, form, i);
	r = append_printed(is_made ? body : NULL, str);
	cJSON_Delete(body);
	return r;
}

int discord_slash_append_command(const struct discord_slash *slash, enum discord_slash_form form,
		size_t index, struct str *str)
{
	cJSON *body;
	int r;

	if (!*discord_slash_name(slash, index))
		return -ENOENT;
	body = cJSON_CreateArray();
	r = append_printed(
			body && add_item(body, slash, form, index) ? cJSON_GetArrayItem(body, 0) : NULL, str);
	cJSON_Delete(body);
	return r;
}

/* ---------------------------------------------------------------- reading an interaction */

/* Whole words of the beginning of a message; without what cannot be searched for: a mention, an emoji. */
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

/* Append "show:the-office", one word: hyphens are spaces in a show's name. */
static void append_show(const char *show, struct str *str)
{
	str_append(str, "show:");
	for (; *show; show++)
		str_append_char(str, *show == ' ' ? '-' : *show);
}

/* True for the option that names the show, which goes before the others. */
static bool is_show(const cJSON *option)
{
	return str_equal(text_of(option, "type"), SHOW_OPTION);
}

static void append_values(
		const cJSON *command, const struct discord_interaction *interaction, struct str *str)
{
	const char *show = value_of(interaction, SHOW_OPTION);
	const cJSON *option;

	cJSON_ArrayForEach(option, cJSON_GetObjectItemCaseSensitive(command, "options"))
	{
		if (is_show(option) && !discord_markup_is_blank(show)) {
			str_append_char(str, ' ');
			append_show(show, str);
		}
	}
	cJSON_ArrayForEach(option, cJSON_GetObjectItemCaseSensitive(command, "options"))
	{
		const char *value = value_of(interaction, text_of(option, "name"));

		if (!is_show(option) && !discord_markup_is_blank(value)) {
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
	const cJSON *command;

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

void discord_slash_append_partial(const struct discord_interaction *interaction,
		const struct discord_interaction_option *option, struct str *str)
{
	const char *show = value_of(interaction, SHOW_OPTION);

	if (!str_equal(str_text(&option->name), SHOW_OPTION) && !discord_markup_is_blank(show)) {
		append_show(show, str);
		str_append_char(str, ' ');
	}
	str_append(str, str_text(&option->value));
}

static void append_text(struct str *str, const char *key, const char *text)
{
	struct str cut = STR(TEXT_MAX_BYTES);

	discord_markup_append_cut(&cut, text, DISCORD_MARKUP_RAW, CHOICE_UNITS);
	str_printf(str, "\"%s\":", key);
	json_append_string(str, str_text(&cut));
	str_release(&cut);
}

/* [label, value] as one choice. False when it cannot be one. */
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
		append_text(str, "name", str_text(&label));
		str_append_char(str, ',');
		append_text(str, "value", str_text(&value));
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
