/* !trivia - something worth knowing, with its source. */

#include "bot/core/command.h"

static int trivia(struct request *request)
{
	return reply_trivia(request, request_episode(request, "episode"));
}

COMMAND(trivia) = {
		.aliases = {"fact"},
		.summary = "Something worth knowing about the show or an episode",
		.details = "Without an episode it only tells what spoils nothing.",
		.examples = {"trivia", "trivia 5"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words"}},
		.run = trivia,
};
