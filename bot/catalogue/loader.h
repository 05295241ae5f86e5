#ifndef EPISODED_LOADER_H
#define EPISODED_LOADER_H

/*
 * The parts of a dataset file, each in a file of its own: load_value.c (texts, names, dates, links), load_source.c,
 * load_order.c, load_fact.c, load_character.c, load_episode.c, load_show.c. Private to the loader; the rest of bot/catalogue/ includes
 * load.h.
 *
 * Each function adds the problems that it finds to the document, and returns what it could read: a text is "" and never
 * NULL, an array may be NULL if its count is 0.
 */

#include "bot/catalogue/load.h"

#define LOADER_COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct loader {
	struct json *json;
	struct dataset *dataset;
	const struct source *sources; /* of the show, read before all else */
	size_t source_count;
	const struct source *const *all_sources; /* sources of parts that list no source ids */
	const struct source **by_id;             /* the same, sorted */
};

struct arena *loader_arena(struct loader *loader);

/* A text member of object: a string, or of a map of languages the "en" string, otherwise the first. At most
 * LOAD_TEXT_MAX characters. */
const char *load_text(struct loader *loader, struct json_node *object, const char *key, int flags);
/* The same for a name: at most LOAD_NAME_MAX characters. */
const char *load_name(struct loader *loader, struct json_node *object, const char *key, int flags);
/* The text of a string node as a name. NULL after a problem. */
const char *load_plain_name(struct loader *loader, const struct json_node *node, const char *raw);
/* A list of names. */
const char *const *load_names(
		struct loader *loader, struct json_node *object, const char *key, size_t *ret_count);
/* A link, or the TVmaze object with "original" and "medium" links. http becomes https. */
const char *load_link(struct loader *loader, struct json_node *object, const char *key);
/* The same for a picture, which may also be a file beside the dataset: then its path (catalogue/picture.h). */
const char *load_picture(struct loader *loader, struct json_node *object, const char *key);
/* "rating": a number from 0 to 10, or the TVmaze object with "average". 0: not rated. */
double load_rating(struct loader *loader, struct json_node *object);
struct date load_date(struct loader *loader, struct json_node *object, const char *key);
/* "HH:MM". */
const char *load_clock(struct loader *loader, struct json_node *object, const char *key);
/* "airstamp" of an episode: seconds since 1970 UTC; 0 if it only names a day. */
int64_t load_airstamp(struct loader *loader, struct json_node *object, const char *airtime);

/* A list of the show, or of what a TVmaze export has in "_embedded"; NULL if it has neither. */
struct json_node *load_list(struct loader *loader, struct json_node *root, const char *key);
/* True for an object; otherwise add a problem. */
bool load_is_object(struct loader *loader, const struct json_node *node, const char *what);

void load_sources(struct loader *loader, struct json_node *object);
/* The sources whose ids object lists under "sources"; without a list, all. */
const struct source *const *load_source_ids(
		struct loader *loader, struct json_node *object, size_t *ret_count);

/* The order under key of an object: a number, or an episode like "s02e02". standard: without the key. The regular
 * episodes must be known. */
int load_order(struct loader *loader, struct json_node *object, const char *key, int standard);

/* The text under key of an object, with its "reveal" and its sources. */
void load_fact(struct loader *loader, struct json_node *object, const char *key, int reveal,
		struct fact *ret);
/* The list of facts under key. reveal is the default for a fact without "reveal". */
const struct fact *load_facts(struct loader *loader, struct json_node *object, const char *key, int reveal,
		size_t *ret_count);
/* The same for "warnings" and "quotes". */
const struct warning *load_warnings(
		struct loader *loader, struct json_node *object, int reveal, size_t *ret_count);
const struct quote *load_quotes(
		struct loader *loader, struct json_node *object, int reveal, size_t *ret_count);

/* last: the default "reveal" of a character's facts. */
const struct character *load_characters(
		struct loader *loader, struct json_node *object, int last, size_t *ret_count);
/* Fill the show's episodes and last_order. */
void load_episodes(struct loader *loader, struct json_node *root);
void load_show(struct loader *loader, struct json_node *root, struct show *ret);

#endif
