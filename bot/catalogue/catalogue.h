#ifndef EPISODED_CATALOGUE_H
#define EPISODED_CATALOGUE_H

/*
 * All shows in memory, immutable. A reload builds a new catalogue and swaps
 * it; nobody keeps a pointer into one beyond the request it answers.
 */

#include "bot/base/str.h"
#include "bot/catalogue/show.h"

struct catalogue; /* opaque: catalogue/catalogue.c */

/*
 * Load every *.json of a folder except schema.json. Problems are appended to
 * report, one line each: "data/x.json:12:7: what is wrong; how to mend it".
 * A warning says "warning:" after its position.
 *
 * Errors: -ENOENT no folder or no dataset in it, -EBADMSG a dataset is broken
 *         (nothing is loaded: the caller keeps what it has), -ENOMEM.
 */
int catalogue_load(const char *folder, struct str *report, struct catalogue **ret);
void catalogue_free(struct catalogue *catalogue);

size_t catalogue_count(const struct catalogue *catalogue);
const struct show *catalogue_at(const struct catalogue *catalogue, size_t index);

/* By id, name or alias, folded ("aouad", "All of Us Are Dead"); NULL when there is none. */
const struct show *catalogue_find(const struct catalogue *catalogue, const char *name);

/*
 * A show named at the start of what a person typed: "aouad 5" gives the show
 * and *ret_rest "5". NULL, and *ret_rest = words, when no show is named.
 */
const struct show *catalogue_named_first(
		const struct catalogue *catalogue, const char *words, const char **ret_rest);

#endif
