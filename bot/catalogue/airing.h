#ifndef EPISODED_CATALOGUE_AIRING_H
#define EPISODED_CATALOGUE_AIRING_H

/*
 * When episodes air, and which of them have aired. now_s is a moment: seconds since
 * 1970 UTC, of the message that asks.
 *
 * An episode has aired from the moment aired_from_s on, which airing_settle() computes
 * when the dataset is loaded. It is never too early, so that an episode is not told
 * before people could see it:
 *
 *	airstamp                       that moment
 *	a day, and the show's zone     the hour of the show's schedule, else the day's beginning, in that zone
 *	a day without a zone           the day's beginning where it begins last (UTC-12)
 *	a month or a year              its end
 *	no date, the show has ended    the beginning of time
 *	no date                        when a later episode has aired, and every earlier one with a date has;
 *	                               never, if no later one has a date. But in a show without any date, whose
 *	                               status does not say that it is still to come or still running: the
 *	                               beginning of time
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/catalogue/show.h"

#define AIRED_ALWAYS INT64_MIN
#define AIRED_NEVER  INT64_MAX

bool episode_has_aired(const struct episode *episode, int64_t now_s);

/* The last episode that has aired, without specials; NULL if no episode has. */
const struct episode *show_latest(const struct show *show, int64_t now_s);
/* The episode that airs next, without specials: the earliest of those with a date, else the first that has not aired.
 * NULL if all have aired. */
const struct episode *show_upcoming(const struct show *show, int64_t now_s);

/*
 * airing_hour - the moment when an episode airs, from what a dataset says.
 *
 * Shape:   airtime is "21:00", "" for a placeholder, or NULL if the dataset has no such member; airstamp is ISO 8601
 *          with Z or an offset, or NULL; zone is known (zone_is_known), or "".
 * Returns: seconds since 1970 UTC; 0 if only the day is known. TVmaze writes noon UTC as airstamp if it does not know
 *          the hour: with an empty airtime or no zone, noon UTC is no hour.
 */
int64_t airing_hour(struct date airdate, const char *airtime, const char *airstamp, const char *zone);

/* Read an airstamp: "2026-11-24T21:00:00-05:00". -EBADMSG if it is malformed; *ret untouched. */
int airing_read_stamp(const char *text, int64_t *ret);
/* Read "21:00" as minutes after midnight; "25:30" is in the night after the day. -EBADMSG if it is malformed; *ret untouched. */
int airing_read_time(const char *text, int *ret);

/* Set aired_from_s of a show's episodes, the array show->episodes. The last step of loading. */
void airing_settle(const struct show *show, struct episode *episodes);

#endif
