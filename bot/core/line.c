/* What a reply may show in clear. */

#include "bot/core/line.h"

#include "bot/catalogue/airing.h"

struct line line_of(const struct show *show, int seen, uint64_t now_ms)
{
	struct line line = {.show = show, .seen = seen, .now_s = (int64_t)(now_ms / 1000)};
	const struct episode *latest = show_latest(show, line.now_s);

	line.aired = latest ? latest->order : 0;
	return line;
}

int line_lower(int seen, int other)
{
	if (seen == LINE_UNDECLARED || other == LINE_UNDECLARED)
		return seen == LINE_UNDECLARED ? other : seen;
	return seen < other ? seen : other;
}

int line_place(const struct episode *episode)
{
	const struct show *show = episode->show;
	int place = show->last_order;

	if (episode->order)
		return episode->order;
	if (episode->after >= 0)
		return episode->after;
	if (episode->aired_from_s == AIRED_ALWAYS || episode->aired_from_s == AIRED_NEVER)
		return place;
	while (place > 0 && show_episode(show, place)->aired_from_s > episode->aired_from_s)
		place--;
	return place;
}

int line_limit(const struct line *line)
{
	return line->seen == LINE_UNDECLARED || line->seen > line->aired ? line->aired : line->seen;
}

bool line_tells(const struct line *line, int reveal, int asked)
{
	const struct episode *episode = show_episode(line->show, reveal);

	if (reveal <= 0)
		return true;
	if (episode && !episode_has_aired(episode, line->now_s))
		return false;
	return reveal <= (line->seen == LINE_UNDECLARED ? asked : line->seen);
}

bool line_tells_episode(const struct line *line, const struct episode *episode)
{
	int place = line_place(episode);

	return episode_has_aired(episode, line->now_s) && line_tells(line, place, place);
}

bool line_tells_title(const struct line *line, const struct episode *episode, int asked)
{
	return line_tells(line, episode->title_reveal, asked);
}

bool line_tells_character(const struct line *line, const struct character *character)
{
	return line_tells(line, character_place(character), line->show->last_order);
}
