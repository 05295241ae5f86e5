/* The grammar of references: 5, e5, #5, s01e05, 1x05, season 1 episode 5, latest, -1. */

#include "bot/catalogue/reference_parse.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const EPISODE_WORDS[] = {"episodes", "episode", "eps.", "eps", "ep.", "ep", "e.", "e",
		"number", "no.", "nr.", "#", NULL};
static const char *const SEASON_WORDS[] = {"seasons", "season", "series", "s.", "s", NULL};
static const char *const FIRST_WORDS[] = {"first", "pilot", "premiere", "1st", "beginning", "start", NULL};
static const char *const LAST_WORDS[] = {
		"latest", "last", "finale", "newest", "season finale", "most recent", "end", NULL};

/* "five", "fifth": up to what people write out. */
static const struct {
	const char *cardinal, *ordinal;
} WRITTEN[] = {{"one", "first"}, {"two", "second"}, {"three", "third"}, {"four", "fourth"}, {"five", "fifth"},
		{"six", "sixth"}, {"seven", "seventh"}, {"eight", "eighth"}, {"nine", "ninth"},
		{"ten", "tenth"}, {"eleven", "eleventh"}, {"twelve", "twelfth"}};

/* Every reader returns where it stopped, or NULL when that is not what stands there. */

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
	/* "five" is no "fiver", but "ep5" is "ep" and a number. */
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

/* Digits, "5th", or a number written out. */
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

/* "ep 5", "#5", "e05". */
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

/* What may follow a place in the row: "the fifth episode", "the last one". */
static const char *read_noun(const char *at)
{
	const char *after = read_any(at, EPISODE_WORDS);

	return after ? after : read_word(at, "one");
}

/* "season 1", "s01", "1st season". */
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

/* "latest", "the last episode", "finale", "-1". */
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

/* "s01e05", "season 1, episode 5", "s1 5", "s1", "season 1 finale". */
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

/* "episode 5 of season 1", "episode 5", "5", "1x05", "5th episode". */
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

void reference_parse(const char *normalized, struct wanted *ret)
{
	const char *at = skip_spaces(normalized);
	struct wanted wanted = {.kind = WANTED_WORDS};

	if (read_word(at, "the") && at[3] == ' ')
		at = skip_spaces(at + 3);
	/* Positions first: "first" is also a written number, "first episode" the same either way. */
	if (!parse_position(at, &wanted) && !parse_season(at, &wanted))
		parse_number(at, &wanted);
	*ret = wanted;
}
