/* Find the episode that typed words refer to, or the reason why there is no such one. */

#include "bot/catalogue/reference.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/base/zone.h"
#include "bot/catalogue/grammar.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/titles.h"
#include "bot/catalogue/vocabulary.h"
#include "bot/catalogue/words.h"

#define FOLD_MAX_BYTES 8000 /* folding may lengthen a text: one ligature becomes up to 18 letters */

/* A question in progress. */
struct asking {
	const struct show *show;
	const struct reference_asked *asked;
	const char *words;  /* as typed */
	const char *folded; /* utf8_fold() of words */
};

/* A run of show->episodes: a season, the specials, or all episodes. */
struct run {
	size_t begin, end;
};

/* ---------------------------------------------------------------- reasons */

static void missing(struct reference *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void missing(struct reference *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(ret->reason, sizeof(ret->reason), format, arguments);
	va_end(arguments);
	ret->kind = REFERENCE_MISSING;
	ret->candidate_count = 0;
}

static void found(struct reference *ret, const struct episode *episode)
{
	*ret = (struct reference){.kind = REFERENCE_FOUND, .candidates = {episode}, .candidate_count = 1};
}

/* Add a candidate, once. */
static void offer(struct reference *ret, const struct episode *episode)
{
	for (size_t i = 0; i < ret->candidate_count; i++) {
		if (ret->candidates[i] == episode)
			return;
	}
	if (ret->candidate_count < REFERENCE_CANDIDATES)
		ret->candidates[ret->candidate_count++] = episode;
}

/* Candidates have been offered: one of them is an answer, several are a question. */
static void choose(struct reference *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void choose(struct reference *ret, const char *format, ...)
{
	va_list arguments;

	if (ret->candidate_count == 1) {
		found(ret, ret->candidates[0]);
		return;
	}
	va_start(arguments, format);
	utf8_vprint(ret->reason, sizeof(ret->reason), format, arguments);
	va_end(arguments);
	ret->kind = REFERENCE_AMBIGUOUS;
}

/* ---------------------------------------------------------------- seasons */

static const struct episode *latest_episode(const struct asking *asking)
{
	int aired = asking->asked->aired, last = asking->show->last_order;

	return show_episode(asking->show, aired < last ? aired : last);
}

/* The season that a point names; the present one is that of the latest episode. */
static int season_of(const struct asking *asking, int season)
{
	const struct episode *latest = latest_episode(asking);

	if (season != GRAMMAR_PRESENT_SEASON)
		return season;
	return latest ? latest->season : asking->show->last_order ? asking->show->episodes[0].season : 0;
}

/* False if the season has no episodes. Any season means all; a show of specials alone has these. */
static bool run_of(const struct show *show, int season, struct run *ret)
{
	struct run run = {.begin = 0, .end = (size_t)show->last_order};

	if (season == 0 || (season == GRAMMAR_ANY_SEASON && run.end == 0))
		run = (struct run){.begin = run.end, .end = show->episode_count};
	else if (season != GRAMMAR_ANY_SEASON)
		run = (struct run){
				.begin = show_find(show, season, 0), .end = show_find(show, season, INT_MAX)};
	*ret = run;
	return run.begin < run.end;
}

/* Format "Season 1 has episodes 1 to 12." or, for several, "There are episodes 1 to 36 in seasons 1 to 3." */
static const char *describe(const struct show *show, int season, char ret[REFERENCE_REASON_BYTES])
{
	const struct episode *first, *last;
	struct run run;

	if (!run_of(show, season, &run)) {
		snprintf(ret, REFERENCE_REASON_BYTES, "There are no numbered episodes.");
		return ret;
	}
	first = &show->episodes[run.begin];
	last = &show->episodes[run.end - 1];
	if (first->order == 0)
		snprintf(ret, REFERENCE_REASON_BYTES, "There %s %zu special%s.",
				run.end - run.begin == 1 ? "is" : "are", run.end - run.begin,
				run.end - run.begin == 1 ? "" : "s");
	else if (first == last)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has only episode %d.", first->season,
				first->number);
	else if (first->season == last->season)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has episodes %d to %d.", first->season,
				first->number, last->number);
	else
		snprintf(ret, REFERENCE_REASON_BYTES, "There are episodes %d to %d in seasons %d to %d.",
				first->absolute, last->absolute, first->season, last->season);
	return ret;
}

