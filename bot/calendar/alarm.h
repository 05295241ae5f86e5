#ifndef EPISODED_CALENDAR_ALARM_H
#define EPISODED_CALENDAR_ALARM_H

/* The alarms of a calendar that is written: a calendar is written once, and each reader's alarm is put in by copying. Pure. */

/*
 * calendar_set_alarm - copy a calendar that calendar_write() or calendar_write_all() wrote with alarm_minutes 0, with
 * another alarm. The result is what they write with that alarm_minutes.
 *
 * Owns:    the caller frees *ret.
 * Errors:  -ENOMEM; *ret untouched.
 */
int calendar_set_alarm(const char *text, int alarm_minutes, char **ret);

#endif
