/* Suggestions for a partly typed argument: episodes by reference or words; names by their first letters, then by a
 * part, then with typos. */

#include "bot/core/complete.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/base/json.h"
#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/base/zone_name.h"
#include "bot/catalogue/airing.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/titles.h"
#include "bot/core/asked.h"
#include "bot/core/commands.h"
#include "bot/core/season.h"
#include "bot/core/typo.h"

#define HITS_MAX (4 * COMPLETE_MAX) /* matches of which those past the line are left out */
#define PART_MIN 2                  /* letters of a name that are looked for inside it */

/* The suggestions found so far. */
struct suggestions {
	const struct line *line; /* NULL for shows */
	bool is_owner;
	struct str *str;
	size_t count, max;
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
	if (list->count == list->max)
		return;
	str_append(list->str, list->count++ ? ",[" : "[");
	append_cut(list->str, label);
	str_append_char(list->str, ',');
	append_cut(list->str, value);
	str_append_char(list->str, ']');
}

/* How well a name fits what was typed, best first. */
enum name_fit {
	NAME_BEGINS, /* a word of the name begins with it */
	NAME_HAS,    /* it is a part of the name */
	NAME_IS_NOT,
};

/* Compare a name with the beginning of one, which is folded. */
static enum name_fit fit_of_name(const char *name, const char *start)
{
	struct str folded = STR(4096);
	enum name_fit fit = NAME_IS_NOT;
	size_t length = strlen(start);

	utf8_fold(&folded, name);
	for (const char *word = str_text(&folded); word && fit != NAME_BEGINS; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (strncmp(word, start, length) == 0)
			fit = NAME_BEGINS;
	}
	if (fit != NAME_BEGINS && length >= PART_MIN && strstr(str_text(&folded), start))
		fit = NAME_HAS;
	str_release(&folded);
	return fit;
}

static enum name_fit better_of(enum name_fit a, enum name_fit b)
{
	return a < b ? a : b;
}

static enum name_fit fit_of_names(
		const char *name, const char *const *aliases, size_t count, const char *start)
{
	enum name_fit fit = fit_of_name(name, start);

	for (size_t i = 0; i < count; i++)
		fit = better_of(fit, fit_of_name(aliases[i], start));
	return fit;
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

/* A code that is typed up to a digit: "s01e0". */
static void suggest_codes(struct suggestions *list, const char *partial)
{
	const struct show *show = list->line->show;
	char code[EPISODE_LABEL_BYTES];

	if ((*partial != 's' && *partial != 'S') || partial[1] < '0' || partial[1] > '9')
		return;
	for (size_t i = 0; i < show->episode_count; i++) {
		if (strncasecmp(episode_code(&show->episodes[i], code), partial, strlen(partial)) == 0)
			suggest_episode(list, &show->episodes[i]);
	}
}

static void suggest_episodes(struct suggestions *list, const char *partial, const char *start)
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
	suggest_codes(list, partial);
	for (size_t i = 0; show->titles && i < show->titles->count; i++) {
		const struct title *title = &show->titles->list[i];

		if (line_tells_title(list->line, title->episode, 0) &&
				line_tells_episode(list->line, title->episode) &&
				fit_of_name(title->folded, start) != NAME_IS_NOT)
			suggest_episode(list, title->episode);
	}
	count = search_episodes(show, partial, line_limit(list->line), hits, HITS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (line_tells_episode(list->line, hits[i].episode))
			suggest_episode(list, hits[i].episode);
	}
}

