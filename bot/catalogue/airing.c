/* When episodes air. */

#include "bot/catalogue/airing.h"

#include <errno.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/zone.h"

#define NOON_S           (12 * 3600)
#define LATE_HOUR_MAX    29 /* Japanese networks write 25:30 for half past one in the night after the day */
#define LAST_ZONE_LAGS_S (12 * 3600) /* where a day begins last, it begins 12 hours after it does in UTC */

bool episode_has_aired(const struct episode *episode, int64_t now_s)
{
	return now_s >= episode->aired_from_s;
}

const struct episode *show_latest(const struct show *show, int64_t now_s)
{
	for (int order = show->last_order; order > 0; order--) {
		if (episode_has_aired(show_episode(show, order), now_s))
			return show_episode(show, order);
	}
	return NULL;
}

const struct episode *show_upcoming(const struct show *show, int64_t now_s)
{
	const struct episode *upcoming = NULL;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (!episode_has_aired(episode, now_s) &&
				(!upcoming || episode->aired_from_s < upcoming->aired_from_s))
			upcoming = episode;
	}
	return upcoming;
}

/* ---------------------------------------------------------------- what a dataset says */

/* Read digits where form has 'd'; every other byte must be the same. Returns how much of text it is, or 0. */
static size_t match(const char *text, const char *form)
{
	size_t i = 0;

	for (; form[i]; i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return 0;
	}
	return i;
}

static int number(const char *text, int digits)
{
	int value = 0;

	for (int i = 0; i < digits; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

int airing_read_time(const char *text, int *ret)
{
	if (match(text, "dd:dd") == 0 || (text[5] && match(text + 5, ":dd") == 0))
		return -EBADMSG;
	if (number(text, 2) > LATE_HOUR_MAX || number(text + 3, 2) > 59 ||
			(text[5] && (number(text + 6, 2) > 59 || text[8])))
		return -EBADMSG;
	*ret = number(text, 2) * 60 + number(text + 3, 2);
	return 0;
}

/* Read "Z", "+09:00", "-0500" or "+09" as seconds ahead of UTC. */
static int read_offset(const char *text, int *ret)
{
	static const char *const FORMS[] = {"dd:dd", "dddd", "dd"};
	size_t length = 0, form = 0;
	int ahead_s;

	if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0') {
		*ret = 0;
		return 0;
	}
	if (text[0] != '+' && text[0] != '-')
		return -EBADMSG;
	while (form < 3 && ((length = match(text + 1, FORMS[form])) == 0 || text[1 + length]))
		form++;
	if (form == 3)
		return -EBADMSG;
	ahead_s = number(text + 1, 2) * 3600 + (form < 2 ? number(text + length - 1, 2) * 60 : 0);
	if (ahead_s > 15 * 3600)
		return -EBADMSG;
	*ret = text[0] == '-' ? -ahead_s : ahead_s;
	return 0;
}

int airing_read_stamp(const char *text, int64_t *ret)
{
	int year, month, day, minutes, seconds = 0, ahead_s = 0;
	char time[] = "00:00";

	if (match(text, "dddd-dd-dd") == 0 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
			match(text + 11, "dd:dd") == 0)
		return -EBADMSG;
	memcpy(time, text + 11, 5);
	year = number(text, 4);
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 ||
			airing_read_time(time, &minutes) < 0 || minutes >= ZONE_DAY_S / 60)
		return -EBADMSG;
	text += 16;
	if (match(text, ":dd")) {
		seconds = number(text + 1, 2);
		text += 3;
	}
	if (text[0] == '.' && match(text + 1, "d"))
		text += 1 + strspn(text + 1, "0123456789");
	if (seconds > 60 || read_offset(text, &ahead_s) < 0)
		return -EBADMSG;
	*ret = clock_day_number(year, month, day) * ZONE_DAY_S + minutes * 60 + seconds - ahead_s;
	return 0;
}

