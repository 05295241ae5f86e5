#ifndef EPISODED_WISHES_H
#define EPISODED_WISHES_H

/*
 * What a reply wishes of its network beside being shown. A network that cannot do one of these leaves it out, and says
 * the rest. Only occasions have wishes.
 */

#include <stdbool.h>
#include <stdint.h>

#define WISHES_NAME_BYTES 128
#define WISHES_KEY_BYTES  96

/* How a reply relates to an earlier one with the same post. */
enum wish_post {
	WISH_NEW,         /* a post of its own */
	WISH_EDIT_OR_SAY, /* replaces the post; where that cannot be, it is said as a new one */
	WISH_EDIT_ONLY,   /* replaces the post; where that cannot be, nothing is said */
};

struct wishes {
	char post[WISHES_KEY_BYTES]; /* by which later replies edit what is said now: unique in its channel; "": no reply does */
	enum wish_post kind;
	char role[WISHES_NAME_BYTES];   /* ping these, and no others: a role's name or ID; "": ping no role */
	char thread[WISHES_NAME_BYTES]; /* open a thread with this name under the post; "": no thread */
	unsigned thread_hours;          /* without a message, the thread is archived */
	/* A scheduled event; "": no event. event is its key, as of post: a later reply with the same key changes it. */
	char event[WISHES_KEY_BYTES];
	char event_name[WISHES_NAME_BYTES];
	char event_where[WISHES_NAME_BYTES]; /* "Netflix", a link; may be "" */
	int64_t event_from_s, event_to_s;    /* since 1970 UTC; from 0: delete the event */
	bool is_silent;                      /* nothing is said: only the event is made */
	bool is_said_if_refused;             /* but it is said if the event cannot be deleted */
};

/* What a network can do of it. */
struct wishes_possible {
	bool role, thread, event;
};

/* True if anything is wished. */
bool wishes_are_any(const struct wishes *wishes);

#endif
