/* What each channel was to be told, and what it was told. */

#include <stdio.h>
#include <string.h>

#include "bot/base/zone.h"
#include "tests/year/year.h"

#define HOUR_S      3600
#define DAY_S       86400
#define WINDOW_S    (6 * HOUR_S)
#define FIRST_S     (3 * DAY_S) /* the first days are for the owners, who type */
#define SHOWN       20
#define ABOUT_BYTES 128

static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Los_Angeles",
		"Europe/London", "Australia/Sydney", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Nairobi",
		"Pacific/Auckland", "America/St_Johns", "UTC"};
static const char *const words[] = {"at airtime", "at +2h", "daily 18:00", "daily 9:30"};

const char *year_zone_of(int channel)
{
	return zones[(size_t)channel % (sizeof(zones) / sizeof(zones[0]))];
}

int year_show_of(int channel)
{
	return channel % YEAR_SHOWS;
}

const char *year_words_of(int channel)
{
	return words[(size_t)channel / 12 % (sizeof(words) / sizeof(words[0]))];
}

int year_leader(int show, int episode)
{
	int64_t before_s = episode ? year->shows[show].airs_s[episode - 1] : 0;

	return episode && year->shows[show].airs_s[episode] - before_s < HOUR_S ? episode - 1 : episode;
}

int64_t year_clock(const char *zone, int64_t from_s, int hour, int minute)
{
	for (int64_t at_s = from_s - from_s % 60 + (from_s % 60 ? 60 : 0); at_s < from_s + 26 * HOUR_S;
			at_s += 60) {
		struct zone_time time = zone_time_at(zone, at_s);

		if (time.hour == hour && time.minute == minute)
			return at_s;
	}
	return 0;
}

int64_t year_due(int channel, int show, int episode)
{
	int64_t airs_s = year->shows[show].airs_s[episode];
	const char *typed = year_words_of(channel);

	if (strcmp(typed, "at +2h") == 0)
		return airs_s + 2 * HOUR_S;
	if (strcmp(typed, "daily 18:00") == 0)
		return year_clock(year_zone_of(channel), airs_s, 18, 0);
	if (strcmp(typed, "daily 9:30") == 0)
		return year_clock(year_zone_of(channel), airs_s, 9, 30);
	return airs_s;
}

unsigned year_wrong(bool is_shown, int channel, const char *about, const char *what)
{
	static unsigned shown;

	if (is_shown && shown++ < SHOWN)
		printf("# #c%d, %s: %s\n", channel, about, what);
	return 1;
}

unsigned year_audit_told(const struct year_told *told, int64_t due_s, int64_t until_s, bool is_due,
		const char **ret_what)
{
	int64_t said_s = (int64_t)(told->first_ms / 1000), late_s = said_s - due_s;

	*ret_what = NULL;
	if (told->count == 0 && is_due && year_was_well(due_s, until_s, YEAR_WAIT_S))
		*ret_what = "was not said";
	if (told->count > 1)
		*ret_what = "was said more than once";
	if (told->count && said_s < due_s)
		*ret_what = "was said early";
	if (told->count && said_s >= until_s)
		*ret_what = "was said after its window";
	if (told->count && late_s >= YEAR_LATE_S && !told->is_marked)
		*ret_what = "was said late and not marked";
	if (told->count && late_s < YEAR_LATE_S - 1 && told->is_marked)
		*ret_what = "was marked as late in time";
	return *ret_what != NULL;
}

static unsigned audit_one(bool is_shown, int channel, int show, int episode)
{
	const struct year_told *told = &year->told[channel][show][episode];
	int64_t due_s = year_due(channel, show, episode);
	/* Of one post, the first episode decides; daily, both may have an evening of their own. */
	int leader = year_leader(show, episode);
	int64_t leader_s = strncmp(year_words_of(channel), "daily", 5) == 0 ? due_s
									    : year_due(channel, show, leader);
	char about[ABOUT_BYTES];
	const char *what;

	if (due_s < (int64_t)(year->begin_ms / 1000) + FIRST_S ||
			due_s > (int64_t)(year->end_ms / 1000) - DAY_S)
		return 0;
	snprintf(about, sizeof(about), "show %d, episode %d (%s, %s)", show, episode + 1,
			year_words_of(channel), year_zone_of(channel));
	if (year_audit_told(told, leader_s, leader_s + WINDOW_S, true, &what))
		return year_wrong(is_shown, channel, about, what);
	return 0;
}

unsigned year_audit(bool is_shown)
{
	unsigned faults = people_audit(is_shown) + party_audit(is_shown);

	for (int channel = 0; channel < YEAR_CHANNELS; channel++) {
		for (int show = 0; show < YEAR_SHOWS; show++) {
			for (int episode = 0; episode < YEAR_EPISODES; episode++) {
				if (show == year_show_of(channel))
					faults += audit_one(is_shown, channel, show, episode);
				else if (year->told[channel][show][episode].count)
					faults += year_wrong(is_shown, channel, "announcement",
							"is of another show");
			}
		}
	}
	return faults;
}
