#ifndef EPISODED_CATALOGUE_GRAMMAR_H
#define EPISODED_CATALOGUE_GRAMMAR_H

/*
 * The forms in which people write an episode, without knowledge of a show:
 *
 *	5  #5  ep 5  EP.05  5th  fifth  twenty-one  XII  5 of 12  第5話  folge 5
 *	s01e05  1x05  season 1 episode 5  2 сезон 5 серия  5 of season 1  season 1
 *	first  pilot  latest  finale  s1 finale  penultimate  third from the end  -1  first 3
 *	special 1  s00e01  0x01  season 2 special  specials
 *	2026-11-24  24 November  Nov 24, 2026  24.11.2026  24.11.  24/11
 *	today  last friday  last week  this month  3 days ago
 *	5,6  5 and 6  1-3  s01e05-e06  s01e01e02  episodes 5 to 7 of season 2
 *
 * Brackets, quotes and markup around any part are ignored, and so are "please" and its like around the
 * whole.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/catalogue/show.h"

#define GRAMMAR_POINTS_MAX     8       /* of a list; further ones make the text no reference */
#define GRAMMAR_NUMBER_MAX     1000000 /* larger numbers become this; no show has as many episodes */
#define GRAMMAR_ANY_SEASON     (-1)
#define GRAMMAR_PRESENT_SEASON (-2) /* the season of the latest episode */

enum grammar_kind {
	GRAMMAR_NUMBER,   /* number; of season, unless any */
	GRAMMAR_SEASON,   /* a season as a whole; 0: the specials */
	GRAMMAR_SPECIAL,  /* number, 0: not given; with a season, the specials of this season */
	GRAMMAR_FIRST,    /* number: how many */
	GRAMMAR_LATEST,   /* number: how many */
	GRAMMAR_NTH_LAST, /* counted from the latest: number 1 is the latest, 2 the penultimate */
	GRAMMAR_FROM_END, /* counted from the last that is listed, shown or not: -1 is number 1 */
	GRAMMAR_FINALE,   /* the last that is listed */
	GRAMMAR_MIDDLE,
	GRAMMAR_NEXT,    /* the first that has not been shown */
	GRAMMAR_DATE,    /* date; its year or day may be 0 */
	GRAMMAR_DAY,     /* number: days from today */
	GRAMMAR_WEEK,    /* number: weeks from this one; a week begins on Monday */
	GRAMMAR_MONTH,   /* number: months from this one */
	GRAMMAR_WEEKDAY, /* number: 1 (Monday) .. 7; season: -1 the last one, 1 the next one, 0 not given */
};

struct grammar_point {
	enum grammar_kind kind;
	int season, number;
	struct date date;
	struct date other; /* the same written date with day and month swapped, if both are dates; else month 0 */
	/* A number that may be the date above instead: "11/24" is a number of total, 24, and "1.05" one of a season. A
	 * date may have both as well: "2.10". */
	bool is_maybe_date;
	int total;
};

enum grammar_form {
	GRAMMAR_WORDS, /* no reference: words to search for */
	GRAMMAR_ONE,
	GRAMMAR_LIST,
	GRAMMAR_RANGE, /* from points[0] to points[1] */
};

struct grammar {
	enum grammar_form form;
	bool is_weak; /* only a roman number, which may also be a name: "vi" */
	struct grammar_point points[GRAMMAR_POINTS_MAX];
	size_t count;
};

/* Read a whole text. normalized: the result of utf8_normalize(). */
void grammar_parse(const char *normalized, struct grammar *ret);

/* Find an explicit reference in a sentence: "what happens in ep 7". GRAMMAR_WORDS: not found. */
void grammar_find(const char *normalized, struct grammar *ret);

#endif
