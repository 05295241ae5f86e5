#ifndef EPISODED_CATALOGUE_FACTS_H
#define EPISODED_CATALOGUE_FACTS_H

/* Find the facts about a subject: those that contain all its words, number words read as numbers ("number one" finds
 * "first place"). */

#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

#define FACTS_ABOUT_MAX 32 /* found at most */

struct fact_hit {
	const struct fact *fact;
	const struct episode *episode; /* NULL: a fact about the show */
};

/* Find at most limit facts (and FACTS_ABOUT_MAX) of the show and its episodes: those that name the subject most often first, then in the order
 * of the dataset. Return their number. subject is valid UTF-8. */
size_t facts_about(const struct show *show, const char *subject, struct fact_hit *ret, size_t limit);

/* The words of a fact's text in the form that facts_about() compares. The loader computes them once, because a search
 * reads those of all facts. */
const char *facts_words(struct arena *arena, const char *text);

#endif
