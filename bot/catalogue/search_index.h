#ifndef EPISODED_CATALOGUE_SEARCH_INDEX_H
#define EPISODED_CATALOGUE_SEARCH_INDEX_H

/* The full-text index: for each word, the episodes that contain it and how often. */

#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

struct posting {
	int document; /* index in show->episodes */
	double count; /* number of occurrences; words of the title count double */
};

struct term {
	const char *stem; /* the stemmed word, for comparing */
	const char *word; /* a form that occurs, for showing */
	const struct posting *postings;
	size_t posting_count;
};

struct document {
	const char *text;  /* the folded synopsis, for phrases */
	const char *title; /* folded */
	size_t length;     /* in words */
};

struct search_index {
	struct arena arena;
	struct term *terms; /* sorted by stem */
	size_t term_count;
	struct document *documents; /* one per episode */
	double average_length;
};

/* The term with this stem, or NULL. */
const struct term *search_index_find(const struct search_index *index, const char *stem);

#endif
