#ifndef EPISODED_MOMENT_H
#define EPISODED_MOMENT_H

/*
 * The moment that typed words mean (moment_reading.h), for a person, at a time, in a zone and a show. It is to come, and
 * at most a year away; otherwise the reason says why not, with what to type instead. Pure.
 *
 *	friday 20:00        today if it is Friday and not yet 20:00; otherwise the next Friday
 *	at 21:00, at 8      the next time that a clock shows it; 8 may be 20:00
 *	24 December 18:00   this year's, or else next year's
 *	an hour that clocks skip    as long after the skip as it would have been without
 *	an hour that they show twice    the first
 */

#include "bot/base/utf8.h"
#include "bot/core/moment_reading.h"

#define MOMENT_REASON_BYTES 320
#define MOMENT_AHEAD_DAYS   366
#define MOMENT_UNDATED_S                                                                                     \
	(MOMENT_AHEAD_DAYS * (int64_t)ZONE_DAY_S) /* an episode without a date is awaited so long */

struct moment_asker {
	int64_t now_s;
	const char *zone; /* of the person, or else of the channel; "": not known */
	const struct show *show;
	const struct reference_asked *asked;
	const char *prefix;  /* of commands in a reason */
	const char *command; /* "remind": in examples of a reason */
};

struct moment {
	int64_t at_s;                     /* seconds since 1970 UTC */
	char zone[ZONE_NAME_BYTES];       /* of the words; "": they name no hour */
	const struct episode *episode;    /* whose airing is meant, or NULL */
	int64_t offset_s;                 /* from there */
	bool is_undated;                  /* its day is not known yet: at_s is the end of the wait */
	bool is_day_only;                 /* its hour is not known */
	bool is_skipped, is_twice;        /* clocks skip the hour that was typed, or show it twice */
	bool is_morning;                  /* 1 to 12 was read as an hour before noon */
	char reason[MOMENT_REASON_BYTES]; /* why there is no moment */
};

/* 0, or -EINVAL with a reason. */
int moment_of(const struct moment_reading *reading, const struct moment_asker *asker, struct moment *ret);

/* When an episode airs, as far as it is known. False: it has no day; *ret_s is then untouched. */
bool moment_of_airing(const struct episode *episode, int64_t *ret_s, bool *ret_is_day_only);

#endif
