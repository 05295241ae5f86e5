/* !trivia - a random fact about the show or an episode, with its source. */

#include "bot/core/command.h"

static int trivia(struct request *request)
{
	return reply_trivia(request, request_episode(request, "episode"));
}

COMMAND(trivia) = {
		.aliases = {"fact"},
		.summary = "A random fact about the show or an episode",
		.details = "Without an episode, only facts that spoil nothing.",
		.examples = {"trivia", "trivia 5"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words"}},
		.run = trivia,
};
