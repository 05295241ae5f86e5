/*
 * The requests of TVmaze, and its answers.
 *
 * Shape:   /search/shows?q= is [{"score", "show": {...}}]; /lookup/shows?imdb= redirects to /shows/ID;
 *          /shows/ID?embed[]=episodes is the show with its episodes, but without specials;
 *          /shows/ID/episodes?specials=1 is the list of all.
 * Units:   "updated" is seconds since 1970, and changes with each edit of the show.
 * Source:  www.tvmaze.com/api
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/span.h"
#include "bot/fetch/visit.h"

void visit_tvmaze_path(const struct visit *visit, struct str *url)
{
	switch (visit->stage) {
	case VISIT_SEARCH:
		str_append(url, "/search/shows?q=");
		str_append_encoded(url, visit->address.text);
		break;
	case VISIT_LOOKUP: str_printf(url, "/lookup/shows?imdb=%s", visit->address.text); break;
	case VISIT_SPECIALS:
		str_printf(url, "/shows/%" PRIu64 "/episodes?specials=1", visit->address.id);
		break;
	default:
		str_printf(url, "/shows/%" PRIu64 "?embed%%5B%%5D=episodes&embed%%5B%%5D=cast",
				visit->address.id);
		break;
	}
}

static struct span body_of(const struct visit_answer *answer)
{
	const char *end = answer->body + answer->body_bytes, *at = span_skip_space(answer->body, end);
	const char *after = span_skip_value(at, end);

	return (struct span){at, after ? (size_t)(after - at) : 0};
}

/* "2025-03-01" */
static unsigned year_of(struct span date)
{
	char text[16];
	unsigned year = 0;

	if (!span_copy(date, text, sizeof(text)) || strlen(text) < 4)
		return 0;
	for (int i = 0; i < 4; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		year = year * 10 + (unsigned)(text[i] - '0');
	}
	return year;
}

static bool read_found(struct span show, struct visit_found *ret)
{
	struct span channel = span_get(show, "network");

	*ret = (struct visit_found){0};
	if (span_number(span_get(show, "id"), &ret->id) < 0 ||
			!span_copy(span_get(show, "name"), ret->name, sizeof(ret->name)))
		return false;
	if (!channel.at || span_is(channel, "null"))
		channel = span_get(show, "webChannel");
	span_copy(span_get(channel, "name"), ret->network, sizeof(ret->network));
	span_copy(span_get(show, "status"), ret->status, sizeof(ret->status));
	span_copy(span_get(show, "url"), ret->url, sizeof(ret->url));
	ret->year = year_of(span_get(show, "premiered"));
	return true;
}

static enum visit_step no_such(struct visit *visit)
{
	return visit_fail(visit, VISIT_ABSENT,
			"TVmaze finds no show \"%s\"; try another spelling, or take the number from the "
			"address of "
			"its page: tvmaze:NUMBER",
			visit->address.text);
}

/* The one with exactly this name, else the one that the site thinks best. */
static enum visit_step take_search(struct visit *visit, struct span body)
{
	struct span_walk walk;
	struct span item;
	size_t best = 0;
	bool is_exact = false;

	if (span_open(body, '[', &walk) < 0)
		return visit_fail(visit, VISIT_WRONG,
				"TVmaze answers a search with something else than a list");
	while (visit->found_count < VISIT_FOUND_MAX && span_item(&walk, &item) == 1)
		visit->found_count += read_found(span_get(item, "show"), &visit->found[visit->found_count]);
	if (!visit->found_count)
		return no_such(visit);
	for (size_t i = 0; i < visit->found_count && !is_exact; i++) {
		is_exact = str_equal_nocase(visit->found[i].name, visit->address.text);
		best = is_exact ? i : 0;
	}
	visit->address.id = visit->found[best].id;
	visit->stage = VISIT_SHOW;
	return VISIT_ASK;
}

static enum visit_step take_lookup(struct visit *visit, struct span body)
{
	if (span_number(span_get(body, "id"), &visit->address.id) < 0)
		return no_such(visit);
	visit->stage = VISIT_SHOW;
	return VISIT_ASK;
}

/* Read to the end of the list. */
static void count_episodes(struct span_walk *walk, struct visit_found *ret)
{
	uint64_t season, last = 0;
	struct span item;

	while (span_item(walk, &item) == 1) {
		ret->episodes++;
		if (span_number(span_get(item, "season"), &season) < 0 || season == last)
			continue;
		ret->seasons++;
		last = season;
	}
}

/* With the length: an answer that lacks episodes may have the mark of the whole one. */
static void keep_updated(struct visit *visit, const struct visit_answer *answer, struct span body)
{
	uint64_t updated;

	if (span_number(span_get(body, "updated"), &updated) == 0)
		snprintf(visit->learned.updated, sizeof(visit->learned.updated), "%" PRIu64 "-%zu", updated,
				answer->body_bytes);
}

static enum visit_step take_show(struct visit *visit, const struct visit_answer *answer, struct span body)
{
	struct span episodes = span_get(span_get(body, "_embedded"), "episodes");
	struct visit_found show;
	struct span_walk walk;

	if (!read_found(body, &show))
		return visit_fail(visit, VISIT_WRONG, "TVmaze answers with something else than a show");
	if (show.id != visit->address.id && !visit->has_moved)
		return visit_fail(visit, VISIT_WRONG,
				"TVmaze answers with another show than was asked for: %s (%" PRIu64 ")",
				show.name, show.id);
	if (span_open(episodes, '[', &walk) < 0)
		return visit_fail(visit, VISIT_WRONG, "TVmaze answers without the episodes");
	keep_updated(visit, answer, body);
	if (*visit->known.updated && strcmp(visit->known.updated, visit->learned.updated) == 0)
		return VISIT_SAME;
	count_episodes(&walk, &show);
	visit->address.id = show.id;
	/* What was asked for is first among the found. */
	for (size_t i = 0; i < visit->found_count; i++)
		if (visit->found[i].id == show.id)
			visit->found[i] = visit->found[0];
	visit->found[0] = show;
	visit->found_count += visit->found_count == 0;
	if (!visit_keep(visit, answer))
		return VISIT_FAILED;
	visit->stage = VISIT_SPECIALS;
	return VISIT_ASK;
}

static enum visit_step take_specials(struct visit *visit, const struct visit_answer *answer, struct span body)
{
	struct span_walk walk;
	struct span item;

	if (span_open(body, '[', &walk) < 0)
		return visit_fail(visit, VISIT_WRONG,
				"TVmaze answers with something else than a list of specials");
	if (span_item(&walk, &item) != 1) /* a list without an episode says nothing */
		return VISIT_DONE;
	return visit_keep(visit, answer) ? VISIT_DONE : VISIT_FAILED;
}

enum visit_step visit_tvmaze_take(struct visit *visit, const struct visit_answer *answer)
{
	struct span body = body_of(answer);

	switch (visit->stage) {
	case VISIT_SEARCH: return take_search(visit, body);
	case VISIT_LOOKUP: return take_lookup(visit, body);
	case VISIT_SPECIALS: return take_specials(visit, answer, body);
	default: return take_show(visit, answer, body);
	}
}
