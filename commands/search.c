/* !search - the episodes that match some words, and where they match. */

#include "bot/core/command.h"

#define RESULTS_MAX 100 /* listed; the title counts all of them */
#define CHOICES_MAX 5

static int search(struct request *request)
{
	const char *words = request_text(request, "words");
	struct request_found results[RESULTS_MAX];
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];
	size_t count = 0;
	int r = request_search(request, words, results, RESULTS_MAX, &count);

	if (r < 0)
		return r;
	if (!count && request_has_trivia(request, words))
		return reply_trivia_about(request, words);
	if (!count)
		return reply_problem(request, "Nothing found for \"%s\" in %s.",
				request_quote(request, "words"), request_show(request)->name);
	reply_show_title(request, request_show(request), "\"%s\": %zu episode%s",
			request_quote(request, "words"), count, count == 1 ? "" : "s");
	for (size_t i = 0; i < count && i < RESULTS_MAX; i++) {
		const struct episode *episode = results[i].episode;

		reply_item(request, "%s. %s%s(%s)", request_label(request, episode, label), episode->teaser,
				*episode->teaser ? " " : "", results[i].reason);
		reply_item_command(request, label, "episode %s", episode_code(episode, code));
		if (i < CHOICES_MAX)
			reply_choice(request, label, "episode %s", episode_code(episode, code));
	}
	if (count == 1)
		request_about(request, results[0].episode);
	return 0;
}

COMMAND(search) = {
		.aliases = {"find"},
		.summary = "Episodes that match your words, in story order",
		.details = "Searches titles, synopses, characters and trivia, as far as you may be told. "
			   "Other forms "
			   "of a word, accents, hyphens and small typos don't matter.",
		.examples = {"search {name}"},
		.options = {{.name = "words",
				.type = OPTION_TEXT,
				.required = true,
				.help = "A place, a thing, a name"}},
		.run = search,
};
