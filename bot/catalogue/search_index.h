#ifndef EPISODED_CATALOGUE_SEARCH_INDEX_H
#define EPISODED_CATALOGUE_SEARCH_INDEX_H

/*
 * The full-text index of a show: for each word, the texts that contain it, how often, and the order of the episode
 * after which the word is no spoiler.
 */

#include <stdint.h>

#include "bot/catalogue/arena.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/show.h"
#include "bot/catalogue/stem.h"

#define POSTING_REVEAL_MAX 65535 /* this and later ones: found only by a search without a limit */
#define POSTING_UNIT       10    /* count of a word that occurs once */

/* A word in a text. */
struct posting {
	uint32_t document; /* index in documents */
	uint16_t reveal;
	uint8_t count; /* in units of 1/POSTING_UNIT: words of a title count more, words of facts less */
	uint8_t field; /* enum search_field */
};

/* A word. Terms with the same stem are forms of one word. */
struct term {
	const char *stem, *word; /* folded; the same pointer if they are equal */
	uint32_t posting_first;
	uint32_t posting_count : 31;
	uint32_t is_name : 1; /* it occurs in the name of a character */
};

/* What a search finds. */
struct document {
	const struct episode *episode; /* NULL for characters and for facts about the show */
	const struct fact *fact;
	const struct character *character;
	enum search_kind kind;
	unsigned length;       /* in words */
	const uint32_t *named; /* the characters whom the synopsis names, by index, sorted */
	size_t named_count;
};

struct search_index {
	struct arena arena;
	struct stemmer *stemmer;
	struct term *terms; /* sorted by stem, then by word */
	size_t term_count;
	struct posting *postings;   /* of each term in the order of documents */
	struct document *documents; /* first one per episode, then facts and characters */
	const char **titles;        /* one per episode, folded */
	size_t document_count;
	double average_length; /* of episodes */
};

/* The terms that are forms of a folded word: those with its stem. Return their number, and the first. */
size_t search_index_forms(const struct search_index *index, const char *word, const struct term **ret_first);

/* The terms from the first whose stem begins with these bytes to the last. */
size_t search_index_begin(const struct search_index *index, const char *bytes, size_t length,
		const struct term **ret_first);

/* The stem of a folded word in the language of the show's texts. */
void search_index_stem(const struct search_index *index, const char *word, char ret[WORD_MAX_BYTES]);

/* Append text folded as the index folds it: "Byeong-chan's lab" -> "byeongchan lab". */
void search_index_fold(struct str *str, const char *text);

#endif
