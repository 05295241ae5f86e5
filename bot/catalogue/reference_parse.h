#ifndef EPISODED_CATALOGUE_REFERENCE_PARSE_H
#define EPISODED_CATALOGUE_REFERENCE_PARSE_H

/* The grammar of references, without a show: what was asked for, not whether there is one. */

#define REFERENCE_NUMBER_MAX 1000000 /* higher ones count as this; no show has so many */

enum wanted_kind {
	WANTED_WORDS,     /* no number at all: to be searched */
	WANTED_NUMBER,    /* 5, #5, ep 5, 105 */
	WANTED_IN_SEASON, /* s01e05, 1x05, season 1 episode 5 */
	WANTED_SEASON,    /* season 1 */
	WANTED_FROM_END,  /* -1 */
	WANTED_FIRST,
	WANTED_LAST,
};

struct wanted {
	enum wanted_kind kind;
	int season; /* 0: of any */
	int number;
};

/* normalized: through utf8_normalize(). */
void reference_parse(const char *normalized, struct wanted *ret);

#endif
