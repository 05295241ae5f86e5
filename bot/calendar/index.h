#ifndef EPISODED_CALENDAR_INDEX_H
#define EPISODED_CALENDAR_INDEX_H

/* The page that lists the calendars: a link for each show, and one for all. Pure. */

struct catalogue;
struct str;

/* Errors are sticky in str. */
void calendar_index_append(struct str *str, const struct catalogue *catalogue);

#endif
