#ifndef EPISODED_CATALOGUE_WORDS_H
#define EPISODED_CATALOGUE_WORDS_H

/* Folded text as words: one after the other, common ones known, plurals cut. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/catalogue/arena.h"

#define WORD_MAX_BYTES 64 /* a longer word is cut; nobody types it */

/* Copy the next word of folded text into word; where to go on, NULL when there is no more. */
const char *words_next(const char *folded, char word[WORD_MAX_BYTES]);

/* "the", "of", "when": in so many sentences that they tell none apart. */
bool word_is_common(const char *word);

/* A stem that may stand in any sentence, "take", "under": its use gives nothing away. */
bool word_is_everyday(const char *stem);

/* Cut an English plural in place: "drones" -> "drone", "bodies" -> "body", "zombies" and "zombie" -> "zomby".
 * The stem is for comparing, not for reading. */
void word_stem(char *word);

/* Do the words of needle stand next to each other in text? Both folded. */
bool words_contain(const char *text, const char *needle);

/* A set of words: added, then sorted once, then asked for. */
struct word_set {
	struct arena arena;
	const char **words;
	size_t count, capacity;
	int error; /* 0 or -ENOMEM; sticky */
};

void word_set_add(struct word_set *set, const char *word);
void word_set_add_text(struct word_set *set, const char *folded); /* each of its words */
void word_set_sort(struct word_set *set);
bool word_set_has(const struct word_set *set, const char *word); /* after word_set_sort() */
void word_set_release(struct word_set *set);

#endif
