#ifndef EPISODED_STORE_WHOLE_H
#define EPISODED_STORE_WHOLE_H

/*
 * The SQLite file of a state as one side of "store copy". The folder is locked (flock) meanwhile, so that no bot uses it.
 * A target is written to episoded.db.copy, which becomes episoded.db at the end: a bot never sees a part.
 */

#include "bot/store/copied.h"

#define WHOLE_REASON_BYTES 512

/*
 * Open folder/episoded.db, or, of a target, make the folder.
 *
 * Errors: -ENOENT: there is no state; -EBUSY: an episoded uses the folder; -ENOTSUP: a newer one wrote it; others. The
 *         reason, with the fix, is in ret_reason.
 */
int whole_open(const char *folder, bool is_target, struct copied_side *ret,
		char ret_reason[WHOLE_REASON_BYTES]);

#endif
