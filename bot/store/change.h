#ifndef EPISODED_CHANGE_H
#define EPISODED_CHANGE_H

/* One change of the state, as it is held in memory and carried to a database. */

#include "bot/store/store.h"

enum change_kind {
	CHANGE_PUT,
	CHANGE_DELETE,
	CHANGE_KEEP,
	CHANGE_BEGIN,
	CHANGE_DONE,
	CHANGE_MARK,    /* of a remote store: the mark of an effect that changed no value */
	CHANGE_HAND_IN, /* of a remote store: a question for the owner of its lease */
};

struct change {
	enum change_kind kind;
	const char *area, *key,
			*value; /* of PUT, DELETE and KEEP; KEEP with value NULL deletes; value is MARK's */
	const char *effect; /* of KEEP and MARK: "gateway id" of the question whose effect it is, or NULL */
	struct journal_entry entry; /* of BEGIN, DONE and HAND_IN; DONE sets gateway and id only */

	/* In a batch of a remote store, what guards a BEGIN or a value: a lease and its epoch. "": no lease, because the
	 * value or the question is this host's own. NULL of a value: it is shared; NULL of a BEGIN: no lease is held,
	 * so the question is not ours. */
	const char *lease;
	uint64_t epoch;
};

/* The size of all its texts with their NULs. */
size_t change_bytes(const struct change *change);
/* Copy a change; its texts go to bytes, which has room for change_bytes(). */
void change_copy(const struct change *change, char *bytes, struct change *ret);

#endif
