/* !search - the episodes whose synopsis or characters match some words. */

#include "bot/core/command.h"

#define HITS_MAX 5

static int search(struct request *request)
{
	const char *words = request_text(request, "words");
	const struct episode *hits[HITS_MAX];
	size_t count = request_search(request, words, hits, HITS_MAX);
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

	if (!count)
		return reply_problem(request, "Nothing found for \"%s\" in %s.",
				request_quote(request, "words"), request_show(request)->name);
	reply_show_title(request, request_show(request), "\"%s\"", request_quote(request, "words"));
	for (size_t i = 0; i < count; i++) {
		reply_item(request, "%s. %s", request_label(request, hits[i], label), hits[i]->teaser);
		reply_choice(request, label, "episode %s", episode_code(hits[i], code));
	}
	if (count == 1)
		request_about(request, hits[0]);
	return 0;
}

COMMAND(search) = {
		.aliases = {"find"},
		.summary = "Episodes that match your words, best first",
		.details = "Searches synopses and characters. Accents and hyphens don't matter, and one typo "
			   "is fine.",
		.examples = {"search music room", "search onjo"},
		.options = {{.name = "words",
				.type = OPTION_TEXT,
				.required = true,
				.help = "A place, a thing, a name"}},
		.run = search,
};
