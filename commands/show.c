/* !show - what the series is about, with its network, genres and dates. */

#include <stdio.h>
#include <string.h>

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

/* "Ended, 3 May 2021" */
static void say_status(struct request *request, const struct show *show)
{
	char date[DATE_BYTES];
	const char *status = strcmp(show->status, "To Be Determined") == 0 ? "Not decided yet" : show->status;

	if (show->ended.year && *status)
		reply_field(request, "Status", "%s, %s", status, date_text(show->ended, date));
	else if (show->ended.year)
		reply_field(request, "Last shown", "%s", date_text(show->ended, date));
	else if (*status)
		reply_field(request, "Status", "%s", status);
}

/* When new episodes of a show that still runs are shown: "Tuesday, Thursday at 21:00". */
static void say_schedule(struct request *request, const struct show *show)
{
	char days[256];

	if (show->ended.year || strcmp(show->status, "Ended") == 0 || !show->schedule_day_count)
		return;
	joined(show->schedule_days, show->schedule_day_count, days, sizeof(days));
	reply_field(request, "Schedule", "%s%s%s%s%s%s", days, *show->schedule_time ? " at " : "",
			show->schedule_time, *show->schedule_time && *show->zone ? " (" : "",
			*show->schedule_time ? show->zone : "",
			*show->schedule_time && *show->zone ? ")" : "");
}

/* "Netflix (https://...), Pier TV" */
static void say_where(struct request *request, const struct show *show)
{
	char text[2048];
	size_t length = 0;

	for (size_t i = 0; i < show->where_count && length < sizeof(text); i++) {
		const struct outlet *outlet = &show->where[i];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%s%s%s", i ? ", " : "",
				outlet->name, *outlet->url ? " (" : "", outlet->url, *outlet->url ? ")" : "");
	}
	if (length)
		reply_field(request, "Where to watch", "%s", text);
}

static void say_episodes(struct request *request, const struct show *show)
{
	if (show->season_count > 1)
		reply_field(request, "Episodes", "%d in %d seasons", show->last_order, show->season_count);
	else
		reply_field(request, "Episodes", "%d", show->last_order);
}

static int show_answer(struct request *request)
{
	const struct show *show = request_show(request);
	const struct episode *upcoming = show_upcoming(show, request_now_s(request));
	char when[WHEN_BYTES], genres[512];

	reply_title(request, "%s", show->name);
	if (*show->network)
		reply_field(request, "Network", "%s", show->network);
	if (*show->language)
		reply_field(request, "Language", "%s", show->language);
	if (show->genre_count)
		reply_field(request, "Genres", "%s",
				joined(show->genres, show->genre_count, genres, sizeof(genres)));
	if (show->premiered.year)
		reply_field(request, request_day_airs(request, show, show->premiered), "%s",
				request_when_day(request, show, show->premiered, when));
	if (upcoming) {
		reply_field(request, "Next episode", "%s", request_when(request, upcoming, when));
		reply_moment(request, upcoming);
	}
	say_episodes(request, show);
	say_status(request, show);
	say_schedule(request, show);
	say_where(request, show);
	if (show->rating > 0)
		reply_field(request, "Rating", "%.1f of 10", show->rating);
	reply_cast(request, show);
	reply_image(request, show->image);
	reply_url(request, show->url);
	reply_choice(request, "All episodes", "episodes");
	reply_choice(request, "Trivia", "trivia");
	return reply_text(request, "%s", *show->summary ? show->summary : "There's no description yet.");
}

COMMAND(show) = {
		.aliases = {"about", "series", "premise"},
		.summary = "What the series is about, who plays in it, and where to watch it",
		.examples = {"show"},
		.is_about_show = true,
		.run = show_answer,
};
