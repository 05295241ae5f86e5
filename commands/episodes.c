/* !episodes - the episodes of a season, one line each, without spoilers. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define ROWS_MAX       500
#define ROWS_MAX_BYTES 100000

/* The rows of one answer. */
struct episode_rows {
	int season, from;  /* the number to begin at */
	bool has_specials; /* the specials follow: a show of one season is listed whole */
	size_t count, bytes;
	bool has_special; /* among the rows so far */
	bool season_in_title;
	bool has_dates;             /* of any episode of the show */
	bool is_shared;             /* all have one date, as on streaming services: it is given once */
	const struct episode *rest; /* the first that does not fit; NULL: all fit */
};

static bool is_in(const struct episode_rows *rows, const struct episode *episode)
{
	if (!episode->order)
		return !rows->season || rows->has_specials;
	return episode->season == rows->season;
}

/* True when all episodes of the season came out on one day. */
static bool share_a_date(const struct show *show, const struct episode_rows *rows)
{
	const struct episode *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		if (!is_in(rows, episode))
			continue;
		first = first ? first : episode;
		if (!date_equal(episode->airdate, first->airdate))
			return false;
		count++;
	}
	return count > 1 && first->airdate.year;
}

/* "Episode 5: Title (28 January 2022). Teaser" */
static void add_row(struct request *request, struct episode_rows *rows, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES], when[WHEN_BYTES];
	bool is_dated = !rows->is_shared && (episode->airdate.year || (episode->order && rows->has_dates));

	request_short_label(request, episode, label);
	rows->bytes += strlen(label) + strlen(episode->teaser) + DATE_BYTES;
	if (rows->count == ROWS_MAX || (rows->count && rows->bytes > ROWS_MAX_BYTES)) {
		rows->rest = episode;
		return;
	}
	rows->count++;
	reply_item(request, "%s%s%s%s%s%s", label, is_dated ? " (" : "",
			is_dated ? request_when_short(request, episode, when) : "", is_dated ? ")" : "",
			*episode->teaser ? ". " : "", episode->teaser);
	reply_item_command(request, label, "episode %s", episode_code(episode, code));
	if (episode->order && rows->count == 1 && !rows->season_in_title)
		reply_item_heading(request, "Season %d", episode->season);
	else if (!episode->order && !rows->has_special)
		reply_item_heading(request, "Specials");
	rows->has_special = rows->has_special || !episode->order;
}

/* How many rows there are of episodes, or of specials. */
static size_t count_of(const struct show *show, const struct episode_rows *rows, bool are_specials)
{
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count; i++)
		count += is_in(rows, &show->episodes[i]) && !show->episodes[i].order == are_specials;
	return count;
}

/* "12 episodes, 2 specials", "Season 2: 10 episodes" */
static void say_title(struct request *request, const struct show *show, struct episode_rows *rows)
{
	size_t episodes = count_of(show, rows, false), specials = count_of(show, rows, true);
	char season[32] = "", of_season[64] = "", of_specials[64] = "";

	rows->season_in_title = rows->season && show->season_count > 1;
	if (rows->season_in_title)
		snprintf(season, sizeof(season), "Season %d: ", rows->season);
	if (episodes)
		snprintf(of_season, sizeof(of_season), "%zu episode%s", episodes, episodes == 1 ? "" : "s");
	if (specials)
		snprintf(of_specials, sizeof(of_specials), "%s%zu special%s", episodes ? ", " : "", specials,
				specials == 1 ? "" : "s");
	reply_show_title(request, show, "%s%s%s", season, of_season, of_specials);
}

static void offer_season(struct request *request, const struct episode *of)
{
	char label[32];

	snprintf(label, sizeof(label), "Season %d", of->season);
	reply_choice(request, label, "episodes %d", of->season);
}

/* Offer what the list leaves out: the rest, the seasons beside it, the latest one, the specials. */
static void offer_others(struct request *request, const struct show *show, const struct episode_rows *rows)
{
	const struct episode *before = NULL, *after = NULL, *last = show_episode(show, show->last_order);
	bool has_specials = show->episode_count > (size_t)show->last_order;
	char label[32];

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (episode->season < rows->season)
			before = episode;
		else if (episode->season > rows->season && !after)
			after = episode;
	}
	if (rows->rest && rows->rest->order) {
		snprintf(label, sizeof(label), "From %d →", rows->rest->number);
		reply_choice(request, label, "episodes %d from %d", rows->season, rows->rest->number);
		reply_footer(request, "\"%sepisodes %d from %d\" goes on.", request_prefix(request),
				rows->season, rows->rest->number);
	}
	if (before)
		offer_season(request, before);
	if (after)
		offer_season(request, after);
	if (last && after && last->season != after->season)
		offer_season(request, last);
	if (has_specials && rows->season && (!rows->has_specials || rows->rest))
		reply_choice(request, "Specials", "episodes specials");
	if (last && !rows->rest && show->season_count > 1)
		reply_footer(request, "%d seasons: \"%sepisodes %d\" lists the latest.", show->season_count,
				request_prefix(request), last->season);
}

static int episodes(struct request *request)
{
	const struct show *show = request_show(request);
	struct episode_rows rows = {.season = show->last_order ? show->episodes[0].season : 0};
	char when[WHEN_BYTES];

	if (!request_season(request, "season", &rows.season, &rows.from))
		rows.has_specials = show->season_count == 1;
	rows.is_shared = share_a_date(show, &rows);
	for (int order = 1; order <= show->last_order && !rows.has_dates; order++)
		rows.has_dates = show_episode(show, order)->airdate.year != 0;
	say_title(request, show, &rows);
	for (size_t i = 0; i < show->episode_count && !rows.rest; i++) {
		const struct episode *episode = &show->episodes[i];

		if (!is_in(&rows, episode) || (episode->order && episode->number < rows.from))
			continue;
		if (rows.is_shared && !rows.count)
			reply_text(request, "All %s.", request_all_air(request, episode, when));
		add_row(request, &rows, episode);
	}
	offer_others(request, show, &rows);
	return 0;
}

COMMAND(episodes) = {
		.aliases = {"list", "season"},
		.summary = "The episodes of a season, one line each, without spoilers",
		.examples = {"episodes", "episodes {season}"},
		.options = {{.name = "season",
				.type = OPTION_SEASON,
				.help = "A number, latest, or specials; leave it out for the first season"}},
		.is_about_show = true,
		.run = episodes,
};
