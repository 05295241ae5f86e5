/* !previous - the episode before another, or before the last one asked about. */

#include "bot/command.h"

static int previous_answer(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode"), *neighbour;
	char label[EPISODE_LABEL_BYTES];

	if (!episode)
		episode = request_last_episode(request);
	if (!episode)
		return reply_problem(
			request, "Before which episode? Say \"%sprevious 5\".", request_prefix(request));
	neighbour = episode->order ? show_episode(episode->show, episode->order - 1) : NULL;
	if (!neighbour)
		return reply_problem(request, "%s is the first one.", episode_label(episode, label));
	return reply_episode(request, neighbour);
}

COMMAND(previous) = {
	.aliases = {"prev", "before"},
	.summary = "The episode before one, or before the last you asked about",
	.examples = {"previous 5", "previous"},
	.options = {{.name = "episode",
		.type = OPTION_EPISODE,
		.help = "A number, s01e05, latest, or words"}},
	.run = previous_answer,
};
