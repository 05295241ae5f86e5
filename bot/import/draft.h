#ifndef EPISODED_IMPORT_DRAFT_H
#define EPISODED_IMPORT_DRAFT_H

/*
 * A show in the making: what one or several files told about it. Every value is optional, is a clean text in the form in
 * which a dataset has it, and knows where it was read.
 *
 *	struct show_draft *draft;
 *	struct episode_draft *episode;
 *
 *	draft_new(&draft);
 *	draft_set_show(draft, SHOW_NAME, at, "Harbour Lights", notes);
 *	episode = draft_episode(draft, 1, 2, at);                        // season 1, episode 2
 *	draft_set_episode(draft, episode, EPISODE_AIRDATE, at, "2026-01-15", notes);
 *	draft_add_fact(draft, &episode->lists[EPISODE_TRIVIA], at, "The pier is real.", reveal_default, notes);
 *	if (draft_error(draft)) ...                                      // out of memory, looked at once, at the end
 *	draft_free(draft);
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/catalogue/arena.h"
#include "bot/import/notes.h"

#define DRAFT_JSON_MAX_BYTES (8u * 1024 * 1024) /* of one item or member */

struct json_node;
struct draft_index;  /* episodes by season and number; opaque: import/draft.c */
struct draft_orders; /* opaque: import/draft.c */
struct draft_keys;   /* the keys of a list; opaque: import/draft_list.c */

#define DRAFT_EPISODES_MAX 20000 /* of one show; a file with more is refused with a note */
#define DRAFT_ITEMS_MAX    20000 /* of one list */

/* How a value is cleaned and checked, and how it is written. */
enum draft_kind {
	DRAFT_NAME,   /* plain text, at most LOAD_NAME_MAX characters; HTML is removed; longer ones are cut */
	DRAFT_TEXT,   /* the same, at most LOAD_TEXT_MAX characters, cut after a sentence */
	DRAFT_DATE,   /* YYYY-MM-DD, YYYY-MM or YYYY */
	DRAFT_CLOCK,  /* HH:MM */
	DRAFT_STAMP,  /* a moment with its offset from UTC: 2026-01-15T21:00:00+00:00 */
	DRAFT_ZONE,   /* Europe/Berlin */
	DRAFT_LINK,   /* https://; http becomes https */
	DRAFT_NUMBER, /* a whole number, between the limits of its field */
	DRAFT_RATING, /* 0 to 10, a decimal point; 0: not rated */
};

/* One value. text is "" and never NULL if the value is not known. */
struct draft_value {
	const char *text;
	const char *json; /* as one of our datasets has it, if that is more than the text: a map of languages; else NULL */
	struct origin origin;
};

/* A member of the dataset's JSON. */
struct draft_field {
	const char *key;
	enum draft_kind kind;
	bool is_fact; /* a newer answer of a source is right (dates, hours, links); false: a text that people may have edited */
	long low, high; /* of DRAFT_NUMBER */
};

enum show_field {
	SHOW_ID, /* of the source, a number */
	SHOW_NAME,
	SHOW_LANGUAGE, /* in English: "Korean" */
	SHOW_NETWORK,
	SHOW_TIMEZONE, /* of dates and hours */
	SHOW_PREMIERED,
	SHOW_ENDED,
	SHOW_STATUS,        /* as TVmaze writes it: Running, Ended, To Be Determined, In Development */
	SHOW_SCHEDULE_TIME, /* "21:00" */
	SHOW_SUMMARY,       /* the premise */
	SHOW_IMAGE,
	SHOW_URL,
	SHOW_RATING,
	SHOW_LICENSE,
	SHOW_FIELDS,
};

enum show_list {
	SHOW_ALIASES,
	SHOW_GENRES,
	SHOW_SCHEDULE_DAYS, /* "Monday" */
	SHOW_WHERE,         /* places to watch */
	SHOW_CAST,
	SHOW_SOURCES,
	SHOW_CHARACTERS,
	SHOW_TRIVIA,
	SHOW_WARNINGS,
	SHOW_QUOTES,
	SHOW_LISTS,
};