int64_t airing_hour(struct date airdate, const char *airtime, const char *airstamp, const char *zone)
{
	bool has_stamp = false;
	int64_t stamp_s = 0;
	int minutes;

	if (airtime && *airtime == '\0')
		return 0;
	if (airstamp && airing_read_stamp(airstamp, &stamp_s) == 0) {
		bool is_noon = (stamp_s % ZONE_DAY_S + ZONE_DAY_S) % ZONE_DAY_S == NOON_S;

		has_stamp = !is_noon || (airtime && *zone);
	}
	if (has_stamp)
		return stamp_s;
	if (!airtime || *zone == '\0' || airdate.day == 0 || airing_read_time(airtime, &minutes) < 0)
		return 0;
	return zone_moment(zone, &(struct zone_time){.year = airdate.year,
						 .month = airdate.month,
						 .day = airdate.day,
						 .hour = minutes / 60,
						 .minute = minutes % 60});
}

/* ---------------------------------------------------------------- the moment from which it has aired */

/* Of an episode with a date. zone is known, or "". */
static int64_t from_date(const struct show *show, const struct episode *episode, const char *zone)
{
	struct date date = episode->airdate;
	struct zone_time begins = {.year = date.year, .month = date.month, .day = date.day};
	const char *schedule = show->schedule_time;
	int minutes = 0;

	if (episode->airstamp)
		return episode->airstamp;
	if (date.month == 0)
		begins = (struct zone_time){.year = date.year + 1, .month = 1, .day = 1};
	else if (date.day == 0)
		begins = (struct zone_time){.year = date.year + (date.month == 12),
				.month = date.month % 12 + 1,
				.day = 1};
	if (*zone == '\0')
		return zone_moment("", &begins) + LAST_ZONE_LAGS_S;
	if (date.day && schedule && airing_read_time(schedule, &minutes) == 0) {
		begins.hour = minutes / 60;
		begins.minute = minutes % 60;
	}
	return zone_moment(zone, &begins);
}

static bool has_date(const struct episode *episode)
{
	return episode->airstamp || episode->airdate.year;
}

static bool is_status(const struct show *show, const char *status)
{
	return show->status && strcmp(show->status, status) == 0;
}

/* Of an episode without a date in a show where no episode has one. */
static int64_t without_dates(const struct show *show)
{
	return is_status(show, "Running") || is_status(show, "In Development") ? AIRED_NEVER : AIRED_ALWAYS;
}

void airing_settle(const struct show *show, struct episode *episodes)
{
	int64_t undated_s = without_dates(show), earlier_s = AIRED_ALWAYS, later_s = AIRED_NEVER;
	const char *zone = show->zone && zone_is_known(show->zone) ? show->zone : "";

	for (size_t i = 0; i < show->episode_count; i++) {
		if (has_date(&episodes[i]))
			undated_s = AIRED_NEVER;
	}
	if (is_status(show, "Ended"))
		undated_s = AIRED_ALWAYS;
	for (size_t i = 0; i < show->episode_count; i++) {
		struct episode *episode = &episodes[i];

		episode->aired_from_s = has_date(episode) ? from_date(show, episode, zone) : undated_s;
	}
	if (undated_s != AIRED_NEVER)
		return;
	/* Episodes are sorted by order: find the next later date from the end, then the last earlier one from the
	 * start. */
	for (int i = show->last_order - 1; i >= 0; i--) {
		if (!has_date(&episodes[i]))
			episodes[i].aired_from_s = later_s;
		else if (episodes[i].aired_from_s < later_s)
			later_s = episodes[i].aired_from_s;
	}
	for (int i = 0; i < show->last_order; i++) {
		if (has_date(&episodes[i]) && episodes[i].aired_from_s > earlier_s)
			earlier_s = episodes[i].aired_from_s;
		else if (!has_date(&episodes[i]) && episodes[i].aired_from_s < earlier_s)
			episodes[i].aired_from_s = earlier_s;
	}
}
