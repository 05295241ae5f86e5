/* !episode - the synopsis of an episode. */

#include "bot/core/command.h"

static int episode(struct request *request)
{
	return reply_episode(request, request_episode(request, "episode"));
}

COMMAND(episode) = {
		.aliases = {"ep", "e", "synopsis"},
		.summary = "The synopsis and date of an episode",
		.examples = {"episode {episode}", "episode latest"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.required = true,
				.help = "A number, s01e05, latest, or words from the story"}},
		.run = episode,
};
