/* What a person typed, to the episode or the character that is meant; or why none is. */

#include "bot/catalogue/reference.h"

#include "bot/base/utf8.h"
#include "bot/catalogue/reference_parse.h"
#include "bot/catalogue/reference_text.h"
#include "bot/catalogue/search.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FOLD_MAX_BYTES 8000 /* folding may lengthen: one ligature stands for up to 18 letters */

static void missing(struct reference *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void missing(struct reference *ret, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reference_say(ret->reason, format, arguments);
	va_end(arguments);
	ret->kind = REFERENCE_MISSING;
	ret->candidate_count = 0;
}

static void found(struct reference *ret, const struct episode *episode)
{
	*ret = (struct reference){.kind = REFERENCE_FOUND, .candidates = {episode}, .candidate_count = 1};
}

/* The first and last episode of a season, or of all with season 0. False when there is none. */
static bool bounds(const struct show *show, int season, const struct episode **ret_first,
		const struct episode **ret_last)
{
	bool has_any = false;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (season != 0 && episode->season != season)
			continue;
		if (!has_any)
			*ret_first = episode;
		*ret_last = episode;
		has_any = true;
	}
	return has_any;
}

/* "Season 1 has episodes 1 to 12." or, over several, "There are episodes 1 to 36 in seasons 1 to 3." */
static const char *describe(const struct show *show, int season, char ret[REFERENCE_REASON_BYTES])
{
	const struct episode *first = NULL, *last = NULL;

	if (!bounds(show, season, &first, &last))
		snprintf(ret, REFERENCE_REASON_BYTES, "There are no numbered episodes.");
	else if (first == last)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has only episode %d.", first->season,
				first->number);
	else if (first->season == last->season)
		snprintf(ret, REFERENCE_REASON_BYTES, "Season %d has episodes %d to %d.", first->season,
				first->number, last->number);
	else
		snprintf(ret, REFERENCE_REASON_BYTES, "There are episodes 1 to %d in seasons %d to %d.",
				show->last_order, first->season, last->season);
	return ret;
}

static void missing_season(const struct show *show, int season, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL;
	int count = show->last_order;

	if (!bounds(show, 0, &first, &last))
		missing(ret, "No season %d. There are no numbered episodes.", season);
	else if (first->season == last->season)
		missing(ret, "No season %d. There is season %d with %d episode%s.", season, first->season,
				count, count == 1 ? "" : "s");
	else
		missing(ret, "No season %d. There are seasons %d to %d with %d episodes.", season,
				first->season, last->season, count);
}

static const struct episode *find_in_season(const struct show *show, int season, int number)
{
	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (episode->season == season && episode->number == number)
			return episode;
	}
	return NULL;
}

static void resolve_in_season(const struct show *show, const struct wanted *wanted, struct reference *ret)
{
	const struct episode *episode = find_in_season(show, wanted->season, wanted->number);
	const struct episode *first = NULL, *last = NULL;
	char range[REFERENCE_REASON_BYTES];

	if (episode)
		found(ret, episode);
	else if (!bounds(show, wanted->season == 0 ? -1 : wanted->season, &first, &last))
		missing_season(show, wanted->season, ret);
	else
		missing(ret, "No episode %d. %s", wanted->number, describe(show, wanted->season, range));
}

/* 105: the hundred-and-fifth of all where there is one, else season 1, episode 5. */
static void resolve_number(const struct show *show, int number, struct reference *ret)
{
	const struct episode *episode = show_episode(show, number);
	char range[REFERENCE_REASON_BYTES];

	if (!episode && number > 100)
		episode = find_in_season(show, number / 100, number % 100);
	if (episode)
		found(ret, episode);
	else if (number >= REFERENCE_NUMBER_MAX)
		missing(ret, "No episode has so high a number. %s", describe(show, 0, range));
	else
		missing(ret, "No episode %d. %s", number, describe(show, 0, range));
}

static void resolve_position(const struct show *show, const struct wanted *wanted, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL, *episode;

	if (!bounds(show, wanted->season, &first, &last)) {
		missing_season(show, wanted->season, ret);
		return;
	}
	if (wanted->kind != WANTED_FROM_END) {
		found(ret, wanted->kind == WANTED_FIRST ? first : last);
		return;
	}
	/* Within a season the orders are without a gap. */
	episode = wanted->number > 0 ? show_episode(show, last->order + 1 - wanted->number) : NULL;
	if (episode && episode->order >= first->order)
		found(ret, episode);
	else
		missing(ret, "No episode -%d. From the end they count -1 to -%d.", wanted->number,
				last->order - first->order + 1);
}

