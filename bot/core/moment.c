/* The moment that typed words mean. */

#include "bot/core/moment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/zone_name.h"
#include "bot/catalogue/airing.h"
#include "bot/catalogue/telling.h"

#define MORNING_HOUR 9
#define NOON_HOUR    12
#define TEA_HOUR     15
#define EVENING_HOUR 20
#define NIGHT_ENDS   5 /* "tonight at 1" is tomorrow */

static int fail(struct moment *moment, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct moment *moment, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(moment->reason, sizeof(moment->reason), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int64_t day_of(const struct zone_time *time)
{
	return clock_day_number(time->year, time->month, time->day);
}

/* The calendar's day; its hour is 0:00. */
static struct zone_time time_of_day(int64_t day)
{
	return zone_time_at("", day * ZONE_DAY_S);
}

/* ---------------------------------------------------------------- days */

/* The same day some months later: the 31st becomes the last of a shorter month. */
static int64_t months_after(const struct zone_time *today, int months)
{
	int month = today->month - 1 + months;
	struct date date = {today->year + month / 12, month % 12 + 1, today->day};

	while (!date_exists(date))
		date.day--;
	return clock_day_number(date.year, date.month, date.day);
}

/* The first such day from today on, in a year that has it. */
static bool next_date(struct date date, const struct zone_time *today, int64_t *ret)
{
	for (int year = today->year; year <= today->year + 8; year++) {
		struct date candidate = {year, date.month, date.day};
		int64_t day;

		if (!date_exists(candidate))
			continue;
		day = clock_day_number(year, date.month, date.day);
		if (day < day_of(today))
			continue;
		*ret = day;
		return true;
	}
	return false;
}

static int find_day(const struct moment_reading *reading, const struct zone_time *today, int64_t *ret,
		struct moment *moment)
{
	struct date date = reading->date;

	switch (reading->day) {
	case MOMENT_DAY_OPEN: *ret = day_of(today); return 0;
	case MOMENT_DAY_AHEAD: *ret = months_after(today, reading->months) + reading->days; return 0;
	case MOMENT_DAY_WEEKDAY:
		if (reading->is_week) {
			*ret = day_of(today) - (today->weekday + 6) % 7 + 7 + reading->weekday - 1;
			return 0;
		}
		*ret = day_of(today) + (reading->weekday % 7 - today->weekday + 7) % 7;
		if (reading->is_next && *ret == day_of(today))
			*ret += 7;
		return 0;
	case MOMENT_DAY_UNCLEAR:
		return fail(moment, "That may be two days: please write the month as a word, as \"5 June\".");
	case MOMENT_DAY_DATE: break;
	}
	if (date.year ? !date_exists(date) : !next_date(date, today, ret))
		return fail(moment, "There's no such day.");
	if (date.year)
		*ret = clock_day_number(date.year, date.month, date.day);
	return 0;
}

/* ---------------------------------------------------------------- hours */

/* The hour and the minute of the words; the hour may be over 23. */
static void find_hour(const struct moment_reading *reading, const struct zone_time *now, int *ret_hour,
		int *ret_minute, struct moment *moment)
{
	static const int HOURS[] = {[MOMENT_MORNING] = MORNING_HOUR,
			[MOMENT_AFTERNOON] = TEA_HOUR,
			[MOMENT_EVENING] = EVENING_HOUR};
	bool is_late = reading->part == MOMENT_AFTERNOON || reading->part == MOMENT_EVENING;

	*ret_hour = now->hour;
	*ret_minute = now->minute;
	if (!reading->has_hour && reading->part == MOMENT_ANY_PART)
		return;
	*ret_hour = reading->has_hour ? reading->hour : HOURS[reading->part];
	*ret_minute = reading->has_hour ? reading->minute : 0;
	if (!reading->has_hour || !reading->is_twelve)
		return;
	if (reading->part == MOMENT_EVENING && (*ret_hour < NIGHT_ENDS || *ret_hour == NOON_HOUR))
		*ret_hour = *ret_hour % NOON_HOUR + 24;
	else if (is_late && *ret_hour < NOON_HOUR)
		*ret_hour += NOON_HOUR;
	else if (reading->part == MOMENT_ANY_PART && reading->day != MOMENT_DAY_OPEN)
		moment->is_morning = *ret_hour < NOON_HOUR;
}

/* What clocks in the zone show at this hour of the day, and whether they show it once. */
static int64_t at_hour(int64_t day, int hour, int minute, struct moment *moment)
{
	struct zone_time time = time_of_day(day + hour / 24), shown;
	int64_t at_s;

	time.hour = hour % 24;
	time.minute = minute;
	at_s = zone_moment(moment->zone, &time);
	shown = zone_time_at(moment->zone, at_s);
	moment->is_skipped = shown.hour != time.hour || shown.minute != time.minute;
	moment->is_twice = false;
	for (int64_t later_s = 1800; later_s <= 2 * 3600 && !moment->is_skipped; later_s += 1800) {
		shown = zone_time_at(moment->zone, at_s + later_s);
		moment->is_twice |= shown.hour == time.hour && shown.minute == time.minute &&
				    shown.day == time.day;
	}
	return at_s;
}

static int fail_past(const struct moment_asker *asker, enum moment_day day, struct moment *moment)
{
	struct zone_time now = zone_time_at(moment->zone, asker->now_s);
	char city[ZONE_NAME_BYTES], date[DATE_BYTES];

	zone_city(moment->zone, city);
	if (day != MOMENT_DAY_AHEAD)
		return fail(moment, "That's past: today is %s (%s).",
				date_text((struct date){now.year, now.month, now.day}, date), city);
	return fail(moment, "That's past: it's %02d:%02d now (%s). For the next day, say \"tomorrow\".",
			now.hour, now.minute, city);
}

static int find_clock(
		const struct moment_reading *reading, const struct moment_asker *asker, struct moment *moment)
{
	struct zone_time now;
	int64_t day = 0;
	int hour, minute, r;

	snprintf(moment->zone, sizeof(moment->zone), "%s", *reading->zone ? reading->zone : asker->zone);
	if (!*moment->zone)
		return fail(moment,
				"In which time zone? Tell me yours once, as \"%szone Berlin\", or write it "
				"behind "
				"the hour, as \"20:00 UTC\".",
				asker->prefix);
	if (!reading->has_hour && reading->part == MOMENT_ANY_PART)
		return fail(moment, "At what time? For example: \"%s%s friday 20:00 watch party\".",
				asker->prefix, asker->command);
	now = zone_time_at(moment->zone, asker->now_s);
	r = find_day(reading, &now, &day, moment);
	if (r < 0)
		return r;
	find_hour(reading, &now, &hour, &minute, moment);
	moment->at_s = at_hour(day, hour, minute, moment);
	if (reading->day == MOMENT_DAY_OPEN && reading->is_twelve && reading->part == MOMENT_ANY_PART &&
			moment->at_s <= asker->now_s)
		moment->at_s = at_hour(day, hour % NOON_HOUR + NOON_HOUR, minute, moment);
	if (moment->at_s <= asker->now_s && reading->day == MOMENT_DAY_OPEN)
		moment->at_s = at_hour(day + 1, hour, minute, moment);
	if (moment->at_s <= asker->now_s && reading->day == MOMENT_DAY_WEEKDAY)
		moment->at_s = at_hour(day + 7, hour, minute, moment);
	if (moment->at_s <= asker->now_s)
		return fail_past(asker, reading->day, moment);
	moment->at_s += reading->delay_s;
	return 0;
}

/* From now on, days and months by the calendar of the zone. */
static int find_delay(
		const struct moment_reading *reading, const struct moment_asker *asker, struct moment *moment)
{
	int64_t at_s = asker->now_s;

	snprintf(moment->zone, sizeof(moment->zone), "%s", asker->zone);
	if (reading->days || reading->months) {
		struct zone_time now = zone_time_at(moment->zone, asker->now_s);
		int64_t day = months_after(&now, reading->months) + reading->days;

		at_s = at_hour(day, now.hour, now.minute, moment) + now.second;
	}
	moment->at_s = at_s + reading->delay_s;
	return 0;
}

/* ---------------------------------------------------------------- airings */

bool moment_of_airing(const struct episode *episode, int64_t *ret_s, bool *ret_is_day_only)
{
	if (episode->airstamp) {
		*ret_s = episode->airstamp;
		*ret_is_day_only = false;
		return true;
	}
	if (!episode->airdate.day || episode->aired_from_s == AIRED_ALWAYS ||
			episode->aired_from_s == AIRED_NEVER)
		return false;
	*ret_s = episode->aired_from_s;
	*ret_is_day_only = true;
	return true;
}

static int find_airing(
		const struct moment_reading *reading, const struct moment_asker *asker, struct moment *moment)
{
	struct reference found;
	const struct episode *episode;
	char label[EPISODE_LABEL_BYTES], quoted[UTF8_QUOTE_BYTES];
	int64_t airs_s;

	reference_resolve(asker->show, reading->reference, asker->asked, &found);
	if (found.kind != REFERENCE_FOUND)
		return *found.reason ? fail(moment, "%s", found.reason)
				     : fail(moment, "I don't know an episode \"%s\".",
						       utf8_quote(reading->reference, quoted));
	episode = found.candidates[0];
	moment->episode = episode;
	moment->offset_s = reading->delay_s;
	episode_label_untitled(episode, label);
	if (episode_has_aired(episode, asker->now_s) && reading->delay_s <= 0)
		return fail(moment, "%s has aired already. Give a time, as \"%s%s tomorrow 20:00 %s\".",
				label, asker->prefix, asker->command, reading->reference);
	if (!moment_of_airing(episode, &airs_s, &moment->is_day_only)) {
		moment->is_undated = true;
		moment->at_s = asker->now_s + MOMENT_UNDATED_S - ZONE_DAY_S;
		return 0;
	}
	moment->at_s = airs_s + reading->delay_s;
	if (moment->at_s <= asker->now_s)
		return fail(moment,
				"That's past already: %s airs sooner. For its airing itself, say \"%s%s "
				"%s\".",
				label, asker->prefix, asker->command, reading->reference);
	return 0;
}

int moment_of(const struct moment_reading *reading, const struct moment_asker *asker, struct moment *ret)
{
	int r = 0;

	*ret = (struct moment){0};
	switch (reading->form) {
	case MOMENT_UNKNOWN:
		r = fail(ret,
				"When? For example: \"%s%s friday 20:00 watch party\", \"%s%s in 2 hours\" "
				"or "
				"\"%s%s next 1h before\".",
				asker->prefix, asker->command, asker->prefix, asker->command, asker->prefix,
				asker->command);
		break;
	case MOMENT_CLOCK: r = find_clock(reading, asker, ret); break;
	case MOMENT_DELAY: r = find_delay(reading, asker, ret); break;
	case MOMENT_AIRING: r = find_airing(reading, asker, ret); break;
	}
	if (r == 0 && (ret->at_s > asker->now_s + MOMENT_AHEAD_DAYS * (int64_t)ZONE_DAY_S ||
				      ret->at_s < asker->now_s))
		r = fail(ret, "That's more than a year away: I look ahead for one year.");
	return r;
}
