#ifndef EPISODED_CATALOGUE_SHOW_H
#define EPISODED_CATALOGUE_SHOW_H

/*
 * What a dataset says, in memory and immutable. Every string is UTF-8 and
 * owned by the catalogue; a text is never NULL ("" when the dataset has none)
 * unless a comment says so. Arrays are `count` long.
 */

#include <stdbool.h>
#include <stddef.h>

struct date {
	int year, month, day; /* year 0: not known; month or day 0: known to the year or month only */
};

/* Where a fact comes from. */
struct source {
	const char *id; /* what facts name, "seed-article" */
	const char *title;
	const char *publisher;
	const char *url; /* NULL when there is none */
	struct date published;
};

/* One thing worth telling. reveal: the order of the episode after which it is no spoiler, 0 for always safe.
 */
struct fact {
	const char *text;
	int reveal;
	const struct source *const *sources;
	size_t source_count;
};

struct episode {
	const struct show *show;
	int order;            /* 1, 2, ... over all seasons in order of airing; 0 for a special */
	int season;           /* 0 for a special */
	int number;           /* in its season; 0 where the dataset has null */
	const char *name;     /* "Episode 5" or a real title; never empty */
	bool is_name_generic; /* the name only says the number: not worth showing or searching */
	struct date airdate;
	int runtime_minutes; /* 0: not known */
	const char *summary; /* the synopsis; plain text */
	const char *teaser;  /* gives nothing away */
	const struct fact *trivia;
	size_t trivia_count;
	const struct source *const *sources; /* of summary and air date */
	size_t source_count;
};

struct character {
	const char *name;           /* "Nam On-jo" */
	const char *const *aliases; /* other spellings and short forms */
	size_t alias_count;
	struct fact about; /* who this is; its reveal is the episode that says so */
	int first_seen;    /* order of the first episode whose synopsis has them; 0 not known */
};

struct show {
	const char *id; /* the file's name without .json; "all-of-us-are-dead" */
	const char *name;
	const char *const *aliases;
	size_t alias_count;
	const char *language, *network;
	const char *const *genres;
	size_t genre_count;
	struct date premiered;
	const char *summary;                 /* the premise */
	const struct source *const *sources; /* of the summary and the show's facts */
	size_t source_count;
	const struct episode *episodes; /* by order; specials after them */
	size_t episode_count;           /* with specials */
	int last_order;                 /* episodes that are no specials */
	const struct character *characters;
	size_t character_count;
	const struct fact *trivia; /* about the show as a whole */
	size_t trivia_count;
	const struct source *all_sources;
	size_t all_source_count;
	struct search_index *index; /* opaque: catalogue/search.c */
};

/* "Season 1, episode 5" or "Season 1, episode 5: Title"; a special: "Special: Title". Into the caller's
 * buffer. */
#define EPISODE_LABEL_BYTES 256
const char *episode_label(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);
/* The short reference a person can type back: "s01e05"; for a special its name. */
const char *episode_code(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);

/* "28 January 2022", "January 2022", "2022" or "not known". */
#define DATE_BYTES 32
const char *date_text(struct date date, char buffer[DATE_BYTES]);
bool date_equal(struct date a, struct date b);

/* The episode with this order, NULL when there is none. */
const struct episode *show_episode(const struct show *show, int order);

#endif
