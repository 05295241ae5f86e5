/* Parse and check the words after a command's name. A wrong argument becomes a one-line problem. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/facts.h"
#include "bot/catalogue/titles.h"
#include "bot/core/asked.h"
#include "bot/core/commands.h"
#include "bot/core/naming.h"
#include "bot/core/request.h"
#include "bot/core/season.h"
#include "bot/core/sentence.h"

/* True for types that take the rest of the line because they may have several words. */
static bool takes_rest(enum option_type type)
{
	return type == OPTION_EPISODE || type == OPTION_SEASON || type == OPTION_CHARACTER ||
	       type == OPTION_TEXT || type == OPTION_SUBJECT || type == OPTION_ZONE;
}

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " ");
}

/* Take the next word, or the rest, from *words; the caller frees it. NULL at the end, and NULL with -ENOMEM in
 * *ret_error. */
static char *next_part(const char **words, bool whole_rest, int *ret_error)
{
	const char *start = skip_spaces(*words);
	size_t length = whole_rest ? strlen(start) : strcspn(start, " ");
	char *part;

	*ret_error = 0;
	if (!*start)
		return NULL;
	part = str_copy_bytes(start, length);
	if (!part)
		*ret_error = -ENOMEM;
	*words = start + length;
	return part;
}

/* Offer the command for each episode. is_listed: with title and teaser, to choose from. */
static void offer_episodes(struct request *request, const struct reference *found, bool is_listed)
{
	for (size_t i = 0; i < found->candidate_count; i++) {
		const struct episode *episode = found->candidates[i];
		char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

		request_label(request, episode, label);
		if (is_listed)
			reply_item(request, "%s%s%s", label, *episode->teaser ? ". " : "", episode->teaser);
		reply_choice(request, label, "%s %s", request->entry->name, episode_code(episode, code));
	}
}

/* "Is it this one?" The title and the teaser of a guess spoil nothing; the synopsis follows when the person says yes. */
static void ask_back(struct request *request, const struct reference *found)
{
	const struct episode *episode = found->candidates[0];
	char label[EPISODE_LABEL_BYTES];

	reply_problem(request, "%s", found->reason);
	if (found->candidate_count == 1) {
		reply_show_title(request, request->show, "%s", request_label(request, episode, label));
		if (*episode->teaser)
			reply_item(request, "%s", episode->teaser);
	}
	offer_episodes(request, found, found->candidate_count > 1);
}

/* The option's choice that was typed, or NULL. Count them in *ret_count. */
static const char *chosen_of(const struct command_option *option, const char *typed, size_t *ret_count)
{
	const char *chosen = NULL;
	size_t count = 0;

	for (; count < COMMAND_CHOICES_MAX && option->choices[count]; count++) {
		if (str_equal_nocase(option->choices[count], typed))
			chosen = option->choices[count];
	}
	*ret_count = count;
	return chosen;
}

static int keep_chosen(struct argument *argument, const char *chosen)
{
	free(argument->text);
	argument->text = str_copy(chosen); /* spelled as in the command's choices */
	return argument->text ? 0 : -ENOMEM;
}

static bool is_known(const struct reference *reference)
{
	return reference->kind == REFERENCE_FOUND || reference->kind == REFERENCE_AMBIGUOUS;
}

/* Resolve words that may be a sentence: "what about 7", "which one has the drone". */
static void resolve(struct request *request, const char *words, struct reference *ret)
{
	struct reference_asked asked = asked_of(request_line(request));
	char part[SENTENCE_MAX_BYTES];
	struct reference found;

	reference_resolve(request->show, words, &asked, ret);
	if (is_known(ret) || ret->is_form)
		return;
	if (sentence_reference(words, part) && !str_equal(part, words)) {
		reference_resolve_part(request->show, words, part, &asked, &found);
		if (is_known(&found) || found.is_form) {
			*ret = found;
			return;
		}
	}
	sentence_topic(words, part);
	if (!*part || str_equal(part, words))
		return;
	reference_resolve(request->show, part, &asked, &found);
	if (is_known(&found) || (found.kind == REFERENCE_GUESS && ret->kind == REFERENCE_MISSING))
		*ret = found;
}

