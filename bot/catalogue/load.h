#ifndef EPISODED_CATALOGUE_LOAD_H
#define EPISODED_CATALOGUE_LOAD_H

/* Reads one dataset file into a show. Private to bot/catalogue/; the public headers are catalogue.h and
 * show.h. */

#include <stdatomic.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/catalogue/arena.h"
#include "bot/catalogue/show.h"

#define DATASETS_MAX     1000 /* files in one folder */
#define LOAD_TEXT_MAX    8000 /* characters of one text; a longer one is a problem */
#define LOAD_NAME_MAX    200  /* characters of a name that appears in a title or that people type */
#define LOAD_SEASONS_MAX 9999 /* some shows number them by year */
#define LOAD_NUMBER_MAX  9999
#define LOAD_MINUTES_MAX 1440 /* a day */
#define LOAD_ADVICE_MAX  1000 /* known ids compared with an unknown one, for "do you mean" */

/* The node that a text was read from, for later problems with the text. */
struct place {
	const struct place *next;
	const char *text;             /* the same pointer as in the show */
	const struct json_node *node; /* valid as long as the document */
};

/* A show and the memory that holds it. */
struct dataset {
	atomic_uint owners; /* catalogues, on several threads */
	const char *path;   /* the file; NULL: dataset_read() alone */
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
/* Another owner; the last dataset_free() frees it. */
struct dataset *dataset_keep(struct dataset *dataset);
void dataset_free(struct dataset *dataset);

/* The node of the document that a text of the show was read from; NULL when the text is not from the file. */
const struct json_node *dataset_place(const struct dataset *dataset, const char *text);

/* Find spoilers: texts that reveal a character or an event too early. Adds them as problems and warnings to
 * the document that the dataset was read from. -ENOMEM. */
int dataset_check(struct json *json, const struct dataset *dataset); /* check.c */

/*
 * Read a file with what lies over it (layers.h; copies may be NULL), call check on it (may be NULL), and append its problems
 * to the report. -EBADMSG when it cannot be read or has a problem, -ENOMEM.
 */
int dataset_load(const char *path, const char *copies,
		int (*check)(struct json *json, const struct dataset *dataset), struct str *report,
		struct dataset **ret);

/* The ID of a file's show: "data/x.json" -> "x"; the caller frees. NULL when out of memory. */
char *dataset_id(const char *path);

/* The paths of a folder's datasets, sorted; for a file, its own path alone. -ENOENT when the folder has no
 * dataset. */
int dataset_paths(const char *path, char ***ret_paths, size_t *ret_count);
void dataset_paths_free(char **paths, size_t count);

#endif
