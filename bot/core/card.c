/* Answers that several commands share: an episode's card, a random fact, its sources. */

#include <stdio.h>

#include "bot/base/str.h"
#include "bot/core/dispatch.h"
#include "bot/core/request.h"

#define FACTS_MAX 512 /* candidates for one random fact */

/* Offer the next or previous episode as a follow-up. */
static void offer_neighbour(struct request *request, const struct episode *episode, int step)
{
	const struct episode *neighbour =
			episode->order ? show_episode(episode->show, episode->order + step) : NULL;
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

	if (!neighbour)
		return;
	snprintf(label, sizeof(label), step < 0 ? "← Episode %d" : "Episode %d →", neighbour->order);
	reply_choice(request, label, "episode %s", episode_code(neighbour, code));
}

/* Offer to declare that the asker has seen the episode. */
static void offer_seen(struct request *request, const struct episode *episode)
{
	char code[EPISODE_LABEL_BYTES];

	if (progress_in(request->host) && episode->order > request_progress(request) &&
			episode_has_aired(episode, request_now_s(request)))
		reply_choice(request, "I've seen this", "seen %s", episode_code(episode, code));
}

int reply_episode(struct request *request, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES], when[WHEN_BYTES];

	request_about(request, episode);
	reply_title(request, "%s – %s", episode->show->name, request_label(request, episode, label));
	if (episode->airdate.year || !episode_has_aired(episode, request_now_s(request)))
		reply_field(request, request_airs(request, episode), "%s",
				request_when(request, episode, when));
	reply_moment(request, episode);
	if (episode->runtime_minutes)
		reply_field(request, "Runtime", "%d minutes", episode->runtime_minutes);
	offer_neighbour(request, episode, -1);
	offer_neighbour(request, episode, +1);
	offer_seen(request, episode);
	return reply_tell_episode(request, episode);
}

int reply_neighbour(struct request *request, const struct episode *episode, int step)
{
	const struct episode *neighbour;
	char label[EPISODE_LABEL_BYTES];

	if (!episode)
		episode = request_last_episode(request);
	if (!episode && step > 0)
		return reply_upcoming(request);
	if (!episode)
		return reply_problem(request, "Before which episode? Try \"%s%s 5\".", request->prefix,
				request->entry->name);
	neighbour = episode->order ? show_episode(episode->show, episode->order + step) : NULL;
	if (!neighbour)
		return reply_problem(request, "%s is the %s one.", request_label(request, episode, label),
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
				episode ? request_label(request, episode, label) : show->name);
	fact = facts[request_random(request, count)];
	reply_title(request, "%s – %s", show->name,
			episode ? request_label(request, episode, label) : "trivia");
	reply_sources(request, fact->sources, fact->source_count);
	reply_choice(request, "Another one", "trivia%s%s", episode ? " " : "",
			episode ? episode_code(episode, label) : "");
	return reply_tell(request, fact);
}
