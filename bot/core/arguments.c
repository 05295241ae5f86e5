/* Parse and check the words after a command's name. A wrong argument becomes a one-line problem. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/facts.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/core/commands.h"
#include "bot/core/naming.h"
#include "bot/core/request.h"
#include "bot/core/season.h"
#include "bot/core/sentence.h"

#define FOLD_MAX_BYTES 8000

/* True for types that take the rest of the line because they may have several words. */
static bool takes_rest(enum option_type type)
{
	return type == OPTION_EPISODE || type == OPTION_SEASON || type == OPTION_CHARACTER ||
	       type == OPTION_TEXT || type == OPTION_SUBJECT;
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

static void offer_episodes(struct request *request, const struct episode *const *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

		reply_choice(request, request_label(request, candidates[i], label), "%s %s",
				request->entry->name, episode_code(candidates[i], code));
	}
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

/* True if the words are a title as a whole, which comes before a reference in them. */
static bool is_title(const struct show *show, const char *words)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	bool found;

	utf8_fold(&folded, words);
	found = !folded.error && search_title(show, str_text(&folded));
	str_release(&folded);
	return found;
}

/* Resolve words that may be a sentence: "what happens in ep 7", "which one has the drone". */
static void resolve(const struct show *show, const char *words, struct reference *ret)
{
	char part[SENTENCE_MAX_BYTES];
	struct reference found;

	if (!is_title(show, words) && sentence_reference(words, part)) {
		reference_resolve(show, part, ret);
		if (ret->kind != REFERENCE_AMBIGUOUS)
			return;
	}
	reference_resolve(show, words, ret);
	if (ret->kind != REFERENCE_MISSING)
		return;
	sentence_topic(words, part);
	if (!*part || str_equal(part, words))
		return;
	reference_resolve(show, part, &found);
	if (found.kind != REFERENCE_MISSING)
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

	resolve(request->show, argument->text, &found);
	if (found.kind == REFERENCE_FOUND) {
		argument->episode = found.candidates[0];
		return 0;
	}
	request_fail(request, found.reason);
	offer_episodes(request, found.candidates, found.candidate_count);
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

	if (is_title(request->show, argument->text) || sentence_reference(argument->text, part))
		return parse_episode(request, option, argument);
	if (facts_about(request->show, argument->text, &hit, 1))
		return 0;
	resolve(request->show, argument->text, &found);
	if (found.kind == REFERENCE_FOUND)
		argument->episode = found.candidates[0];
	return 0;
}

static int parse_character(struct request *request, struct argument *argument)
{
	struct character_match match;

	argument->character = reference_character(request->show, argument->text, &match);
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
	case OPTION_NONE: break;
	}
	return 0;
}

/* An argument is missing: a problem if the option is required. */
static int parse_missing(struct request *request, const struct command_option *option)
{
	char text[512];

	if (!option->required)
		return 0;
	snprintf(text, sizeof(text), "Which %s? %s%s", option->name, option->help ? option->help : "",
			option->help ? "." : "");
	request_fail(request, text);
	for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && request->entry->command->examples[i]; i++)
		reply_choice(request, request->entry->command->examples[i], "%s",
				request->entry->command->examples[i]);
	return -EINVAL;
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
