/* Time zones, by the C library. */

#include "bot/base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bot/base/clock.h"

#define FOLDER     "/usr/share/zoneinfo"
#define PATH_BYTES 4096

/* Moments of the first second of year 1 and the last of year 9999, with a day to spare for zones. */
#define FIRST_S (-62135596800 + ZONE_DAY_S)
#define LAST_S  (253402300799 - ZONE_DAY_S)

/*
 * The C library computes in one zone at a time, that of the variable TZ. Nothing else in this program uses
 * local time, so TZ is this file's. putenv() makes this array itself part of the environment: selecting a
 * zone changes the array, and never the list of variables, which other threads may be reading.
 */
static char variable[sizeof("TZ=:") + ZONE_NAME_BYTES] = "TZ=UTC0";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_installed;

/* Only letters, digits and "_+-/" in parts that are not empty: no name leads out of the folder. */
static bool is_name(const char *zone)
{
	size_t length = strlen(zone);

	if (length == 0 || length >= ZONE_NAME_BYTES || zone[0] == '/' || zone[length - 1] == '/')
		return false;
	return strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == length &&
	       !strstr(zone, "//");
}

const char *zone_folder(void)
{
	const char *given = getenv("TZDIR");

	return given && *given ? given : FOLDER;
}

bool zone_is_known(const char *zone)
{
	char path[PATH_BYTES], magic[4];
	bool is_known;
	int fd;

	if (!is_name(zone) ||
			(size_t)snprintf(path, sizeof(path), "%s/%s", zone_folder(), zone) >= sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	is_known = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return is_known;
}

/* Let the C library compute in this zone; "UTC0" needs no file. With the lock held. */
static void select_zone(const char *zone)
{
	char wanted[sizeof(variable)] = "";

	snprintf(wanted, sizeof(wanted), "TZ=%s", zone);
	if (is_installed && strcmp(wanted, variable) == 0)
		return;
	memcpy(variable, wanted, sizeof(variable));
	if (!is_installed)
		is_installed = putenv(variable) == 0;
	tzset();
}

/* How far the zone is ahead of UTC at a moment. */
static int32_t ahead_of_utc(const char *zone, int64_t moment_s)
{
	char named[1 + ZONE_NAME_BYTES];
	time_t seconds = (time_t)moment_s;
	struct tm date;
	int32_t ahead_s = 0;

	if (!is_name(zone) || strcmp(zone, "UTC") == 0)
		return 0;
	snprintf(named, sizeof(named), ":%s", zone);
	pthread_mutex_lock(&lock);
	select_zone(named);
	if (is_installed && localtime_r(&seconds, &date))
		ahead_s = (int32_t)date.tm_gmtoff;
	pthread_mutex_unlock(&lock);
	return ahead_s;
}

int zone_forget(void)
{
	bool is_ready;

	pthread_mutex_lock(&lock);
	select_zone("UTC0"); /* the C library reads a file when the value of TZ changes */
	is_ready = is_installed;
	pthread_mutex_unlock(&lock);
	return is_ready ? 0 : -ENOMEM;
}

static int64_t limited(int64_t moment_s)
{
	if (moment_s < FIRST_S)
		return FIRST_S;
	return moment_s > LAST_S ? LAST_S : moment_s;
}

struct zone_time zone_time_at(const char *zone, int64_t moment_s)
{
	int64_t within_s = limited(moment_s);
	int32_t ahead_s = ahead_of_utc(zone, within_s);
	time_t shown_s = (time_t)(within_s + ahead_s);
	struct tm date = {0};

	gmtime_r(&shown_s, &date);
	return (struct zone_time){
			.year = date.tm_year + 1900,
			.month = date.tm_mon + 1,
			.day = date.tm_mday,
			.hour = date.tm_hour,
			.minute = date.tm_min,
			.second = date.tm_sec,
			.weekday = date.tm_wday,
			.ahead_s = ahead_s,
	};
}

int64_t zone_moment(const char *zone, const struct zone_time *time)
{
	int64_t shown_s = limited(clock_day_number(time->year, time->month, time->day) * ZONE_DAY_S +
				  time->hour * 3600 + time->minute * 60 + time->second);
	int32_t before_s = ahead_of_utc(zone, shown_s - ZONE_DAY_S);
	int32_t after_s = ahead_of_utc(zone, shown_s + ZONE_DAY_S);
	int64_t moment_s = shown_s - before_s;

	if (before_s != after_s && ahead_of_utc(zone, moment_s) != before_s &&
			ahead_of_utc(zone, shown_s - after_s) == after_s)
		moment_s = shown_s - after_s;
	return moment_s;
}
