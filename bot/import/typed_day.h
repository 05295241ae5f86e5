#ifndef EPISODED_IMPORT_TYPED_DAY_H
#define EPISODED_IMPORT_TYPED_DAY_H

/* Days, hours and lengths as people type them in a table, and as spreadsheets change them. Pure. */

#include <stdbool.h>

#define TYPED_DAY_BYTES   12 /* "2026-01-15" */
#define TYPED_CLOCK_BYTES 6  /* "21:00" */

enum typed_day {
	TYPED_DAY, /* a day, a month or a year: ret is "2026-01-15", "2026-01" or "2026" */
	TYPED_AMBIGUOUS, /* 1/2/2026: ret and ret_other are the days that it may be; ret_other "": there is one only */
	TYPED_SHORT,  /* a year of two digits, or no year */
	TYPED_SERIAL, /* the number of a day in a spreadsheet: ret is the day */
	TYPED_OTHER,  /* something else */
};

/*
 * typed_day - which day a text is.
 *
 * Shape:   2026-01-15, 2026.1.15, 2026/01, 2026; 15.1.2026; 15 January 2026, January 15, 2026, 15-Jan-2026, Thu, 15 Jan 2026;
 *          1/2/2026 and 1-2-2026 in either order; 46037. An hour after the day is not read. English months.
 * Errors:  ret and ret_other are "" where enum typed_day does not say otherwise. Whether the calendar has the day is not checked
 *          of days in figures.
 */
enum typed_day typed_day(const char *text, char ret[TYPED_DAY_BYTES], char ret_other[TYPED_DAY_BYTES]);

/* "21:00", "9:30 pm", "21.00", "21h00", "21:00:00" as "21:00". False: something else. */
bool typed_clock(const char *text, char ret[TYPED_CLOCK_BYTES]);

/* "45", "45 min", "0:45", "1h 5m", "1:05:00" as minutes. -1: something else. */
long typed_minutes(const char *text);

#endif
