#ifndef EPISODED_BASE_ZONE_NAME_H
#define EPISODED_BASE_ZONE_NAME_H

/*
 * Names of time zones as people type and read them: "Europe/Berlin", "berlin", "new york",
 * "germany", "EST", "UTC+2". The system's list of names is read at each call that needs it.
 */

#include <stddef.h>

#include "bot/base/zone.h"

/*
 * zone_find - the IANA name of a zone that a person names.
 *
 * Shape:   a name without case, with spaces for underscores; its last part; a country with one zone; an abbreviation
 *          or a large city in the table of zone_name.c; an offset in whole hours.
 * Errors:  -ENOENT no such zone: ret then holds the nearest name, or "". -ENODATA this system has no zone files
 *          (Debian's tzdata). -ENOMEM.
 */
int zone_find(const char *typed, char ret[ZONE_NAME_BYTES]);

/*
 * zone_suggest - names of zones for what a person has typed so far.
 *
 * First the zone that it names as it is (zone_find()), then those whose city begins with it, then those that have it in
 * their name, then the nearest one.
 * Returns: how many, at most max; 0 for "" and on a system without zone files.
 */
size_t zone_suggest(const char *typed, char (*ret)[ZONE_NAME_BYTES], size_t max);

/* "New York", "UTC", "UTC+2": the zone for people. Write it to buffer and return buffer. */
const char *zone_city(const char *zone, char buffer[ZONE_NAME_BYTES]);

/* The whole name, "Europe/Berlin", as zone_find() takes it; but "UTC+2", because the sign in Etc/GMT-2 is the other one.
 * Write it to buffer and return buffer. */
const char *zone_title(const char *zone, char buffer[ZONE_NAME_BYTES]);

#endif
