#ifndef EPISODED_IMPORT_WRITE_H
#define EPISODED_IMPORT_WRITE_H

/* A draft as the text of a dataset. */

#include "bot/base/str.h"
#include "bot/import/draft.h"

/*
 * write_dataset - render a draft, which is sorted by it, as JSON in a stable order, and check the text as the bot would.
 *
 * What a loader has against the text is a NOTE_PROBLEM at the place that the value was read from: nothing should be
 * written then. A spoiler in a teaser or a fact (catalogue/check.h) is NOTE_DOUBTFUL.
 *
 * Errors: -EBADMSG with a NOTE_PROBLEM, -ENOMEM; ret is then of no use.
 */
int write_dataset(struct show_draft *draft, struct notes *notes, struct str *ret);

/* The name of a dataset's file for a show's name or file name, without ".json": "Harbour Lights" -> "harbour-lights". The
 * caller frees. NULL: out of memory. */
char *write_file_name(const char *show);

#endif
