/* Find the episode or character that typed words refer to, or the reason why there is no such one. */

#include "bot/catalogue/reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/words.h"

#define REFERENCE_NUMBER_MAX 1000000 /* larger numbers become this; no show has as many episodes */

enum wanted_kind {
	WANTED_WORDS,     /* no number: search for the words */
	WANTED_NUMBER,    /* 5, #5, ep 5, 105 */
	WANTED_IN_SEASON, /* s01e05, 1x05, season 1 episode 5 */
	WANTED_SEASON,    /* season 1 */
	WANTED_FROM_END,  /* -1 */
	WANTED_FIRST,
	WANTED_LAST,
};

struct wanted {
	enum wanted_kind kind;
	int season; /* 0: any season */
	int number;
};

#define FOLD_MAX_BYTES 8000
#define FOLD_MAX_BYTES 8000 /* folding may lengthen a text: one ligature becomes up to 18 letters */

/* ---------------------------------------------------------------- reasons */

#define TEXT_MAX_BYTES 8000

__attribute__((format(printf, 2, 0))) static void reference_say(
		char ret[REFERENCE_REASON_BYTES], const char *format, va_list arguments)
{
	struct str text = STR(TEXT_MAX_BYTES);
	size_t length;

	str_vprintf(&text, format, arguments);
	length = utf8_fit(str_text(&text), text.length, REFERENCE_REASON_BYTES - 1);
	memcpy(ret, str_text(&text), length);
	ret[length] = '\0';
	str_release(&text);
}

/* ---------------------------------------------------------------- the grammar */

static const char *const EPISODE_WORDS[] = {"episodes", "episode", "eps.", "eps", "ep.", "ep", "e.", "e",
		"number", "no.", "nr.", "#", NULL};
static const char *const SEASON_WORDS[] = {"seasons", "season", "series", "s.", "s", NULL};
static const char *const FIRST_WORDS[] = {"first", "pilot", "premiere", "1st", "beginning", "start", NULL};
static const char *const LAST_WORDS[] = {
		"latest", "last", "finale", "newest", "season finale", "most recent", "end", NULL};

/* Numbers as words: "five", "fifth". */
static const struct {
	const char *cardinal, *ordinal;
} WRITTEN[] = {{"one", "first"}, {"two", "second"}, {"three", "third"}, {"four", "fourth"}, {"five", "fifth"},
		{"six", "sixth"}, {"seven", "seventh"}, {"eight", "eighth"}, {"nine", "ninth"},
		{"ten", "tenth"}, {"eleven", "eleventh"}, {"twelve", "twelfth"}};

/* Each read_ function returns the position after what it has read, or NULL if the text at at does not match. */

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " \t");
}

static bool is_end(const char *at)
{
	at = skip_spaces(at);
	return at[strspn(at, ".!?,")] == '\0';
}

static const char *read_digits(const char *at, int *ret)
{
	int number = 0;

	if (!isdigit((unsigned char)*at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++) {
		number = number * 10 + (*at - '0');
		if (number > REFERENCE_NUMBER_MAX)
			number = REFERENCE_NUMBER_MAX;
	}
	*ret = number;
	return at;
}

static const char *read_word(const char *at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(at, word, length) != 0)
		return NULL;
	/* "fiver" does not match "five", but "ep5" matches "ep". */
	if (isalpha((unsigned char)word[length - 1]) && isalpha((unsigned char)at[length]))
		return NULL;
	return at + length;
}

static const char *read_any(const char *at, const char *const *words)
{
	const char *after = NULL;

	for (; *words && !after; words++)
		after = read_word(at, *words);
	return after;
}

/* Read "5", "5th", "five" or "fifth". */
static const char *read_number(const char *at, int *ret)
{
	static const char *const SUFFIXES[] = {"st", "nd", "rd", "th", NULL};
	const char *after = read_digits(at, ret), *suffix;

	if (after) {
		suffix = read_any(after, SUFFIXES);
		return suffix ? suffix : after;
	}
	for (size_t i = 0; i < sizeof(WRITTEN) / sizeof(WRITTEN[0]) && !after; i++) {
		after = read_word(at, WRITTEN[i].ordinal);
		if (!after)
			after = read_word(at, WRITTEN[i].cardinal);
		if (after)
			*ret = (int)i + 1;
	}
	return after;
}

