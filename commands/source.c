/* !source - where the facts about an episode, or the show, come from. */

#include "bot/core/command.h"

static void say_source(struct request *request, const struct source *source)
{
	char date[DATE_BYTES] = "";

	reply_item(request, "%s%s%s%s%s%s%s%s", source->title, *source->publisher ? ", " : "",
			source->publisher, source->published.year ? ", " : "",
			source->published.year ? date_text(source->published, date) : "",
			source->url ? " <" : "", source->url ? source->url : "", source->url ? ">" : "");
}

static void say_license(struct request *request, const struct show *show)
{
	if (*show->license)
		reply_field(request, "License of the texts", "%s", show->license);
	reply_url(request, show->url);
}

static int source_answer(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	const struct show *show = request_show(request);
	char label[EPISODE_LABEL_BYTES];

	if (!episode)
		episode = request_last_episode(request);
	if (!episode) {
		reply_title(request, "Sources of %s", show->name);
		for (size_t i = 0; i < show->all_source_count; i++)
			say_source(request, &show->all_sources[i]);
		say_license(request, show);
		return show->all_source_count ? 0 : reply_text(request, "The dataset gives no sources.");
	}
	request_about(request, episode);
	reply_show_title(request, show, "Sources of %s", request_label(request, episode, label));
	for (size_t i = 0; i < episode->source_count; i++)
		say_source(request, episode->sources[i]);
	say_license(request, show);
	if (!episode->source_count)
		reply_text(request, "The dataset gives no source for this episode.");
	return 0;
}

COMMAND(source) = {
		.aliases = {"sources"},
		.summary = "Where the facts come from",
		.examples = {"source {episode}", "source"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "A number, s01e05, latest, or words; leave it out for the last one "
					"you asked about"}},
		.run = source_answer,
};
