#ifndef EPISODED_QUIET_HOURS_H
#define EPISODED_QUIET_HOURS_H

/* Quiet hours as people type them: "22:00-07:00", "22-7", "22.30 to 7", "10pm - 7am", "midnight until noon". Pure. */

#define QUIET_HOURS_BYTES 16

/* The form that is stored and shown: "22:00-07:00". -EINVAL: not two times; -ERANGE: the same time twice. */
int quiet_hours_find(const char *text, char ret[QUIET_HOURS_BYTES]);

#endif
