/* Is a dataset right, and does no teaser or early fact tell what comes later? */

#include "bot/catalogue/check.h"

#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/search_index.h"
#include "bot/catalogue/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_MAX_BYTES   100000000 /* a whole file of what folds longest; a cap, no size */
#define RARE_MIN_LETTERS 5         /* shorter words are in later synopses by chance */

struct check {
	struct json *json;
	const struct dataset *dataset;
	const struct show *show;
	struct str premise; /* folded: what a person may know before the first episode */
	int *seen;          /* for each character, the order of the episode that introduces them; 0: none */
	int error;
};

/* A text and the order of the episode after which people read it. */
struct reading {
	const char *text;
	const char *what; /* "this teaser" */
	int after;
};

/* Append text folded to str, emptied first. */
static const char *fold(struct check *check, struct str *str, const char *text)
{
	str_truncate(str, 0);
	utf8_fold(str, text);
	if (str->error != 0)
		check->error = str->error;
	return str_text(str);
}

static const char *character_name(const struct character *character, size_t index)
{
	if (index == 0)
		return character->name;
	return index <= character->alias_count ? character->aliases[index - 1] : NULL;
}

/* The name by which folded text mentions a character, NULL when it does not. */
static const char *find_name(struct check *check, const struct character *character, const char *folded)
{
	struct str name = STR(FOLD_MAX_BYTES);
	const char *spelling, *found = NULL;

	for (size_t i = 0; !found && (spelling = character_name(character, i)); i++) {
		if (words_contain(folded, fold(check, &name, spelling)))
			found = spelling;
	}
	str_release(&name);
	return found;
}

/* The order of the first episode whose synopsis has a character; 0: none has. */
static int first_told(struct check *check, const struct character *character)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	int first = 0;

	for (int order = 1; order <= check->show->last_order && first == 0; order++) {
		const struct episode *episode = show_episode(check->show, order);

		if (find_name(check, character, fold(check, &folded, episode->summary)))
			first = order;
	}
	str_release(&folded);
	return first;
}

/* Remember when a character comes in, and hear whether the dataset and its synopses agree. */
static void learn_character(struct check *check, size_t index)
{
	const struct character *character = &check->show->characters[index];
	int told = first_told(check, character);

	check->seen[index] = character->first_seen ? character->first_seen : told;
	if (character->first_seen != 0 && told != 0 && told < character->first_seen)
		json_problem(check->json, dataset_place(check->dataset, character->name),
			"%s is first seen in episode %d, but the synopsis of episode %d has them; "
			"set \"first_seen\" to %d",
			character->name, character->first_seen, told, told);
}

static void check_characters(struct check *check, const struct reading *reading, const char *folded)
{
	for (size_t i = 0; i < check->show->character_count; i++) {
		const struct character *character = &check->show->characters[i];
		bool is_early = check->seen[i] > reading->after;
		const char *name = is_early ? find_name(check, character, folded) : NULL;

		if (name)
			json_problem(check->json, dataset_place(check->dataset, reading->text),
				"%s names \"%s\", first seen in episode %d; leave the name out%s",
				reading->what, name, check->seen[i],
				strcmp(reading->what, "this teaser") == 0 ? "" : ", or set \"reveal\" later");
	}
}

/* Does raw text have the folded word with a capital letter that no sentence's start explains? */
static bool is_capitalized(struct check *check, const char *raw, const char *word)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	bool is_start = true, found = false;

	for (const char *at = raw; *(at += strspn(at, " ")) && !found;) {
		size_t length = strcspn(at, " ");
		char *token = str_copy_bytes(at, length);

		if (token && !is_start && isupper((unsigned char)*token))
			found = strcmp(fold(check, &folded, token), word) == 0;
		is_start = strchr(".!?:\"", at[length - 1]) != NULL;
		free(token);
		at += length;
	}
	str_release(&folded);
	return found;
}

/* The first episode that has a term; a special has no order and gives nothing away. */
static const struct episode *first_with(const struct show *show, const struct term *term)
{
	const struct episode *first = NULL;

	for (size_t i = 0; i < term->posting_count; i++) {
		const struct episode *episode = &show->episodes[term->postings[i].document];

		if (!first || episode->order < first->order)
			first = episode;
	}
	return first;
}

