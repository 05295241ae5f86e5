/* Answers that several commands share: an episode's card, a random fact, its sources. */

#include <stdio.h>

#include "bot/base/str.h"
#include "bot/core/request.h"

#define FACTS_MAX 512 /* candidates for one random fact */

/* Offer the next or previous episode as a follow-up. */
static void offer_neighbour(struct request *request, const struct episode *episode, int step)
{
	const struct episode *neighbour = show_neighbour(episode, step);
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

	if (!neighbour)
		return;
	if (neighbour->order && neighbour->season == episode->season)
		snprintf(code, sizeof(code), "Episode %d", neighbour->number);
	else
		episode_code(neighbour, code);
	snprintf(label, sizeof(label), step < 0 ? "← %s" : "%s →", code);
	reply_choice(request, label, "episode %s", episode_code(neighbour, code));
}

int reply_episode(struct request *request, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES], date[DATE_BYTES];

	request_about(request, episode);
	reply_title(request, "%s – %s", episode->show->name, episode_label(episode, label));
	if (episode->airdate.year)
		reply_field(request, "First shown", "%s", date_text(episode->airdate, date));
	if (episode->runtime_minutes)
		reply_field(request, "Runtime", "%d minutes", episode->runtime_minutes);
	offer_neighbour(request, episode, -1);
	offer_neighbour(request, episode, +1);
	return reply_text(request, "%s", *episode->summary ? episode->summary : "There's no synopsis yet.");
}

int reply_neighbour(struct request *request, const struct episode *episode, int step)
{
	const struct episode *neighbour;
	char label[EPISODE_LABEL_BYTES];

	if (!episode)
		episode = request_last_episode(request);
	if (!episode)
		return reply_problem(request, "%s which episode? Try \"%s%s 5\".",
				step < 0 ? "Before" : "After", request->prefix, request->entry->name);
	neighbour = show_neighbour(episode, step);
	if (!neighbour)
		return reply_problem(request, "%s is the %s one.", episode_label(episode, label),
				step < 0 ? "first" : "last");
	return reply_episode(request, neighbour);
}

int reply_sources(struct request *request, const struct source *const *sources, size_t count)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	for (size_t i = 0; i < count; i++) {
		str_printf(&text, "%s%s", i ? "; " : "Source: ", sources[i]->title);
		if (*sources[i]->publisher)
			str_printf(&text, " (%s)", sources[i]->publisher);
	}
	if (text.length)
		reply_footer(request, "%s", str_text(&text));
	str_release(&text);
	return 0;
}

/* Add the facts of list that spoil no episode after limit. Return the new number of facts. */
static size_t collect(const struct fact *list, size_t count, int limit, const struct fact *ret[FACTS_MAX],
		size_t known)
{
	for (size_t i = 0; i < count && known < FACTS_MAX; i++) {
		if (list[i].reveal <= limit)
			ret[known++] = &list[i];
	}
	return known;
}

int reply_trivia(struct request *request, const struct episode *episode)
{
	const struct show *show = episode ? episode->show : request_show(request);
	const struct fact *facts[FACTS_MAX], *fact;
	char label[EPISODE_LABEL_BYTES];
	size_t count = 0;

	if (episode) {
		request_about(request, episode);
		count = collect(episode->trivia, episode->trivia_count, show->last_order, facts, count);
	} else {
		count = collect(show->trivia, show->trivia_count, 0, facts, count);
		for (size_t i = 0; i < show->episode_count; i++)
			count = collect(show->episodes[i].trivia, show->episodes[i].trivia_count, 0, facts,
					count);
	}
	if (!count)
		return reply_problem(request, "There's no trivia about %s yet.",
				episode ? episode_label(episode, label) : show->name);
	fact = facts[request_random(request, count)];
	reply_title(request, "%s – %s", show->name, episode ? episode_label(episode, label) : "trivia");
	if (episode && fact->reveal > episode->order)
		reply_spoiler(request, fact->reveal);
	reply_sources(request, fact->sources, fact->source_count);
	reply_choice(request, "Another one", "trivia%s%s", episode ? " " : "",
			episode ? episode_code(episode, label) : "");
	return reply_text(request, "%s", fact->text);
}