static void missing_season(const struct show *show, int season, struct reference *ret)
{
	int count = show->last_order, first, last;

	if (count == 0) {
		missing(ret, "No season %d. There are no numbered episodes.", season);
		return;
	}
	first = show->episodes[0].season;
	last = show->episodes[count - 1].season;
	if (first == last)
		missing(ret, "No season %d. There is season %d with %d episode%s.", season, first, count,
				count == 1 ? "" : "s");
	else
		missing(ret, "No season %d. There are seasons %d to %d with %d episodes.", season, first,
				last, count);
}

/* ---------------------------------------------------------------- numbers */

/* The index of the first regular episode whose number over all seasons is at least this. */
static size_t absolute_begin(const struct show *show, int absolute)
{
	size_t low = 0, high = (size_t)show->last_order;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (show->episodes[middle].absolute < absolute)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Explain a number that the show skips, at the place where it would be: index at, within run. */
static bool skipped(
		const struct show *show, int number, size_t at, const struct run *run, struct reference *ret)
{
	char before[EPISODE_LABEL_BYTES], after[EPISODE_LABEL_BYTES];

	if (at <= run->begin || at >= run->end)
		return false;
	missing(ret, "No episode %d. The nearest are %s and %s.", number,
			episode_code(&show->episodes[at - 1], before),
			episode_code(&show->episodes[at], after));
	offer(ret, &show->episodes[at - 1]);
	offer(ret, &show->episodes[at]);
	return true;
}

static void resolve_special(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret);

static void resolve_in_season(const struct asking *asking, int season, int number, struct reference *ret)
{
	const struct show *show = asking->show;
	const struct episode *episode = show_numbered(show, season, number);
	struct grammar_point special = {.kind = GRAMMAR_SPECIAL, .season = season};
	char range[REFERENCE_REASON_BYTES];
	struct run run;

	if (episode) {
		found(ret, episode);
		return;
	}
	if (number == 0 && season > 0) {
		resolve_special(asking, &special, ret);
		if (ret->kind != REFERENCE_MISSING)
			return;
	}
	if (!run_of(show, season, &run)) {
		missing_season(show, season, ret);
		return;
	}
	if (season == 0)
		missing(ret, "No special %d. %s", number, describe(show, season, range));
	else if (!skipped(show, number, show_find(show, season, number), &run, ret))
		missing(ret, "No episode %d. %s", number, describe(show, season, range));
}

static void resolve_number(const struct asking *asking, int number, struct reference *ret)
{
	const struct show *show = asking->show;
	size_t at = absolute_begin(show, number);
	const struct run all = {.begin = 0, .end = (size_t)show->last_order};
	const struct episode *episode = at < all.end ? &show->episodes[at] : NULL;
	char range[REFERENCE_REASON_BYTES];

	if (episode && episode->absolute != number)
		episode = NULL;
	if (!episode && number > 100)
		episode = show_numbered(show, number / 100, number % 100);
	if (!episode && show->last_order == 0)
		episode = show_numbered(show, 0, number);
	if (episode)
		found(ret, episode);
	else if (number >= GRAMMAR_NUMBER_MAX)
		missing(ret, "There's no episode with a number that high. %s",
				describe(show, GRAMMAR_ANY_SEASON, range));
	else if (!skipped(show, number, at, &all, ret))
		missing(ret, "No episode %d. %s", number, describe(show, GRAMMAR_ANY_SEASON, range));
}

static void resolve_season(const struct asking *asking, int season, struct reference *ret)
{
	const struct show *show = asking->show;
	struct run run;

	season = season_of(asking, season);
	if (!run_of(show, season, &run)) {
		missing_season(show, season, ret);
		return;
	}
	for (size_t i = run.begin; i < run.end; i++)
		offer(ret, &show->episodes[i]);
	if (season == 0)
		choose(ret, "There are %zu specials; which one?", run.end - run.begin);
	else
		choose(ret, "Season %d has episodes %d to %d; which one?", season,
				show->episodes[run.begin].number, show->episodes[run.end - 1].number);
}

static void resolve_special(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	const struct show *show = asking->show;
	int season = season_of(asking, point->season), count = 0;

	if (season <= 0) {
		if (point->number)
			resolve_in_season(asking, 0, point->number, ret);
		else
			resolve_season(asking, 0, ret);
		if (ret->kind == REFERENCE_MISSING && (size_t)show->last_order == show->episode_count)
			missing(ret, "There are no specials.");
		return;
	}
	for (size_t i = (size_t)show->last_order; i < show->episode_count; i++) {
		if (show->episodes[i].special_season != season)
			continue;
		if (point->number == 0 || ++count == point->number)
			offer(ret, &show->episodes[i]);
	}
	if (ret->candidate_count)
		choose(ret, "Which special of season %d?", season);
	else
		missing(ret, "There's no such special of season %d.", season);
}

/* ---------------------------------------------------------------- positions */

/* Offer the episodes of a run. */
static void resolve_run(const struct asking *asking, const struct run *run, struct reference *ret)
{
	const struct show *show = asking->show;
	const struct episode *first = &show->episodes[run->begin], *last = &show->episodes[run->end - 1];
	char from[EPISODE_LABEL_BYTES], to[EPISODE_LABEL_BYTES];

	for (size_t i = run->begin; i < run->end; i++)
		offer(ret, &show->episodes[i]);
	if (first->season == last->season && first->season)
		choose(ret, "Episodes %d to %d of season %d: which one?", first->number, last->number,
				first->season);
	else
		choose(ret, "%s to %s: which one?", episode_code(first, from), episode_code(last, to));
}

/* The part of a run that has been shown. When a special was shown is not known. */
static struct run aired_of(const struct asking *asking, struct run run)
{
	size_t aired = asking->asked->aired < 0 ? 0 : (size_t)asking->asked->aired;

	if (run.begin < (size_t)asking->show->last_order && run.end > aired)
		run.end = aired > run.begin ? aired : run.begin;
	return run;
}

static void resolve_next(const struct asking *asking, const struct run *run, struct reference *ret)
{
	struct run aired = aired_of(asking, *run);

	if (aired.end < run->end)
		found(ret, &asking->show->episodes[aired.end]);
	else
		missing(ret, "No further episode is known; all %zu have been shown.", run->end - run->begin);
}

static void resolve_position(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	const struct show *show = asking->show;
	int season = season_of(asking, point->season);
	size_t number = (size_t)point->number;
	bool counts_aired = point->kind == GRAMMAR_LATEST || point->kind == GRAMMAR_NTH_LAST;
	struct run run, counted;

	if (!run_of(show, season, &run)) {
		missing_season(show, season, ret);
		return;
	}
	if (point->kind == GRAMMAR_NEXT) {
		resolve_next(asking, &run, ret);
		return;
	}
	counted = counts_aired ? aired_of(asking, run) : run;
	if (counted.begin == counted.end) {
		missing(ret,
				season == GRAMMAR_ANY_SEASON ? "No episode has been shown yet."
							     : "No episode of season %d has been shown yet.",
				season);
		offer(ret, &show->episodes[run.begin]);
		return;
	}
	if (point->kind == GRAMMAR_FIRST || point->kind == GRAMMAR_LATEST) {
		if (number < counted.end - counted.begin && point->kind == GRAMMAR_FIRST)
			counted.end = counted.begin + number;
		else if (number < counted.end - counted.begin)
			counted.begin = counted.end - number;
		resolve_run(asking, &counted, ret);
		return;
	}
	if (point->kind == GRAMMAR_MIDDLE)
		number = (counted.end - counted.begin) / 2 + 1;
	else if (point->kind == GRAMMAR_FINALE)
		number = 1;
	if (number > 0 && number <= counted.end - counted.begin)
		found(ret, &show->episodes[counted.end - number]);
	else
		missing(ret, "No episode -%zu. From the end they count -1 to -%zu.", number,
				counted.end - counted.begin);
}

/* ---------------------------------------------------------------- dates */

/* The day with a clock_day_number(). */
static struct zone_time day_of(int64_t number)
{
	return zone_time_at("", number * ZONE_DAY_S);
}

static bool is_on(const struct episode *episode, struct date date)
{
	return episode->airdate.year && (!date.year || episode->airdate.year == date.year) &&
	       episode->airdate.month == date.month && (!date.day || episode->airdate.day == date.day);
}

/* A date without a year: the latest past year in which an episode was shown on that day, or else the next one. */
static int likely_year(const struct asking *asking, struct date date)
{
	const struct show *show = asking->show;
	struct date today = asking->asked->today;
	int past = 0, future = 0;

	for (size_t i = 0; i < show->episode_count; i++) {
		struct date shown = show->episodes[i].airdate;

		if (!is_on(&show->episodes[i], date))
			continue;
		if (!today.year || date_compare(shown, today) <= 0)
			past = shown.year > past ? shown.year : past;
		else if (!future || shown.year < future)
			future = shown.year;
	}
	return past ? past : future;
}

/* Explain days without an episode by the episodes before and after them. when: "24 November 2026". */
static void missing_dates(const struct asking *asking, struct date from, struct date to, const char *when,
		struct reference *ret)
{
	const struct show *show = asking->show;
	const struct episode *before = NULL, *after = NULL, *nearest;
	char other[DATE_BYTES], code[EPISODE_LABEL_BYTES];

	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		if (!episode->airdate.day)
			continue;
		if (date_compare(episode->airdate, from) < 0) {
			if (!before || date_compare(episode->airdate, before->airdate) >= 0)
				before = episode;
		} else if (date_compare(episode->airdate, to) > 0 &&
				(!after || date_compare(episode->airdate, after->airdate) < 0)) {
			after = episode;
		}
	}
	nearest = before ? before : after;
	if (!nearest) {
		missing(ret, "I don't know on which days the episodes were shown.");
		return;
	}
	missing(ret, "No episode is dated %s. The nearest %s it is %s, %s.", when,
			before ? "before" : "after", episode_code(nearest, code),
			date_text(nearest->airdate, other));
	if (before)
		offer(ret, before);
	if (after)
		offer(ret, after);
}

