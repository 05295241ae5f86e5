/* Find a character by typed words, or the reason why there is no such one. */

#include "bot/catalogue/character.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/words.h"

#define FOLD_MAX_BYTES 8000 /* folding may lengthen a text: one ligature becomes up to 18 letters */

/* How well a name matches, best first. */
enum fit {
	FIT_WHOLE, /* the name, ignoring spaces and hyphens */
	FIT_PART,  /* some words of the name, in any order: "lee", "san lee" */
	FIT_ONE_TYPO,
	FIT_TWO_TYPOS,
	FIT_NOT,
};

static enum fit fit_typos(const char *typed, const char *name)
{
	unsigned forgiven = nearest_forgiven(typed);
	unsigned distance = nearest_distance(typed, name, forgiven);

	if (distance > forgiven)
		return FIT_NOT;
	return distance < 2 ? FIT_ONE_TYPO : FIT_TWO_TYPOS;
}

/* True if each typed word is a word of the name, in whatever order. */
static bool has_words(const char *name, const char *typed)
{
	char word[WORD_MAX_BYTES];

	while ((typed = words_next(typed, word))) {
		if (!words_contain(name, word))
			return false;
	}
	return true;
}

/* typed: the folded words; squeezed: the same without spaces. */
static enum fit fit_name(const char *name, const char *typed, const char *squeezed)
{
	struct str folded = STR(FOLD_MAX_BYTES), whole = STR(FOLD_MAX_BYTES);
	char word[WORD_MAX_BYTES];
	enum fit fit, part;

	utf8_fold(&folded, name);
	words_squeeze(&whole, str_text(&folded));
	if (strcmp(str_text(&whole), squeezed) == 0)
		fit = FIT_WHOLE;
	else if (has_words(str_text(&folded), typed) || words_contain(str_text(&folded), squeezed))
		fit = FIT_PART;
	else
		fit = fit_typos(squeezed, str_text(&whole));
	for (const char *at = str_text(&folded); fit > FIT_ONE_TYPO && (at = words_next(at, word));) {
		part = fit_typos(squeezed, word);
		fit = part < fit ? part : fit;
	}
	str_release(&folded);
	str_release(&whole);
	return fit;
}

static enum fit fit_character(const struct character *character, const char *typed, const char *squeezed)
{
	enum fit best = fit_name(character->name, typed, squeezed), fit;

	for (size_t i = 0; i < character->alias_count && best > FIT_WHOLE; i++) {
		fit = fit_name(character->aliases[i], typed, squeezed);
		best = fit < best ? fit : best;
	}
	return best;
}

/* True if the character may be offered to somebody who has seen the episodes up to limit_order. */
static bool is_offered(const struct character *character, int limit_order)
{
	return character_place(character) <= limit_order;
}

static void match(const struct show *show, const char *typed, int limit_order, struct character_match *ret)
{
	struct str squeezed = STR(FOLD_MAX_BYTES);
	enum fit best = FIT_NOT, fit;

	words_squeeze(&squeezed, typed);
	for (size_t i = 0; i < show->character_count; i++) {
		fit = fit_character(&show->characters[i], typed, str_text(&squeezed));
		if (fit > FIT_WHOLE && !is_offered(&show->characters[i], limit_order))
			continue;
		if (fit < best)
			ret->candidate_count = 0;
		if (fit > best || fit == FIT_NOT)
			continue;
		best = fit;
		if (ret->candidate_count < CHARACTER_CANDIDATES)
			ret->candidates[ret->candidate_count++] = &show->characters[i];
	}
	str_release(&squeezed);
}

static void say(struct character_match *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct character_match *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(ret->reason, sizeof(ret->reason), format, arguments);
	va_end(arguments);
}

/* The example of a reason: the first character of the dataset who may be named, or NULL. */
static const char *example(const struct show *show, int limit_order)
{
	for (size_t i = 0; i < show->character_count; i++) {
		if (is_offered(&show->characters[i], limit_order))
			return show->characters[i].name;
	}
	return NULL;
}

/* Explain why no character, or several, match. */
static void explain(const struct show *show, const char *words, int limit_order, struct character_match *ret)
{
	const char *name = example(show, limit_order);
	char quoted[UTF8_QUOTE_BYTES];

	utf8_quote(words, quoted);
	if (show->character_count == 0)
		say(ret, "I don't know any characters of this show.");
	else if (quoted[strspn(quoted, " ")] == '\0')
		say(ret, "Which character?%s%s%s", name ? " For example, " : "", name ? name : "",
				name ? "." : "");
	else if (ret->candidate_count > 1)
		say(ret, "Several characters fit \"%s\"; which one?", quoted);
	else
		say(ret, "There's no character called \"%s\".%s%s%s", quoted, name ? " One of them is " : "",
				name ? name : "", name ? "." : "");
}

/* Append the words without titles and possessive endings: "Mr. Song's" -> "Song". */
static void append_bare(struct str *str, const char *words)
{
	static const char *const TITLES[] = {"captain", "detective", "doctor", "dr", "inspector", "lady",
			"lord", "madam", "miss", "mister", "mr", "mrs", "ms", "officer", "prof", "professor",
			"sergeant", "sir", "teacher", "the"};
	static const char *const ENDINGS[] = {"'s", "’s", "'", "’"};

	for (const char *at = words; *(at += strspn(at, " ")); at += strcspn(at, " ")) {
		size_t length = strcspn(at, " "), letters = length - (length > 1 && at[length - 1] == '.');
		bool is_title = false;

		for (size_t i = 0; i < sizeof(TITLES) / sizeof(TITLES[0]); i++)
			is_title |= strlen(TITLES[i]) == letters && strncasecmp(at, TITLES[i], letters) == 0;
		if (is_title)
			continue;
		for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
			size_t end = strlen(ENDINGS[i]);

			if (length > end && memcmp(at + length - end, ENDINGS[i], end) == 0) {
				length -= end;
				break;
			}
		}
		str_printf(str, "%s%.*s", str->length ? " " : "", (int)length, at);
	}
}

/* Match the words as typed, or else without titles and endings. */
static void match_words(
		const struct show *show, const char *words, int limit_order, struct character_match *ret)
{
	struct str folded = STR(FOLD_MAX_BYTES), bare = STR(FOLD_MAX_BYTES);

	utf8_fold(&folded, words);
	if (folded.error == 0 && folded.length > 0)
		match(show, str_text(&folded), limit_order, ret);
	append_bare(&bare, words);
	if (!ret->candidate_count && bare.error == 0 && bare.length > 0 &&
			!str_equal(str_text(&bare), words)) {
		str_clear(&folded);
		utf8_fold(&folded, str_text(&bare));
		if (folded.error == 0 && folded.length > 0)
			match(show, str_text(&folded), limit_order, ret);
	}
	str_release(&bare);
	str_release(&folded);
}

const struct character *character_find(
		const struct show *show, const char *words, int limit_order, struct character_match *ret)
{
	struct character_match found = {0};

	if (strlen(words) <= CHARACTER_MAX_BYTES)
		match_words(show, words, limit_order, &found);
	if (found.candidate_count != 1)
		explain(show, strlen(words) <= CHARACTER_MAX_BYTES ? words : "", limit_order, &found);
	*ret = found;
	return found.candidate_count == 1 ? found.candidates[0] : NULL;
}
