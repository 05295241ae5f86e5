/* !episodes - the episodes of a season, one line each, without spoilers. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define ROWS_MAX       500
#define ROWS_MAX_BYTES 100000

/* The rows of one answer. */
struct rows {
	int season, from; /* the number to begin at */
	size_t count, bytes;
	bool is_shared;             /* all have one date, as on streaming services: it is given once */
	const struct episode *rest; /* the first that does not fit; NULL: all fit */
};

static bool is_in(const struct rows *rows, const struct episode *episode)
{
	return rows->season ? episode->order && episode->season == rows->season : !episode->order;
}

/* True when all episodes of the season came out on one day. */
static bool share_a_date(const struct show *show, const struct rows *rows)
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
static void add_row(struct request *request, struct rows *rows, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES], date[DATE_BYTES];
	bool is_dated = !rows->is_shared && episode->airdate.year;

	request_short_label(request, episode, label);
	rows->bytes += strlen(label) + strlen(episode->teaser) + DATE_BYTES;
	if (rows->count == ROWS_MAX || (rows->count && rows->bytes > ROWS_MAX_BYTES)) {
		rows->rest = episode;
		return;
	}
	rows->count++;
	reply_item(request, "%s%s%s%s%s%s", label, is_dated ? " (" : "",
			is_dated ? date_text(episode->airdate, date) : "", is_dated ? ")" : "",
			*episode->teaser ? ". " : "", episode->teaser);
}

static size_t count_of(const struct show *show, const struct rows *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count; i++)
		count += is_in(rows, &show->episodes[i]);
	return count;
}

static void say_title(struct request *request, const struct show *show, const struct rows *rows)
{
	size_t count = count_of(show, rows);
	const char *plural = count == 1 ? "" : "s";

	if (!rows->season)
		reply_show_title(request, show, "%zu special%s", count, plural);
	else if (show->season_count == 1)
		reply_show_title(request, show, "%zu episode%s", count, plural);
	else
		reply_show_title(request, show, "Season %d: %zu episode%s", rows->season, count, plural);
}

static void offer_season(struct request *request, const struct episode *of)
{
	char label[32];

	snprintf(label, sizeof(label), "Season %d", of->season);
	reply_choice(request, label, "episodes %d", of->season);
}

/* Offer what the list leaves out: the rest, the seasons beside it, the latest one, the specials. */
static void offer_others(struct request *request, const struct show *show, const struct rows *rows)
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
	if (rows->rest) {
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
	if (has_specials && rows->season)
		reply_choice(request, "Specials", "episodes specials");
	if (!rows->rest && show->season_count > 1)
		reply_footer(request, "%d seasons: \"%sepisodes %d\" lists the latest.", show->season_count,
				request_prefix(request), last->season);
}

static int episodes(struct request *request)
{
	const struct show *show = request_show(request);
	struct rows rows = {.season = show->last_order ? show->episodes[0].season : 0};
	char date[DATE_BYTES];

	request_season(request, "season", &rows.season, &rows.from);
	rows.is_shared = share_a_date(show, &rows);
	say_title(request, show, &rows);
	for (size_t i = 0; i < show->episode_count && !rows.rest; i++) {
		const struct episode *episode = &show->episodes[i];

		if (!is_in(&rows, episode) || (rows.season && episode->number < rows.from))
			continue;
		if (rows.is_shared && !rows.count)
			reply_text(request, "All first shown on %s.", date_text(episode->airdate, date));
		add_row(request, &rows, episode);
	}
	offer_others(request, show, &rows);
	return 0;
}

COMMAND(episodes) = {
		.aliases = {"list", "season"},
		.summary = "The episodes of a season, one line each, without spoilers",
		.examples = {"episodes", "episodes 1"},
		.options = {{.name = "season",
				.type = OPTION_SEASON,
				.help = "A number, latest, or specials; leave it out for the first season"}},
		.is_about_show = true,
		.run = episodes,
};
