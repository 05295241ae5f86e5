/* !airdate - the date when an episode, or the show, was first shown. */

#include "bot/core/command.h"

static int airdate(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	const struct show *show = episode ? episode->show : request_show(request);
	char label[EPISODE_LABEL_BYTES], date[DATE_BYTES];

	if (!episode) {
		reply_title(request, "%s", show->name);
		return reply_text(request, "First shown on %s.", date_text(show->premiered, date));
	}
	request_about(request, episode);
	reply_show_title(request, show, "%s", request_label(request, episode, label));
	if (!episode->airdate.year)
		return reply_text(request, "The date isn't known yet.");
	return reply_text(request, "First shown on %s.", date_text(episode->airdate, date));
}

COMMAND(airdate) = {
		.aliases = {"aired", "when", "date"},
		.summary = "The day an episode was first shown",
		.examples = {"airdate 5", "airdate"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words; leave it out for the "
					"show's premiere"}},
		.run = airdate,
};