static void check_word(struct check *check, const struct reading *reading, const char *word)
{
	const struct episode *first;
	const struct term *term;
	char stem[WORD_MAX_BYTES];

	memcpy(stem, word, strlen(word) + 1);
	word_stem(stem);
	term = search_index_find(check->show->index, stem);
	first = term ? first_with(check->show, term) : NULL;
	if (!first || first->order <= reading->after || word_is_common(word) || word_is_everyday(stem) ||
		words_contain(str_text(&check->premise), word))
		return;
	if (is_capitalized(check, first->summary, word))
		json_problem(check->json, dataset_place(check->dataset, reading->text),
			"%s names \"%s\", which comes up in episode %d and not before", reading->what, word,
			first->order);
	else if (term->posting_count == 1 && utf8_codepoints(word) >= RARE_MIN_LETTERS)
		json_warning(check->json, dataset_place(check->dataset, reading->text),
			"%s says \"%s\", a word of the synopsis of episode %d only; does it give that away?",
			reading->what, word, first->order);
}

static void check_reading(struct check *check, const char *text, const char *what, int after)
{
	struct reading reading = {.text = text, .what = what, .after = after};
	struct str folded = STR(FOLD_MAX_BYTES), names = STR(FOLD_MAX_BYTES);
	char word[WORD_MAX_BYTES];

	fold(check, &folded, text);
	check_characters(check, &reading, str_text(&folded));
	/* The characters' own names are told of above. */
	for (size_t i = 0; i < check->show->character_count; i++) {
		const char *name;

		for (size_t j = 0; (name = character_name(&check->show->characters[i], j)); j++) {
			str_append_char(&names, ' ');
			utf8_fold(&names, name);
		}
	}
	for (const char *at = str_text(&folded); (at = words_next(at, word));) {
		if (!words_contain(str_text(&names), word))
			check_word(check, &reading, word);
	}
	if (names.error != 0)
		check->error = names.error;
	str_release(&names);
	str_release(&folded);
}

static void check_facts(struct check *check, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_reading(check, facts[i].text, "this fact", facts[i].reveal);
}

static void learn_premise(struct check *check)
{
	const struct show *show = check->show;

	utf8_fold(&check->premise, show->name);
	str_append_char(&check->premise, ' ');
	utf8_fold(&check->premise, show->summary);
	for (size_t i = 0; i < show->genre_count; i++) {
		str_append_char(&check->premise, ' ');
		utf8_fold(&check->premise, show->genres[i]);
	}
	if (check->premise.error != 0)
		check->error = check->premise.error;
}

/* White space is what a text is wrapped with; no author means to write the others. */
static bool has_control(const char *text)
{
	bool is_clean = true;
	size_t length;

	for (; *text && is_clean; text += length + (text[length] != '\0')) {
		length = strcspn(text, "\t\n\r");
		is_clean = utf8_is_clean(text, length);
	}
	return !is_clean;
}

/* Each text below node, as deep as json_parse() lets a file be. */
static void check_controls(struct json *json, struct json_node *node)
{
	if (json_type(node) == JSON_STRING && has_control(json_string(node)))
		json_warning(json, node,
			"this text holds a control character or one that turns the reading direction; it is "
			"shown as a space");
	for (node = json_first(node); node; node = json_next(node))
		check_controls(json, node);
}

int dataset_check(struct json *json, const struct dataset *dataset)
{
	const struct show *show = &dataset->show;
	struct check check = {.json = json, .dataset = dataset, .show = show, .premise = STR(FOLD_MAX_BYTES)};

	check.seen = calloc(show->character_count + 1, sizeof(*check.seen));
	if (!check.seen)
		return -ENOMEM;
	check_controls(json, json_root(json));
	learn_premise(&check);
	for (size_t i = 0; i < show->character_count; i++)
		learn_character(&check, i);
	check_facts(&check, show->trivia, show->trivia_count);
	for (size_t i = 0; i < show->character_count; i++)
		check_facts(&check, &show->characters[i].about, 1);
	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		check_facts(&check, episode->trivia, episode->trivia_count);
		if (episode->order > 0)
			check_reading(&check, episode->teaser, "this teaser", episode->order);
	}
	str_release(&check.premise);
	free(check.seen);
	return check.error;
}

static int check_file(const char *path, struct str *report)
{
	struct dataset *dataset = NULL;
	int r = dataset_load(path, dataset_check, report, &dataset);

	dataset_free(dataset);
	return r;
}

int catalogue_check(const char *path_or_folder, struct str *report)
{
	char **paths = NULL;
	size_t count = 0;
	int r, error;

	r = dataset_paths(path_or_folder, &paths, &count);
	if (r < 0) {
		utf8_report(
			report, "%s: %s", path_or_folder, r == -ENOENT ? "no dataset here" : strerror(-r));
		return r;
	}
	for (size_t i = 0; i < count; i++) {
		error = check_file(paths[i], report);
		if (r == 0)
			r = error;
	}
	dataset_paths_free(paths, count);
	return r;
}
