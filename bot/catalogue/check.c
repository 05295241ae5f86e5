/* Check a dataset, and check that no teaser or fact spoils a later episode. */

#include "bot/catalogue/check.h"

#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/names.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_MAX_BYTES   100000000 /* a limit, enough for any text of a file */
#define RARE_MIN_LETTERS 5         /* shorter words occur in later synopses by chance */

struct check {
	struct json *json;
	const struct dataset *dataset;
	const struct show *show;
	struct names *names;
	int *seen; /* for each character, the order of the episode that introduces them; 0: unknown */
	struct word_set premise;    /* words of the premise: known before the first episode */
	struct word_set name_words; /* of the characters' names */
	struct word_set proper;     /* "word 7": episodes[7]'s synopsis has the word with a capital letter */
	int error;
};

/* A text, and the order of the episode after which people may read it. */
struct check_reading {
	const char *text;
	const char *what; /* "this teaser" */
	int after;
};

/* Replace str with the folded text. */
static const char *fold(struct check *check, struct str *str, const char *text)
{
	str_clear(str);
	utf8_fold(str, text);
	if (str->error != 0)
		check->error = str->error;
	return str_text(str);
}

/* The node of a text, for its position in a message. NULL if the report is full, to save the search. */
static const struct json_node *place_of(const struct check *check, const char *text)
{
	return json_is_full(check->json) ? NULL : dataset_place(check->dataset, text);
}

/* Find the episode that introduces each character, and report a "first_seen" that contradicts a synopsis. */
static void learn_characters(struct check *check)
{
	const struct character *characters = check->show->characters;
	struct str folded = STR(FOLD_MAX_BYTES);
	const struct name_match *matches;

	for (int order = 1; order <= check->show->last_order && !check->error; order++) {
		const struct episode *episode = show_episode(check->show, order);
		const char *text = fold(check, &folded, telling_text(episode->summary));
		size_t count = names_find(check->names, text, &matches);

		for (size_t i = 0; i < count; i++) {
			if (check->seen[matches[i].character] == 0)
				check->seen[matches[i].character] = order;
		}
	}
	str_release(&folded);
	for (size_t i = 0; i < check->show->character_count; i++) {
		int told = check->seen[i], first_seen = characters[i].first_seen;

		if (first_seen != 0)
			check->seen[i] = first_seen;
		if (first_seen != 0 && told != 0 && told < first_seen)
			json_problem(check->json, place_of(check, characters[i].name),
					"%s is first seen in episode %d, but the synopsis of episode %d "
					"mentions them; set \"first_seen\" to %d",
					characters[i].name, first_seen, told, told);
	}
}

static void check_characters(struct check *check, const struct check_reading *reading, const char *folded)
{
	const struct name_match *matches;
	size_t count = names_find(check->names, folded, &matches);

	for (size_t i = 0; i < count; i++) {
		size_t index = matches[i].character;

		if (check->seen[index] > reading->after)
			json_problem(check->json, place_of(check, reading->text),
					"%s names \"%s\", first seen in episode %d; leave the name out%s",
					reading->what,
					names_spelling(&check->show->characters[index], matches[i].spelling),
					check->seen[index],
					strcmp(reading->what, "this teaser") == 0
							? ""
							: ", or set \"reveal\" later");
	}
}

#define PROPER_BYTES (WORD_MAX_BYTES + 24)

static const char *proper_key(const char *word, const struct check *check, const struct episode *episode,
		char key[PROPER_BYTES])
{
	snprintf(key, PROPER_BYTES, "%s %zu", word, (size_t)(episode - check->show->episodes));
	return key;
}

/* Collect the capitalised words of a synopsis that are not at the start of a sentence: names. */
static void learn_proper(struct check *check, const struct episode *episode)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	char key[PROPER_BYTES];
	bool is_start = true;

	for (const char *at = telling_text(episode->summary); *(at += strspn(at, " "));) {
		size_t length = strcspn(at, " ");

		if (!is_start && isupper((unsigned char)*at)) {
			char *token = str_copy_bytes(at, length);
			const char *word = token ? fold(check, &folded, token) : "";

			if (!token)
				check->error = -ENOMEM;
			if (folded.length < WORD_MAX_BYTES && !strchr(word, ' '))
				word_set_add(&check->proper, proper_key(word, check, episode, key));
			free(token);
		}
		is_start = strchr(".!?:\"", at[length - 1]) != NULL;
		at += length;
	}
	str_release(&folded);
}

static void check_word(struct check *check, const struct check_reading *reading, const char *word)
{
	const struct episode *first = NULL, *last = NULL;
	size_t told_in = search_told(check->show, word, &first, &last);
	char stem[WORD_MAX_BYTES], key[PROPER_BYTES];

	memcpy(stem, word, strlen(word) + 1);
	word_stem(stem);
	/* Specials come last, and have the order 0: no spoiler. */
	if (told_in > 0 && last->order == 0)
		first = last;
	if (told_in == 0 || first->order <= reading->after || word_is_common(word) ||
			word_is_everyday(stem) || word_set_has(&check->premise, word))
		return;
	if (word_set_has(&check->proper, proper_key(word, check, first, key)))
		json_problem(check->json, place_of(check, reading->text),
				"%s names \"%s\", which first occurs in episode %d", reading->what, word,
				first->order);
	else if (told_in == 1 && utf8_codepoints(word) >= RARE_MIN_LETTERS)
		json_warning(check->json, place_of(check, reading->text),
				"%s contains \"%s\", a word that otherwise occurs only in the synopsis of "
				"episode %d; is it a spoiler?",
				reading->what, word, first->order);
}

