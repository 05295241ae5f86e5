#ifndef EPISODED_CATALOGUE_SEARCH_INDEX_H
#define EPISODED_CATALOGUE_SEARCH_INDEX_H

/* What search.c asks and search_index.c builds: for each word, the episodes that have it and how often. */

#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

struct posting {
	int document; /* index in show->episodes */
	double count; /* how often; a word of the title counts double */
};

struct term {
	const char *stem; /* what is compared */
	const char *word; /* a form that occurs, for people */
	const struct posting *postings;
	size_t posting_count;
};

struct document {
	const char *text;  /* folded, for phrases */
	const char *title; /* folded */
	size_t length;     /* words */
};

struct search_index {
	struct arena arena;
	struct term *terms; /* by stem */
	size_t term_count;
	struct document *documents; /* one an episode */
	double average_length;
};

/* The term with this stem, NULL when no episode has it. */
const struct term *search_index_find(const struct search_index *index, const char *stem);

#endif