static void resolve_season(const struct show *show, int season, struct reference *ret)
{
	const struct episode *first = NULL, *last = NULL;

	if (!bounds(show, season == 0 ? -1 : season, &first, &last)) {
		missing_season(show, season, ret);
		return;
	}
	if (first == last) {
		found(ret, first);
		return;
	}
	for (int order = first->order; order <= last->order && ret->candidate_count < REFERENCE_CANDIDATES;
			order++)
		ret->candidates[ret->candidate_count++] = show_episode(show, order);
	ret->kind = REFERENCE_AMBIGUOUS;
	snprintf(ret->reason, sizeof(ret->reason), "Season %d has episodes %d to %d; which one?", season,
			first->number, last->number);
}

static void missing_words(
		const struct show *show, const char *words, const char *folded, struct reference *ret)
{
	char quoted[UTF8_QUOTE_BYTES], range[REFERENCE_REASON_BYTES];
	const char *nearest = search_nearest_word(show, folded);

	utf8_quote(words, quoted);
	if (nearest)
		missing(ret, "No episode fits \"%s\". Did you mean \"%s\"?", quoted, nearest);
	else
		missing(ret, "No episode fits \"%s\". %s", quoted, describe(show, 0, range));
}

static void resolve_words(
		const struct show *show, const char *words, const char *folded, struct reference *ret)
{
	struct search_hit hits[REFERENCE_CANDIDATES];
	const struct episode *titled = search_title(show, folded);
	char quoted[UTF8_QUOTE_BYTES];
	size_t count;

	if (titled) {
		found(ret, titled);
		return;
	}
	count = search_episodes(show, folded, hits, REFERENCE_CANDIDATES);
	if (count == 0) {
		missing_words(show, words, folded, ret);
		return;
	}
	if (count == 1 || !search_is_tie(&hits[0], &hits[1])) {
		found(ret, hits[0].episode);
		return;
	}
	for (size_t i = 0; i < count && search_is_tie(&hits[0], &hits[i]); i++)
		ret->candidates[ret->candidate_count++] = hits[i].episode;
	ret->kind = REFERENCE_AMBIGUOUS;
	snprintf(ret->reason, sizeof(ret->reason), "Several episodes fit \"%s\"; which one?",
			utf8_quote(words, quoted));
}

static void resolve(const struct show *show, const char *words, const char *normalized, const char *folded,
		struct reference *ret)
{
	struct wanted wanted;
	char range[REFERENCE_REASON_BYTES];

	reference_parse(normalized, &wanted);
	switch (wanted.kind) {
	case WANTED_NUMBER: resolve_number(show, wanted.number, ret); break;
	case WANTED_IN_SEASON: resolve_in_season(show, &wanted, ret); break;
	case WANTED_SEASON: resolve_season(show, wanted.season, ret); break;
	case WANTED_FROM_END:
	case WANTED_FIRST:
	case WANTED_LAST: resolve_position(show, &wanted, ret); break;
	case WANTED_WORDS:
		if (*folded)
			resolve_words(show, words, folded, ret);
		else
			missing(ret, "Which episode? %s", describe(show, 0, range));
		break;
	}
}

void reference_resolve(const struct show *show, const char *words, struct reference *ret)
{
	struct str normalized = STR(FOLD_MAX_BYTES), folded = STR(FOLD_MAX_BYTES);
	struct reference reference = {.kind = REFERENCE_MISSING};

	if (strlen(words) > REFERENCE_MAX_BYTES) {
		missing(&reference, "That is too long to mean an episode; %d bytes are the limit.",
				REFERENCE_MAX_BYTES);
	} else {
		utf8_normalize(&normalized, words);
		utf8_fold(&folded, words);
		if (normalized.error == 0 && folded.error == 0)
			resolve(show, words, str_text(&normalized), str_text(&folded), &reference);
		else if (normalized.error == -ENOMEM || folded.error == -ENOMEM)
			missing(&reference, "The bot is out of memory; ask once more in a while.");
		else
			missing(&reference, "That could not be read; try a number.");
	}
	str_release(&normalized);
	str_release(&folded);
	*ret = reference;
}
