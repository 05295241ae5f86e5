#ifndef EPISODED_CALENDAR_H
#define EPISODED_CALENDAR_H

/*
 * A show's episodes as iCalendar (RFC 5545), by libical. Pure: a show and what the calendar told before go in, a text and
 * what it tells now come out. The same input gives the same bytes.
 *
 * Hours are in UTC: an airing is one moment, which every program shows in the zone of its reader. Episodes with only a day
 * are events of a whole day, without a zone.
 */

#include "bot/calendar/history.h"

#define CALENDAR_TEXT_MAX_BYTES    (8 * 1024 * 1024) /* of a file that is read */
#define CALENDAR_ALARM_MAX_MINUTES 10080             /* a week */
#define CALENDAR_NO_ALARM          (-1)
#define CALENDAR_ALL_NAME          "TV shows"
#define CALENDAR_ALL_PAST_S        (90 * 24 * 3600) /* how far the calendar of all shows goes back */
#define CALENDAR_ALL_MAX           5000             /* its events; those of further shows are left out */

/* A show, and what was told before. */
struct calendar_part {
	const struct show *show;
	struct calendar_history history;
	bool is_told; /* it is in the calendar of all shows, and history is that of the text */
};

/*
 * calendar_write - write the calendar of a show.
 *
 * alarm_minutes before an episode an alarm goes off; on its day, if only the day is known, in the morning instead.
 * CALENDAR_NO_ALARM: no alarms. The hour of now_s is LAST-MODIFIED of what has changed.
 * Owns:    the caller frees *ret. *history is replaced by that of the text.
 * Errors:  -ENOMEM; *ret and *history untouched.
 */
int calendar_write(const struct show *show, int alarm_minutes, int64_t now_s,
		struct calendar_history *history, char **ret);

/*
 * calendar_write_all - write one calendar of several shows. An event is the same as in the calendar of its show.
 *
 * Those before since_s are left out. Otherwise as calendar_write(); on failure some histories may be those of the text. load
 * fills in the history of a part when it is needed: no part is looked at behind the one with event number
 * CALENDAR_ALL_MAX. NULL: they are there.
 */
int calendar_write_all(struct calendar_part *parts, size_t count, int alarm_minutes, int64_t since_s,
		int64_t now_s, int (*load)(void *user, struct calendar_part *part), void *user, char **ret);

/*
 * calendar_read - read the histories from a calendar that was written before. Events of other shows are skipped.
 *
 * Errors: -EBADMSG not such a calendar, -ENOMEM; the parts untouched.
 */
int calendar_read(const char *text, struct calendar_part *parts, size_t count);

#endif
