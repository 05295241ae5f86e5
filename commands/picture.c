/* !picture - the picture of an episode, a character or the show. */

#include "bot/core/command.h"

static int picture(struct request *request)
{
	const struct episode *episode = request_episode(request, "what");
	const char *words = request_text(request, "what");

	return reply_picture(request, episode || words ? episode : request_last_episode(request), words);
}

COMMAND(picture) = {
		.aliases = {"pic", "image"},
		.summary = "The picture of an episode, a character or the show",
		.details = "Without an argument, that of the episode asked about last, or else of the show. "
			   "Where "
			   "pictures are not shown, a link to it.",
		.examples = {"picture {episode}", "picture"},
		.options = {{.name = "what",
				.type = OPTION_SUBJECT,
				.help = "An episode (5, s01e05, latest), or a character's name"}},
		.is_about_show = true,
		.run = picture,
};
