/* Days, hours and lengths as people type them. */

#include "bot/import/typed_day.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARTS_MAX       4
#define FIGURES_MAX     5
#define SERIAL_LOW      20000 /* 1954 */
#define SERIAL_HIGH     80000 /* 2119 */
#define MINUTES_OF_HOUR 60
#define MINUTES_OF_DAY  1440

/* A number, or the name of a month as one. */
struct typed_part {
	long number;
	size_t figures; /* 0: a name */
	char sign;      /* after it: '-', '.', '/', ' ', or '\0' at the end */
};

/* 1 to 12; 0: not a month. "Sept" is one, too. */
static long month_of(const char *word, size_t length)
{
	static const char *const MONTHS[] = {"january", "february", "march", "april", "may", "june", "july",
			"august", "september", "october", "november", "december"};

	for (long i = 0; i < 12; i++) {
		if (length >= 3 && length <= strlen(MONTHS[i]) && strncasecmp(word, MONTHS[i], length) == 0)
			return i + 1;
	}
	return 0;
}

static bool is_weekday(const char *word, size_t length)
{
	static const char *const DAYS[] = {
			"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

	for (size_t i = 0; i < 7; i++) {
		if (length >= 2 && length <= strlen(DAYS[i]) && strncasecmp(word, DAYS[i], length) == 0)
			return true;
	}
	return false;
}

/* The sign between two parts, which spaces may surround. */
static const char *pass_sign(const char *text, char *ret)
{
	size_t spaces = strspn(text, " ,");

	*ret = spaces ? ' ' : '\0';
	text += spaces;
	if (*text && strchr("-./", *text)) {
		*ret = *text;
		text++;
		text += strspn(text, " ,");
	}
	return text;
}

/* Split a text into at most PARTS_MAX parts, and stop at an hour. 0: it has something else in it. */
static size_t split(const char *text, struct typed_part *ret)
{
	size_t count = 0;

	text += strspn(text, " ");
	while (*text) {
		size_t figures = strspn(text, "0123456789"), letters = 0;
		struct typed_part part = {.figures = figures};

		if (figures > 0 && text[figures] == ':' && count == 3)
			break; /* an hour */
		if (figures > FIGURES_MAX || count == PARTS_MAX)
			return 0;
		while (figures == 0 && isalpha((unsigned char)text[letters]))
			letters++;
		if (figures == 0 && letters == 0)
			return 0;
		part.number = figures ? strtol(text, NULL, 10) : month_of(text, letters);
		if (figures == 0 && part.number == 0 && (count > 0 || !is_weekday(text, letters)))
			return 0;
		text += figures + letters;
		if (count == 2 && (*text == 'T' || *text == 't') && isdigit((unsigned char)text[1]))
			text = ""; /* an hour */
		text = pass_sign(text, &part.sign);
		if (part.number > 0 || figures > 0)
			ret[count++] = part;
	}
	return count;
}

static bool is_month(long number)
{
	return number >= 1 && number <= 12;
}

static enum typed_day write_day(long year, long month, long day, char ret[TYPED_DAY_BYTES])
{
	if (year < 1000 || year > 9999 || month < 0 || month > 99 || day < 0 || day > 99)
		return TYPED_OTHER;
	if (day > 0)
		snprintf(ret, TYPED_DAY_BYTES, "%04ld-%02ld-%02ld", year, month, day);
	else if (month > 0)
		snprintf(ret, TYPED_DAY_BYTES, "%04ld-%02ld", year, month);
	else
		snprintf(ret, TYPED_DAY_BYTES, "%04ld", year);
	return TYPED_DAY;
}

/* The day of a spreadsheet's number: day 25569 is 1970-01-01. Source: the days of "civil from days" by Howard Hinnant. */
static enum typed_day serial_day(long serial, char ret[TYPED_DAY_BYTES])
{
	long z = serial - 25569 + 719468, era = z / 146097, of_era = z - era * 146097;
	long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	long of_year = of_era - (365 * year + year / 4 - year / 100);
	long shifted = (5 * of_year + 2) / 153, month = shifted < 10 ? shifted + 3 : shifted - 9;

	write_day(year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1, ret);
	return TYPED_SERIAL;
}

/* A day and a month in figures, in an order that only their writer knows. */
static enum typed_day ambiguous(long first, long second, long year, char ret[TYPED_DAY_BYTES],
		char ret_other[TYPED_DAY_BYTES])
{
	if (!is_month(first) && !is_month(second))
		return TYPED_OTHER;
	if (!is_month(second))
		write_day(year, first, second, ret);
	else
		write_day(year, second, first, ret);
	if (is_month(first) && is_month(second) && first != second)
		write_day(year, first, second, ret_other);
	return TYPED_AMBIGUOUS;
}

static enum typed_day three_parts(
		const struct typed_part *parts, char ret[TYPED_DAY_BYTES], char ret_other[TYPED_DAY_BYTES])
{
	long first = parts[0].number, second = parts[1].number, third = parts[2].number;

	if (parts[0].figures == 4 && parts[2].figures > 0)
		return write_day(first, second, third, ret);
	if (parts[2].figures != 4)
		return parts[2].figures == 2 ? TYPED_SHORT : TYPED_OTHER;
	if (parts[0].figures == 0)
		return write_day(third, first, second, ret);
	if (parts[1].figures == 0)
		return write_day(third, second, first, ret);
	/* Only the countries that put the day first write full stops. */
	if (parts[0].sign == '.' && parts[1].sign == '.')
		return write_day(third, second, first, ret);
	return ambiguous(first, second, third, ret, ret_other);
}

enum typed_day typed_day(const char *text, char ret[TYPED_DAY_BYTES], char ret_other[TYPED_DAY_BYTES])
{
	struct typed_part parts[PARTS_MAX];
	size_t count = split(text, parts);

	*ret = *ret_other = '\0';
	if (count == 3)
		return three_parts(parts, ret, ret_other);
	if (count == 2 && parts[0].figures == 4 && parts[0].sign != ' ')
		return write_day(parts[0].number, parts[1].number, 0, ret);
	if (count == 2 && parts[1].figures == 4 && parts[0].figures == 0)
		return write_day(parts[1].number, parts[0].number, 0, ret);
	if (count == 2)
		return TYPED_SHORT;
	if (count == 1 && parts[0].figures == 4)
		return write_day(parts[0].number, 0, 0, ret);
	if (count == 1 && parts[0].number >= SERIAL_LOW && parts[0].number <= SERIAL_HIGH)
		return serial_day(parts[0].number, ret);
	return TYPED_OTHER;
}

/* ---------------------------------------------------------------- hours and lengths */

/* One or two figures; -1: something else. */
static long short_number(const char **text)
{
	size_t figures = strspn(*text, "0123456789");
	long number = figures >= 1 && figures <= 2 ? strtol(*text, NULL, 10) : -1;

	*text += figures;
	return number;
}

bool typed_clock(const char *text, char ret[TYPED_CLOCK_BYTES])
{
	long hour, minute = 0;

	text += strspn(text, " ");
	hour = short_number(&text);
	if (*text && strchr(":.h", *text)) {
		text++;
		minute = short_number(&text);
	} else if (*text == '\0') {
		return false; /* a bare number may be anything */
	}
	if (*text == ':') { /* seconds, which spreadsheets add */
		text++;
		if (short_number(&text) < 0)
			return false;
	}
	text += strspn(text, " ");
	if (strncasecmp(text, "am", 2) == 0 || strncasecmp(text, "pm", 2) == 0) {
		if (hour < 1 || hour > 12)
			return false;
		hour = hour % 12 + (tolower((unsigned char)*text) == 'p' ? 12 : 0);
		text += 2;
	}
	if (hour < 0 || hour > 24 || minute < 0 || minute > 59 ||
			hour * MINUTES_OF_HOUR + minute > MINUTES_OF_DAY || *text)
		return false;
	snprintf(ret, TYPED_CLOCK_BYTES, "%02ld:%02ld", hour, minute);
	return true;
}

/* The unit at *text in minutes; 0: another word. No unit is a minute. */
static long unit_minutes(const char **text)
{
	static const struct {
		const char *name;
		long minutes;
	} UNITS[] = {{"minutes", 1}, {"minute", 1}, {"mins", 1}, {"min", 1}, {"m", 1},
			{"hours", MINUTES_OF_HOUR}, {"hour", MINUTES_OF_HOUR}, {"hrs", MINUTES_OF_HOUR},
			{"hr", MINUTES_OF_HOUR}, {"h", MINUTES_OF_HOUR}};

	*text += strspn(*text, " ");
	if (**text == '\0')
		return 1;
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
		size_t length = strlen(UNITS[i].name);

		if (strncasecmp(*text, UNITS[i].name, length) == 0 &&
				!isalpha((unsigned char)(*text)[length])) {
			*text += length;
			*text += strspn(*text, ". ");
			return UNITS[i].minutes;
		}
	}
	return 0;
}

/* "45" or "45:00" after "1:"; seconds are not counted. */
static long minutes_after_hours(long hours, const char *text)
{
	long minutes = short_number(&text);

	if (minutes < 0)
		return -1;
	if (*text == ':') {
		text++;
		if (short_number(&text) < 0)
			return -1;
	}
	return *text ? -1 : hours * MINUTES_OF_HOUR + minutes;
}

long typed_minutes(const char *text)
{
	long total = 0, number, unit;
	size_t figures;

	text += strspn(text, " ");
	if (!*text)
		return -1;
	while (*text) {
		figures = strspn(text, "0123456789");
		if (figures < 1 || figures > 4)
			return -1;
		number = strtol(text, NULL, 10);
		text += figures;
		if (*text == ':')
			return minutes_after_hours(number, text + 1);
		unit = unit_minutes(&text);
		if (unit == 0)
			return -1;
		total += number * unit;
	}
	return total;
}
