/* !random - a random episode's synopsis, or a random bit of trivia. */

#include <string.h>

#include "bot/core/command.h"

static int random_answer(struct request *request)
{
	const char *what = request_text(request, "what");
	const struct episode *episode;

	if (what && strcmp(what, "trivia") == 0)
		return reply_trivia(request, NULL);
	episode = request_draw(request);
	if (!episode)
		return reply_problem(request, "There's no synopsis of %s that I may tell yet.",
				request_show(request)->name);
	reply_choice(request, "Another one", "random");
	return reply_episode(request, episode);
}

COMMAND(random) = {
		.aliases = {"rnd", "surprise"},
		.summary = "A random synopsis, or random trivia",
		.examples = {"random", "random trivia"},
		.options = {{.name = "what",
				.type = OPTION_CHOICE,
				.choices = {"synopsis", "trivia"},
				.help = "What to pick; leave it out for a synopsis"}},
		.is_about_show = true,
		.run = random_answer,
};
