#ifndef EPISODED_CATALOGUE_SEARCH_H
#define EPISODED_CATALOGUE_SEARCH_H

/*
 * Full-text search over episodes: BM25 over the folded words of the title, the synopsis,
 * and the names and aliases of the characters in it. Words of 5 letters may have one
 * typo, words of 7 letters two; an exact match outranks a typo.
 */

#include <limits.h>
#include <stdbool.h>

#include "bot/catalogue/show.h"

struct search_index;

/* How a word of the query matches the text, best first. */
enum search_how {
	SEARCH_EXACT,     /* as typed, ignoring case, accents and hyphens */
	SEARCH_STEM,      /* another form of the word: "drones" finds "drone" */
	SEARCH_BEGINNING, /* the beginning of a word: "thunder" finds "thunderstorm" */
	SEARCH_PART,      /* a part of a word: "storm" finds "thunderstorm" */
	SEARCH_TYPO,      /* a similar word: "dorne" finds "drone" */
};

struct search_hit {
	const struct episode *episode;
	double score; /* BM25, greater than 0; comparable within one search only */
	enum search_how how; /* the worst match among the words that match this episode; from SEARCH_BEGINNING on, the
	                        hit is a guess */
	bool has_all; /* every word of the query matches, except words like "the" */
};

/* Build a show's index; called by the loader. NULL if out of memory. */
struct search_index *search_index_new(const struct show *show);
void search_index_free(struct search_index *index);

#define SEARCH_ALL INT_MAX /* limit_order of a search without a limit */

/* Find at most limit episodes, best match first. Return their number. Words that match no episode are ignored. Only
 * texts whose reveal is at most limit_order are searched. */
size_t search_episodes(const struct show *show, const char *words, int limit_order, struct search_hit *ret,
		size_t limit);

/* The most similar word of an episode whose reveal is at most limit_order, for "did you mean". NULL if no word is
 * similar. */
const char *search_nearest_word(const struct show *show, const char *word, int limit_order);

/* True if two scores are too close to prefer one. */
bool search_is_tie(const struct search_hit *first, const struct search_hit *second);

#endif
