/* !shows - the shows that the bot knows, with their numbers of episodes and years. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define CHOICES_MAX 4
#define ITEMS_MAX   60

/* "2022", "2019–2024"; "" if no year is known. */
static const char *years_of(const struct show *show, char *buffer, size_t size)
{
	int first = show->premiered.year, last = first;

	for (int order = 1; order <= show->last_order; order++) {
		int year = show_episode(show, order)->airdate.year;

		if (!year)
			continue;
		first = first && first <= year ? first : year;
		last = last >= year ? last : year;
	}
	buffer[0] = '\0';
	if (first && first == last)
		snprintf(buffer, size, ", %d", first);
	else if (first)
		snprintf(buffer, size, ", %d–%d", first, last);
	return buffer;
}

/* True if another show has the same name: only its id, or an alias, tells them apart. */
static bool is_shared(const struct request *request, const struct show *show)
{
	const struct show *other;

	for (size_t i = 0; (other = request_show_at(request, i)); i++) {
		if (other != show && strcmp(other->name, show->name) == 0)
			return true;
	}
	return false;
}

static void add_row(struct request *request, const struct show *show)
{
	bool has_id = is_shared(request, show);
	char years[32];

	reply_item(request, "%s%s%s%s – %d episode%s%s", show->name, has_id ? " (" : "",
			has_id ? show->id : "", has_id ? ")" : "", show->last_order,
			show->last_order == 1 ? "" : "s", years_of(show, years, sizeof(years)));
	reply_item_command(request, show->name, "show %s", show->id);
}

static int shows(struct request *request)
{
	const char *words = request_text(request, "words");
	const struct show *show, *other = NULL;
	size_t count = 0;

	for (size_t i = 0; (show = request_show_at(request, i)); i++) {
		if (words && !request_is_called(show, words))
			continue;
		if (count++ < CHOICES_MAX)
			reply_choice(request, show->name, "show %s", show->id);
		if (count <= ITEMS_MAX)
			add_row(request, show);
		if (show != request_show(request))
			other = show;
	}
	if (!count)
		return reply_problem(
				request, "I know no show called \"%s\".", request_quote(request, "words"));
	reply_title(request, "%zu show%s", count, count == 1 ? "" : "s");
	if (count > ITEMS_MAX)
		return reply_footer(request,
				"… and %zu more. \"%sshows WORD\" lists those with a word in their name.",
				count - ITEMS_MAX, request_prefix(request));
	if (other)
		reply_footer(request, "To ask about another show: \"%sepisode %s 1\"",
				request_prefix(request), is_shared(request, other) ? other->id : other->name);
	return 0;
}

COMMAND(shows) = {
		.summary = "The shows that I know",
		.details = "With words, only those whose names contain them.",
		.examples = {"shows"},
		.options = {{.name = "words", .type = OPTION_TEXT, .help = "A part of a name"}},
		.is_about_no_show = true,
		.run = shows,
};
