#ifndef EPISODED_BASE_ZONE_H
#define EPISODED_BASE_ZONE_H

/*
 * Time zones by their IANA name ("Europe/Berlin"), computed by the C library from the
 * system's zone files (docs/decisions/11-time-zones.md). A moment is a number of
 * seconds since 1970 UTC, and may be negative. May be called by any thread.
 *
 * A zone that is "", unknown or unreadable is UTC.
 */

#include <stdbool.h>
#include <stdint.h>

#define ZONE_NAME_BYTES 64 /* the longest IANA name has 32 letters */

#define ZONE_DAY_S 86400

/* A day and a time of the Gregorian calendar, as people write them: month and day from 1. */
struct zone_time {
	int year, month, day, hour, minute, second;
	int weekday;     /* 0: Sunday */
	int32_t ahead_s; /* of UTC: 3600 in Berlin in winter */
};

/* The folder of the zone files: TZDIR, as in the C library, or the system's. */
const char *zone_folder(void);

/* True if the system has a zone file of this name. */
bool zone_is_known(const char *zone);

/* What clocks show in the zone at a moment of the years 1 to 9999; moments outside are moved to the nearest. */
struct zone_time zone_time_at(const char *zone, int64_t moment_s);

/*
 * The moment when clocks in the zone show this. weekday and ahead_s are not read; a day beyond its
 * month's last counts on. If clocks show it twice, the first moment; if clocks skip it, as long after the
 * skip as it would have been without.
 */
int64_t zone_moment(const char *zone, const struct zone_time *time);

/* Read the zone files again at their next use. -ENOMEM: hours of all zones would be those of UTC. */
int zone_forget(void);

#endif