static void check_reading(struct check *check, const char *text, const char *what, int after)
{
	struct check_reading reading = {.text = text, .what = what, .after = after};
	struct str folded = STR(FOLD_MAX_BYTES);
	char word[WORD_MAX_BYTES];

	fold(check, &folded, text);
	check_characters(check, &reading, str_text(&folded));
	/* Names of characters were checked above. */
	for (const char *at = str_text(&folded); (at = words_next(at, word));) {
		if (!word_set_has(&check->name_words, word))
			check_word(check, &reading, word);
	}
	str_release(&folded);
}

static void check_facts(struct check *check, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_reading(check, telling_text(facts[i].text), "this fact", facts[i].reveal);
}

/* Every fact can be drawn by "trivia": of the show, or of its episode. */
static void check_drawn(struct check *check, const struct fact *facts, size_t count)
{
	if (count > FACTS_DRAWN_MAX)
		json_problem(check->json, place_of(check, telling_text(facts[FACTS_DRAWN_MAX].text)),
				"this fact can never be drawn: a list has at most %d; move it to an episode",
				FACTS_DRAWN_MAX);
}

static void check_scenes(struct check *check, const struct warning *warnings, size_t warning_count,
		const struct quote *quotes, size_t quote_count)
{
	for (size_t i = 0; i < warning_count; i++)
		check_reading(check, telling_text(warnings[i].note.text), "this note",
				warnings[i].note.reveal);
	for (size_t i = 0; i < quote_count; i++)
		check_reading(check, telling_text(quotes[i].said.text), "this quote", quotes[i].said.reveal);
}

static void learn_text(struct check *check, struct word_set *set, const char *text)
{
	struct str folded = STR(FOLD_MAX_BYTES);

	word_set_add_text(set, fold(check, &folded, text));
	str_release(&folded);
}

/* Build the sets of words that the checks look up. */
static int learn(struct check *check)
{
	const struct show *show = check->show;
	struct word_set *sets[] = {&check->premise, &check->name_words, &check->proper};

	learn_text(check, &check->premise, show->name);
	learn_text(check, &check->premise, show->summary);
	for (size_t i = 0; i < show->genre_count; i++)
		learn_text(check, &check->premise, show->genres[i]);
	for (size_t i = 0; i < show->character_count; i++) {
		const char *name;

		for (size_t j = 0; (name = names_spelling(&show->characters[i], j)); j++)
			learn_text(check, &check->name_words, name);
	}
	for (size_t i = 0; i < show->episode_count; i++)
		learn_proper(check, &show->episodes[i]);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		word_set_sort(sets[i]);
		if (sets[i]->error != 0)
			check->error = sets[i]->error;
	}
	learn_characters(check);
	return check->error;
}

static void check_show(struct check *check)
{
	const struct show *show = check->show;

	check_facts(check, show->trivia, show->trivia_count);
	check_drawn(check, show->trivia, show->trivia_count);
	check_scenes(check, show->warnings, show->warning_count, show->quotes, show->quote_count);
	for (size_t i = 0; i < show->character_count; i++) {
		check_facts(check, &show->characters[i].about, 1);
		check_facts(check, show->characters[i].facts, show->characters[i].fact_count);
	}
	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		check_facts(check, episode->trivia, episode->trivia_count);
		check_drawn(check, episode->trivia, episode->trivia_count);
		check_scenes(check, episode->warnings, episode->warning_count, episode->quotes,
				episode->quote_count);
		if (episode->order > 0)
			check_reading(check, episode->teaser, "this teaser", episode->order);
	}
}

/* True if text has control characters other than the white space that wraps its lines. */
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

/* Check all texts below node. The depth of recursion is limited by json_parse(). */
static void check_controls(struct json *json, struct json_node *node)
{
	if (json_type(node) == JSON_STRING && has_control(json_string(node)))
		json_warning(json, node,
				"this text contains a control character or a change of the reading "
				"direction, which is not shown");
	for (node = json_first(node); node; node = json_next(node))
		check_controls(json, node);
}

/* Warn of the first hour that is left out because the show has no time zone. A zone that the system does not know has a
 * warning of its own. */
static void check_zone(struct json *json, const struct show *show)
{
	struct json_node *root = json_root(json), *list = json_get(root, "episodes");
	const char *written = json_string(json_get(root, "timezone"));

	if (*show->zone || (written && *written))
		return;
	if (!list)
		list = json_get(json_get(root, "_embedded"), "episodes");
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		const char *airtime = json_string(json_get(node, "airtime"));
		const char *airstamp = json_string(json_get(node, "airstamp"));

		if (!airtime || !*airtime || (airstamp && *airstamp))
			continue;
		json_warning(json, json_get(node, "airtime"),
				"hours are left out, because the show has no \"timezone\"; add the one of "
				"its "
				"channel, like \"timezone\": \"Europe/London\"");
		return;
	}
}

int dataset_check(struct json *json, const struct dataset *dataset)
{
	const struct show *show = &dataset->show;
	struct check check = {.json = json, .dataset = dataset, .show = show};
	int r;

	check.seen = calloc(show->character_count + 1, sizeof(*check.seen));
	check_controls(json, json_root(json));
	check_zone(json, show);
	r = check.seen ? names_new(show, &check.names) : -ENOMEM;
	if (!r)
		r = learn(&check);
	if (!r) {
		check_show(&check);
		r = check.error;
	}
	word_set_release(&check.premise);
	word_set_release(&check.name_words);
	word_set_release(&check.proper);
	names_free(check.names);
	free(check.seen);
	return r;
}

static int check_file(const char *path, struct str *report)
{
	struct dataset *dataset = NULL;
	int r = dataset_load(path, NULL, dataset_check, report, &dataset);

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
		utf8_report(report, "%s: %s", path_or_folder,
				r == -ENOENT ? "no dataset here" : strerror(-r));
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