enum episode_field {
	EPISODE_ID, /* of the source, a number: the same episode after it got another season or number */
	EPISODE_NAME,
	EPISODE_TYPE, /* "regular", "significant_special" */
	EPISODE_AIRDATE,
	EPISODE_AIRTIME,
	EPISODE_AIRSTAMP, /* set together with EPISODE_AIRTIME only: without an hour a stamp names a day */
	EPISODE_RUNTIME,  /* minutes */
	EPISODE_SUMMARY,  /* what happens */
	EPISODE_TEASER,   /* free of spoilers */
	EPISODE_IMAGE,
	EPISODE_URL,
	EPISODE_RATING,
	EPISODE_FIELDS,
};

enum episode_list {
	EPISODE_KEYWORDS,
	EPISODE_TRIVIA,
	EPISODE_WARNINGS,
	EPISODE_QUOTES,
	EPISODE_SOURCES, /* ids of the show's sources */
	EPISODE_LISTS,
};

extern const struct draft_field show_fields[SHOW_FIELDS];
extern const struct draft_field episode_fields[EPISODE_FIELDS];
extern const char *const show_list_keys[SHOW_LISTS];
extern const char *const episode_list_keys[EPISODE_LISTS];

/* The episode after which something is not a spoiler. */
struct draft_reveal {
	enum {
		REVEAL_DEFAULT, /* as the dataset's format says for that list: "reveal" is not written */
		REVEAL_NEVER,   /* not a spoiler: 0 */
		REVEAL_EPISODE,
		REVEAL_BEFORE, /* after the episode before that one; number 0: before the first one of the season */
		REVEAL_SEASON, /* after the last episode of the season */
		REVEAL_LAST,   /* after the last episode of the show as it is written */
	} kind;
	int season, number; /* REVEAL_EPISODE, REVEAL_BEFORE, REVEAL_SEASON */
};

/* An item of a list. */
struct draft_item {
	struct draft_item *next;
	const char *json; /* the item: a JSON string, or an object without "reveal" */
	const char *key;  /* two items of a list with the same key (the folded text or name) are one */
	struct draft_reveal reveal;
	struct origin origin;
};

struct draft_list {
	struct draft_item *first, *last;
	size_t count;
	struct draft_keys *keys;
};

/* A member that only our datasets have and that an import does not change: "title_reveal", "refresh". */
struct draft_extra {
	struct draft_extra *next;
	const char *key, *json;
};

struct episode_draft {
	int season;                /* 0: a special */
	int number;                /* 0: a special without a number */
	struct draft_reveal after; /* where a special belongs; REVEAL_DEFAULT: not known */
	struct draft_value values[EPISODE_FIELDS];
	struct draft_list lists[EPISODE_LISTS];
	struct draft_extra *extras;
	struct origin origin;
	bool is_gone; /* the newer source of the last merge no longer has it */
};

/* What a person has seen, from an export of another service. */
struct draft_seen {
	struct draft_seen *next;
	const char *show, *id; /* the show's name; its id there, or "" */
	int season, number;    /* the last episode seen in a row, of the show as a whole */
};

struct show_draft {
	struct draft_value values[SHOW_FIELDS];
	struct draft_list lists[SHOW_LISTS];
	struct draft_extra *extras;
	struct episode_draft **episodes; /* in the order in which they were added; see draft_sort() */
	size_t episode_count;
	struct draft_seen *seen;     /* newest first */
	struct draft_orders *orders; /* of the dataset that was read, by which its items count; may be NULL */
	struct draft_index *index;
	struct arena arena; /* of all of the above but the arrays */
};

/* -ENOMEM. */
int draft_new(struct show_draft **ret);
void draft_free(struct show_draft *draft);

/* 0, or the first -ENOMEM of any function below. */
int draft_error(const struct show_draft *draft);

/*
 * The episode with this season and number, which is added if the draft does not have it. Season 0: a special; number 0: a
 * special without a number, which is added each time. NULL out of memory, and for numbers that a dataset cannot have
 * (season over LOAD_SEASONS_MAX, number over LOAD_NUMBER_MAX, negative) or beyond DRAFT_EPISODES_MAX: complain with
 * draft_refuse_episode().
 */
