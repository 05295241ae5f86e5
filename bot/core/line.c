/* What a reply may show in clear. */

#include "bot/core/line.h"

#define DAY_S 86400
#define NEVER INT64_MAX

/* Days since 1970-01-01 of a day in the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int64_t days_of(int year, int month, int day)
{
	int64_t shifted = month <= 2 ? year - 1 : year;
	int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
	int64_t of_era = shifted - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* When an episode was certainly shown: its hour, the start of its day, or the end of its month or year. NEVER: no
 * date. */
static int64_t shown_at(const struct episode *episode)
{
	const struct date *date = &episode->airdate;

	if (episode->airstamp)
		return episode->airstamp;
	if (!date->year)
		return NEVER;
	if (!date->month)
		return days_of(date->year + 1, 1, 1) * DAY_S;
	if (!date->day)
		return days_of(date->year + date->month / 12, date->month % 12 + 1, 1) * DAY_S;
	return days_of(date->year, date->month, date->day) * DAY_S;
}

/* The highest order of an episode that has been shown. In a show without dates, all have been. */
static int last_aired(const struct show *show, int64_t now_s)
{
	bool is_dated = false;

	for (int order = show->last_order; order > 0; order--) {
		int64_t at = shown_at(show_episode(show, order));

		if (at <= now_s)
			return order;
		is_dated |= at != NEVER;
	}
	return is_dated ? 0 : show->last_order;
}

struct line line_of(const struct show *show, int seen, uint64_t now_ms)
{
	struct line line = {.show = show, .seen = seen, .now_s = (int64_t)(now_ms / 1000)};

	line.aired = last_aired(show, line.now_s);
	return line;
}

int line_lower(int seen, int other)
{
	if (seen == LINE_UNDECLARED || other == LINE_UNDECLARED)
		return seen == LINE_UNDECLARED ? other : seen;
	return seen < other ? seen : other;
}

bool line_has_aired(const struct line *line, const struct episode *episode)
{
	int64_t at = shown_at(episode);

	return at == NEVER ? line_place(episode) <= line->aired : at <= line->now_s;
}

int line_place(const struct episode *episode)
{
	const struct show *show = episode->show;
	int64_t at = shown_at(episode);
	int place = show->last_order;

	if (episode->order)
		return episode->order;
	while (at != NEVER && place > 0 && shown_at(show_episode(show, place)) > at)
		place--;
	return place;
}

bool line_tells(const struct line *line, int reveal, int asked)
{
	const struct episode *episode = show_episode(line->show, reveal);

	if (reveal <= 0)
		return true;
	if (episode && !line_has_aired(line, episode))
		return false;
	return reveal <= (line->seen == LINE_UNDECLARED ? asked : line->seen);
}

bool line_tells_episode(const struct line *line, const struct episode *episode)
{
	int place = line_place(episode);

	return line_has_aired(line, episode) && line_tells(line, place, place);
}

bool line_tells_title(const struct line *line, const struct episode *episode, int asked)
{
	return line_tells(line, episode->title_reveal, asked);
}