/* Read "ep 5", "#5" or "e05". */
static const char *read_episode(const char *at, int *ret)
{
	const char *after = read_any(at, EPISODE_WORDS);

	if (!after)
		return NULL;
	after = skip_spaces(after);
	/* "episode #5" */
	if (*after == '#')
		after = skip_spaces(after + 1);
	return read_number(after, ret);
}

/* Read the noun after a position: "the fifth episode", "the last one". */
static const char *read_noun(const char *at)
{
	const char *after = read_any(at, EPISODE_WORDS);

	return after ? after : read_word(at, "one");
}

/* Read "season 1", "s01" or "1st season". */
static const char *read_season(const char *at, int *ret)
{
	const char *after = read_any(at, SEASON_WORDS);

	if (after)
		return read_number(skip_spaces(after), ret);
	after = read_number(at, ret);
	if (after)
		after = read_any(skip_spaces(after), SEASON_WORDS);
	return after;
}

/* Read "latest", "the last episode", "finale" or "-1". */
static bool parse_position(const char *at, struct wanted *ret)
{
	struct wanted wanted = {.kind = WANTED_FIRST};
	const char *after, *rest;

	if (*at == '-') {
		wanted.kind = WANTED_FROM_END;
		after = read_digits(skip_spaces(at + 1), &wanted.number);
	} else {
		after = read_any(at, FIRST_WORDS);
		if (!after && (after = read_any(at, LAST_WORDS)))
			wanted.kind = WANTED_LAST;
	}
	if (!after)
		return false;
	rest = read_noun(skip_spaces(after));
	if (rest)
		after = rest;
	rest = skip_spaces(after);
	rest = read_word(rest, "of") ? skip_spaces(read_word(rest, "of")) : rest;
	rest = read_season(rest, &wanted.season);
	if (!is_end(rest ? rest : after))
		return false;
	*ret = wanted;
	return true;
}

/* Read "s01e05", "season 1, episode 5", "s1 5", "s1" or "season 1 finale". */
static bool parse_season(const char *at, struct wanted *ret)
{
	struct wanted wanted = {.kind = WANTED_IN_SEASON};
	const char *after;
	int season;

	at = read_season(at, &wanted.season);
	if (!at)
		return false;
	after = read_any(skip_spaces(at), EPISODE_WORDS);
	if (is_end(after ? after : at)) {
		wanted.kind = WANTED_SEASON;
		*ret = wanted;
		return true;
	}
	at += strspn(at, " \t,.:-x");
	if (read_any(at, LAST_WORDS) || read_any(at, FIRST_WORDS)) {
		season = wanted.season;
		if (!parse_position(at, &wanted) || wanted.season != 0)
			return false;
		wanted.season = season;
		*ret = wanted;
		return true;
	}
	after = read_episode(at, &wanted.number);
	if (!after)
		after = read_number(at, &wanted.number);
	if (!after || !is_end(after))
		return false;
	*ret = wanted;
	return true;
}

/* Read "episode 5 of season 1", "episode 5", "5", "1x05" or "5th episode". */
static bool parse_number(const char *at, struct wanted *ret)
{
	struct wanted wanted = {.kind = WANTED_NUMBER};
	const char *after = read_episode(at, &wanted.number), *rest;

	if (!after)
		after = read_number(at, &wanted.number);
	if (!after)
		return false;
	rest = skip_spaces(after);
	if (*rest == 'x' && read_digits(skip_spaces(rest + 1), &wanted.season)) {
		wanted = (struct wanted){
				.kind = WANTED_IN_SEASON, .season = wanted.number, .number = wanted.season};
		after = read_digits(skip_spaces(rest + 1), &wanted.number);
	} else if ((rest = read_noun(skip_spaces(after)))) {
		after = rest;
	}
	rest = skip_spaces(after + strspn(after, " \t,"));
	rest = read_word(rest, "of") ? skip_spaces(read_word(rest, "of")) : rest;
	if (wanted.kind == WANTED_NUMBER && (rest = read_season(rest, &wanted.season))) {
		wanted.kind = WANTED_IN_SEASON;
		after = rest;
	}
	if (!is_end(after))
		return false;
	*ret = wanted;
	return true;
}

