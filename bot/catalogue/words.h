#ifndef EPISODED_CATALOGUE_WORDS_H
#define EPISODED_CATALOGUE_WORDS_H

/* The words of folded text: iteration, joining, common words, stemming. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"
#include "bot/catalogue/arena.h"

#define WORD_MAX_BYTES 64 /* longer words are cut */

/* Copy the next word of folded text to word. Return the position after it, or NULL at the end. */
const char *words_next(const char *folded, char word[WORD_MAX_BYTES]);

/* True for words like "the", "of" or "when", which are in too many texts to be useful for searching. */
bool word_is_common(const char *word);

/* True for stems of everyday words like "take" or "under", which cannot be spoilers. */
bool word_is_everyday(const char *stem);

/* Stem an English plural in place: "drones" -> "drone", "bodies" -> "body", "zombies" and "zombie" -> "zomby". The
 * stem is for comparing, not for reading. */
void word_stem(char *word);

/* Append folded text without its spaces: "all of us" -> "allofus". */
void words_squeeze(struct str *str, const char *folded);

/* True if the words of needle occur one after another in text. Both are folded. */
bool words_contain(const char *text, const char *needle);

/* A set of words: first add all, then sort once, then look up. */
struct word_set {
	struct arena arena;
	const char **words;
	size_t count, capacity;
	int error; /* 0 or -ENOMEM; stays set */
};

void word_set_add(struct word_set *set, const char *word);
void word_set_add_text(struct word_set *set, const char *folded); /* add each word of text */
void word_set_sort(struct word_set *set);
bool word_set_has(const struct word_set *set, const char *word); /* call word_set_sort() before */
void word_set_release(struct word_set *set);

#endif
