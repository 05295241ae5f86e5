/* !next - the episode after another, or after the last one asked about. */

#include "bot/command.h"

static int next_answer(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode"), *neighbour;
	char label[EPISODE_LABEL_BYTES];

	if (!episode)
		episode = request_last_episode(request);
	if (!episode)
		return reply_problem(
			request, "After which episode? Say \"%snext 5\".", request_prefix(request));
	neighbour = episode->order ? show_episode(episode->show, episode->order + 1) : NULL;
	if (!neighbour)
		return reply_problem(request, "%s is the last one.", episode_label(episode, label));
	return reply_episode(request, neighbour);
}

COMMAND(next) = {
	.aliases = {"after"},
	.summary = "The episode after one, or after the last you asked about",
	.examples = {"next 5", "next"},
	.options = {{.name = "episode",
		.type = OPTION_EPISODE,
		.help = "A number, s01e05, latest, or words"}},
	.run = next_answer,
};