static int parse_episode(
		struct request *request, const struct command_option *option, struct argument *argument)
{
	struct reference found;
	size_t count;
	const char *chosen = chosen_of(option, argument->text, &count);

	if (chosen)
		return keep_chosen(argument, chosen);

	resolve(request, argument->text, &found);
	if (found.kind == REFERENCE_FOUND) {
		argument->episode = found.candidates[0];
		return 0;
	}
	if (found.kind == REFERENCE_GUESS) {
		ask_back(request, &found);
		return -EINVAL;
	}
	if (found.kind == REFERENCE_AMBIGUOUS)
		reply_problem(request, "%s", found.reason);
	else
		request_fail(request, found.reason);
	offer_episodes(request, &found, found.kind == REFERENCE_AMBIGUOUS);
	return -EINVAL;
}

static int parse_season(struct request *request, struct argument *argument)
{
	char text[UTF8_QUOTE_BYTES + 128], quoted[UTF8_QUOTE_BYTES];
	struct season_list seasons;

	if (season_parse(request->show, argument->text, &argument->season, &argument->from))
		return 0;
	snprintf(text, sizeof(text), "\"%s\" isn't a season of this show.",
			utf8_quote(argument->text, quoted));
	request_fail(request, text);
	season_list(request->show, &seasons);
	for (size_t i = 0; i < seasons.count && i < REPLY_CHOICES_MAX; i++) {
		snprintf(text, sizeof(text), "Season %d", seasons.number[i]);
		reply_choice(request, text, "%s %d", request->entry->name, seasons.number[i]);
	}
	return -EINVAL;
}

/* An episode if the words are a reference to one; else a subject that a fact is about; else an episode that they find. */
static int parse_subject(
		struct request *request, const struct command_option *option, struct argument *argument)
{
	char part[SENTENCE_MAX_BYTES];
	struct reference found;
	struct fact_hit hit;

	if (titles_has(request->show, argument->text) || sentence_reference(argument->text, part))
		return parse_episode(request, option, argument);
	if (facts_about(request->show, argument->text, &hit, 1))
		return 0;
	resolve(request, argument->text, &found);
	if (found.kind == REFERENCE_FOUND)
		argument->episode = found.candidates[0];
	return 0;
}

static int parse_character(struct request *request, struct argument *argument)
{
	struct character_match match;

	argument->character = character_find(
			request->show, argument->text, line_limit(request_line(request)), &match);
	if (argument->character)
		return 0;
	request_fail(request, match.reason);
	for (size_t i = 0; i < match.candidate_count; i++) {
		const char *name = match.candidates[i]->name;

		reply_choice(request, name, "%s %s", request->entry->name, name);
	}
	return -EINVAL;
}

static int parse_command(struct request *request, struct argument *argument)
{
	const char *word = argument->text;
	char text[UTF8_QUOTE_BYTES + 64], quoted[UTF8_QUOTE_BYTES];

	if (str_starts(word, request->prefix))
		word += strlen(request->prefix);
	argument->command = commands_find(word);
	if (argument->command)
		return 0;
	snprintf(text, sizeof(text), "There's no command \"%s\".", utf8_quote(word, quoted));
	request_fail(request, text);
	return -EINVAL;
}

/* Append the values of a choice: "synopsis or trivia". */
static void append_choices(struct str *text, const struct command_option *option, size_t count)
{
	for (size_t i = 0; i < count; i++)
		str_printf(text, "%s%s", !i ? "" : i + 1 < count ? ", " : " or ", option->choices[i]);
}

static void fail_choice(
		struct request *request, const struct command_option *option, size_t count, const char *said)
{
	const char *nearest = nearest_of(said, option->choices, count);
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	char quoted[UTF8_QUOTE_BYTES];