static void resolve_date(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	const struct show *show = asking->show;
	struct date date = point->date, other = point->other;
	size_t count = 0;
	char day[DATE_BYTES];

	if (!date.year)
		date.year = likely_year(asking, date);
	/* "5/3" is 5 March, unless only 3 May has an episode. */
	if (!date.year && other.month && (other.year = likely_year(asking, other)))
		date = other;
	for (size_t i = 0; date.year && i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		if (!is_on(episode, date) && !(other.month && is_on(episode, other)))
			continue;
		offer(ret, episode);
		count++;
	}
	if (count) {
		choose(ret, "%zu episodes have the date %s; which one?", count, date_text(date, day));
		return;
	}
	if (point->number && show_numbered(show, point->season, point->number)) {
		found(ret, show_numbered(show, point->season, point->number));
		return;
	}
	if (!date.year)
		date.year = asking->asked->today.year;
	if (date.year)
		missing_dates(asking, date, date, date_text(date, day), ret);
	else
		missing(ret, "No episode has that date. Which year do you mean?");
}

/* "today" and "last friday" as dates. False if today is not known. */
static bool date_of_day(const struct asking *asking, const struct grammar_point *point, struct date *ret)
{
	struct date today = asking->asked->today;
	struct zone_time day;
	int64_t number;
	int back;

	if (!today.year)
		return false;
	number = clock_day_number(today.year, today.month, today.day);
	if (point->kind == GRAMMAR_DAY) {
		number += point->number;
	} else {
		back = (day_of(number).weekday - point->number + 7) % 7;
		if (point->season > 0)
			number += 7 - back;
		else
			number -= back == 0 && point->season < 0 ? 7 : back;
	}
	day = day_of(number);
	*ret = (struct date){day.year, day.month, day.day};
	return true;
}

