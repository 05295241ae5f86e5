#ifndef EPISODED_CATALOGUE_REFERENCE_H
#define EPISODED_CATALOGUE_REFERENCE_H

/*
 * What a person types to mean an episode: 5, e5, #5, ep 5, episode 5, s01e05,
 * s1 e5, 1x05, 105, season 1 episode 5, latest, last, first, -1 (counted from
 * the end), words. Absolute order first where a number is ambiguous.
 */

#include "bot/catalogue/show.h"

#define REFERENCE_MAX_BYTES    200 /* longer ones are refused, not cut */
#define REFERENCE_CANDIDATES   5
#define REFERENCE_REASON_BYTES 256

enum reference_kind {
	REFERENCE_FOUND,     /* candidates[0] is meant */
	REFERENCE_AMBIGUOUS, /* words that fit several equally well: candidates, best first */
	REFERENCE_MISSING,   /* reason names the nearest valid thing */
};

struct reference {
	enum reference_kind kind;
	const struct episode *candidates[REFERENCE_CANDIDATES];
	size_t candidate_count;
	char reason[REFERENCE_REASON_BYTES]; /* "No episode 13. Season 1 has episodes 1 to 12." */
};

void reference_resolve(const struct show *show, const char *words, struct reference *ret);

/* A character by name, alias or a near spelling ("onjo"). NULL with *ret filled as above when none or several
 * fit. */
struct character_match {
	const struct character *candidates[REFERENCE_CANDIDATES];
	size_t candidate_count;
	char reason[REFERENCE_REASON_BYTES];
};
const struct character *reference_character(
		const struct show *show, const char *words, struct character_match *ret);

#endif
