#ifndef EPISODED_CATALOGUE_VOCABULARY_H
#define EPISODED_CATALOGUE_VOCABULARY_H

/*
 * The words of references to an episode, in the languages that people write: "episode",
 * "folge", "화", "twenty", "finale", "November". A word may have several meanings; the
 * grammar (grammar.h) takes the one that fits.
 */

#include <stddef.h>
#include <stdint.h>

enum vocabulary_meaning {
	MEANS_EPISODE = 1 << 0,   /* "episode", "folge", "話" */
	MEANS_SEASON = 1 << 1,    /* "season", "staffel", "시즌" */
	MEANS_SERIES = 1 << 2,    /* "series": a season, or the whole show: "series finale" */
	MEANS_SPECIAL = 1 << 3,   /* "special", "ova" */
	MEANS_NUMBER = 1 << 4,    /* "five" and "fifth": value */
	MEANS_ORDINAL = 1 << 5,   /* "fifth" */
	MEANS_TENS = 1 << 6,      /* "twenty", before a unit; with MEANS_AND behind it: "عشرة" */
	MEANS_HUNDRED = 1 << 7,   /* after a unit */
	MEANS_FIRST = 1 << 8,     /* "pilot" */
	MEANS_LATEST = 1 << 9,    /* "latest", "last" */
	MEANS_FINALE = 1 << 10,   /* "finale", "end" */
	MEANS_NTH_LAST = 1 << 11, /* "penultimate": value 2 */
	MEANS_NEXT = 1 << 12,
	MEANS_MIDDLE = 1 << 13,
	MEANS_ONE = 1 << 14, /* "one" in "the last one" */
	MEANS_OF = 1 << 15,
	MEANS_AND = 1 << 16,
	MEANS_TO = 1 << 17,
	MEANS_BUT = 1 << 18,     /* "last but one" */
	MEANS_NTH = 1 << 19,     /* joined to a number: "th", "er", "번째" */
	MEANS_COUNTER = 1 << 20, /* before a number: "第", "no" */
	MEANS_BY = 1 << 21,      /* "x" in 1x05 */
	MEANS_MONTH = 1 << 22,   /* value 1 .. 12 */
	MEANS_WEEKDAY = 1 << 23, /* value 1 (Monday) .. 7 */
	MEANS_DAY = 1 << 24,     /* value 0 today, -1 yesterday, 1 tomorrow */
	MEANS_UNIT = 1 << 25,    /* after a number: "年" (value 1), "月" (2), "日" (3) */
	MEANS_FILLER = 1 << 26,  /* "the", "please", "show me": ignored around a reference */
	MEANS_STRONG = 1 << 27,  /* a reference even inside a sentence: "what happens in ep 7" */
	MEANS_BEFORE = 1 << 29,  /* "the one before last" */
	MEANS_SPAN = 1 << 30,    /* "week", "ago": value, enum vocabulary_span */
	MEANS_BOUND = 1
		      << 28, /* also an everyday word: no reference without an episode or season beside it */
};

enum vocabulary_span {
	SPAN_DAYS = 1, /* after a number: "3 days ago" */
	SPAN_NIGHT,    /* "last night" */
	SPAN_WEEK,
	SPAN_MONTH,
	SPAN_AGO,
	SPAN_THIS,      /* "this week", "diese woche" */
	SPAN_LAST_WEEK, /* one word: "지난주" */
	SPAN_THIS_WEEK,
	SPAN_NEXT_WEEK,
};

struct vocabulary_word {
	const char *text; /* as utf8_normalize() writes it */
	uint32_t meanings;
	int value;
};

/* The word, or NULL. text need not be NUL-terminated. */
const struct vocabulary_word *vocabulary_find(const char *text, size_t length);

/* The longest word at the start of text, for scripts without spaces, or NULL. */
const struct vocabulary_word *vocabulary_begins(const char *text, size_t length);

/* Word by index, NULL after the last. */
const struct vocabulary_word *vocabulary_at(size_t index);

#endif
