/* The commands' descriptions, formatted for the terminal, completion, README and manual. */

#include "bot/core/describe.h"

#include "bot/core/commands.h"

static const char *usage_of(struct str *usage, const struct command_entry *entry, const char *prefix)
{
	str_clear(usage);
	str_append(usage, prefix);
	commands_append_usage(usage, entry);
	return str_text(usage);
}

/* Append text with a backslash before every byte that occurs in special. */
static void append_escaped(struct str *str, const char *text, const char *special)
{
	for (; *text; text++) {
		for (const char *byte = special; *byte; byte++) {
			if (*byte == *text)
				str_append_char(str, '\\');
		}
		str_append_char(str, *text);
	}
}

static void append_aliases(
		struct str *str, const struct command *command, const char *before, const char *after)
{
	for (size_t i = 0; i < COMMAND_ALIASES_MAX && command->aliases[i]; i++)
		str_printf(str, "%s%s%s%s", i ? ", " : "", before, command->aliases[i], after);
}

/* " (owners)" for owner commands. */
static const char *for_whom(const struct command_entry *entry)
{
	return entry->command->permission == PERMISSION_OWNER ? " (owners)" : "";
}

static void append_markdown(struct str *str, const struct command_entry *entry, const char *usage)
{
	str_append(str, "| `");
	append_escaped(str, usage, "|");
	str_append(str, "` | ");
	append_escaped(str, entry->command->summary, "|");
	str_append(str, for_whom(entry));
	str_append(str, " | ");
	append_aliases(str, entry->command, "`", "`");
	str_append(str, " |\n");
}

static void append_scdoc(struct str *str, const struct command_entry *entry, const char *usage)
{
	str_append_char(str, '*');
	append_escaped(str, usage, "*_\\");
	str_append(str, "*\n\t");
	append_escaped(str, entry->command->summary, "*_\\");
	str_append(str, for_whom(entry));
	str_append_char(str, '.');
	if (entry->command->aliases[0]) {
		str_append(str, " Also: ");
		append_aliases(str, entry->command, "", "");
		str_append_char(str, '.');
	}
	str_append(str, "\n\n");
}

static void append_command(struct str *str, const struct command_entry *entry, const char *usage,
		enum describe_form form)
{
	switch (form) {
	case DESCRIBE_TEXT:
		str_printf(str, "%-28s %s%s\n", usage, entry->command->summary, for_whom(entry));
		break;
	case DESCRIBE_NAMES: str_printf(str, "%s\n", entry->name); break;
	case DESCRIBE_MARKDOWN: append_markdown(str, entry, usage); break;
	case DESCRIBE_SCDOC: append_scdoc(str, entry, usage); break;
	case DESCRIBE_JSON: break;
	}
}

void describe_commands(struct str *str, const char *prefix, enum describe_form form)
{
	struct str usage = STR(1024);

	if (form == DESCRIBE_JSON) {
		commands_append_json(str, prefix, false);
		str_append_char(str, '\n');
		return;
	}
	if (form == DESCRIBE_MARKDOWN)
		str_append(str, "| Command | What it answers | Also |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < command_entry_count; i++)
		append_command(str, &command_entries[i], usage_of(&usage, &command_entries[i], prefix), form);
	str_release(&usage);
}
