#ifndef EPISODED_LINE_H
#define EPISODED_LINE_H

/*
 * The line: how far a question may be answered in clear. line_tells() is the one rule of
 * what a reply, a list, a suggestion or a search may show; pure.
 *
 *	declared      up to the lower of what the channel and the asker have seen
 *	undeclared    up to the episode that was asked about
 *	in any case   only what has been shown by the time of the question
 */

#include "bot/catalogue/show.h"

#define LINE_UNDECLARED (-1)

struct line {
	const struct show *show;
	int seen;      /* the order of the last episode seen; 0: not even the first; LINE_UNDECLARED */
	int aired;     /* the highest order of an episode that has been shown */
	int64_t now_s; /* of the question, since 1970 UTC */
};

/* seen may be LINE_UNDECLARED. */
struct line line_of(const struct show *show, int seen, uint64_t now_ms);
/* The lower of two declarations, each of which may be LINE_UNDECLARED. */
int line_lower(int seen, int other);

/* True if a text may be shown in clear that reveal (an order; 0: no spoiler) and earlier episodes tell, to a person who
 * asked about the episode with the order asked (0: about no episode). */
bool line_tells(const struct line *line, int reveal, int asked);
/* The same of what happens in an episode, to a person who asked about it or is offered it. */
bool line_tells_episode(const struct line *line, const struct episode *episode);
/* The same of an episode's title. */
bool line_tells_title(const struct line *line, const struct episode *episode, int asked);

/* True if a list may name a character, and names in it may be compared with what was typed. */
bool line_tells_character(const struct line *line, const struct character *character);

/* An episode's order. A special has the order of the episode after which it belongs by its dataset, or else of the last
 * episode that was shown before it or on its day; without a date, that of the last episode of all. */
int line_place(const struct episode *episode);
/* The order up to which episodes may be found by what happens in them. */
int line_limit(const struct line *line);

#endif
