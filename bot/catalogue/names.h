#ifndef EPISODED_CATALOGUE_NAMES_H
#define EPISODED_CATALOGUE_NAMES_H

/*
 * Find the characters that a text names. All names are searched in one pass: the time grows with the length of the
 * text, and with the logarithm of the number of names.
 */

#include <stddef.h>

#include "bot/catalogue/show.h"

#define NAMES_WORDS_MAX 12 /* longer names are not found */
#define NAMES_SAME_MAX  8  /* characters found by a shared name; further ones are ignored */

struct names;

struct name_match {
	size_t character; /* index in show->characters */
	size_t spelling;  /* index for names_spelling(): the first spelling that occurs in the text */
};

/* Collect the names of a show's characters. -ENOMEM. */
int names_new(const struct show *show, struct names **ret);
void names_free(struct names *names); /* NULL-safe */

/* A character's spelling by index: 0 is the name, then the aliases. NULL after the last. */
const char *names_spelling(const struct character *character, size_t index);

/* Find the characters in a folded text, each once, in the order of the dataset. Return their number. *ret is borrowed
 * until the next call. */
size_t names_find(struct names *names, const char *folded, const struct name_match **ret);

#endif
