#ifndef EPISODED_FETCH_ADDRESS_H
#define EPISODED_FETCH_ADDRESS_H

/*
 * A show on a site, as people write it: "tvmaze:Harbour Lights", "tvmaze:139", "tvmaze:tt0944947" (the number of IMDb),
 * "tmdb:1399". Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#define FETCH_TEXT_BYTES    200 /* of a name */
#define FETCH_ADDRESS_BYTES (FETCH_TEXT_BYTES + 16)
#define FETCH_ID_MAX        999999999999u

enum fetch_site_id { FETCH_TVMAZE, FETCH_TMDB, FETCH_SITES };

enum fetch_by {
	FETCH_BY_ID,
	FETCH_BY_NAME, /* the site is searched */
	FETCH_BY_IMDB, /* "tt0944947" */
};

struct fetch_address {
	enum fetch_site_id site;
	enum fetch_by by;
	uint64_t id;                 /* 0: not known yet */
	char text[FETCH_TEXT_BYTES]; /* the name, or IMDb's number; "" by ID */
};

/* What the program knows of a site. */
struct fetch_site {
	const char *name;    /* before the colon */
	const char *title;   /* for people */
	const char *base;    /* the address of its API, which the configuration may replace */
	const char *page;    /* of a show, before its number: for people */
	const char *license; /* of what the site gives, and what the site asks for in return */
	const char *credit;  /* the notice that the site requires */
	unsigned gap_ms;     /* at least, between two requests */
	bool needs_token;
};

extern const struct fetch_site fetch_sites[FETCH_SITES];

/* Does the word begin with a site's name and a colon? */
bool fetch_address_is(const char *word);

/* Read such a word. NULL, or what is wrong with it and the fix; *ret untouched then. */
const char *fetch_address_read(const char *word, struct fetch_address *ret);

/* "tvmaze:139"; without an ID the name. Returns buffer. */
const char *fetch_address_text(const struct fetch_address *address, char buffer[FETCH_ADDRESS_BYTES]);

/* The show of a page's URL, as https://www.tvmaze.com/shows/139/harbour-lights. False: it is no such page. */
bool fetch_address_of_page(const char *url, struct fetch_address *ret);

#endif
