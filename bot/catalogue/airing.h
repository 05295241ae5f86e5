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

/* Set the airstamp of each episode that has an airtime, in a show with a zone, and aired_from_s of all. The last step
 * of loading; episodes is the array show->episodes. */
void airing_settle(const struct show *show, struct episode *episodes);

#endif
