#ifndef EPISODED_CALENDAR_HISTORY_H
#define EPISODED_CALENDAR_HISTORY_H

/*
 * What a calendar has told before: of each event its SEQUENCE and LAST-MODIFIED, which must change when the event does, and
 * only then. Pure.
 *
 * An event that was to come and is in the dataset no longer stays in the calendar as a cancelled one, so that programs take
 * it away from people's calendars, until CALENDAR_CANCELLED_DAYS after its time.
 */

#include "bot/calendar/event.h"

#define CALENDAR_CANCELLED_DAYS 30

struct calendar_version {
	char key[CALENDAR_KEY_BYTES]; /* of its event */
	unsigned sequence;
	int64_t modified_s, start_s; /* seconds since 1970 UTC */
	uint64_t hash;
	bool is_day, is_cancelled;
};

struct calendar_history {
	struct calendar_version *versions; /* by key; no two have one key */
	size_t count;
};

/*
 * Compare the events with what was told before. Adds to events those that were cancelled, and makes *history that of the
 * present events. -ENOMEM: *history is unchanged, and events can only be released.
 */
int calendar_history_update(struct calendar_history *history, struct calendar_events *events,
		const struct show *show, int64_t now_s);

/* The version of an event; NULL: not known. */
const struct calendar_version *calendar_history_find(const struct calendar_history *history, const char *key);

/* Sort versions that were added in any order, and leave those out whose key was there before. */
void calendar_history_sort(struct calendar_history *history);
/* Add a version; sort after the last one. -ENOMEM, -EMSGSIZE. */
int calendar_history_add(struct calendar_history *history, const struct calendar_version *version);

/* As text, for the store: a line for each version, "s02e05 1 1790000000 1790003600 00c0ffee00c0ffee d". Reading skips
 * malformed lines. -ENOMEM, -EMSGSIZE. */
int calendar_history_write(const struct calendar_history *history, char **ret);
int calendar_history_read(const char *text, struct calendar_history *ret);

/* *ret is the caller's. -ENOMEM. */
int calendar_history_copy(const struct calendar_history *history, struct calendar_history *ret);
void calendar_history_release(struct calendar_history *history);

#endif
