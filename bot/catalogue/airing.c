/* When episodes air. */

#include "bot/catalogue/airing.h"

#include <string.h>

#include "bot/base/zone.h"

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

/* ---------------------------------------------------------------- the hour */

/* "21:00", or "25:30" in the night after the day, as minutes after midnight; -1 for any other text. */
static int minutes_of(const char *clock)
{
	static const char form[] = "dd:dd";

	for (size_t i = 0; form[i]; i++) {
		if (form[i] == 'd' ? clock[i] < '0' || clock[i] > '9' : clock[i] != form[i])
			return -1;
	}
	return ((clock[0] - '0') * 10 + clock[1] - '0') * 60 + (clock[3] - '0') * 10 + clock[4] - '0';
}

/* The moment when clocks in the zone show the time of day on the date. */
static int64_t moment_of(const char *zone, struct date date, int minutes)
{
	struct zone_time time = {.year = date.year,
			.month = date.month,
			.day = date.day,
			.hour = minutes / 60,
			.minute = minutes % 60};

	return zone_moment(zone, &time);
}

/* The airstamp of an episode. zone is known, or "". */
static int64_t hour_of(const struct episode *episode, const char *zone)
{
	int minutes = episode->airtime ? minutes_of(episode->airtime) : -1;

	if (episode->airstamp || *zone == '\0' || minutes < 0 || episode->airdate.day == 0)
		return episode->airstamp;
	return moment_of(zone, episode->airdate, minutes);
}

/* ---------------------------------------------------------------- the moment from which it has aired */

/* Of an episode with a date. zone is known, or "". */
static int64_t from_date(const struct show *show, const struct episode *episode, const char *zone)
{
	struct date from = episode->airdate;
	int minutes = from.day && show->schedule_time ? minutes_of(show->schedule_time) : -1;

	if (episode->airstamp)
		return episode->airstamp;
	if (from.month == 0)
		from = (struct date){from.year + 1, 1, 1};
	else if (from.day == 0)
		from = (struct date){from.year + from.month / 12, from.month % 12 + 1, 1};
	if (*zone == '\0')
		return moment_of("", from, 0) + LAST_ZONE_LAGS_S;
	return moment_of(zone, from, minutes > 0 ? minutes : 0);
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

		episode->airstamp = hour_of(episode, zone);
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
