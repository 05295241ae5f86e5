#ifndef EPISODED_CATALOGUE_READ_MARK_H
#define EPISODED_CATALOGUE_READ_MARK_H

/*
 * What the files of a dataset were when it was read: the file, what lies over it (layers.h), and the file of its time zone.
 * While they are the same, the show in memory is what a new reading would give.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/file_mark.h"

struct show;

#define READ_MARK_FILES    3    /* the file, the refreshed copy, the edits */
#define READ_MARK_YOUNG_MS 3000 /* the coarsest clock of a file system has steps of 2 s */

struct read_mark {
	bool is_known;
	/* A file changed shortly before it was read: with a coarse clock, a later change may look the same. The sums of the
	 * contents tell. */
	bool is_young;
	struct file_mark files[READ_MARK_FILES], zone;
	uint64_t sums[READ_MARK_FILES]; /* 0: not needed, or there is no such file */
};

/*
 * read_mark_take - look at the files of a dataset. Call it before they are read, so that a change during the reading is seen
 * at the next look.
 *
 * copies: as of layers_over(). before: the mark to compare with; may be NULL.
 * Errors: -ENOMEM.
 */
int read_mark_take(
		const char *path, const char *copies, const struct read_mark *before, struct read_mark *ret);

/* The show was read: what else it depends on. The mark stays unknown if that may have changed meanwhile. */
void read_mark_finish(struct read_mark *mark, const struct show *show);

/* Would the show be the same, read again? now: taken with before. Sets what read_mark_finish() sets. */
bool read_mark_holds(const struct read_mark *before, struct read_mark *now, const struct show *show);

#endif
