#ifndef EPISODED_CATALOGUE_H
#define EPISODED_CATALOGUE_H

/*
 * All shows in memory, immutable. A reload builds a new catalogue and replaces the old
 * one, so a pointer into a catalogue must not be kept after the request is answered.
 */

#include "bot/base/str.h"
#include "bot/catalogue/show.h"

struct catalogue; /* opaque: catalogue/catalogue.c */

/* What a catalogue is read from. All are borrowed for the call. */
struct catalogue_source {
	const char *const *folders; /* a show of a later folder is used in place of one with its ID */
	size_t folder_count;
	const char *copies;        /* the folder of refreshed copies (layers.h); may be NULL */
	struct catalogue *earlier; /* the one in use; may be NULL */
	const char *kept; /* the ID of a show that stays as it is in earlier if its file is gone; may be NULL */
};

/*
 * catalogue_read - load every *.json of the folders except schema.json.
 *
 * Problems are appended to report, one line each: "data/x.json:12:7: the problem; the advice". A warning says
 * "warning:" after its position, and what is no problem "note:". A broken dataset whose show is in earlier stays in use as
 * it is there; otherwise it is left out. So do the shows of a folder that cannot be listed. A folder that does not exist has
 * no shows. The report says all of it. A show of earlier whose files are as they were, and had no problem, is not read again.
 * Zone files that have changed are read again.
 *
 * Uses no state but its own, and zones (which have a lock), so that a thread can load while the loop uses another
 * catalogue.
 *
 * Errors: -ENOENT no folder or no dataset in them, -EBADMSG no dataset could be read, -ENOMEM; *ret untouched: the caller
 *         keeps its old catalogue.
 */
int catalogue_read(const struct catalogue_source *source, struct str *report, struct catalogue **ret);

/* The same for one folder, or one file, without an earlier catalogue. */
int catalogue_load(const char *folder, struct str *report, struct catalogue **ret);

/* Another owner, which may be on another thread; the last catalogue_free() frees it. */
struct catalogue *catalogue_keep(struct catalogue *catalogue);
void catalogue_free(struct catalogue *catalogue);

/* The datasets with errors: "dark (as it was before), tide (left out)"; "" if there are no such. */
const char *catalogue_broken(const struct catalogue *catalogue);

size_t catalogue_count(const struct catalogue *catalogue);
const struct show *catalogue_at(const struct catalogue *catalogue, size_t index);
/* The file that it was read from. */
const char *catalogue_path(const struct catalogue *catalogue, size_t index);

/* The names of all shows (catalogue/show_names.h). */
const struct show_names *catalogue_names(const struct catalogue *catalogue);

/* Find a show by ID, name or alias, folded ("aouad", "All of Us Are Dead"). NULL if there is no such show. */
const struct show *catalogue_find(const struct catalogue *catalogue, const char *name);

#endif
