/* !warnings - content warnings of an episode, or of the show and all its episodes. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define EPISODES_MAX 20 /* listed with a category; further ones are counted */

static size_t count_of(const struct episode *episode, enum warning_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < episode->warning_count; i++)
		count += episode->warnings[i].kind == kind;
	return count;
}

/* "blood – episodes 1, 3". A category may always be named, and so may the episodes that have it. */
static void say_episodes(struct request *request, const struct show *show, enum warning_kind kind)
{
	char text[EPISODES_MAX * 16] = "", code[EPISODE_LABEL_BYTES];
	size_t count = 0, length = 0;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (count_of(episode, kind) && count++ < EPISODES_MAX && length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					length ? ", " : "", episode_code(episode, code));
	}
	if (count > EPISODES_MAX)
		reply_item(request, "In episodes %s and %zu more: %s", text, count - EPISODES_MAX,
				warning_text(kind));
	else if (count)
		reply_item(request, "In episode%s %s: %s", count > 1 ? "s" : "", text, warning_text(kind));
}

static bool has_any(const struct show *show)
{
	size_t count = show->warning_count;

	for (size_t i = 0; i < show->episode_count; i++)
		count += show->episodes[i].warning_count;
	return count > 0;
}

static int warnings(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	const struct show *show = episode ? episode->show : request_show(request);
	char label[EPISODE_LABEL_BYTES];

	if (episode)
		request_about(request, episode);
	reply_title(request, "Content warnings – %s",
			episode ? request_label(request, episode, label) : show->name);
	for (size_t i = 0; i < show->warning_count; i++)
		reply_tell_warning(request, &show->warnings[i]);
	for (size_t i = 0; episode && i < episode->warning_count; i++)
		reply_tell_warning(request, &episode->warnings[i]);
	for (int kind = 0; !episode && kind < WARNING_COUNT; kind++)
		say_episodes(request, show, (enum warning_kind)kind);
	if (!(episode ? episode->warning_count + show->warning_count > 0 : has_any(show)))
		return reply_text(request,
				"The dataset lists no warnings, which doesn't mean that there's nothing.");
	return 0;
}

COMMAND(warnings) = {
		.aliases = {"cw", "warning"},
		.summary = "Content warnings, without spoilers",
		.details = "Categories such as violence or grief, for one episode or for all.",
		.examples = {"warnings {episode}", "warnings"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words; leave it out for all"}},
		.visibility = COMMAND_PRIVATE,
		.run = warnings,
};
