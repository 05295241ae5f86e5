#ifndef EPISODED_CHANNEL_LINE_H
#define EPISODED_CHANNEL_LINE_H

/*
 * How far a channel has watched a show: an order, which may step by itself each week:
 * "+1 friday 21:00 Europe/Berlin". No timer runs: the order is computed from the time of
 * the question. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/str.h"
#include "bot/base/zone.h"

#define CHANNEL_LINE_STEP_MAX 9
#define CHANNEL_LINE_DAILY    7 /* as a weekday */

struct channel_line {
	int seen;        /* the order at since_s */
	int64_t since_s; /* when it was set, since 1970 UTC */
	int step;        /* orders per step; 0: does not step */
	int weekday;     /* 0: Sunday; or CHANNEL_LINE_DAILY */
	int minute;      /* after midnight, in the zone */
	char zone[ZONE_NAME_BYTES];
};

/*
 * channel_line_parse - the step of a line: "+1 friday 21:00 Europe/Berlin".
 *
 * Shape:   the weekday may be "daily" or cut to three letters; the time may be left out (00:00), and the zone,
 *          which is as people type it (zone_find): it is that of ret, or else UTC.
 * Errors:  -EINVAL another form or an unknown zone; *ret is unchanged.
 */
int channel_line_parse(const char *text, struct channel_line *ret);
/* True if the line steps in a zone that this system does not have (any more). Only
 * steps whose hour, in every zone, is after since_s and has passed are then counted, which is never early. */
bool channel_line_lacks_zone(const struct channel_line *line);

/* The order at a time, at most last. */
int channel_line_at(const struct channel_line *line, int64_t now_s, int last);

/* Append "+1 friday 21:00 Europe/Berlin"; nothing if the line does not step. */
void channel_line_append_step(const struct channel_line *line, struct str *str);

/* The form that the store keeps: "7 1796000000 +1 friday 21:00 Europe/Berlin". A zone that this system lacks is kept. */
void channel_line_append(const struct channel_line *line, struct str *str);
int channel_line_read(const char *text, struct channel_line *ret); /* -EINVAL */

#endif
