#ifndef EPISODED_CATALOGUE_SEARCH_H
#define EPISODED_CATALOGUE_SEARCH_H

/*
 * Words to episodes, BM25 over folded words of name, synopsis, and the names
 * and aliases of the characters in it. A word of 5 letters forgives one typo,
 * one of 7 two; a typo never outranks the real word.
 */

#include "bot/catalogue/show.h"

struct search_index;

struct search_hit {
	const struct episode *episode;
	double score; /* BM25, above 0; comparable within one search only */
};

/* Built by the loader, once a show. NULL when out of memory. */
struct search_index *search_index_new(const struct show *show);
void search_index_free(struct search_index *index);

/* Best first, at most limit; 0 when nothing fits. Words that occur in no episode are left out unless all are.
 */
size_t search_episodes(const struct show *show, const char *words, struct search_hit *ret, size_t limit);

/* The one episode with this name, case and punctuation aside; NULL when none or several have it. */
const struct episode *search_title(const struct show *show, const char *name);

/* The word of an episode nearest to one that occurs in none, for "did you mean"; NULL when none is near. */
const char *search_nearest_word(const struct show *show, const char *word);

/* Two scores so close that picking one would be a guess. */
bool search_is_tie(const struct search_hit *first, const struct search_hit *second);

#endif
