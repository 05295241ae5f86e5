#ifndef EPISODED_BASE_NEAREST_H
#define EPISODED_BASE_NEAREST_H

/* "Did you mean": the optimal string alignment distance, and the nearest candidate. */

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) between two byte strings; limit + 1 when there are more
 * than limit. */
unsigned nearest_distance(const char *a, const char *b, unsigned limit);

/* The edits that are forgiven in a word of a text or a name: 1 from 5 letters on, 2 from 7. */
unsigned nearest_forgiven(const char *word);

/*
 * The candidate nearest to word. NULL when no candidate is within one edit (up
 * to 4 letters), two (up to 8) or three, and when two are equally near.
 */
const char *nearest_of(const char *word, const char *const *candidates, size_t count);

#endif
