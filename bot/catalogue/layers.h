#ifndef EPISODED_CATALOGUE_LAYERS_H
#define EPISODED_CATALOGUE_LAYERS_H

/*
 * A show's file, and what lies over it: the copy that the running bot has refreshed, and the owner's edits.
 *
 *	FOLDER/NAME.json          the file; never written by the running bot
 *	COPIES/NAME.json          the refreshed copy, used in place of the file as long as its "refreshed" names the file's sum
 *	FOLDER/NAME.edits.json    an object of the same shape: its members replace those of the above
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_node;
struct str;

#define LAYERS_SUM_BYTES 17 /* 16 hexadecimal digits */

/* The sum of a file's bytes, as "over" of "refreshed" has it. */
const char *layers_sum(const char *bytes, size_t length, char ret[LAYERS_SUM_BYTES]);

/* Is it a file of edits, and so no dataset of its own? */
bool layers_is_edits(const char *name);

/* COPIES/NAME.json; with NULL in place of copies FOLDER/NAME.edits.json. The caller frees *ret. -ENOENT: the path does not end
 * with ".json", so that nothing lies over it; -ENOMEM. */
int layers_path(const char *path, const char *copies, char **ret);

/*
 * layers_over - what lies over a file.
 *
 * copies: the folder of refreshed copies; NULL: there is no such folder. Problems of the layers are appended to the report;
 * a layer with problems is left out.
 * Errors: 0, with *ret_text, which the caller frees, or NULL if nothing lies over it. *ret_changes: whether edits are in it.
 *         -ENOMEM.
 */
int layers_over(const char *path, const char *copies, struct str *report, char **ret_text, size_t *ret_length,
		bool *ret_has_edits);

/* The text of the file, or of its copy if that is valid, without the edits: what a refresh begins with. ret_sum is the
 * file's. -ENOENT and others of the file; -EFBIG; -ENOMEM. */
int layers_base(const char *path, const char *copies, char **ret_text, size_t *ret_length,
		char ret_sum[LAYERS_SUM_BYTES]);

/* edits.c: the value with the edits applied, as JSON. */
void edits_append(struct str *str, struct json_node *value, struct json_node *edits);

#endif
