/* Completion of a typed line. */

#include "bot/gateway/console/completion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/core/commands.h"
#include "bot/core/typo.h"

#define JSON_MAX_BYTES (64 * 1024) /* of all suggestions */
#define NAME_MAX_BYTES 64

static void add(struct completion *completion, const char *before, const char *value, const char *label)
{
	struct str text = STR(1024);
	char *copy = NULL;

	if (completion->count == COMPLETION_MAX)
		return;
	for (size_t i = 0; i < completion->count; i++) {
		if (str_equal(completion->matches[i].value, value))
			return;
	}
	str_printf(&text, "%s%s", before, value);
	if (str_take(&text, &copy) < 0)
		return;
	completion->matches[completion->count].value = copy;
	completion->matches[completion->count].label = str_copy(label);
	if (completion->matches[completion->count].label)
		completion->count++;
	else
		free(copy);
}

/* Names that begin with the word; else other names of commands; else the command that the word misspells. */
static void add_commands(struct completion *completion, const char *prefix, const char *word)
{
	size_t length = strlen(word);
	const struct command_entry *meant;
	const char *typo;

	for (size_t i = 0; i < command_entry_count; i++) {
		if (strncasecmp(command_entries[i].name, word, length) == 0)
			add(completion, prefix, command_entries[i].name, command_entries[i].command->summary);
	}
	for (size_t i = 0; i < command_entry_count && !completion->count; i++) {
		const struct command *command = command_entries[i].command;

		for (size_t k = 0; k < COMMAND_ALIASES_MAX && command->aliases[k]; k++) {
			if (strncasecmp(command->aliases[k], word, length) == 0)
				add(completion, prefix, command->aliases[k], command->summary);
		}
	}
	typo = completion->count ? NULL : typo_of(word, true);
	meant = typo ? commands_find(typo) : NULL;
	if (meant)
		add(completion, prefix, typo, meant->command->summary);
}

/* Suggestions [["label","value"],...] of the core. */
static void add_suggestions(struct completion *completion, const char *before, const struct str *text)
{
	struct json *json = NULL;

	if (text->error || json_parse(str_text(text), text->length, JSON_OPTIONAL, &json) < 0)
		return;
	for (struct json_node *pair = json_first(json_root(json)); pair; pair = json_next(pair)) {
		const char *label = json_string(json_first(pair));
		const char *value = json_string(json_next(json_first(pair)));

		if (label && value)
			add(completion, before, value, label);
	}
	json_free(json);
}

static bool takes_one_word(enum option_type type)
{
	return type == OPTION_COMMAND || type == OPTION_CHOICE || type == OPTION_INTEGER;
}

/* The option that is being typed; *words moves to its beginning. NULL: there are no more. */
static const struct command_option *option_at(const struct command *command, const char **words)
{
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].type != OPTION_NONE; i++) {
		size_t length;

		*words += strspn(*words, " ");
		length = strcspn(*words, " ");
		if (!takes_one_word(command->options[i].type) || !(*words)[length])
			return &command->options[i];
		*words += length;
	}
	return NULL;
}

static void add_arguments(struct completion *completion, const struct dispatch *dispatch, const char *gateway,
		const struct message *asker, const struct command_entry *entry, const char *line,
		const char *words)
{
	const char *prefix = dispatch_prefix(dispatch, gateway, asker), *partial = words, *before = "";
	const struct command_option *option = option_at(entry->command, &partial);
	struct str text = STR(JSON_MAX_BYTES);

	if (!option)
		return;
	completion->at = (size_t)(partial - line);
	if (option->type == OPTION_COMMAND && str_starts(partial, prefix)) {
		before = prefix;
		partial += strlen(prefix);
	}
	dispatch_complete(dispatch, gateway, asker, entry->name, option->name, partial, &text);
	add_suggestions(completion, before, &text);
	str_clear(&text);
	if (option == &entry->command->options[0] && *partial && command_takes_show(entry->command)) {
		dispatch_complete(dispatch, gateway, asker, entry->name, "show", partial, &text);
		add_suggestions(completion, "", &text);
	}
	str_release(&text);
}

void completion_of(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		const char *line, struct completion *ret)
{
	const char *prefix = dispatch_prefix(dispatch, gateway, asker), *start = line + strspn(line, " ");
	const char *word = str_starts(start, prefix) ? start + strlen(prefix) : start;
	size_t length = strcspn(word, " ");
	const struct command_entry *entry;
	char name[NAME_MAX_BYTES];

	*ret = (struct completion){.at = (size_t)(start - line)};
	if (length >= sizeof(name))
		return;
	memcpy(name, word, length);
	name[length] = '\0';
	if (!word[length]) {
		add_commands(ret, word > start ? prefix : "", name);
		return;
	}
	entry = commands_find(name);
	if (entry)
		add_arguments(ret, dispatch, gateway, asker, entry, line, word + length);
}

void completion_release(struct completion *completion)
{
	while (completion->count > 0) {
		completion->count--;
		free(completion->matches[completion->count].value);
		free(completion->matches[completion->count].label);
	}
}

size_t completion_common(const struct completion *completion)
{
	const char *first = completion->count ? completion->matches[0].value : "";
	size_t length = strlen(first);

	for (size_t i = 1; i < completion->count; i++) {
		size_t same = 0;

		while (same < length && completion->matches[i].value[same] == first[same])
			same++;
		length = same;
	}
	return utf8_whole(first, length);
}
