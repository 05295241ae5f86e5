#ifndef EPISODED_CATALOGUE_TITLES_H
#define EPISODED_CATALOGUE_TITLES_H

/* Find an episode by its exact title, ignoring case and punctuation. Names like "Episode 5" are no titles. */

#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

struct title {
	const char *folded;
	const struct episode *episode;
};

struct titles {
	struct title *list; /* sorted; episodes with the same title in the order of show->episodes */
	size_t count;
};

/* Collect the titles of a show. NULL: out of memory, and the arena's error is set. */
const struct titles *titles_new(const struct show *show, struct arena *arena);

/* The episodes with this title: return their number, and the first of them in *ret. titles may be NULL. */
size_t titles_find(const struct titles *titles, const char *folded, const struct title **ret);

/* True if the words as a whole are the title of one episode. */
bool titles_has(const struct show *show, const char *words);

#endif
