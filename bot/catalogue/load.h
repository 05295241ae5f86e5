#ifndef EPISODED_CATALOGUE_LOAD_H
#define EPISODED_CATALOGUE_LOAD_H

/* One dataset file into a show. Inside the catalogue only; others see catalogue.h and show.h. */

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

#define LOAD_TEXT_MAX_BYTES 8000 /* one text of a dataset; longer ones are problems */
#define LOAD_NAME_MAX_BYTES 200  /* what stands in a title or is typed */
#define LOAD_SEASONS_MAX    9999 /* some shows number them by year */
#define LOAD_NUMBER_MAX     9999
#define LOAD_MINUTES_MAX    1440 /* a day */
#define LOAD_ADVICE_MAX     1000 /* so many ids are compared with a wrong one */

/* Where a text stands in the file, for whoever finds fault with it later. */
struct place {
	const struct place *next;
	const char *text;             /* the pointer that is in the show */
	const struct json_node *node; /* as long as the document lives */
};

/* A show and the memory it lives in. */
struct dataset {
	struct show show;
	struct arena arena;
	const struct place *places;
};

/*
 * dataset_read - a parsed document into a show.
 *
 * Shape:   data/schema.json, or a TVmaze export with ?embed=episodes.
 * Units:   dates are the dataset's own days, runtimes minutes.
 * Owns:    *ret is the caller's, dataset_free(); its places borrow the document.
 * Errors:  -EBADMSG when the document is broken: its problems say why. -ENOMEM.
 * Source:  https://www.tvmaze.com/api, "Show main information".
 */
int dataset_read(struct json *json, const char *id, struct dataset **ret);
void dataset_free(struct dataset *dataset);

/* The document's node a text of the show was read from, NULL when it was not in the file. */
const struct json_node *dataset_place(const struct dataset *dataset, const char *text);

/* Note what is told too early as problems and warnings of the document the dataset was read from. -ENOMEM. */
int dataset_check(struct json *json, const struct dataset *dataset); /* check.c */

/*
 * Read a file, have it checked (check may be NULL), and append its problems to
 * the report. -EBADMSG when it cannot be read or has a problem, -ENOMEM.
 */
int dataset_load(const char *path, int (*check)(struct json *json, const struct dataset *dataset),
		struct str *report, struct dataset **ret);

/* The paths of a folder's datasets, sorted; for a file, its own path alone. -ENOENT when there is none. */
int dataset_paths(const char *path, char ***ret_paths, size_t *ret_count);
void dataset_paths_free(char **paths, size_t count);
/* "data/x.json" -> "x"; the caller frees. NULL when out of memory. */
char *dataset_id(const char *path);

#endif