struct episode_draft *draft_episode(struct show_draft *draft, long season, long number, struct origin at);
/* The same, but NULL if the draft does not have it. */
struct episode_draft *draft_find(const struct show_draft *draft, long season, long number);
/* The note for an episode that draft_episode() did not take. */
void draft_refuse_episode(const struct show_draft *draft, long season, long number, struct origin at,
		struct notes *notes);

/*
 * Set a value. raw is borrowed; NULL, an empty text and what files write for "not known" ("0000-00-00", "N/A" of no
 * kind but texts) leave the value unset and return false. A raw that cannot be used is a note (NOTE_DROPPED), and also
 * leaves it unset; a text that is cut is a NOTE_CHANGED. An earlier value is replaced.
 */
bool draft_set_show(struct show_draft *draft, enum show_field field, struct origin at, const char *raw,
		struct notes *notes);
bool draft_set_episode(struct show_draft *draft, struct episode_draft *episode, enum episode_field field,
		struct origin at, const char *raw, struct notes *notes);
/* The same for a number. Values out of the field's limits are notes, except 0, which is "not known". */
bool draft_set_episode_number(struct show_draft *draft, struct episode_draft *episode,
		enum episode_field field, struct origin at, long number, struct notes *notes);

/* Add to a list, unless the list has it already. Cleaned as DRAFT_NAME (a name) or DRAFT_TEXT. Return whether it was new. */
bool draft_add_name(struct show_draft *draft, struct draft_list *list, struct origin at, const char *raw,
		struct notes *notes);
bool draft_add_fact(struct show_draft *draft, struct draft_list *list, struct origin at, const char *raw,
		struct draft_reveal reveal, struct notes *notes);
bool draft_add_cast(struct show_draft *draft, struct origin at, const char *actor, const char *role,
		struct notes *notes);
bool draft_add_where(struct show_draft *draft, struct origin at, const char *name, const char *link,
		struct notes *notes);
/* A source of the texts: shown by !source. id is made of ASCII letters, digits and hyphens: "tvmaze". */
bool draft_add_source(struct show_draft *draft, const char *id, const char *title, const char *publisher,
		const char *link);
/* An item that is JSON already. key: see struct draft_item. */
bool draft_add_json(struct show_draft *draft, struct draft_list *list, struct origin at, const char *key,
		const char *json, struct draft_reveal reveal);
/* An item of a dataset, as it is. */
bool draft_add_node(
		struct show_draft *draft, struct draft_list *list, struct origin at, struct json_node *node);
/* Keep a member as it is. json: its value. */
void draft_add_extra(
		struct show_draft *draft, struct draft_extra **extras, const char *key, const char *json);

/* Note that a person has seen a show up to an episode. */
void draft_add_seen(struct show_draft *draft, const char *show, const char *id, int season, int number);

/* "s02e02" or "2x02" (any case), "last" or "0" as a reveal. -EBADMSG. */
int draft_reveal_from(const char *text, struct draft_reveal *ret);

/* A copy that lives as long as the draft; "" for NULL and out of memory. */
const char *draft_keep(struct show_draft *draft, const char *text, size_t length);

/* Sort the episodes: seasons and numbers, specials last. */
void draft_sort(struct show_draft *draft);

/*
 * A dataset names episodes by their order, 1 for the first of all. The order of an episode in the sorted draft; 0 for a
 * special, and if the draft does not have it. The order of the last.
 */
int draft_order(const struct show_draft *draft, int season, int number);
int draft_last_order(const struct show_draft *draft);
/* How many regular episodes the sorted draft has before that one, which it need not have. */
int draft_order_before(const struct show_draft *draft, int season, int number);
/* The draft is now as in the dataset it was read from: the orders in its items and extras are those of this moment. */
void draft_learn_orders(struct show_draft *draft);
/* Two drafts are merged: into takes over such a moment of from. False if both have one, and of different episodes: then the
 * orders in from's items are not those of into. */
bool draft_take_orders(struct show_draft *into, const struct show_draft *from);
/* What an order of that moment is in the sorted draft; unchanged without such a moment. Whether any differs. */
int draft_order_now(const struct show_draft *draft, int order);
bool draft_is_renumbered(const struct show_draft *draft);

/* True for a name that says no more than the number, or that there is no name yet: "Episode 886", "TBA". */
bool draft_is_placeholder(const char *name);

#endif
