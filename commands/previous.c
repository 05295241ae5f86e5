/* !previous - the episode before the given one, or before the last one asked about. */

#include "bot/core/command.h"

static int previous_answer(struct request *request)
{
	return reply_neighbour(request, request_episode(request, "episode"), -1);
}

COMMAND(previous) = {
		.aliases = {"prev", "before"},
		.summary = "The episode before the given one, or before the last one you asked about",
		.examples = {"previous {episode}", "previous"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words"}},
		.run = previous_answer,
};