/* normalized: the result of utf8_normalize(). */
static void reference_parse(const char *normalized, struct wanted *ret)
{
	const char *at = skip_spaces(normalized);
	struct wanted wanted = {.kind = WANTED_WORDS};

	if (read_word(at, "the") && at[3] == ' ')
		at = skip_spaces(at + 3);
	/* Try positions before numbers: "first" is both, with the same meaning. */
	if (!parse_position(at, &wanted) && !parse_season(at, &wanted))
		parse_number(at, &wanted);
	*ret = wanted;
}

/* ---------------------------------------------------------------- characters */

/* How well a name matches, best first. */
enum fit {
	FIT_WHOLE, /* the name, ignoring spaces and hyphens */
	FIT_PART,  /* some words of the name: "lee" */
	FIT_ONE_TYPO,
	FIT_TWO_TYPOS,
	FIT_NOT,
};

static void squeeze(struct str *str, const char *folded)
{
	for (; *folded; folded++) {
		if (*folded != ' ')
			str_append_char(str, *folded);
	}
}

static enum fit fit_typos(const char *typed, const char *name)
{
	size_t letters = utf8_codepoints(typed);
	unsigned forgiven = letters >= 7 ? 2 : letters >= 5 ? 1 : 0;
	unsigned distance = nearest_distance(typed, name, forgiven);

	if (distance > forgiven)
		return FIT_NOT;
	return distance < 2 ? FIT_ONE_TYPO : FIT_TWO_TYPOS;
}

/* typed: the folded words; squeezed: the same without spaces. */
static enum fit fit_name(const char *name, const char *typed, const char *squeezed)
{
	struct str folded = STR(FOLD_MAX_BYTES), whole = STR(FOLD_MAX_BYTES);
	char word[WORD_MAX_BYTES];
	enum fit fit, part;

	utf8_fold(&folded, name);
	squeeze(&whole, str_text(&folded));
	if (strcmp(str_text(&whole), squeezed) == 0)
		fit = FIT_WHOLE;
	else if (words_contain(str_text(&folded), typed) || words_contain(str_text(&folded), squeezed))
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

static void match(const struct show *show, const char *typed, struct character_match *ret)
{
	struct str squeezed = STR(FOLD_MAX_BYTES);
	enum fit best = FIT_NOT, fit;

	squeeze(&squeezed, typed);
	for (size_t i = 0; i < show->character_count; i++) {
		fit = fit_character(&show->characters[i], typed, str_text(&squeezed));
		if (fit < best)
			ret->candidate_count = 0;
		if (fit > best || fit == FIT_NOT)
			continue;
		best = fit;
		if (ret->candidate_count < REFERENCE_CANDIDATES)
			ret->candidates[ret->candidate_count++] = &show->characters[i];
	}
	str_release(&squeezed);
}

static void say(struct character_match *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct character_match *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reference_say(ret->reason, format, arguments);
	va_end(arguments);
}

/* Explain why no character, or several, match. The example is the dataset's first character, the least likely
 * spoiler. */
static void explain(const struct show *show, const char *words, struct character_match *ret)
{
	char quoted[UTF8_QUOTE_BYTES];

	utf8_quote(words, quoted);
	if (show->character_count == 0)
		say(ret, "I don't know any characters of this show.");
	else if (quoted[strspn(quoted, " ")] == '\0')
		say(ret, "Which character? For example, %s.", show->characters[0].name);
	else if (ret->candidate_count > 1)
		say(ret, "Several characters fit \"%s\"; which one?", quoted);
	else
		say(ret, "There's no character called \"%s\". One of them is %s.", quoted,
				show->characters[0].name);
}

const struct character *reference_character(
		const struct show *show, const char *words, struct character_match *ret)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	struct character_match found = {0};

	if (strlen(words) <= REFERENCE_MAX_BYTES)
		utf8_fold(&folded, words);
	if (folded.error == 0 && folded.length > 0)
		match(show, str_text(&folded), &found);
	str_release(&folded);
	if (found.candidate_count != 1)
		explain(show, strlen(words) <= REFERENCE_MAX_BYTES ? words : "", &found);
	*ret = found;
	return found.candidate_count == 1 ? found.candidates[0] : NULL;
}

