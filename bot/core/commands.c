/* The table of commands: look-up by name, usage, and the JSON for the lobby's page. */

#include "bot/core/commands.h"

#include "bot/base/json.h"
#include "bot/base/str.h"

static bool is_named(const struct command_entry *entry, const char *word)
{
	if (str_equal_nocase(entry->name, word))
		return true;
	for (size_t i = 0; i < COMMAND_ALIASES_MAX && entry->command->aliases[i]; i++) {
		if (str_equal_nocase(entry->command->aliases[i], word))
			return true;
	}
	return false;
}

const struct command_entry *commands_find(const char *word)
{
	for (size_t i = 0; i < command_entry_count; i++) {
		if (is_named(&command_entries[i], word))
			return &command_entries[i];
	}
	return NULL;
}

const struct command_entry *commands_find_of_bot(const char *name)
{
	for (const struct command_entry *entry = bot_command_entries; entry->name; entry++) {
		if (str_equal(entry->name, name))
			return entry;
	}
	return NULL;
}

bool command_takes_show(const struct command *command)
{
	switch (command->options[0].type) {
	case OPTION_EPISODE:
	case OPTION_CHARACTER:
	case OPTION_SUBJECT:
	case OPTION_TEXT: return command->permission < PERMISSION_BOT && !command->is_about_no_show;
	default: return command->is_about_show;
	}
}

/* Append the values of a choice: "synopsis|trivia". */
static void append_choices(struct str *str, const struct command_option *option)
{
	for (size_t i = 0; i < COMMAND_CHOICES_MAX && option->choices[i]; i++)
		str_printf(str, "%s%s", i ? "|" : "", option->choices[i]);
}

void commands_append_usage(struct str *str, const struct command_entry *entry)
{
	const struct command_option *option = entry->command->options;

	str_append(str, entry->name);
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && option[i].type != OPTION_NONE; i++) {
		str_append(str, option[i].required ? " <" : " [");
		if (option[i].type == OPTION_CHOICE)
			append_choices(str, &option[i]);
		else
			str_append(str, option[i].name);
		str_append_char(str, option[i].required ? '>' : ']');
	}
}

static void append_strings(struct str *str, const char *name, const char *const *strings, size_t max)
{
	str_printf(str, ",\"%s\":[", name);
	for (size_t i = 0; i < max && strings[i]; i++) {
		str_append(str, i ? "," : "");
		json_append_string(str, strings[i]);
	}
	str_append_char(str, ']');
}

static const char *const type_names[] = {
		[OPTION_EPISODE] = "episode",
		[OPTION_SEASON] = "season",
		[OPTION_CHARACTER] = "character",
		[OPTION_COMMAND] = "command",
		[OPTION_CHOICE] = "choice",
		[OPTION_INTEGER] = "integer",
		[OPTION_TEXT] = "text",
		[OPTION_SUBJECT] = "text",
		[OPTION_ZONE] = "zone",
};

static void append_option(struct str *str, const struct command_option *option)
{
	str_append(str, "{\"name\":");
	json_append_string(str, option->name);
	str_printf(str, ",\"type\":\"%s\",\"required\":%s,\"help\":", type_names[option->type],
			option->required ? "true" : "false");
	json_append_string(str, option->help ? option->help : "");
	if (option->type == OPTION_CHOICE)
		append_strings(str, "choices", option->choices, COMMAND_CHOICES_MAX);
	if (option->type == OPTION_INTEGER)
		str_printf(str, ",\"low\":%ld,\"high\":%ld", option->low, option->high);
	str_append_char(str, '}');
}

static void append_options(struct str *str, const struct command *command, bool has_shows)
{
	bool has_show = has_shows && command_takes_show(command);

	str_append(str, ",\"options\":[");
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].type != OPTION_NONE; i++) {
		str_append(str, i ? "," : "");
		append_option(str, &command->options[i]);
	}
	if (has_show)
		str_printf(str,
				"%s{\"name\":\"show\",\"type\":\"show\",\"required\":false,"
				"\"help\":\"Another show than this channel's\"}",
				command->options[0].type == OPTION_NONE ? "" : ",");
	str_append_char(str, ']');
}

static void append_command(struct str *str, const struct command_entry *entry, bool has_shows)
{
	struct str usage = STR(1024);

	commands_append_usage(&usage, entry);
	str_append(str, "{\"name\":");
	json_append_string(str, entry->name);
	append_strings(str, "aliases", entry->command->aliases, COMMAND_ALIASES_MAX);
	str_append(str, ",\"summary\":");
	json_append_string(str, entry->command->summary);
	str_append(str, ",\"usage\":");
	json_append_string(str, str_text(&usage));
	str_printf(str, ",\"is_private\":%s",
			entry->command->visibility == COMMAND_PRIVATE ? "true" : "false");
	append_options(str, entry->command, has_shows);
	str_append_char(str, '}');
	str_release(&usage);
}

void commands_append_json(struct str *str, const char *prefix, bool has_shows)
{
	const char *comma = "";

	str_append(str, "{\"prefix\":");
	json_append_string(str, prefix);
	str_append(str, ",\"commands\":[");
	/* The page shows everyone the same help, so owner commands are left out. */
	for (size_t i = 0; i < command_entry_count; i++) {
		if (command_entries[i].command->permission == PERMISSION_OWNER)
			continue;
		str_append(str, comma);
		append_command(str, &command_entries[i], has_shows);
		comma = ",";
	}
	str_append(str, "]}");
}
