/*
 * The requests of TMDB, and its answers.
 *
 * Shape:   /3/tv/ID?append_to_response=credits,season/0,... is the series, with a member "season/N" for each of
 *          those seasons that there is; at most 20 in one request.
 *          TMDB sends an ETag, and documents no conditional requests: in 2016 it answered them with status 200.
 *          A full answer that is as before makes an equal copy, which changes nothing.
 * Source:  developer.themoviedb.org, "TV Series Details" and "Append To Response".
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/span.h"
#include "bot/fetch/visit.h"

#define SEASONS_PER_PAGE 19u /* besides the cast */
#define PAGES_MAX        10u

void visit_tmdb_path(const struct visit *visit, struct str *url)
{
	str_printf(url, "/3/tv/%" PRIu64 "?append_to_response=credits", visit->address.id);
	for (unsigned i = 0; i < SEASONS_PER_PAGE; i++)
		str_printf(url, "%%2Cseason%%2F%u", visit->page * SEASONS_PER_PAGE + i);
}

/* The highest number of a season. */
static uint64_t last_season(struct span body)
{
	uint64_t last = 0, number;
	struct span_walk walk;
	struct span item;

	if (span_open(span_get(body, "seasons"), '[', &walk) < 0)
		return 0;
	while (span_item(&walk, &item) == 1)
		if (span_number(span_get(item, "season_number"), &number) == 0 && number > last)
			last = number;
	return last;
}

static void read_found(struct span body, struct visit_found *ret)
{
	struct span_walk walk;
	struct span network;
	uint64_t count;
	char date[16] = "";

	*ret = (struct visit_found){0};
	if (span_number(span_get(body, "number_of_seasons"), &count) == 0 && count < 10000)
		ret->seasons = (unsigned)count;
	if (span_number(span_get(body, "number_of_episodes"), &count) == 0 && count < 100000)
		ret->episodes = (unsigned)count;
	span_copy(span_get(body, "name"), ret->name, sizeof(ret->name));
	span_copy(span_get(body, "status"), ret->status, sizeof(ret->status));
	if (span_open(span_get(body, "networks"), '[', &walk) == 0 && span_item(&walk, &network) == 1)
		span_copy(span_get(network, "name"), ret->network, sizeof(ret->network));
	if (span_copy(span_get(body, "first_air_date"), date, sizeof(date)))
		ret->year = (unsigned)strtoul(date, NULL, 10); /* "2026-01-31" */
}

enum visit_step visit_tmdb_take(struct visit *visit, const struct visit_answer *answer)
{
	const char *end = answer->body + answer->body_bytes, *at = span_skip_space(answer->body, end);
	const char *after = span_skip_value(at, end);
	struct span body = {at, after ? (size_t)(after - at) : 0};
	struct span_walk walk;
	uint64_t id;

	if (span_number(span_get(body, "id"), &id) < 0 || !span_is_string(span_get(body, "name")) ||
			span_open(span_get(body, "seasons"), '[', &walk) < 0)
		return visit_fail(visit, VISIT_WRONG, "TMDB answers with something else than a series");
	if (id != visit->address.id)
		return visit_fail(visit, VISIT_WRONG,
				"TMDB answers with another show than was asked for (%" PRIu64 ")", id);
	if (visit->page == 0) {
		read_found(body, &visit->found[0]);
		visit->found[0].id = id;
		visit->found_count = 1;
		snprintf(visit->found[0].url, sizeof(visit->found[0].url), "%s%" PRIu64,
				fetch_sites[FETCH_TMDB].page, id);
	}
	if (!visit_keep(visit, answer))
		return VISIT_FAILED;
	visit->page++;
	if (last_season(body) < (uint64_t)visit->page * SEASONS_PER_PAGE || visit->page == PAGES_MAX)
		return VISIT_DONE;
	/* The mark is of the first page: a change of a later one would not be seen. */
	visit->learned.etag[0] = visit->learned.modified[0] = '\0';
	return VISIT_ASK;
}
