#ifndef EPISODED_BASE_NEAREST_H
#define EPISODED_BASE_NEAREST_H

/* "Did you mean": the optimal string alignment distance and what lies nearest. */

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) between two byte strings; more than limit gives limit
 * + 1. */
unsigned nearest_distance(const char *a, const char *b, unsigned limit);

/*
 * The one candidate nearest to word, or NULL when none is near enough (one
 * edit up to 4 letters, two up to 8, three above) or when two are equally near.
 */
const char *nearest_of(const char *word, const char *const *candidates, size_t count);

#endif