/* The days of a week, which begins on Monday, or of a month. */
static bool days_of_span(const struct asking *asking, const struct grammar_point *point,
		struct date *ret_from, struct date *ret_to)
{
	struct date today = asking->asked->today;
	struct zone_time day;
	int64_t number;
	int months;

	if (!today.year)
		return false;
	if (point->kind == GRAMMAR_MONTH) {
		months = today.year * 12 + today.month - 1 + point->number;
		*ret_from = (struct date){months / 12, months % 12 + 1, 1};
		*ret_to = (struct date){months / 12, months % 12 + 1, 31};
		return true;
	}
	number = clock_day_number(today.year, today.month, today.day) + 7 * (int64_t)point->number;
	number -= (day_of(number).weekday + 6) % 7;
	day = day_of(number);
	*ret_from = (struct date){day.year, day.month, day.day};
	day = day_of(number + 6);
	*ret_to = (struct date){day.year, day.month, day.day};
	return true;
}

/* "last week": the episodes whose date is in it. */
static void resolve_span(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	const struct show *show = asking->show;
	struct date from, to;
	char when[2 * DATE_BYTES + 8], first[DATE_BYTES], last[DATE_BYTES];
	size_t count = 0;

	if (!days_of_span(asking, point, &from, &to)) {
		missing(ret, "I don't know which day it is; please give a date.");
		return;
	}
	for (size_t i = 0; i < show->episode_count; i++) {
		struct date shown = show->episodes[i].airdate;

		if (!shown.day || date_compare(shown, from) < 0 || date_compare(shown, to) > 0)
			continue;
		offer(ret, &show->episodes[i]);
		count++;
	}
	if (point->kind == GRAMMAR_MONTH)
		date_text((struct date){from.year, from.month, 0}, when);
	else
		snprintf(when, sizeof(when), "%s to %s", date_text(from, first), date_text(to, last));
	if (count)
		choose(ret, "%zu episodes are dated %s; which one?", count, when);
	else
		missing_dates(asking, from, to, when, ret);
}

