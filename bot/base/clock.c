/* The two clocks, and wall time as ISO 8601. */

#include "bot/base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
	struct timespec time = {0};

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ms(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ms(void)
{
	return now(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ms(void)
{
	return now(CLOCK_REALTIME);
}

void clock_iso(uint64_t wall_ms, char ret[CLOCK_ISO_BYTES])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm date;
	size_t length;

	if (!gmtime_r(&seconds, &date) || date.tm_year > 9999 - 1900) {
		snprintf(ret, CLOCK_ISO_BYTES, "9999-12-31T23:59:59.999Z");
		return;
	}
	length = strftime(ret, CLOCK_ISO_BYTES, "%Y-%m-%dT%H:%M:%S", &date);
	snprintf(ret + length, CLOCK_ISO_BYTES - length, ".%03uZ", (unsigned)(wall_ms % 1000));
}

/* Read count digits at *text into *ret, and the byte that must follow them (0: any byte may). */
static bool digits(const char **text, int count, char follows, int *ret)
{
	int value = 0;

	for (; count; count--) {
		if (**text < '0' || **text > '9')
			return false;
		value = value * 10 + (*(*text)++ - '0');
	}
	if (follows && *(*text)++ != follows)
		return false;
	*ret = value;
	return true;
}

/* Days of the Gregorian calendar. timegm() costs ten times as much, and every IRC line has a time tag. Years
 * begin in March here, so that a leap day is the last day of its year. */
int64_t clock_day_number(int year, int month, int day)
{
	int64_t since_march = month > 2 ? month - 3 : month + 9;
	int64_t years = month > 2 ? year : year - 1;

	return years * 365 + years / 4 - years / 100 + years / 400 + (153 * since_march + 2) / 5 + day - 1 -
	       719468;
}

/* Of a date with the year and month as people write them. False: no such time. */
static bool seconds_since_1970(const struct tm *date, int64_t *ret)
{
	if (date->tm_year < 1970 || date->tm_mon < 1 || date->tm_mon > 12 || date->tm_mday < 1 ||
			date->tm_mday > 31 || date->tm_hour > 23 || date->tm_min > 59 || date->tm_sec > 60)
		return false;
	*ret = clock_day_number(date->tm_year, date->tm_mon, date->tm_mday) * 86400 + date->tm_hour * 3600 +
	       date->tm_min * 60 + date->tm_sec;
	return true;
}

int clock_from_iso(const char *text, uint64_t *ret_wall_ms)
{
	struct tm date = {0};
	int thousandths = 0;
	int64_t seconds;

	if (!digits(&text, 4, '-', &date.tm_year) || !digits(&text, 2, '-', &date.tm_mon) ||
			!digits(&text, 2, 'T', &date.tm_mday) || !digits(&text, 2, ':', &date.tm_hour) ||
			!digits(&text, 2, ':', &date.tm_min) || !digits(&text, 2, 0, &date.tm_sec))
		return -EBADMSG;
	if (*text == '.') {
		text++;
		if (!digits(&text, 3, 0, &thousandths))
			return -EBADMSG;
		while (*text >= '0' && *text <= '9')
			text++; /* below a millisecond */
	}
	if (text[0] != 'Z' || text[1] || !seconds_since_1970(&date, &seconds))
		return -EBADMSG;
	*ret_wall_ms = (uint64_t)seconds * 1000 + (uint64_t)thousandths;
	return 0;
}

int clock_from_http(const char *text, uint64_t *ret_wall_ms)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm date = {0};
	int64_t seconds;

	if (strnlen(text, 5) < 5 || text[3] != ',' || text[4] != ' ')
		return -EBADMSG;
	text += 5;
	if (!digits(&text, 2, ' ', &date.tm_mday))
		return -EBADMSG;
	while (date.tm_mon < 12 && strncmp(text, months + (ptrdiff_t)3 * date.tm_mon, 3) != 0)
		date.tm_mon++;
	if (date.tm_mon++ == 12 || text[3] != ' ')
		return -EBADMSG;
	text += 4;
	if (!digits(&text, 4, ' ', &date.tm_year) || !digits(&text, 2, ':', &date.tm_hour) ||
			!digits(&text, 2, ':', &date.tm_min) || !digits(&text, 2, ' ', &date.tm_sec) ||
			strcmp(text, "GMT") != 0 || !seconds_since_1970(&date, &seconds))
		return -EBADMSG;
	*ret_wall_ms = (uint64_t)seconds * 1000;
	return 0;
}
