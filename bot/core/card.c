/* Answers that several commands share: an episode's card, a random fact, its sources. */

#include <limits.h>
#include <stdio.h>

#include "bot/base/str.h"
#include "bot/catalogue/facts.h"
#include "bot/core/dispatch.h"
#include "bot/core/request.h"

/* Offer the next or previous episode as a follow-up. */
static void offer_neighbour(struct request *request, const struct episode *episode, int step)
{
	const struct episode *neighbour = show_neighbour(episode, step);
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];
	bool is_same_season;

	if (!neighbour)
		return;
	is_same_season = neighbour->order && neighbour->season == episode->season;
	if (neighbour->order)
		snprintf(label, sizeof(label), "%s%s %d%s", step < 0 ? "← " : "",
				is_same_season ? "Episode" : "Season",
				is_same_season ? neighbour->number : neighbour->season, step > 0 ? " →" : "");
	else
		snprintf(label, sizeof(label), "%sSpecial %d%s", step < 0 ? "← " : "", neighbour->special,
				step > 0 ? " →" : "");
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

/* The label, always with the season: a card is read without the list that it is from. */
static int title_card(struct request *request, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES];

	request_label(request, episode, label);
	if (episode->order && episode->show->season_count == 1)
		return reply_show_title(request, episode->show, "Season %d, e%s", episode->season, label + 1);
	return reply_show_title(request, episode->show, "%s", label);
}

int reply_episode(struct request *request, const struct episode *episode)
{
	const struct show *show = episode->show;
	char when[WHEN_BYTES];

	request_about(request, episode);
	title_card(request, episode);
	if (show == request->default_show)
		request->reply->order = episode->order;
	if (show->season_count == 1 && episode->order)
		reply_field(request, "Number", "Episode %d of %d", episode->number,
				show_season_last(show, episode->season));
	if (episode->airdate.year || !episode_has_aired(episode, request_now_s(request)))
		reply_field(request, request_airs(request, episode), "%s",
				request_when(request, episode, when));
	reply_moment(request, episode);
	if (episode->runtime_minutes)
		reply_field(request, "Runtime", "%d minutes", episode->runtime_minutes);
	if (episode->rating > 0)
		reply_field(request, "Rating", "%.1f of 10", episode->rating);
	offer_neighbour(request, episode, -1);
	offer_neighbour(request, episode, +1);
	offer_seen(request, episode);
	reply_tell_episode(request, episode);
	if (request->reply->is_text_veiled)
		return 0;
	/* A picture shows what happens, and the address of a page may contain the title. */
	reply_url(request, episode->url);
	return reply_image(request, episode->image);
}

int reply_character_image(struct request *request, const struct character *character)
{
	if (request->reply->is_text_veiled || !request_may_name(request, character))
		return 0;
	return reply_image(request, character->image);
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
		return reply_problem(request, "Before which episode? Try \"%s%s %s\".", request->prefix,
				request->entry->name, episode_code(show_example(request->show), label));
	neighbour = show_neighbour(episode, step);
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

/* Add the facts of list with a reveal from low to high. Return the new number of facts. */
static size_t collect(const struct fact *list, size_t count, int low, int high,
		const struct fact *ret[FACTS_DRAWN_MAX], size_t known)
{
	for (size_t i = 0; i < count && known < FACTS_DRAWN_MAX; i++) {
		if (list[i].reveal >= low && list[i].reveal <= high)
			ret[known++] = &list[i];
	}
	return known;
}

/* All facts of the show and its episodes that this question may be told. */
static size_t collect_all(struct request *request, const struct fact *ret[FACTS_DRAWN_MAX])
{
	const struct show *show = request_show(request);
	size_t count = 0, told = 0;

	count = collect(show->trivia, show->trivia_count, 0, INT_MAX, ret, count);
	for (size_t i = 0; i < show->episode_count; i++)
		count = collect(show->episodes[i].trivia, show->episodes[i].trivia_count, 0, INT_MAX, ret,
				count);
	for (size_t i = 0; i < count; i++) {
		if (line_tells(request_line(request), ret[i]->reveal, request->asked))
			ret[told++] = ret[i];
	}
	return told;
}

static int reply_fact(struct request *request, const struct fact *fact, const struct episode *episode)
{
	char label[EPISODE_LABEL_BYTES];

	reply_show_title(request, episode ? episode->show : request_show(request), "%s",
			episode ? request_label(request, episode, label) : "Trivia");
	reply_sources(request, fact->sources, fact->source_count);
	return reply_tell(request, fact);
}

int reply_trivia(struct request *request, const struct episode *episode)
{
	const struct fact *facts[FACTS_DRAWN_MAX];
	const struct show *show = request_show(request);
	char label[EPISODE_LABEL_BYTES];
	size_t count;

	if (episode) {
		request_about(request, episode);
		count = collect(episode->trivia, episode->trivia_count, 0, INT_MAX, facts, 0);
		/* A fact of the show that becomes known with this episode is drawn with it. */
		if (episode->order)
			count = collect(show->trivia, show->trivia_count, episode->order, episode->order,
					facts, count);
	} else {
		count = collect_all(request, facts);
	}
	if (!count)
		return reply_problem(request, "There's no trivia about %s yet.",
				episode ? request_label(request, episode, label) : show->name);
	reply_choice(request, "Another one", "trivia%s%s", episode ? " " : "",
			episode ? episode_code(episode, label) : "");
	return reply_fact(request, facts[request_random(request, count)], episode);
}

/* Sort those of the hits that may be told to the front. Return their number. */
static size_t told_first(struct request *request, struct fact_hit *hits, size_t count)
{
	size_t told = 0;

	for (size_t i = 0; i < count; i++) {
		struct fact_hit hit = hits[i];

		if (!line_tells(request_line(request), hit.fact->reveal, request->asked))
			continue;
		hits[i] = hits[told];
		hits[told++] = hit;
	}
	return told;
}

bool request_has_trivia(struct request *request, const char *subject)
{
	struct fact_hit hits[FACTS_ABOUT_MAX];
	size_t found = facts_about(request_show(request), subject, hits, FACTS_ABOUT_MAX);

	return told_first(request, hits, found) > 0;
}

int reply_trivia_about(struct request *request, const char *subject)
{
	struct fact_hit hits[FACTS_ABOUT_MAX];
	size_t found = facts_about(request_show(request), subject, hits, FACTS_ABOUT_MAX), count, chosen;
	char quoted[UTF8_QUOTE_BYTES];

	if (!found)
		return reply_problem(request, "Nothing found about \"%s\" in the trivia of %s.",
				utf8_quote(subject, quoted), request_show(request)->name);
	count = told_first(request, hits, found);
	if (!count) {
		hits[0].episode = NULL; /* its number would tell when the subject comes */
		count = 1;
	}
	chosen = request_cycle(request, subject, count);
	if (count > 1)
		reply_choice(request, "Another one", "trivia %s", subject);
	return reply_fact(request, hits[chosen].fact, hits[chosen].episode);
}
