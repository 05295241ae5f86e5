/* Suggestions for a partly typed argument: episodes by reference or words, characters and commands by their
 * first letters. */

#include "bot/core/complete.h"

#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/core/commands.h"

/* The suggestions found so far. */
struct suggestions {
	struct str *str;
	size_t count;
	const struct episode *episodes[COMPLETE_MAX]; /* already in the list, to avoid duplicates */
};

/* Append text, cut at a grapheme boundary to the length of a label. */
static void append_cut(struct str *str, const char *text)
{
	struct str cut = STR(COMPLETE_LABEL_MAX_BYTES);

	str_append_bytes(&cut, text, utf8_fit(text, strlen(text), COMPLETE_LABEL_MAX_BYTES));
	json_append_string(str, str_text(&cut));
	str_release(&cut);
}

static void suggest(struct suggestions *list, const char *label, const char *value)
{
	if (list->count == COMPLETE_MAX)
		return;
	str_append(list->str, list->count++ ? ",[" : "[");
	append_cut(list->str, label);
	str_append_char(list->str, ',');
	append_cut(list->str, value);
	str_append_char(list->str, ']');
}

static void suggest_episode(struct suggestions *list, const struct episode *episode)
{
	char name[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];
	struct str label = STR(8192);

	if (list->count == COMPLETE_MAX)
		return;
	for (size_t i = 0; i < list->count; i++) {
		if (list->episodes[i] == episode)
			return;
	}
	list->episodes[list->count] = episode;
	str_printf(&label, "%s. %s", episode_label(episode, name), episode->teaser);
	suggest(list, str_text(&label), episode_code(episode, code));
	str_release(&label);
}

static void suggest_episodes(struct suggestions *list, const struct show *show, const char *partial)
{
	struct search_hit hits[COMPLETE_MAX];
	struct reference reference;
	size_t count;

	if (!partial[strspn(partial, " ")]) {
		for (size_t i = 0; i < show->episode_count; i++)
			suggest_episode(list, &show->episodes[i]);
		return;
	}
	reference_resolve(show, partial, NULL, &reference);
	for (size_t i = 0; i < reference.candidate_count; i++)
		suggest_episode(list, reference.candidates[i]);
	count = search_episodes(show, partial, SEARCH_ALL, hits, COMPLETE_MAX);
	for (size_t i = 0; i < count; i++)
		suggest_episode(list, hits[i].episode);
}

/* True if a word of name begins with start, both case-folded. */
static bool begins_a_word(const char *name, const char *start)
{
	struct str folded = STR(4096);
	bool found = false;
	size_t length = strlen(start);

	utf8_fold(&folded, name);
	for (const char *word = str_text(&folded); word && !found; word = strchr(word, ' ')) {
		word += *word == ' ';
		found = strncmp(word, start, length) == 0;
	}
	str_release(&folded);
	return found;
}

static bool is_meant(const struct character *character, const char *start)
{
	if (begins_a_word(character->name, start))
		return true;
	for (size_t i = 0; i < character->alias_count; i++) {
		if (begins_a_word(character->aliases[i], start))
			return true;
	}
	return false;
}

static void suggest_characters(struct suggestions *list, const struct show *show, const char *partial)
{
	struct str start = STR(4096);

	utf8_fold(&start, partial);
	for (size_t i = 0; i < show->character_count; i++) {
		if (is_meant(&show->characters[i], str_text(&start)))
			suggest(list, show->characters[i].name, show->characters[i].name);
	}
	str_release(&start);
}

static void suggest_commands(struct suggestions *list, const char *partial)
{
	for (size_t i = 0; i < command_entry_count; i++) {
		if (str_starts(command_entries[i].name, partial))
			suggest(list, command_entries[i].name, command_entries[i].name);
	}
}

void complete_option(const struct show *show, const struct command_entry *entry, const char *option,
		const char *partial, struct str *str)
{
	const struct command_option *options = entry->command->options;
	struct suggestions list = {.str = str};
	enum option_type type = OPTION_NONE;

	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && options[i].type != OPTION_NONE; i++) {
		if (str_equal(options[i].name, option))
			type = options[i].type;
	}
	str_append_char(str, '[');
	if (type == OPTION_EPISODE || type == OPTION_TEXT)
		suggest_episodes(&list, show, partial);
	else if (type == OPTION_CHARACTER)
		suggest_characters(&list, show, partial);
	else if (type == OPTION_COMMAND)
		suggest_commands(&list, partial);
	str_append_char(str, ']');
}
