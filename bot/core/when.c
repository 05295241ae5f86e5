/* When something airs, in words. */

#include "bot/core/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/zone.h"
#include "bot/base/zone_name.h"
#include "bot/catalogue/airing.h"

#define EVENING_HOUR 18 /* from here on a day's hour is "tonight" */
#define DAYS_MAX     14 /* from here on, weeks are counted */
#define WEEKS_MAX    (9 * 7)
#define MONTHS_MAX   24 /* from here on, years */
#define LOCAL_MAX    30 /* days until a past moment is told as the date of its show */

static const char *const WEEKDAYS[] = {
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const MONTHS[] = {"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"};

/* A time as the reader sees it. */
struct view {
	const struct when *when;
	const char *zone;
	struct date today, date;
	int64_t days;           /* from today to date */
	struct zone_time clock; /* if the hour is known */
	bool is_to_come;
};

static struct date date_of(const struct zone_time *time)
{
	return (struct date){time->year, time->month, time->day};
}

static int64_t day_number(struct date date)
{
	return clock_day_number(date.year, date.month, date.day);
}

struct date when_today(int64_t now_s, const char *zone)
{
	struct zone_time now = zone_time_at(zone, now_s);

	return date_of(&now);
}

static const char *zone_of(const struct show *show)
{
	return show->zone ? show->zone : "";
}

struct when when_of_episode(const struct episode *episode, int64_t now_s)
{
	return (struct when){
			.date = episode->airdate,
			.moment_s = episode->airstamp,
			.zone = zone_of(episode->show),
			.has_happened = episode_has_aired(episode, now_s),
	};
}

struct when when_of_day(const struct show *show, struct date day, int64_t now_s)
{
	struct date today = when_today(now_s, zone_of(show));
	bool is_past = day.year < today.year || (day.year == today.year && day.month < today.month) ||
		       (day.day && day_number(day) <= day_number(today));

	return (struct when){.date = day, .zone = zone_of(show), .has_happened = is_past};
}

/* Compute what the reader sees of a day or a moment. */
static struct view view_of(const struct when *when, int64_t now_s, const char *reader)
{
	bool is_day = !when->moment_s && *when->zone; /* a day begins where the show airs */
	struct view view = {
			.when = when, .zone = *reader && !is_day ? reader : when->zone, .date = when->date};

	view.today = when_today(now_s, view.zone);
	if (when->moment_s) {
		view.clock = zone_time_at(view.zone, when->moment_s);
		view.date = date_of(&view.clock);
	}
	view.days = day_number(view.date) - day_number(view.today);
	view.is_to_come = when->moment_s ? when->moment_s > now_s : view.days > 0;
	/* The day in the reader's zone is what counts today; later on, a show's date is the one that is written
	 * everywhere. */
	if (when->date.day && view.days < -LOCAL_MAX) {
		view.date = when->date;
		view.days = day_number(view.date) - day_number(view.today);
	}
	return view;
}

/* Whole months between two days, the earlier one first. */
static int months_between(struct date from, struct date to)
{
	return (to.year - from.year) * 12 + to.month - from.month - (to.day < from.day);
}

/* "1 day", "7 weeks", "4 years": how far the date is from today. */
static void distance(const struct view *view, char *ret, size_t size)
{
	int days = (int)llabs(view->days), count = days;
	int months = view->days < 0 ? months_between(view->date, view->today)
				    : months_between(view->today, view->date);
	const char *unit = "day";

	if (months >= MONTHS_MAX) {
		count = months / 12;
		unit = "year";
	} else if (days >= WEEKS_MAX) {
		count = months;
		unit = "month";
	} else if (days >= DAYS_MAX) {
		count = days / 7;
		unit = "week";
	}
	snprintf(ret, size, "%d %s%s", count, unit, count == 1 ? "" : "s");
}

/* "6 December 2026"; "Sunday 6 December" if it is near and in this year. */
static void write_date(const struct view *view, char *ret, size_t size)
{
	int weekday = (int)(((day_number(view->date) + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	bool is_near = view->is_to_come && view->days < WEEKS_MAX;
	char year[16] = "";

	if (!view->is_to_come || view->date.year != view->today.year)
		snprintf(year, sizeof(year), " %d", view->date.year);
	snprintf(ret, size, "%s%s%d %s%s", is_near ? WEEKDAYS[weekday] : "", is_near ? " " : "",
			view->date.day, MONTHS[view->date.month - 1], year);
}

/* "today", "tonight", "tomorrow", "yesterday"; NULL for other days. */
static const char *near_day(const struct view *view)
{
	switch (view->days) {
	case -1: return "yesterday";
	case 0: return view->when->moment_s && view->clock.hour >= EVENING_HOUR ? "tonight" : "today";
	case 1: return "tomorrow";
	default: return NULL;
	}
}

/* " at 21:00 (New York)"; "" if the hour is not known, or no longer of interest. */
static void write_hour(const struct view *view, char *ret, size_t size)
{
	char city[ZONE_NAME_BYTES];

	ret[0] = '\0';
	if (view->when->moment_s && view->days >= -1)
		snprintf(ret, size, " at %02d:%02d (%s)", view->clock.hour, view->clock.minute,
				zone_city(view->zone, city));
}

/* A date of which only the month or the year is known, or nothing. */
static bool write_vague(const struct when *when, const char *before, char ret[WHEN_BYTES])
{
	const struct date *date = &when->date;

	if (when->moment_s || date->day)
		return false;
	if (!date->year)
		snprintf(ret, WHEN_BYTES, "%s", when->has_happened ? "not known yet" : "not announced yet");
	else if (!date->month)
		snprintf(ret, WHEN_BYTES, "%s%d", before, date->year);
	else
		snprintf(ret, WHEN_BYTES, "%s%s %d", before, MONTHS[date->month - 1], date->year);
	return true;
}

static void write_phrase(const struct when *when, int64_t now_s, const char *zone, const char *before,
		char ret[WHEN_BYTES])
{
	char date[48], hour[32 + ZONE_NAME_BYTES], away[24];
	struct view view;

	if (write_vague(when, "in ", ret))
		return;
	view = view_of(when, now_s, zone);
	write_hour(&view, hour, sizeof(hour));
	write_date(&view, date, sizeof(date));
	distance(&view, away, sizeof(away));
	if (near_day(&view))
		snprintf(ret, WHEN_BYTES, "%s%s", near_day(&view), hour);
	else if (view.is_to_come)
		snprintf(ret, WHEN_BYTES, "%s%s%s, in %s", before, date, hour, away);
	else
		snprintf(ret, WHEN_BYTES, "%s%s (%s ago)", before, date, away);
}

bool when_depends_on_zone(const struct when *when, int64_t now_s)
{
	int64_t today = now_s / ZONE_DAY_S; /* in UTC: near enough */

	if (when->moment_s)
		return when->moment_s / ZONE_DAY_S >= today - LOCAL_MAX - 1;
	return when->date.day && !*when->zone && llabs(day_number(when->date) - today) <= DAYS_MAX;
}

bool when_is_to_come(const struct when *when, int64_t now_s, const char *zone)
{
	bool is_vague = !when->moment_s && !when->date.day;

	return !when->has_happened && (is_vague || view_of(when, now_s, zone).days >= 0);
}

const char *when_phrase(const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES])
{
	write_phrase(when, now_s, zone, "", buffer);
	return buffer;
}

const char *when_after_verb(const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES])
{
	write_phrase(when, now_s, zone, "on ", buffer);
	return buffer;
}

const char *when_short(const struct when *when, int64_t now_s, const char *zone, char buffer[WHEN_BYTES])
{
	struct view view;

	if (write_vague(when, "", buffer))
		return buffer;
	view = view_of(when, now_s, zone);
	if (near_day(&view))
		snprintf(buffer, WHEN_BYTES, "%s", near_day(&view));
	else
		write_date(&view, buffer, WHEN_BYTES);
	return buffer;
}
