/* Suggestions for a partly typed argument: episodes by reference or words, characters and commands by their
 * first letters. */

#include "bot/core/complete.h"

#include <stdio.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/airing.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"
#include "bot/core/asked.h"
#include "bot/core/commands.h"
#include "bot/core/season.h"

#define HITS_MAX (4 * COMPLETE_MAX) /* matches of which those past the line are left out */

/* The suggestions found so far. */
struct suggestions {
	const struct line *line;
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
	bool has_title = line_tells_title(list->line, episode, 0);

	if (list->count == COMPLETE_MAX)
		return;
	for (size_t i = 0; i < list->count; i++) {
		if (list->episodes[i] == episode)
			return;
	}
	list->episodes[list->count] = episode;
	str_printf(&label, "%s. %s",
			has_title ? episode_label(episode, name) : episode_label_untitled(episode, name),
			episode->teaser);
	suggest(list, str_text(&label), episode_code(episode, code));
	str_release(&label);
}

static void suggest_episodes(struct suggestions *list, const char *partial)
{
	const struct show *show = list->line->show;
	struct search_hit hits[HITS_MAX];
	struct reference reference;
	struct reference_asked asked;
	size_t count;

	if (!partial[strspn(partial, " ")]) {
		for (size_t i = 0; i < show->episode_count; i++) {
			if (line_tells_episode(list->line, &show->episodes[i]))
				suggest_episode(list, &show->episodes[i]);
		}
		return;
	}
	asked = asked_of(list->line);
	reference_resolve(show, partial, &asked, &reference);
	for (size_t i = 0; i < reference.candidate_count; i++) {
		/* A number names an episode, words find it by what happens in it. */
		if (reference.is_form || line_tells_episode(list->line, reference.candidates[i]))
			suggest_episode(list, reference.candidates[i]);
	}
	count = search_episodes(show, partial, line_limit(list->line), hits, HITS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (line_tells_episode(list->line, hits[i].episode))
			suggest_episode(list, hits[i].episode);
	}
}

/* An episode to declare as seen, or one of the option's choices: by number only. */
static void suggest_declarations(
		struct suggestions *list, const struct command_option *option, const char *partial)
{
	const struct show *show = list->line->show;

	for (size_t i = 0; i < COMMAND_CHOICES_MAX && option->choices[i]; i++) {
		if (str_starts(option->choices[i], partial))
			suggest(list, option->choices[i], option->choices[i]);
	}
	for (int order = 1; order <= show->last_order; order++) {
		char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES], number[16];
		const struct episode *episode = show_episode(show, order);

		snprintf(number, sizeof(number), "%d", episode->number);
		if (!episode_has_aired(episode, list->line->now_s) ||
				(!str_starts(number, partial) &&
						!str_starts(episode_code(episode, code), partial)))
			continue;
		suggest(list, episode_label_untitled(episode, label), episode_code(episode, code));
	}
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

static void suggest_seasons(struct suggestions *list, const char *partial)
{
	struct season_list seasons;

	season_list(list->line->show, &seasons);
	for (size_t i = 0; i < seasons.count; i++) {
		char label[32], number[16];

		snprintf(number, sizeof(number), "%d", seasons.number[i]);
		snprintf(label, sizeof(label), "Season %d", seasons.number[i]);
		if (str_starts(number, partial) || begins_a_word(label, partial))
			suggest(list, label, number);
	}
	if (seasons.has_specials && begins_a_word("Specials", partial))
		suggest(list, "Specials", "specials");
}

static void suggest_characters(struct suggestions *list, const char *partial)
{
	const struct show *show = list->line->show;
	struct str start = STR(4096);

	utf8_fold(&start, partial);
	for (size_t i = 0; i < show->character_count; i++) {
		if (line_tells_character(list->line, &show->characters[i]) &&
				is_meant(&show->characters[i], str_text(&start)))
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

void complete_option(const struct line *line, const struct command_entry *entry, const char *option,
		const char *partial, struct str *str)
{
	const struct command_option *options = entry->command->options, *found = NULL;
	struct suggestions list = {.line = line, .str = str};

	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && options[i].type != OPTION_NONE; i++) {
		if (str_equal(options[i].name, option))
			found = &options[i];
	}
	str_append_char(str, '[');
	if (found && found->type == OPTION_EPISODE && found->choices[0])
		suggest_declarations(&list, found, partial);
	else if (found && (found->type == OPTION_EPISODE || found->type == OPTION_TEXT ||
					  found->type == OPTION_SUBJECT))
		suggest_episodes(&list, partial);
	else if (found && found->type == OPTION_SEASON)
		suggest_seasons(&list, partial);
	else if (found && found->type == OPTION_CHARACTER)
		suggest_characters(&list, partial);
	else if (found && found->type == OPTION_COMMAND)
		suggest_commands(&list, partial);
	str_append_char(str, ']');
}

static bool is_show_meant(const struct show *show, const char *start)
{
	bool is_meant = begins_a_word(show->name, start) || begins_a_word(show->id, start);

	for (size_t i = 0; i < show->alias_count && !is_meant; i++)
		is_meant = begins_a_word(show->aliases[i], start);
	return is_meant;
}

void complete_show(const struct catalogue *catalogue, const char *partial, struct str *str)
{
	struct suggestions list = {.str = str};
	struct str start = STR(4096);

	utf8_fold(&start, partial);
	str_append_char(str, '[');
	for (size_t i = 0; i < catalogue_count(catalogue); i++) {
		const struct show *show = catalogue_at(catalogue, i);

		if (is_show_meant(show, str_text(&start)))
			suggest(&list, show->name, show->id);
	}
	str_append_char(str, ']');
	str_release(&start);
}
