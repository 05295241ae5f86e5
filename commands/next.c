/* !next - the episode after the given one, or after the last one asked about; else the one that airs next. */

#include "bot/core/command.h"

static int next_answer(struct request *request)
{
	return reply_neighbour(request, request_episode(request, "episode"), +1);
}

COMMAND(next) = {
		.aliases = {"after"},
		.summary = "The episode after the given one or the last one you asked about, or what airs "
			   "next",
		.examples = {"next {episode}", "next"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words"}},
		.run = next_answer,
};