	str_printf(&text, "\"%s\" isn't ", utf8_quote(said, quoted));
	append_choices(&text, option, count);
	str_append_char(&text, '.');
	if (nearest)
		str_printf(&text, " Did you mean \"%s\"?", nearest);
	request_fail(request, str_text(&text));
	if (nearest)
		reply_choice(request, nearest, "%s %s", request->entry->name, nearest);
	str_release(&text);
}

static int parse_choice(
		struct request *request, const struct command_option *option, struct argument *argument)
{
	size_t count;
	const char *chosen = chosen_of(option, argument->text, &count);

	if (!chosen) {
		fail_choice(request, option, count, argument->text);
		return -EINVAL;
	}
	return keep_chosen(argument, chosen);
}

static int parse_integer(
		struct request *request, const struct command_option *option, struct argument *argument)
{
	char text[UTF8_QUOTE_BYTES + 128], quoted[UTF8_QUOTE_BYTES];
	int r = str_to_long(argument->text, option->low, option->high, &argument->integer);

	if (!r)
		return 0;
	if (r == -ERANGE)
		snprintf(text, sizeof(text), "%s must be between %ld and %ld.", option->name, option->low,
				option->high);
	else
		snprintf(text, sizeof(text), "\"%s\" isn't a number.", utf8_quote(argument->text, quoted));
	request_fail(request, text);
	return -EINVAL;
}

static int parse_argument(
		struct request *request, const struct command_option *option, struct argument *argument)
{
	switch (option->type) {
	case OPTION_EPISODE: return parse_episode(request, option, argument);
	case OPTION_SEASON: return parse_season(request, argument);
	case OPTION_CHARACTER: return parse_character(request, argument);
	case OPTION_COMMAND: return parse_command(request, argument);
	case OPTION_CHOICE: return parse_choice(request, option, argument);
	case OPTION_INTEGER: return parse_integer(request, option, argument);
	case OPTION_SUBJECT: return parse_subject(request, option, argument);
	case OPTION_TEXT:
	case OPTION_ZONE:
	case OPTION_NONE: break;
	}
	return 0;
}

/* An argument is missing: a problem if the option is required. */
static int parse_missing(struct request *request, const struct command_option *option)
{
	const char *example;
	char text[512];

	if (!option->required)
		return 0;
	snprintf(text, sizeof(text), "Which %s? %s%s", option->name, option->help ? option->help : "",
			option->help ? "." : "");
	request_fail(request, text);
	for (size_t i = 0; (example = request_example(request, request->entry->command, &i));)
		reply_choice(request, example, "%s", example);
	return -EINVAL;
}

/* "next", "source", "trivia" alone are about the last episode that was asked about, also if it is of another show than the
 * channel's. */
static void continue_conversation(struct request *request)
{
	const struct command *command = request->entry->command;
	const struct command_option *option = &command->options[0];
	const struct show *show;

	if (option->required || command->has_effect ||
			(option->type != OPTION_EPISODE && option->type != OPTION_SUBJECT))
		return;
	show = request->conversation->episode
			       ? catalogue_find(request->catalogue, request->conversation->show_id)
			       : NULL;
	if (show)
		request->show = show;
}

int request_parse(struct request *request, const char *words)
{
	const struct command_option *option = request->entry->command->options;
	struct naming naming;
	int r = 0;

	if (strlen(words) > REQUEST_ARGUMENTS_MAX_BYTES) {
		request_fail(request, "That question is too long.");
		return -EINVAL;
	}
	if (command_takes_show(request->entry->command)) {
		naming_of_words(request->catalogue, request->show, option, words, &naming);
		request->show = naming.show ? naming.show : request->show;
		words = naming.show ? naming.rest : words;
		if (!naming.show && !*words)
			continue_conversation(request);
	}
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && option[i].type != OPTION_NONE && !r; i++) {
		struct argument *argument = &request->arguments[i];

		argument->text = next_part(&words, takes_rest(option[i].type), &r);
		argument->is_given = argument->text != NULL;
		if (r)
			break;
		if (argument->is_given)
			r = parse_argument(request, &option[i], argument);
		else
			r = parse_missing(request, &option[i]);
	}
	return r;
}
