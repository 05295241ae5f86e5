#ifndef EPISODED_IMPORT_CLEAN_H
#define EPISODED_IMPORT_CLEAN_H

#include "bot/import/draft.h"

/* A copy of a text in the draft's memory: one plain line, without HTML, cut to the limit of its kind (DRAFT_NAME or
 * DRAFT_TEXT), with a note if it was cut. "" for an empty text and out of memory. */
const char *clean_text(struct show_draft *draft, enum draft_kind kind, struct origin at, const char *raw,
		struct notes *notes);

/* A link as a dataset has it; "" for NULL, "" and a text that is no link, which is noted. */
const char *clean_link(struct show_draft *draft, struct origin at, const char *raw, struct notes *notes);

#endif
