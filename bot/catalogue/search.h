#ifndef EPISODED_CATALOGUE_SEARCH_H
#define EPISODED_CATALOGUE_SEARCH_H

/*
 * Full-text search over a show: BM25 over the folded and stemmed words of titles, synopses, keywords, facts and
 * characters. A word that is in no text is searched as the beginning of a word, then as the end of one, then with
 * typos: one in words of 5 letters, two in words of 7, and the first letter must be right except in names.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/base/str.h"
#include "bot/catalogue/show.h"

struct search_index;

/* How a word of the query matches the text, best first. */
enum search_how {
	SEARCH_EXACT,     /* as typed, ignoring case, accents and hyphens */
	SEARCH_STEM,      /* another form of the word: "drones" finds "drone" */
	SEARCH_BEGINNING, /* the beginning of a word: "thunder" finds "thunderstorm" */
	SEARCH_PART,      /* the end of a word: "storm" finds "thunderstorm" */
	SEARCH_TYPO,      /* a similar word: "dorne" finds "drone" */
};

/* Where a word occurs, best first. */
enum search_field {
	SEARCH_TITLE,
	SEARCH_SYNOPSIS,
	SEARCH_NAME, /* of a character; in an episode: another name of a character whom the synopsis names */
	SEARCH_KEYWORD,
	SEARCH_FACT,
	SEARCH_QUOTE,
};

/* What to search; may be combined. */
enum search_kind {
	SEARCH_EPISODES = 1,
	SEARCH_FACTS = 2,
	SEARCH_CHARACTERS = 4,
};

struct search_hit {
	const struct episode *episode;     /* NULL for a character, and for a fact about the show */
	const struct fact *fact;           /* SEARCH_FACTS */
	const struct character *character; /* SEARCH_CHARACTERS */
	double score;                      /* BM25, greater than 0; comparable within one search only */
	enum search_how how; /* the worst match among the words that match; from SEARCH_BEGINNING on, the hit is a
	                        guess */
	enum search_field field; /* where the best word is */
	uint32_t matched;        /* bit i: word i of the folded query matches */
	bool has_all;            /* every word of the query matches, except words like "the" */
};

#define SEARCH_ALL INT_MAX /* limit_order of a search without a limit */

/* Build a show's index; called by the loader. NULL if out of memory. */
struct search_index *search_index_new(const struct show *show);
void search_index_free(struct search_index *index);

/* Find at most limit texts of these kinds, best match first. Return their number. Words that are in no text are
 * ignored. Only texts whose reveal is at most limit_order are searched; the reveal of a synopsis and of an episode's
 * keywords is its order. */
size_t search_texts(const struct show *show, const char *words, unsigned kinds, int limit_order,
		struct search_hit *ret, size_t limit);

/* The same, for episodes only. */
size_t search_episodes(const struct show *show, const char *words, int limit_order, struct search_hit *ret,
		size_t limit);

/* True if the synopsis of an episode names a character of the same show, by any name. */
bool search_names(const struct episode *episode, const struct character *character);

/* Append where a hit matches, and which words of the query, if not all of them match as they are: "synopsis",
 * "only \"camp\": trivia", "close to \"drnoe\": synopsis". No other word of the text is told. */
void search_reason(const struct search_hit *hit, const char *words, struct str *str);

/* The most similar word of a title, a synopsis or a name up to that order, for "did you mean". NULL if no word is
 * similar. */
const char *search_nearest_word(const struct show *show, const char *word, int limit_order);

/* The first and the last episode whose title, synopsis or named characters have a folded word or its plural, in
 * the order of show->episodes. Return the number of such episodes. */
size_t search_told(const struct show *show, const char *word, const struct episode **ret_first,
		const struct episode **ret_last);

/* True if two scores are too close to prefer one. */
bool search_is_tie(const struct search_hit *first, const struct search_hit *second);

#endif