static void resolve_day(const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	struct grammar_point day = {.kind = GRAMMAR_DATE}, coming = *point;
	struct reference other = {.kind = REFERENCE_MISSING};

	if (!date_of_day(asking, point, &day.date)) {
		missing(ret, "I don't know which day it is; please give a date.");
		return;
	}
	resolve_date(asking, &day, ret);
	if (ret->kind != REFERENCE_MISSING || point->kind != GRAMMAR_WEEKDAY || point->season != 0)
		return;
	/* "friday" is the last one, unless only the next one has an episode. */
	coming.season = 1;
	date_of_day(asking, &coming, &day.date);
	resolve_date(asking, &day, &other);
	if (other.kind != REFERENCE_MISSING)
		*ret = other;
}

/* ---------------------------------------------------------------- forms */

/* "11/24" where there are not 24 episodes, and "1.05" where there is no such episode, if an episode has that date. */
static bool resolve_as_date(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	struct grammar_point day = {.kind = GRAMMAR_DATE, .date = point->date, .other = point->other};
	struct run run;

	if (!point->is_maybe_date)
		return false;
	if (point->total && run_of(asking->show, point->season, &run) &&
			run.end - run.begin == (size_t)point->total)
		return false;
	if (!point->total && show_numbered(asking->show, point->season, point->number))
		return false;
	resolve_date(asking, &day, ret);
	if (ret->kind != REFERENCE_MISSING)
		return true;
	*ret = (struct reference){.kind = REFERENCE_MISSING};
	return false;
}

static void resolve_point(
		const struct asking *asking, const struct grammar_point *point, struct reference *ret)
{
	switch (point->kind) {
	case GRAMMAR_NUMBER:
		if (resolve_as_date(asking, point, ret))
			break;
		if (point->season == GRAMMAR_ANY_SEASON)
			resolve_number(asking, point->number, ret);
		else
			resolve_in_season(asking, season_of(asking, point->season), point->number, ret);
		break;
	case GRAMMAR_SEASON: resolve_season(asking, point->season, ret); break;
	case GRAMMAR_SPECIAL: resolve_special(asking, point, ret); break;
	case GRAMMAR_FIRST:
	case GRAMMAR_LATEST:
	case GRAMMAR_NTH_LAST:
	case GRAMMAR_FROM_END:
	case GRAMMAR_FINALE:
	case GRAMMAR_MIDDLE:
	case GRAMMAR_NEXT: resolve_position(asking, point, ret); break;
	case GRAMMAR_DATE: resolve_date(asking, point, ret); break;
	case GRAMMAR_WEEK:
	case GRAMMAR_MONTH: resolve_span(asking, point, ret); break;
	case GRAMMAR_DAY:
	case GRAMMAR_WEEKDAY: resolve_day(asking, point, ret); break;
	}
}

