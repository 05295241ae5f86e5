/* !airdate - when an episode airs or was first shown; of the show: its premiere, and what is next. */

#include "bot/core/command.h"

static int airdate(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	char label[EPISODE_LABEL_BYTES];

	if (!episode && !request_text(request, "episode"))
		episode = request_last_episode(request);
	if (!episode)
		return reply_premiere(request);
	request_about(request, episode);
	reply_show_title(request, episode->show, "%s", request_label(request, episode, label));
	return reply_airs(request, episode);
}

COMMAND(airdate) = {
		.aliases = {"aired", "airs", "when", "date"},
		.summary = "When an episode airs or was first shown, and what airs next",
		.details = "Without an episode: the one you last asked about, else the show. \"airdate "
			   "show\" is "
			   "always the show.",
		.examples = {"airdate {episode}", "airdate latest", "airdate show"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words; or show for its "
					"premiere and its next episode",
				.choices = {"show"}}},
		.run = airdate,
};
