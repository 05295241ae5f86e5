#ifndef EPISODED_CALENDAR_EVENT_H
#define EPISODED_CALENDAR_EVENT_H

/*
 * The events of a show's calendar: its episodes, each at its hour or on its day. Pure, and free of iCalendar.
 *
 * An event spoils nothing: it has the teaser and never the synopsis, and no title that the dataset calls a spoiler
 * ("title_reveal"), because a calendar does not know how far its reader has seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/catalogue/show.h"

#define CALENDAR_EVENTS_MAX 1000 /* of a show; the earlier ones are left out */
#define CALENDAR_KEY_BYTES  32
#define CALENDAR_FIRST_S    INT64_C(-62135596800) /* the year 1 */
#define CALENDAR_LAST_S     INT64_C(32472057600)  /* 31 December 2998: later episodes are no events */

struct calendar_event {
	/* What the event is, whatever its time and title: "s02e05", of a special "s00e01". Unique in its show. */
	char key[CALENDAR_KEY_BYTES];
	/* Seconds since 1970 UTC. Of a day: as if the day were one in UTC. end_s may equal start_s: not known. */
	int64_t start_s, end_s;
	bool is_day;       /* only the day is known */
	bool is_cancelled; /* it was in the calendar and is no longer in the dataset */
	char *summary, *description;
	const char *url; /* "": no link; borrowed from the dataset */
};

struct calendar_events {
	struct calendar_event *events; /* by start */
	size_t count;
};

/* The episodes of a show with a day or an hour. The show must outlive *ret. -ENOMEM. */
int calendar_events_of(const struct show *show, struct calendar_events *ret);

/* Add the event of an episode that is not in the dataset any more. -ENOMEM. */
int calendar_events_add_cancelled(struct calendar_events *events, const struct show *show, const char *key,
		int64_t start_s, bool is_day);

/* May this be the key of an event? Lower-case letters and digits: for keys that are read. */
bool calendar_key_is(const char *text);

/* A sum of all that a calendar shows of an event. */
uint64_t calendar_event_hash(const struct calendar_event *event);

void calendar_events_release(struct calendar_events *events);

#endif
