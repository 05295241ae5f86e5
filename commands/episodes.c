/* !episodes - every episode on one line, without spoilers. */

#include "bot/core/command.h"

/* True when all episodes came out on one day, as on streaming services: the date is then given once. */
static bool share_a_date(const struct show *show)
{
	for (int i = 1; i < show->last_order; i++) {
		if (!date_equal(show->episodes[i].airdate, show->episodes[0].airdate))
			return false;
	}
	return show->last_order > 1 && show->episodes[0].airdate.year;
}

static int episodes(struct request *request)
{
	const struct show *show = request_show(request);
	bool shared = share_a_date(show);
	char label[EPISODE_LABEL_BYTES], date[DATE_BYTES];

	reply_title(request, "%s – %d episodes", show->name, show->last_order);
	if (shared)
		reply_text(request, "All first shown on %s.", date_text(show->episodes[0].airdate, date));
	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		if (shared)
			reply_item(request, "%s. %s", request_label(request, episode, label),
					episode->teaser);
		else
			reply_item(request, "%s (%s). %s", request_label(request, episode, label),
					date_text(episode->airdate, date), episode->teaser);
	}
	return 0;
}

COMMAND(episodes) = {
		.aliases = {"list"},
		.summary = "All episodes, one line each, without spoilers",
		.examples = {"episodes"},
		.is_about_show = true,
		.run = episodes,
};
