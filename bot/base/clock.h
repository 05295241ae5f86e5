#ifndef EPISODED_BASE_CLOCK_H
#define EPISODED_BASE_CLOCK_H

/*
 * The clocks, in milliseconds. Only edges read a clock; cores get the
 * time as an argument. Monotonic time is for timers and order, wall time for
 * display: never subtract one from the other.
 */

#include <stdint.h>

#define CLOCK_ISO_BYTES 25 /* "2026-01-01T00:00:00.000Z" and its NUL */

uint64_t clock_monotonic_ms(void);
uint64_t clock_wall_ms(void); /* since 1970-01-01 UTC */
uint64_t clock_boot_ms(void); /* monotonic, and counts the time in which the machine sleeps */

/* Days since 1970-01-01 of a day of the Gregorian calendar, years 1 to 9999; negative before. A day beyond its
 * month's last counts on. */
int64_t clock_day_number(int year, int month, int day);

/* UTC as in IRCv3 server-time and ISO 8601. */
void clock_iso(uint64_t wall_ms, char ret[CLOCK_ISO_BYTES]);

/* YYYY-MM-DDThh:mm:ss[.fff]Z, seconds may be 60. -EBADMSG otherwise; *ret untouched. */
int clock_from_iso(const char *text, uint64_t *ret_wall_ms);

/* "Sun, 06 Nov 1994 08:49:37 GMT", as in HTTP's Date (RFC 9110, IMF-fixdate). -EBADMSG otherwise; *ret untouched. */
int clock_from_http(const char *text, uint64_t *ret_wall_ms);

#endif
