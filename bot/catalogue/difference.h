#ifndef EPISODED_CATALOGUE_DIFFERENCE_H
#define EPISODED_CATALOGUE_DIFFERENCE_H

/* What has changed in a show, from one reading of its file to another, for the log and for who asked for a reload. */

#include "bot/base/str.h"
#include "bot/catalogue/show.h"

struct difference {
	size_t added, removed, changed; /* episodes, which are known by season and number */
	bool is_other;                  /* something else of the show has changed */
};

void show_compare(const struct show *before, const struct show *after, struct difference *ret);

/* Append "3 episodes changed, 1 new"; "" if nothing has changed. */
void difference_describe(const struct difference *difference, struct str *str);

#endif
