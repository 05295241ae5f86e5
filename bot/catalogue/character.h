#ifndef EPISODED_CATALOGUE_CHARACTER_H
#define EPISODED_CATALOGUE_CHARACTER_H

/* Find a character by name, alias or similar spelling ("onjo"). */

#include <limits.h>

#include "bot/catalogue/show.h"

#define CHARACTER_MAX_BYTES    200 /* longer texts are refused, not cut */
#define CHARACTER_CANDIDATES   5
#define CHARACTER_REASON_BYTES 256
#define CHARACTER_ALL          INT_MAX /* limit_order without a limit */

struct character_match {
	const struct character *candidates[CHARACTER_CANDIDATES];
	size_t candidate_count;
	char reason[CHARACTER_REASON_BYTES];
};

/* Return the character, or NULL if no character or several match; *ret then says why. A character who is first seen
 * after the episode with the order limit_order is found by a full name only, and is neither offered nor named in a
 * reason. */
const struct character *character_find(
		const struct show *show, const char *words, int limit_order, struct character_match *ret);

#endif
