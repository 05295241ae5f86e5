#ifndef EPISODED_MOMENT_READING_H
#define EPISODED_MOMENT_READING_H

/*
 * What typed words say of a time, without knowledge of the present, of a zone and of a show (moment.h adds these):
 *
 *	friday 20:00 watch party      tomorrow 8pm      24 December 18:00      2026-12-24 18:00      at 21:00
 *	in 2 hours tea                10m tea           in 3 days at 20:00     tomorrow evening      tonight at 8
 *	next                          s02e03 1h before  30m after the finale   when episode 5 airs
 *
 * The words of the time may be in front, at the end, or, if they name an hour, between others. The other words are the
 * text. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/zone.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/show.h"

#define MOMENT_WORDS_MAX_BYTES 1000 /* longer texts are refused */
#define MOMENT_TEXT_BYTES      (MOMENT_WORDS_MAX_BYTES + 1)
#define MOMENT_AMOUNT_MAX      10000 /* of hours, days and so on */

enum moment_day {
	MOMENT_DAY_OPEN,    /* the next time that clocks show the hour */
	MOMENT_DAY_DATE,    /* date; year 0: the next such day */
	MOMENT_DAY_UNCLEAR, /* date, or its day and month are swapped: "5/6" */
	MOMENT_DAY_WEEKDAY, /* weekday: 1 (Monday) .. 7 */
	MOMENT_DAY_AHEAD,   /* days from today, after months */
};

/* The part of a day: what an hour from 1 to 12 means, and the hour if it is not given. */
enum moment_part { MOMENT_ANY_PART, MOMENT_MORNING, MOMENT_AFTERNOON, MOMENT_EVENING };

enum moment_form {
	MOMENT_UNKNOWN, /* no time */
	MOMENT_CLOCK,   /* a day, an hour, or both; the delay counts on from there */
	MOMENT_DELAY,   /* from now: months, days and delay_s */
	MOMENT_AIRING,  /* delay_s after (negative: before) an episode airs */
};

struct moment_reading {
	enum moment_form form;
	enum moment_day day;
	struct date date;
	int weekday, days, months;
	bool is_next;     /* "next friday": not today */
	bool is_week;     /* "next week": the weekday is one of it */
	bool has_hour;    /* hour and minute are given */
	int hour, minute; /* 24:00 is the end of the day */
	bool is_twelve;   /* 1 to 12 without am or pm: it may be the other half of the day */
	enum moment_part part;
	char zone[ZONE_NAME_BYTES]; /* written behind the hour; "": not given */
	int64_t delay_s;
	char reference[REFERENCE_MAX_BYTES + 1]; /* MOMENT_AIRING: the words that name the episode */
	bool is_for_channel;                     /* "remind us", "remind channel" */
	char text[MOMENT_TEXT_BYTES];            /* the other words; may be "" */
};

/* Read the words, which are valid UTF-8. A text of more than MOMENT_WORDS_MAX_BYTES is MOMENT_UNKNOWN. */
void moment_read(const char *words, struct moment_reading *ret);

#endif
