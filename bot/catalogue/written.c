/* Days, hours, moments and links as a dataset writes them. */

#include "bot/catalogue/written.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"

#define SECONDS_OF_DAY 86400
#define MINUTES_OF_DAY 1440

/* The scheme's length of "https://a" or "http://a"; 0 for any other text, and for one with a space, a quote or a sign
 * that a link has only as %XX. */
size_t written_link(const char *text)
{
	size_t scheme = str_starts(text, "https://") ? 8 : str_starts(text, "http://") ? 7 : 0;

	if (scheme == 0 || text[scheme] == '\0' || strlen(text) > WRITTEN_LINK_MAX_BYTES)
		return 0;
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F || strchr("\"<>\\^`{|}", *at))
			return 0;
	}
	return scheme;
}

/*
 * written_date - a day, a month or a year.
 *
 * Shape:   YYYY-MM-DD, YYYY-MM or YYYY.
 * Units:   the Gregorian calendar, no time zone.
 * Owns:    nothing.
 * Errors:  -EBADMSG another form, -ERANGE not a day of the calendar; *ret untouched.
 * Source:  ISO 8601 calendar dates.
 */
int written_date(const char *text, struct date *ret)
{
	static const char *const FORMS[] = {"0000-00-00", "0000-00", "0000"};
	struct date date = {0};
	bool is_form = false;

	for (size_t form = 0; form < 3 && !is_form; form++) {
		size_t i = 0;

		while (text[i] && FORMS[form][i] &&
				(FORMS[form][i] == '-' ? text[i] == '-'
						       : isdigit((unsigned char)text[i]) != 0))
			i++;
		is_form = text[i] == '\0' && FORMS[form][i] == '\0';
	}
	if (!is_form)
		return -EBADMSG;
	date.year = (int)strtol(text, NULL, 10);
	if (date.year == 0)
		return -ERANGE;
	if (text[4]) {
		date.month = (int)strtol(text + 5, NULL, 10);
		if (date.month < 1 || date.month > 12)
			return -ERANGE;
	}
	if (text[4] && text[7]) {
		date.day = (int)strtol(text + 8, NULL, 10);
		if (!date_exists(date))
			return -ERANGE;
	}
	*ret = date;
	return 0;
}

/* The number that two digits write, at most high; -1 for anything else. */
static int two_digits(const char *text, int high)
{
	int value;

	if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
		return -1;
	value = (text[0] - '0') * 10 + text[1] - '0';
	return value <= high ? value : -1;
}

/* The minutes of "HH:MM"; -1 for anything else. 24:00 is the end of the day. */
int written_clock(const char *text)
{
	int hour = two_digits(text, 24), minute = hour >= 0 && text[2] == ':' ? two_digits(text + 3, 59) : -1;

	return minute < 0 || hour * 60 + minute > MINUTES_OF_DAY ? -1 : hour * 60 + minute;
}

/* Parse "+05:30", "-0400" or "Z". Returns whether it is that and the end. */
static bool parse_offset(const char *text, int *ret_s)
{
	int hour, minute;

	*ret_s = 0;
	if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0')
		return true;
	if (text[0] != '+' && text[0] != '-')
		return false;
	hour = two_digits(text + 1, 23);
	if (hour < 0)
		return false;
	minute = two_digits(text + 3 + (text[3] == ':'), 59);
	if (minute < 0 || text[5 + (text[3] == ':')] != '\0')
		return false;
	*ret_s = (text[0] == '-' ? -1 : 1) * (hour * 60 + minute) * 60;
	return true;
}

/*
 * written_stamp - a moment with its offset from UTC.
 *
 * Shape:   YYYY-MM-DDTHH:MM[:SS[.fraction]] and +HH:MM, +HHMM or Z. A space may be in place of the T.
 * Units:   seconds; a fraction is dropped, a leap second is the next minute's first.
 * Errors:  -EBADMSG; *ret untouched.
 * Source:  RFC 3339 and ISO 8601.
 */
int written_stamp(const char *text, struct written_stamp *ret)
{
	char day[] = "0000-00-00";
	struct date date = {0};
	int minutes, seconds = 0, offset_s;

	if (strnlen(text, sizeof(day)) < sizeof(day) || !strchr("Tt ", text[sizeof(day) - 1]))
		return -EBADMSG;
	memcpy(day, text, sizeof(day) - 1);
	minutes = written_clock(text + sizeof(day));
	if (written_date(day, &date) < 0 || minutes < 0)
		return -EBADMSG;
	text += sizeof(day) + 5;
	if (*text == ':') {
		seconds = two_digits(text + 1, 60);
		if (seconds < 0)
			return -EBADMSG;
		text += 3;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
	}
	if (!parse_offset(text, &offset_s))
		return -EBADMSG;
	ret->local_s = minutes * 60 + seconds;
	ret->utc_s = clock_day_number(date.year, date.month, date.day) * SECONDS_OF_DAY + ret->local_s -
		     offset_s;
	return 0;
}
