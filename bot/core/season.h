#ifndef EPISODED_SEASON_H
#define EPISODED_SEASON_H

/* The seasons of a show, and how people refer to one. */

#include "bot/catalogue/show.h"

#define SEASONS_MAX 100 /* in a list; more can be asked for by number */

struct season_list {
	int number[SEASONS_MAX]; /* in order */
	size_t count;
	bool has_specials;
};

void season_list(const struct show *show, struct season_list *ret);

/*
 * season_parse - "2", "season 2", "s02", "first", "latest", "specials"; with "from 501", the number to begin at.
 *
 * Returns: false when the show has no such season.
 * Units:   *ret_season is 0 for the specials; *ret_from is 0 for the first episode.
 */
bool season_parse(const struct show *show, const char *text, int *ret_season, int *ret_from);

#endif
