/* Find a show's name among other words. */

#include "bot/core/naming.h"

#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/facts.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/show_names.h"
#include "bot/catalogue/titles.h"
#include "bot/core/sentence.h"

#define NAME_WORDS_MAX 12 /* longer names are not looked for */
#define WORDS_MAX      64 /* names behind these words are not found */

/* The words of a text, by position. */
struct naming_words {
	const char *at[WORDS_MAX];
	size_t length[WORDS_MAX];
	size_t count;
};

static void split(const char *text, struct naming_words *ret)
{
	ret->count = 0;
	for (const char *at = text; *(at += strspn(at, " ")) && ret->count < WORDS_MAX;
			at += strcspn(at, " ")) {
		ret->at[ret->count] = at;
		ret->length[ret->count++] = strcspn(at, " ");
	}
}

/* The bytes from a word to another one. */
static size_t span(const struct naming_words *words, size_t first, size_t last)
{
	return (size_t)(words->at[last] - words->at[first]) + words->length[last];
}

static bool is_word(const struct naming_words *words, size_t index, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == words->length[index] &&
				strncasecmp(list[i], words->at[index], words->length[index]) == 0)
			return true;
	}
	return false;
}

static bool is_preposition(const struct naming_words *words, size_t index)
{
	static const char *const LIST[] = {"of", "in", "from", "on", "about"};

	return is_word(words, index, LIST, sizeof(LIST) / sizeof(LIST[0]));
}

/* ---------------------------------------------------------------- arguments */

/* How well words fit an option. */
enum fit {
	FIT_NOT,
	FIT_MISSING, /* a number or position that does not exist */
	FIT_WORDS,   /* words that are found */
	FIT_FORM,    /* a number, a title or a position */
};

static enum fit fit_episode(const struct show *show, const char *words)
{
	char part[SENTENCE_MAX_BYTES];
	struct reference found;

	if (titles_has(show, words))
		return FIT_FORM;
	reference_resolve(show, words, NULL, &found);
	if (found.is_form || sentence_reference(words, part))
		return found.kind == REFERENCE_MISSING ? FIT_MISSING : FIT_FORM;
	return found.kind == REFERENCE_MISSING || found.kind == REFERENCE_GUESS ? FIT_NOT : FIT_WORDS;
}

static enum fit fit_of(const struct show *show, const struct command_option *option, const char *words)
{
	struct character_match match;
	struct search_hit hit;
	struct fact_hit fact;
	enum fit fit;

	switch (option->type) {
	case OPTION_EPISODE: return fit_episode(show, words);
	case OPTION_CHARACTER:
		return character_find(show, words, CHARACTER_ALL, &match) || match.candidate_count ? FIT_FORM
												   : FIT_NOT;
	case OPTION_SUBJECT:
		fit = fit_episode(show, words);
		return fit == FIT_NOT && facts_about(show, words, &fact, 1) ? FIT_WORDS : fit;
	case OPTION_TEXT: return search_episodes(show, words, SEARCH_ALL, &hit, 1) ? FIT_WORDS : FIT_NOT;
	case OPTION_CHOICE:
		for (size_t i = 0; i < COMMAND_CHOICES_MAX && option->choices[i]; i++) {
			if (str_equal_nocase(option->choices[i], words))
				return FIT_FORM;
		}
		return FIT_NOT;
	default: return FIT_NOT;
	}
}

/* What is known of the question while its words are tried. */
struct naming_try {
	const struct catalogue *catalogue;
	const struct show *show;
	const struct command_option *option;
	const char *text;
	struct naming_words words;
	bool is_tried;  /* whole is known */
	enum fit whole; /* how well all words fit without a name in them */
};

static enum fit whole_fit(struct naming_try *search)
{
	if (!search->is_tried)
		search->whole = fit_of(search->show, search->option, search->text);
	search->is_tried = true;
	return search->whole;
}

static bool take(struct naming *ret, const struct show *show, const char *rest, size_t length)
{
	while (length && rest[length - 1] == ' ')
		length--;
	ret->show = show;
	memcpy(ret->rest, rest, length);
	ret->rest[length] = '\0';
	return true;
}

/* A name with typos, only if the words are no argument. The names are compared first, which is faster. */
static const struct show *guess(struct naming_try *search, size_t length)
{
	const struct show *show = show_names_guess(catalogue_names(search->catalogue), search->text, length);

	return show && whole_fit(search) <= FIT_MISSING ? show : NULL;
}

/* The name is a prefix: the longest one, because a show's name may be the start of another's. */
static bool named_first(struct naming_try *search, bool is_guess, struct naming *ret)
{
	const struct show_names *names = catalogue_names(search->catalogue);
	const struct naming_words *words = &search->words;
	size_t most = words->count - 1 < NAME_WORDS_MAX ? words->count - 1 : NAME_WORDS_MAX;

	for (size_t count = most; count > 0; count--) {
		size_t length = span(words, 0, count - 1);
		const struct show *show = is_guess ? guess(search, length)
						   : show_names_find(names, search->text, length);
		const char *rest = words->at[count];

		if (!show || titles_has(search->show, search->text))
			continue;
		if (fit_of(show, search->option, rest) > FIT_NOT ||
				(!is_guess && whole_fit(search) <= FIT_MISSING))
			return take(ret, show, rest, strlen(rest));
	}
	return false;
}

