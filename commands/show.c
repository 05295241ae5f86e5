/* !show - what the series is about, with its network, genres and dates. */

#include <stdio.h>

#include "bot/core/command.h"

/* Join words with commas ("Drama, Horror"), cut to the buffer's size. */
static const char *joined(const char *const *words, size_t count, char *buffer, size_t size)
{
	size_t length = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < count && length < size; i++)
		length += (size_t)snprintf(buffer + length, size - length, "%s%s", i ? ", " : "", words[i]);
	return buffer;
}

static int show_answer(struct request *request)
{
	const struct show *show = request_show(request);
	char date[DATE_BYTES], genres[512];

	reply_title(request, "%s", show->name);
	if (*show->network)
		reply_field(request, "Network", "%s", show->network);
	if (*show->language)
		reply_field(request, "Language", "%s", show->language);
	if (show->genre_count)
		reply_field(request, "Genres", "%s",
				joined(show->genres, show->genre_count, genres, sizeof(genres)));
	reply_field(request, "First shown", "%s", date_text(show->premiered, date));
	reply_field(request, "Episodes", "%d", show->last_order);
	reply_choice(request, "All episodes", "episodes");
	reply_choice(request, "Trivia", "trivia");
	return reply_text(request, "%s", *show->summary ? show->summary : "There's no description yet.");
}

COMMAND(show) = {
		.aliases = {"about", "series", "premise"},
		.summary = "What the series is about, with network, genres and dates",
		.examples = {"show"},
		.is_about_show = true,
		.run = show_answer,
};