static void resolve_list(const struct asking *asking, const struct grammar *grammar, struct reference *ret)
{
	struct reference first_missing = {.kind = REFERENCE_FOUND};

	for (size_t i = 0; i < grammar->count; i++) {
		struct reference one = {.kind = REFERENCE_MISSING};

		resolve_point(asking, &grammar->points[i], &one);
		if (one.kind == REFERENCE_MISSING && first_missing.kind == REFERENCE_FOUND)
			first_missing = one;
		for (size_t k = 0; one.kind != REFERENCE_MISSING && k < one.candidate_count; k++)
			offer(ret, one.candidates[k]);
	}
	if (ret->candidate_count)
		choose(ret, "Which of these?");
	else
		*ret = first_missing;
}

/* The index of the episode at an end of a range. A season is its first or last episode, and a number after the last
 * means the last. False: *ret says why there is no such episode. */
static bool end_of(const struct asking *asking, const struct grammar_point *point, bool is_last,
		size_t *ret_index, struct reference *ret)
{
	const struct show *show = asking->show;
	struct reference one = {.kind = REFERENCE_MISSING};
	int season = season_of(asking, point->season);
	struct run run;

	if (point->kind == GRAMMAR_SEASON && run_of(show, season, &run)) {
		*ret_index = is_last ? run.end - 1 : run.begin;
		return true;
	}
	resolve_point(asking, point, &one);
	if (one.kind == REFERENCE_FOUND) {
		*ret_index = (size_t)(one.candidates[0] - show->episodes);
		return true;
	}
	/* A gap: the next episode on this side of it. */
	if (one.kind == REFERENCE_MISSING && point->kind == GRAMMAR_NUMBER && one.candidate_count == 2) {
		*ret_index = (size_t)(one.candidates[is_last ? 0 : 1] - show->episodes);
		return true;
	}
	if (is_last && point->kind == GRAMMAR_NUMBER && run_of(show, season, &run)) {
		const struct episode *last = &show->episodes[run.end - 1];

		*ret_index = run.end - 1;
		if (point->number > (season == GRAMMAR_ANY_SEASON ? last->absolute : last->number))
			return true;
	}
	*ret = one;
	return false;
}

static void resolve_range(const struct asking *asking, const struct grammar *grammar, struct reference *ret)
{
	size_t from, to;
	struct run run;

	if (!end_of(asking, &grammar->points[0], false, &from, ret) ||
			!end_of(asking, &grammar->points[1], true, &to, ret))
		return;
	/* In "119-140", 140 is past the end, not season 1, episode 40. */
	if (to < from && to < (size_t)asking->show->last_order && grammar->points[1].kind == GRAMMAR_NUMBER &&
			grammar->points[1].season == GRAMMAR_ANY_SEASON &&
			grammar->points[1].number > grammar->points[0].number)
		to = (size_t)asking->show->last_order - 1;
	run = (struct run){.begin = from < to ? from : to, .end = (from < to ? to : from) + 1};
	resolve_run(asking, &run, ret);
}

static void resolve_grammar(const struct asking *asking, const struct grammar *grammar, struct reference *ret)
{
	switch (grammar->form) {
	case GRAMMAR_ONE: resolve_point(asking, &grammar->points[0], ret); break;
	case GRAMMAR_LIST: resolve_list(asking, grammar, ret); break;
	case GRAMMAR_RANGE: resolve_range(asking, grammar, ret); break;
	case GRAMMAR_WORDS: break;
	}
}

/* ---------------------------------------------------------------- words */

static void missing_words(const struct asking *asking, struct reference *ret)
{
	char quoted[UTF8_QUOTE_BYTES], range[REFERENCE_REASON_BYTES];
	const char *nearest = search_nearest_word(asking->show, asking->folded, asking->asked->limit);

	utf8_quote(asking->words, quoted);
	if (nearest)
		missing(ret, "No episode fits \"%s\". Did you mean \"%s\"?", quoted, nearest);
	else
		missing(ret, "No episode fits \"%s\". %s", quoted,
				describe(asking->show, GRAMMAR_ANY_SEASON, range));
}

/* True if all words are in the episode's title or synopsis, or name a character of it. Another form of a word is a guess. */
static bool is_exact(const struct search_hit *hit)
{
	return hit->has_all && hit->how == SEARCH_EXACT && hit->field <= SEARCH_NAME;
}