/* An episode to declare as seen: by number only. */
static void suggest_declarations(struct suggestions *list, const char *partial)
{
	const struct show *show = list->line->show;

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

static void suggest_seasons(struct suggestions *list, const char *partial, const char *start)
{
	struct season_list seasons;

	season_list(list->line->show, &seasons);
	for (size_t i = 0; i < seasons.count; i++) {
		char label[32], number[16];

		snprintf(number, sizeof(number), "%d", seasons.number[i]);
		snprintf(label, sizeof(label), "Season %d", seasons.number[i]);
		if (str_starts(number, partial) || fit_of_name(label, start) == NAME_BEGINS)
			suggest(list, label, number);
	}
	if (seasons.has_specials && fit_of_name("Specials", start) == NAME_BEGINS)
		suggest(list, "Specials", "specials");
}

static void suggest_character(struct suggestions *list, const struct character *character)
{
	if (line_tells_character(list->line, character))
		suggest(list, character->name, character->name);
}

static void suggest_characters(struct suggestions *list, const char *partial, const char *start)
{
	const struct show *show = list->line->show;
	const struct character *found;
	struct character_match match;

	for (enum name_fit fit = NAME_BEGINS; fit < NAME_IS_NOT; fit++) {
		for (size_t i = 0; i < show->character_count; i++) {
			const struct character *character = &show->characters[i];

			if (fit_of_names(character->name, (const char *const *)character->aliases,
					    character->alias_count, start) == fit)
				suggest_character(list, character);
		}
	}
	if (list->count)
		return;
	/* With typos, as the command finds it. */
	found = character_find(show, partial, line_limit(list->line), &match);
	if (found)
		suggest_character(list, found);
	for (size_t i = 0; !found && i < match.candidate_count; i++)
		suggest_character(list, match.candidates[i]);
}

static void suggest_commands(struct suggestions *list, const char *start)
{
	const char *typo;

	list->max = COMPLETE_COMMANDS_MAX; /* all of them, before the first letter */
	for (enum name_fit fit = NAME_BEGINS; fit < NAME_IS_NOT; fit++) {
		for (size_t i = 0; i < command_entry_count; i++) {
			const struct command *command = command_entries[i].command;
			size_t alias_count = 0;

			while (alias_count < COMMAND_ALIASES_MAX && command->aliases[alias_count])
				alias_count++;
			if ((command->permission != PERMISSION_OWNER || list->is_owner) &&
					fit_of_names(command_entries[i].name, command->aliases, alias_count,
							start) == fit)
				suggest(list, command_entries[i].name, command_entries[i].name);
		}
	}
	typo = list->count ? NULL : typo_of(start, list->is_owner);
	if (typo)
		suggest(list, typo, typo);
}

/* The choices of an option that begin with what was typed, else those that have it, else the most similar one. */
static void suggest_choices(struct suggestions *list, const struct command_option *option, const char *start)
{
	const char *nearest;
	size_t count = 0;

	while (count < COMMAND_CHOICES_MAX && option->choices[count])
		count++;
	for (enum name_fit fit = NAME_BEGINS; fit < NAME_IS_NOT; fit++) {
		for (size_t i = 0; i < count; i++) {
			if (fit_of_name(option->choices[i], start) == fit)
				suggest(list, option->choices[i], option->choices[i]);
		}
	}
	nearest = list->count ? NULL : nearest_of(start, option->choices, count);
	if (nearest)
		suggest(list, nearest, nearest);
}

static void suggest_zones(struct suggestions *list, const char *partial)
{
	char names[COMPLETE_MAX][ZONE_NAME_BYTES];
	size_t count = zone_suggest(partial, names, COMPLETE_MAX);

	for (size_t i = 0; i < count; i++) {
		char title[ZONE_NAME_BYTES];

		zone_title(names[i], title);
		suggest(list, title, title);
	}
}

static void suggest_for(struct suggestions *list, const struct command_entry *entry,
		const struct command_option *option, const char *partial, const char *start)
{
	switch (option->type) {
	case OPTION_EPISODE:
		if (option->choices[0])
			suggest_choices(list, option, start);
		/* What changes how far a person has watched is offered without what happens there. */
		if (entry->command->has_effect)
			suggest_declarations(list, partial);
		else
			suggest_episodes(list, partial, start);
		break;
	case OPTION_TEXT:
	case OPTION_SUBJECT:
		if (!entry->command->is_about_no_show)
			suggest_episodes(list, partial, start);
		break;
	case OPTION_SEASON: suggest_seasons(list, partial, start); break;
	case OPTION_CHARACTER: suggest_characters(list, partial, start); break;
	case OPTION_COMMAND: suggest_commands(list, start); break;
	case OPTION_CHOICE: suggest_choices(list, option, start); break;
	case OPTION_ZONE:
		suggest_zones(list, partial);
		suggest_choices(list, option, start);
		break;
	case OPTION_INTEGER:
	case OPTION_NONE: break;
	}
}

void complete_option(const struct complete_asker *asker, const struct command_entry *entry,
		const char *option, const char *partial, struct str *str)
{
	const struct command_option *options = entry->command->options;
	struct suggestions list = {
			.line = asker->line, .is_owner = asker->is_owner, .str = str, .max = COMPLETE_MAX};
	struct str start = STR(4096);

	utf8_fold(&start, partial);
	str_append_char(str, '[');
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && options[i].type != OPTION_NONE && !start.error; i++) {
		if (str_equal(options[i].name, option))
			suggest_for(&list, entry, &options[i], partial, str_text(&start));
	}
	str_append_char(str, ']');
	str_release(&start);
}

static enum name_fit fit_of_show(const struct show *show, const char *start)
{
	return better_of(fit_of_name(show->id, start),
			fit_of_names(show->name, (const char *const *)show->aliases, show->alias_count,
					start));
}

void complete_show(const struct catalogue *catalogue, const char *partial, struct str *str)
{
	struct suggestions list = {.str = str, .max = COMPLETE_MAX};
	struct str start = STR(4096);

	utf8_fold(&start, partial);
	str_append_char(str, '[');
	for (enum name_fit fit = NAME_BEGINS; fit < NAME_IS_NOT; fit++) {
		for (size_t i = 0; i < catalogue_count(catalogue); i++) {
			const struct show *show = catalogue_at(catalogue, i);

			if (fit_of_show(show, str_text(&start)) == fit)
				suggest(&list, show->name, show->id);
		}
	}
	str_append_char(str, ']');
	str_release(&start);
}
