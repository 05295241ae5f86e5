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
 * calendar_read - read the history from a calendar that calendar_write() wrote before.
 *
 * Errors: -EBADMSG not such a calendar, -ENOMEM; *ret untouched.
 */
int calendar_read(const char *text, struct calendar_history *ret);

#endif
