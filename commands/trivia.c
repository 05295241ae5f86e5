/* !trivia - a fact about the show, an episode or a subject, with its source. */

#include "bot/core/command.h"

static int trivia(struct request *request)
{
	const struct episode *episode = request_episode(request, "about");
	const char *subject = request_text(request, "about");

	if (!episode && subject)
		return reply_trivia_about(request, subject);
	return reply_trivia(request, episode ? episode : request_last_episode(request));
}

COMMAND(trivia) = {
		.aliases = {"fact", "facts"},
		.summary = "A fact about the show, an episode or a subject",
		.details = "Without an argument, a fact about the episode asked about last, or else one "
			   "about the show.",
		.examples = {"trivia", "trivia {episode}"},
		.options = {{.name = "about",
				.type = OPTION_SUBJECT,
				.help = "An episode (5, s01e05, latest), or a subject"}},
		.run = trivia,
};
