#ifndef EPISODED_CATALOGUE_REFERENCE_H
#define EPISODED_CATALOGUE_REFERENCE_H

/*
 * The episode that typed words refer to. In this order:
 *
 *	an exact title of one episode	"The End", "33", "Pilot"
 *	a form of the grammar (grammar.h)	5, s01e05, latest, 24 November
 *	such a form inside a sentence	"what happens in ep 7"
 *	words of the episode's text	"drone", "music room"
 *
 * A number is the number that the dataset gives. Over several seasons it counts through all of them, gaps
 * included, unless the seasons continue each other's numbers; 205 without such an episode is season 2,
 * episode 5. "latest" and "last" are the last episode that has been shown; -1, "finale" and "end" the last
 * that the dataset lists.
 */

#include <limits.h>
#include <stdbool.h>

#include "bot/catalogue/show.h"

#define REFERENCE_MAX_BYTES    200 /* longer texts are refused, not cut */
#define REFERENCE_CANDIDATES   5
#define REFERENCE_REASON_BYTES 256
#define REFERENCE_ALL          INT_MAX /* an order after that of any episode */

/* What is known about the question. */
struct reference_asked {
	struct date today; /* the day of the question where the show is shown; year 0: not known */
	int aired;         /* the highest order of an episode that has been shown; REFERENCE_ALL: all have */
	int limit;         /* only texts up to this order are searched and quoted; REFERENCE_ALL: all are */
};

enum reference_kind {
	REFERENCE_FOUND,     /* the episode is candidates[0] */
	REFERENCE_AMBIGUOUS, /* several episodes match about equally, or several were asked for */
	REFERENCE_GUESS, /* the words are not those of the candidates, but similar: ask before telling anything */
	REFERENCE_MISSING, /* no episode matches; candidates are the nearest ones, if there are any */
};

struct reference {
	enum reference_kind kind;
	bool is_form;     /* the words, or some of them, are a form of the grammar */
	bool is_position; /* that form names no number: "latest", "yesterday" */
	const struct episode *candidates[REFERENCE_CANDIDATES]; /* best first */
	size_t candidate_count;
	char reason[REFERENCE_REASON_BYTES]; /* "No episode 13. Season 1 has episodes 1 to 12." */
};

/* asked may be NULL: nothing is known, and nothing is limited. */
void reference_resolve(const struct show *show, const char *words, const struct reference_asked *asked,
		struct reference *ret);

/*
 * The same for a part of words that is a reference in a sentence: "latest" of "the latest drama". Other words do not
 * matter beside a number or a date. Beside a position ("latest", "finale", "yesterday") they do: with a word that is in
 * no sentence and in no text of the show, it may be another show's, so the episode is a guess.
 */
void reference_resolve_part(const struct show *show, const char *words, const char *part,
		const struct reference_asked *asked, struct reference *ret);

#endif
