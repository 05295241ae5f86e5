#ifndef EPISODED_IMPORT_MERGE_H
#define EPISODED_IMPORT_MERGE_H

/* Several sources of one show become one draft. */

#include "bot/import/draft.h"

enum merge_flags {
	/* Without a flag, the first value wins: what "into" has stays, and "from" fills what is missing. */
	MERGE_FACTS = 1,   /* "from" is newer: its dates, hours, links and numbers replace those of "into" */
	MERGE_TEXTS = 2,   /* its names and texts, too */
	MERGE_RENAMED = 4, /* both are one show although their names differ */
};

/*
 * draft_merge - add what from has to into. from is sorted by it, and may be freed afterwards; the inputs of its origins are
 * still needed.
 *
 * A worse value never replaces a better one: an empty one, a name that is only a number, a year where the day is known, a
 * day where the hour is known, the beginning of a text, a link in place of a picture beside the dataset. A better value always replaces a worse one. Date, hour and moment
 * of an episode are from one source. Episodes that from does not have stay. With MERGE_FACTS, an episode that has another
 * season or number in from is found by its id, if both drafts are of the same show of the same source.
 *
 * Notes: NOTE_CHANGED for each replaced value with MERGE_FACTS or MERGE_TEXTS; NOTE_DOUBTFUL where the dates of two sources
 * differ, and for episodes that a newer source no longer has, unless they are marked as gone; NOTE_PROBLEM for two shows with different names. Out of
 * memory: draft_error(into).
 */
void draft_merge(struct show_draft *into, struct show_draft *from, int flags, struct notes *notes);

#endif