/* Offer the exact hits that are as good as the best of them. False if no hit is exact. */
static bool offer_exact(const struct asking *asking, const struct search_hit *hits, size_t count,
		struct reference *ret)
{
	const struct search_hit *best = NULL;
	char quoted[UTF8_QUOTE_BYTES];

	for (size_t i = 0; i < count; i++) {
		if (!is_exact(&hits[i]))
			continue;
		if (!best)
			best = &hits[i];
		if (search_is_tie(best, &hits[i]))
			offer(ret, hits[i].episode);
	}
	if (best)
		choose(ret, "Several episodes fit \"%s\"; which one?", utf8_quote(asking->words, quoted));
	return best != NULL;
}

/* A search for folded words that may only open what is really in a text. False if it finds nothing of the kind. */
static bool resolve_exactly(const struct asking *asking, const char *folded, struct reference *ret)
{
	struct search_hit hits[REFERENCE_CANDIDATES];
	size_t count = search_episodes(
			asking->show, folded, asking->asked->limit, hits, REFERENCE_CANDIDATES);

	return offer_exact(asking, hits, count, ret);
}

/* The same for words that hyphens separate in what was typed: "music-room". */
static bool resolve_apart(const struct asking *asking, struct reference *ret)
{
	struct str apart = STR(FOLD_MAX_BYTES);
	bool is_found;

	utf8_fold_apart(&apart, asking->words);
	is_found = !apart.error && !str_equal(str_text(&apart), asking->folded) &&
		   resolve_exactly(asking, str_text(&apart), ret);
	str_release(&apart);
	return is_found;
}

static void resolve_words(const struct asking *asking, struct reference *ret)
{
	struct search_hit hits[REFERENCE_CANDIDATES];
	char quoted[UTF8_QUOTE_BYTES];
	size_t count = search_episodes(
			asking->show, asking->folded, asking->asked->limit, hits, REFERENCE_CANDIDATES);

	if (count == 0) {
		missing_words(asking, ret);
		return;
	}
	if (offer_exact(asking, hits, count, ret) || resolve_apart(asking, ret))
		return;
	for (size_t i = 0; i < count && search_is_tie(&hits[0], &hits[i]); i++)
		offer(ret, hits[i].episode);
	ret->kind = REFERENCE_GUESS;
	utf8_print(ret->reason, sizeof(ret->reason), "Nothing fits \"%s\" exactly. Is it %s?",
			utf8_quote(asking->words, quoted),
			ret->candidate_count == 1 ? "this one" : "one of these");
}

/* Titles past the limit are as unknown as words that are in no text. */
static bool resolve_title(const struct asking *asking, struct reference *ret)
{
	const struct title *titles;
	size_t count = titles_find(asking->show->titles, asking->folded, &titles), known = 0;

	for (size_t i = 0; i < count; i++) {
		if (titles[i].episode->title_reveal > asking->asked->limit)
			continue;
		offer(ret, titles[i].episode);
		known++;
	}
	if (known)
		choose(ret, "%zu episodes have this title; which one?", known);
	return known > 0;
}

/* ---------------------------------------------------------------- words beside a reference */

/* A word without a number, which names no episode by itself. */
static bool is_position(const struct grammar *grammar)
{
	switch (grammar->points[0].kind) {
	case GRAMMAR_FIRST:
	case GRAMMAR_LATEST:
	case GRAMMAR_NTH_LAST:
	case GRAMMAR_FINALE:
	case GRAMMAR_MIDDLE:
	case GRAMMAR_NEXT:
	case GRAMMAR_DAY:
	case GRAMMAR_WEEK:
	case GRAMMAR_MONTH:
	case GRAMMAR_WEEKDAY: return grammar->form == GRAMMAR_ONE;
	case GRAMMAR_NUMBER:
	case GRAMMAR_SEASON:
	case GRAMMAR_SPECIAL:
	case GRAMMAR_FROM_END:
	case GRAMMAR_DATE: break;
	}
	return false;
}

/* Is a folded word one that sentences are made of, or in a text of the show that may be told? */
static bool is_word_known(const struct asking *asking, const char *word)
{
	struct search_hit hit;
	char stem[WORD_MAX_BYTES];

	snprintf(stem, sizeof(stem), "%s", word);
	word_stem(stem);
	return vocabulary_find(word, strlen(word)) || word_is_common(word) || word_is_everyday(stem) ||
	       (search_texts(asking->show, word, SEARCH_EPISODES | SEARCH_FACTS | SEARCH_CHARACTERS,
				asking->asked->limit, &hit, 1) &&
			       hit.how <= SEARCH_STEM);
}

