#ifndef EPISODED_CATALOGUE_SHOW_H
#define EPISODED_CATALOGUE_SHOW_H

/*
 * A dataset in memory, immutable. Every string is UTF-8 and owned by the catalogue. A
 * string that the dataset does not have is "", and never NULL unless a comment says so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct date {
	int year, month, day; /* year 0: unknown; month or day 0: only the larger units are known */
};

/* The source of a fact. */
struct source {
	const char *id; /* used by facts to refer to the source: "seed-article" */
	const char *title;
	const char *publisher;
	const char *url; /* may be NULL */
	struct date published;
};

/* A text that tells what happens: opaque to commands, which let the core show it (catalogue/telling.h). */
struct telling;

#define FACTS_DRAWN_MAX 512 /* of one list; random trivia is drawn from these */

/* One fact. reveal is the order of the episode after which the fact is not a spoiler; 0: it never is. */
struct fact {
	const struct telling *text;
	const char *words; /* of the text of trivia, as facts_about() compares them; else NULL */
	int reveal;
	const struct source *const *sources;
	size_t source_count;
};

enum warning_kind {
	WARNING_VIOLENCE,
	WARNING_BLOOD,
	WARNING_SELF_HARM,
	WARNING_SUICIDE,
	WARNING_SEXUAL_VIOLENCE,
	WARNING_BULLYING,
	WARNING_HARM_TO_CHILDREN,
	WARNING_HARM_TO_ANIMALS,
	WARNING_FLASHING_LIGHTS,
	WARNING_GRIEF,
	WARNING_COUNT,
};

/* A content warning. The category may always be shown; the note is a fact. */
struct warning {
	enum warning_kind kind;
	struct fact note; /* text "": there is no note */
};

/* A line of dialogue. */
struct quote {
	struct fact said;
	const char *speaker; /* "": unknown */
};

/* An actor and a role. */
struct cast_member {
	const char *actor, *role;
};

/* Where the show can be watched: a service, and a link to it ("": not known). */
struct outlet {
	const char *name, *url;
};

struct episode {
	const struct show *show;
	int order;          /* 1, 2, ... over all seasons in order of airing; 0 for a special */
	int season;         /* 0 for a special */
	int number;         /* within its season; 0 if the dataset has null */
	int absolute;       /* counted through all seasons, with the gaps in their numbers; 0 for a special */
	int special;        /* 1, 2, ...: its number as "special 1" and "s00e01"; 0: not a special */
	int special_season; /* the season that the dataset gives to a special; 0: no season */
	int after; /* of a special: the order of the episode after which it belongs; -1: see its airdate */
	const struct telling *name; /* "Episode 5" or a real title; never empty */
	bool is_name_generic; /* the name is only a number, like "Episode 5": do not show or search it */
	int title_reveal;     /* the title is a spoiler before this episode has been seen; 0: never */
	struct date airdate;  /* in the show's time zone */
	const char *airtime;  /* the hour in that zone: "21:00"; "": unknown */
	int64_t airstamp;     /* the hour: seconds since 1970 UTC; 0: only the day is known */
	int64_t aired_from_s; /* seconds since 1970 UTC; see airing.h */
	int runtime_minutes;  /* 0: unknown */
	const struct telling *summary; /* the synopsis; plain text */
	const char *teaser;            /* free of spoilers */
	const struct fact *trivia;
	size_t trivia_count;
	const struct telling *const *keywords; /* words by which the episode is found; never shown */
	size_t keyword_count;
	const struct warning *warnings;
	size_t warning_count;
	const struct quote *quotes;
	size_t quote_count;
	const char *image, *url;             /* a picture (catalogue/picture.h); an https link */
	double rating;                       /* of 10; 0: not rated */
	const struct source *const *sources; /* of summary and airdate */
	size_t source_count;
};

struct character {
	const char *name;           /* "Nam On-jo" */
	const char *const *aliases; /* other spellings and short forms */
	size_t alias_count;
	struct fact about;        /* who the character is */
	const struct fact *facts; /* what becomes known later, in order of reveal */
	size_t fact_count;
	const char *image;
	int first_seen; /* order of the first episode whose synopsis names the character; 0: unknown */
};

struct show {
	const char *id; /* the file's name without .json; "all-of-us-are-dead" */
	const char *name;
	const char *const *aliases;
	size_t alias_count;
	const char *language, *network;
	const char *const *genres;
	size_t genre_count;
	struct date premiered, ended; /* ended: year 0 if it has not, or if that is not known */
	const char *status;        /* "Running", "Ended", "To Be Determined", "In Development"; "": unknown */
	const char *zone;          /* IANA name of the time zone of airdate and schedule; "": unknown */
	const char *schedule_time; /* "21:00"; "": unknown */
	const char *const *schedule_days; /* "Monday" */
	size_t schedule_day_count;
	const char *summary;                 /* the premise */
	const struct source *const *sources; /* of the summary and the show's facts */
	size_t source_count;
	const struct episode *episodes; /* sorted by order, followed by specials */
	size_t episode_count;           /* including specials */
	int last_order;                 /* number of episodes without specials */
	int season_count;               /* without specials */
	const struct character *characters;
	size_t character_count;
	const struct fact *trivia; /* about the show as a whole */
	size_t trivia_count;
	const struct warning *warnings;
	size_t warning_count;
	const struct quote *quotes;
	size_t quote_count;
	const struct cast_member *cast;
	size_t cast_count;
	const struct outlet *where;
	size_t where_count;
	const char *image, *url, *license;
	const char *from; /* where it was fetched, "tvmaze:139"; "": its url says it, or it was not fetched */
	bool is_refreshed_daily; /* the running bot keeps it current */
	double rating;
	const struct source *all_sources;
	size_t all_source_count;
	const struct titles *titles; /* of its episodes; catalogue/titles.h */
	struct search_index *index;  /* opaque: catalogue/search.c */
};

#define EPISODE_LABEL_BYTES 1024 /* holds the longest name of a dataset */
/* A short reference that a person can type: "s01e05"; of a special "s00e01". */
const char *episode_code(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);

/* Write "28 January 2022", "January 2022", "2022" or "not known" to buffer, and return buffer. */
#define DATE_BYTES 32
const char *date_text(struct date date, char buffer[DATE_BYTES]);
bool date_equal(struct date a, struct date b);
/* Negative, 0 or positive, as for qsort(); an unknown date is earlier than any, a month earlier than its days. */
int date_compare(struct date a, struct date b);
/* True for a day of the Gregorian calendar; in the unknown year, 29 February is one. */
bool date_exists(struct date date);

/* "sexual violence": the category as datasets write it. */
const char *warning_text(enum warning_kind kind);

/* The highest number of an episode in a season; 0: there is no such season. */
int show_season_last(const struct show *show, int season);

/* The episode that help and placeholders take as an example. */
const struct episode *show_example(const struct show *show);

/* The order of the episode that introduces a character: without first_seen, the reveal of who it is. */
int character_place(const struct character *character);

/* The episode with this order, or NULL. */
const struct episode *show_episode(const struct show *show, int order);
/* The index of the first episode from this season and number on, without specials; last_order if all are before. */
size_t show_find(const struct show *show, int season, int number);
/* The episode with this number of a season; season 0: of the specials. NULL if there is no such episode. */
const struct episode *show_numbered(const struct show *show, int season, int number);
/* The episode that follows (step +1) or precedes (-1), or NULL. From a special it is the one that was shown next or
 * before, special or not; from other episodes never a special. */
const struct episode *show_neighbour(const struct episode *episode, int step);

#endif