/* ---------------------------------------------------------------- episodes */

static void missing(struct reference *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void missing(struct reference *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reference_say(ret->reason, format, arguments);
	va_end(arguments);
	ret->kind = REFERENCE_MISSING;
	ret->candidate_count = 0;
}

static void found(struct reference *ret, const struct episode *episode)
{
	*ret = (struct reference){.kind = REFERENCE_FOUND, .candidates = {episode}, .candidate_count = 1};
}

/* The first and last episode of a season; season 0 means all seasons. False if there are no episodes. */
static bool bounds(const struct show *show, int season, const struct episode **ret_first,
		const struct episode **ret_last)
{
	bool has_any = false;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (season != 0 && episode->season != season)
			continue;
		if (!has_any)
			*ret_first = episode;
		*ret_last = episode;
		has_any = true;
	}
	return has_any;
}

/* Format "Season 1 has episodes 1 to 12." or, for several, "There are episodes 1 to 36 in seasons 1 to 3." */
static const char *describe(const struct show *show, int season, char ret[REFERENCE_REASON_BYTES])
{
	const struct episode *first = NULL, *last = NULL;

	if (!bounds(show, season, &first, &last))
		snprintf(ret, REFERENCE_REASON_BYTES, "There are no numbered episodes.");
	else if (first == last)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has only episode %d.", first->season,
				first->number);
	else if (first->season == last->season)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has episodes %d to %d.", first->season,
				first->number, last->number);
	else
		snprintf(ret, REFERENCE_REASON_BYTES, "There are episodes 1 to %d in seasons %d to %d.",
				show->last_order, first->season, last->season);
	return ret;
}

static void missing_season(const struct show *show, int season, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL;
	int count = show->last_order;

	if (!bounds(show, 0, &first, &last))
		missing(ret, "No season %d. There are no numbered episodes.", season);
	else if (first->season == last->season)
		missing(ret, "No season %d. There is season %d with %d episode%s.", season, first->season,
				count, count == 1 ? "" : "s");
	else
		missing(ret, "No season %d. There are seasons %d to %d with %d episodes.", season,
				first->season, last->season, count);
}

static const struct episode *find_in_season(const struct show *show, int season, int number)
{
	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (episode->season == season && episode->number == number)
			return episode;
	}
	return NULL;
}

static void resolve_in_season(const struct show *show, const struct wanted *wanted, struct reference *ret)
{
	const struct episode *episode = find_in_season(show, wanted->season, wanted->number);
	const struct episode *first = NULL, *last = NULL;
	char range[REFERENCE_REASON_BYTES];

	if (episode)
		found(ret, episode);
	else if (!bounds(show, wanted->season == 0 ? -1 : wanted->season, &first, &last))
		missing_season(show, wanted->season, ret);
	else
		missing(ret, "No episode %d. %s", wanted->number, describe(show, wanted->season, range));
}

/* 105 is the 105th episode of all seasons; if there is no such episode, season 1, episode 5. */
static void resolve_number(const struct show *show, int number, struct reference *ret)
{
	const struct episode *episode = show_episode(show, number);
	char range[REFERENCE_REASON_BYTES];

	if (!episode && number > 100)
		episode = find_in_season(show, number / 100, number % 100);
	if (episode)
		found(ret, episode);
	else if (number >= REFERENCE_NUMBER_MAX)
		missing(ret, "There's no episode with a number that high. %s", describe(show, 0, range));
	else
		missing(ret, "No episode %d. %s", number, describe(show, 0, range));
}

static void resolve_position(const struct show *show, const struct wanted *wanted, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL, *episode;

	if (!bounds(show, wanted->season, &first, &last)) {
		missing_season(show, wanted->season, ret);
		return;
	}
	if (wanted->kind != WANTED_FROM_END) {
		found(ret, wanted->kind == WANTED_FIRST ? first : last);
		return;
	}
	/* The orders of a season's episodes are consecutive. */
	episode = wanted->number > 0 ? show_episode(show, last->order + 1 - wanted->number) : NULL;
	if (episode && episode->order >= first->order)
		found(ret, episode);
	else
		missing(ret, "No episode -%d. From the end they count -1 to -%d.", wanted->number,
				last->order - first->order + 1);
}