/* A position was found between other words: with an unknown one among them, it is a guess. */
static void doubt(const struct asking *asking, struct reference *ret)
{
	char word[WORD_MAX_BYTES], quoted[UTF8_QUOTE_BYTES];
	const char *rest = asking->folded;

	if (ret->kind != REFERENCE_FOUND)
		return;
	while ((rest = words_next(rest, word))) {
		if (is_word_known(asking, word))
			continue;
		ret->kind = REFERENCE_GUESS;
		utf8_print(ret->reason, sizeof(ret->reason), "Nothing fits \"%s\" exactly. Is it this one?",
				utf8_quote(asking->words, quoted));
		return;
	}
}

static void resolve(const struct asking *asking, const char *normalized, struct reference *ret)
{
	struct reference titled = {.kind = REFERENCE_MISSING};
	char range[REFERENCE_REASON_BYTES];
	struct grammar grammar;
	bool is_part = false;

	if (*asking->folded && resolve_title(asking, &titled) && titled.kind == REFERENCE_FOUND) {
		*ret = titled;
		return;
	}
	grammar_parse(normalized, &grammar);
	if (grammar.form != GRAMMAR_WORDS && grammar.is_weak && resolve_exactly(asking, asking->folded, ret))
		return;
	/* A title of several episodes ("Finale") only matters where the words have no other meaning. */
	if (grammar.form == GRAMMAR_WORDS && titled.candidate_count) {
		*ret = titled;
		return;
	}
	if (grammar.form == GRAMMAR_WORDS) {
		grammar_find(normalized, &grammar);
		is_part = true;
	}
	if (grammar.form != GRAMMAR_WORDS) {
		resolve_grammar(asking, &grammar, ret);
		ret->is_form = true;
		ret->is_position = is_position(&grammar);
		if (is_part && ret->is_position)
			doubt(asking, ret);
	} else if (*asking->folded) {
		resolve_words(asking, ret);
	} else {
		missing(ret, "Which episode? %s", describe(asking->show, GRAMMAR_ANY_SEASON, range));
	}
}

/* words is valid UTF-8 of at most REFERENCE_MAX_BYTES. */
static void resolve_text(struct asking *asking, struct reference *ret)
{
	struct str normalized = STR(FOLD_MAX_BYTES), folded = STR(FOLD_MAX_BYTES);

	utf8_normalize(&normalized, asking->words);
	utf8_fold(&folded, asking->words);
	asking->folded = str_text(&folded);
	if (normalized.error == 0 && folded.error == 0)
		resolve(asking, str_text(&normalized), ret);
	else if (normalized.error == -ENOMEM || folded.error == -ENOMEM)
		missing(ret, "I'm out of memory right now; please ask again in a minute.");
	else
		missing(ret, "I couldn't read that; try a number.");
	str_release(&normalized);
	str_release(&folded);
}

/* What is known of a question about which nothing is known. */
static const struct reference_asked UNLIMITED = {.aired = REFERENCE_ALL, .limit = REFERENCE_ALL};

void reference_resolve(const struct show *show, const char *words, const struct reference_asked *asked,
		struct reference *ret)
{
	struct reference reference = {.kind = REFERENCE_MISSING};
	struct asking asking = {.show = show, .asked = asked ? asked : &UNLIMITED, .words = words};

	if (strlen(words) > REFERENCE_MAX_BYTES)
		missing(&reference, "That's too long for an episode; the limit is %d bytes.",
				REFERENCE_MAX_BYTES);
	else
		resolve_text(&asking, &reference);
	*ret = reference;
}

void reference_resolve_part(const struct show *show, const char *words, const char *part,
		const struct reference_asked *asked, struct reference *ret)
{
	struct asking asking = {.show = show, .asked = asked ? asked : &UNLIMITED, .words = words};
	struct str folded = STR(FOLD_MAX_BYTES);

	reference_resolve(show, part, asked, ret);
	if (!ret->is_position)
		return;
	utf8_fold(&folded, words);
	asking.folded = str_text(&folded);
	doubt(&asking, ret);
	str_release(&folded);
}
