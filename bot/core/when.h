#ifndef EPISODED_WHEN_H
#define EPISODED_WHEN_H

/*
 * When something airs, as one phrase that every answer uses. A day is counted
 * in the time zone of the show, or the reader's if that is not known, a moment in the reader's. Pure.
 *
 *	28 January 2022 (4 years ago)           a day that is past
 *	yesterday, today, tomorrow
 *	Sunday 6 December, in 7 days            a day to come
 *	tonight at 21:00 (New York)             the hour is known: in the reader's zone, with its city
 *	Sunday 6 December at 21:00 (New York), in 7 days
 *	in March 2027, in 1959                  only the month or the year is known
 *	not announced yet, not known yet        to come; aired
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/catalogue/show.h"

#define WHEN_BYTES 192

/* What is known of a time. */
struct when {
	struct date date;  /* where it airs; year 0: not known */
	int64_t moment_s;  /* seconds since 1970 UTC; 0: the hour is not known */
	const char *zone;  /* of date; "": not known */
	bool has_happened; /* it has aired */
};

/* When an episode airs. */
struct when when_of_episode(const struct episode *episode, int64_t now_s);
/* A day of the show, such as its premiere. */
struct when when_of_day(const struct show *show, struct date day, int64_t now_s);

/* Whether the phrase can be another one in another zone of a reader. */
bool when_depends_on_zone(const struct when *when, int64_t now_s);

/* Tell it as future: it has not aired, and its day is not past for the reader. */
bool when_is_to_come(const struct when *when, int64_t now_s, const char *zone);

/* Write the phrase to buffer and return buffer. zone is the reader's; "": that of the show, or else UTC. */
const char *when_phrase(const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES]);
/* The same after a verb, "First shown on 28 January 2022 (4 years ago)", "airs tonight at 21:00 (New York)". */
const char *when_after_verb(
		const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES]);
/* A day without how long ago it is, for lists: "28 January 2022", "tomorrow", "6 December", "March 2027". */
const char *when_short(const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES]);

/* The day on which now is, in a zone ("": UTC). */
struct date when_today(int64_t now_s, const char *zone);

#endif
