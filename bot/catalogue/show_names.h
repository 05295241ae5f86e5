#ifndef EPISODED_CATALOGUE_SHOW_NAMES_H
#define EPISODED_CATALOGUE_SHOW_NAMES_H

/* The names by which shows are called: ID, name and aliases, compared without case, accents, spaces and hyphens, so that
 * "all-of-us", "All of Us" and "allofus" are the same name. */

#include <stdbool.h>

#include "bot/catalogue/catalogue.h"

struct show_names; /* opaque: catalogue/show_names.c */

/* Collect the names of all shows. The catalogue must outlive them. -ENOMEM. */
int show_names_new(const struct catalogue *catalogue, struct show_names **ret);
void show_names_free(struct show_names *names); /* NULL-safe */

/* The show of which length bytes of text are a name. A name of several shows means the first of them. NULL: not a name. */
const struct show *show_names_find(const struct show_names *names, const char *text, size_t length);

/* The show of whose name text is a misspelling: one edit from 5 letters on, two from 8 on, the first letter right. NULL: no
 * such show, or several. */
const struct show *show_names_guess(const struct show_names *names, const char *text, size_t length);

#endif
