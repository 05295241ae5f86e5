#ifndef EPISODED_CATALOGUE_STEM_H
#define EPISODED_CATALOGUE_STEM_H

/*
 * Stems of words, by libstemmer (Snowball), in the language of a text. Words in another script than Latin have the
 * stemmer of that script. A stem is for comparing, not for reading.
 */

#include <stddef.h>

#include "bot/catalogue/words.h"

/* Used by one thread at a time. */
struct stemmer; /* opaque: catalogue/stem.c */

/* The language of a text in Latin script, from the number of times that common words occur in it: "english" if no other
 * language has more. count_of returns how often a folded word occurs. */
const char *stemmer_language(size_t (*count_of)(void *user, const char *word), void *user);

/* language: one of stemmer_language(). NULL: out of memory. */
struct stemmer *stemmer_new(const char *language);
void stemmer_free(struct stemmer *stemmer); /* NULL-safe */

/* Write the stem of a folded word; the word itself if it has no stem. -ENOMEM: the word is written. */
int stemmer_stem(struct stemmer *stemmer, const char *word, char ret[WORD_MAX_BYTES]);

#endif