static void resolve_season(const struct show *show, int season, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL;

	if (!bounds(show, season == 0 ? -1 : season, &first, &last)) {
		missing_season(show, season, ret);
		return;
	}
	if (first == last) {
		found(ret, first);
		return;
	}
	for (int order = first->order; order <= last->order && ret->candidate_count < REFERENCE_CANDIDATES;
			order++)
		ret->candidates[ret->candidate_count++] = show_episode(show, order);
	ret->kind = REFERENCE_AMBIGUOUS;
	snprintf(ret->reason, sizeof(ret->reason), "Season %d has episodes %d to %d; which one?", season,
			first->number, last->number);
}

static void missing_words(
		const struct show *show, const char *words, const char *folded, struct reference *ret)
{
	char quoted[UTF8_QUOTE_BYTES], range[REFERENCE_REASON_BYTES];
	const char *nearest = search_nearest_word(show, folded, SEARCH_ALL);

	utf8_quote(words, quoted);
	if (nearest)
		missing(ret, "No episode fits \"%s\". Did you mean \"%s\"?", quoted, nearest);
	else
		missing(ret, "No episode fits \"%s\". %s", quoted, describe(show, 0, range));
}

static void resolve_words(
		const struct show *show, const char *words, const char *folded, struct reference *ret)
{
	struct search_hit hits[REFERENCE_CANDIDATES];
	const struct episode *titled = search_title(show, folded);
	char quoted[UTF8_QUOTE_BYTES];
	size_t count;

	if (titled) {
		found(ret, titled);
		return;
	}
	count = search_episodes(show, folded, SEARCH_ALL, hits, REFERENCE_CANDIDATES);
	if (count == 0) {
		missing_words(show, words, folded, ret);
		return;
	}
	if (count == 1 || !search_is_tie(&hits[0], &hits[1])) {
		found(ret, hits[0].episode);
		return;
	}
	for (size_t i = 0; i < count && search_is_tie(&hits[0], &hits[i]); i++)
		ret->candidates[ret->candidate_count++] = hits[i].episode;
	ret->kind = REFERENCE_AMBIGUOUS;
	snprintf(ret->reason, sizeof(ret->reason), "Several episodes fit \"%s\"; which one?",
			utf8_quote(words, quoted));
}

static void resolve(const struct show *show, const char *words, const char *normalized, const char *folded,
		struct reference *ret)
{
	struct wanted wanted;
	char range[REFERENCE_REASON_BYTES];

	reference_parse(normalized, &wanted);
	switch (wanted.kind) {
	case WANTED_NUMBER: resolve_number(show, wanted.number, ret); break;
	case WANTED_IN_SEASON: resolve_in_season(show, &wanted, ret); break;
	case WANTED_SEASON: resolve_season(show, wanted.season, ret); break;
	case WANTED_FROM_END:
	case WANTED_FIRST:
	case WANTED_LAST: resolve_position(show, &wanted, ret); break;
	case WANTED_WORDS:
		if (*folded)
			resolve_words(show, words, folded, ret);
		else
			missing(ret, "Which episode? %s", describe(show, 0, range));
		break;
	}
}

void reference_resolve(const struct show *show, const char *words, struct reference *ret)
{
	struct str normalized = STR(FOLD_MAX_BYTES), folded = STR(FOLD_MAX_BYTES);
	struct reference reference = {.kind = REFERENCE_MISSING};

	if (strlen(words) > REFERENCE_MAX_BYTES) {
		missing(&reference, "That's too long for an episode; the limit is %d bytes.",
				REFERENCE_MAX_BYTES);
	} else {
		utf8_normalize(&normalized, words);
		utf8_fold(&folded, words);
		if (normalized.error == 0 && folded.error == 0)
			resolve(show, words, str_text(&normalized), str_text(&folded), &reference);
		else if (normalized.error == -ENOMEM || folded.error == -ENOMEM)
			missing(&reference, "I'm out of memory right now; please ask again in a minute.");
		else
			missing(&reference, "I couldn't read that; try a number.");
	}
	str_release(&normalized);
	str_release(&folded);
	*ret = reference;
}
