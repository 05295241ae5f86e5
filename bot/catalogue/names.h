#ifndef EPISODED_CATALOGUE_NAMES_H
#define EPISODED_CATALOGUE_NAMES_H

/*
 * Which characters a text names. All names of all characters are looked for in one pass: the work grows with
 * the text, and with the logarithm of the number of names.
 */

#include <stddef.h>

#include "bot/catalogue/show.h"

#define NAMES_WORDS_MAX 12 /* a longer name is not looked for */
#define NAMES_SAME_MAX  8  /* so many characters are meant by one name, the first of the dataset */

struct names;

struct name_match {
	size_t character; /* index in show->characters */
	size_t spelling;  /* 0: the name, then the aliases; the first of those that occur */
};

/* The names of a show's characters as they are now; -ENOMEM. */
int names_new(const struct show *show, struct names **ret);
void names_free(struct names *names); /* NULL-safe */

/* A character's spelling number index, NULL after the last. */
const char *names_spelling(const struct character *character, size_t index);

/* Who is in a folded text, each once and in the order of the dataset: how many; *ret is valid until the next
 * call. */
size_t names_find(struct names *names, const char *folded, const struct name_match **ret);

#endif
