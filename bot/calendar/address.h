#ifndef EPISODED_CALENDAR_ADDRESS_H
#define EPISODED_CALENDAR_ADDRESS_H

/* The address of a calendar on the lobby's page: "/calendar/harbour-lights.ics?alarm=30". */

#include <stdbool.h>

#define CALENDAR_SHOW_BYTES 256 /* the name of a file */

#define CALENDAR_ALL   "/calendar.ics" /* of all shows: no ID of a show is in the way */
#define CALENDAR_INDEX "/calendar/"

struct calendar_address {
	char show[CALENDAR_SHOW_BYTES]; /* the ID of a show, which may not exist; "": all shows */
	int alarm_minutes;              /* CALENDAR_NO_ALARM: without "alarm" */
};

/*
 * calendar_address_read - read the path and the query of a request.
 *
 * Shape:  path CALENDAR_ALL, or "/calendar/ID.ics", ID percent-encoded UTF-8 of 1 to 255 bytes without a slash; query "" or
 *         "alarm=MINUTES", 0 to CALENDAR_ALARM_MAX_MINUTES.
 * Errors: -ENOENT the path is not of this shape, -EINVAL the query is not; *ret untouched.
 */
int calendar_address_read(const char *path, const char *query, struct calendar_address *ret);

#endif