/* The name is at the end: after a preposition, or if the words are no argument otherwise. */
static bool named_last(struct naming_try *search, struct naming *ret)
{
	const struct show_names *names = catalogue_names(search->catalogue);
	const struct naming_words *words = &search->words;
	size_t first = words->count > NAME_WORDS_MAX ? words->count - NAME_WORDS_MAX : 1;

	for (size_t i = first; i < words->count; i++) {
		const struct show *show =
				show_names_find(names, words->at[i], span(words, i, words->count - 1));
		bool is_led = i > 1 && is_preposition(words, i - 1);
		enum fit fit;

		if (!show || titles_has(search->show, search->text))
			continue;
		take(ret, show, search->text, (size_t)(words->at[i - is_led] - search->text));
		fit = fit_of(show, search->option, ret->rest);
		if (fit > FIT_NOT && (is_led || whole_fit(search) <= FIT_MISSING || fit > whole_fit(search)))
			return true;
	}
	take(ret, NULL, "", 0);
	return false;
}

/* All words are the name. */
static bool named_alone(struct naming_try *search, struct naming *ret)
{
	const struct show_names *names = catalogue_names(search->catalogue);
	const struct show *show = show_names_find(names, search->text, strlen(search->text));
	enum option_type type = search->option->type;

	if (!show && type != OPTION_TEXT)
		show = guess(search, strlen(search->text));
	if (!show || type == OPTION_TEXT)
		return false;
	/* Words of the story are meant if an argument is needed, the show if it may be left out. */
	if (whole_fit(search) == FIT_FORM || (whole_fit(search) > FIT_NOT && search->option->required))
		return false;
	return take(ret, show, "", 0);
}

const struct show *naming_explicit(
		const struct catalogue *catalogue, const char *words, const char **ret_rest)
{
	static const char MARK[] = "show:";
	const char *name = words + sizeof(MARK) - 1;
	const struct show *show = NULL;
	size_t length;

	*ret_rest = words;
	if (!str_starts(words, MARK))
		return NULL;
	length = strcspn(name, " ");
	show = show_names_find(catalogue_names(catalogue), name, length);
	if (show)
		*ret_rest = name + length + strspn(name + length, " ");
	return show;
}

void naming_of_words(const struct catalogue *catalogue, const struct show *show,
		const struct command_option *option, const char *words, struct naming *ret)
{
	struct naming_try search = {.catalogue = catalogue, .show = show, .option = option, .text = words};

	*ret = (struct naming){.show = NULL};
	if (strlen(words) >= NAMING_MAX_BYTES)
		return;
	ret->show = naming_explicit(catalogue, words, &search.text);
	if (ret->show) {
		memcpy(ret->rest, search.text, strlen(search.text) + 1);
		return;
	}
	split(words, &search.words);
	if (!search.words.count)
		return;
	search.text = search.words.at[0];
	/* "the office us" is that show, not "the office" and a word. */
	if (show_names_find(catalogue_names(catalogue), search.text, strlen(search.text)) &&
			named_alone(&search, ret))
		return;
	if (search.words.count > 1 && (named_first(&search, false, ret) || named_last(&search, ret)))
		return;
	if (search.words.count > 1 && named_first(&search, true, ret))
		return;
	named_alone(&search, ret);
}

/* ---------------------------------------------------------------- sentences */

/* May these words of a sentence be a show's name? A single word only where a name is expected. */
static bool may_be_name(const struct naming_words *words, size_t first, size_t count)
{
	static const char *const BEFORE[] = {"of", "in", "from", "about", "is", "was", "does", "did", "watch",
			"has", "show", "series"};
	char word[SENTENCE_COMMAND_BYTES];

	if (count > 1)
		return true;
	if (words->length[first] >= sizeof(word))
		return true;
	memcpy(word, words->at[first], words->length[first]);
	word[words->length[first]] = '\0';
	word[strcspn(word, "?!.,;:")] = '\0';
	if (!sentence_has_word(word) && word[strspn(word, "0123456789")] && words->length[first] >= 5)
		return true;
	return first > 0 && is_word(words, first - 1, BEFORE, sizeof(BEFORE) / sizeof(BEFORE[0]));
}

void naming_of_sentence(const struct catalogue *catalogue, const char *text, struct naming *ret)
{
	const struct show_names *names = catalogue_names(catalogue);
	struct naming_words words;

	*ret = (struct naming){.show = NULL};
	if (strlen(text) >= NAMING_MAX_BYTES)
		return;
	split(text, &words);
	for (size_t count = words.count < NAME_WORDS_MAX ? words.count : NAME_WORDS_MAX; count > 0; count--) {
		for (size_t i = 0; i + count <= words.count; i++) {
			size_t length = span(&words, i, i + count - 1);
			const struct show *show =
					may_be_name(&words, i, count)
							? show_names_find(names, words.at[i], length)
							: NULL;

			if (!show)
				continue;
			ret->show = show;
			snprintf(ret->rest, sizeof(ret->rest), "%.*sit%s", (int)(words.at[i] - text), text,
					words.at[i] + length);
			return;
		}
	}
}
