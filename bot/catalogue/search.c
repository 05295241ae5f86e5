/* Full-text search over episodes: BM25, with tolerance for typos and detection of ties. */

#include "bot/catalogue/search.h"

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/search_index.h"
#include "bot/catalogue/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_MAX_BYTES 1000
#define QUERY_WORDS_MAX 32

/* BM25's parameters. b is low because all synopses are short and their length means little. */
#define BM25_K1 1.2
#define BM25_B  0.3

#define TYPO_SHARE      0.5 /* of the score of an exact match */
#define PREFIX_SHARE    0.7 /* "thunder" for thunderstorm */
#define PREFIX_MIN      4   /* letters */
#define APART_MIN_BYTES 3   /* of each half, when one typed word is split in two */
#define TIE_SHARE       0.7 /* if the second's score is at least this share of the first's, it is a tie */

struct query {
	char words[QUERY_WORDS_MAX][WORD_MAX_BYTES]; /* as typed, folded */
	size_t count;
	bool is_all_common;
};

struct scores {
	double *sums;           /* one per episode */
	unsigned *matched;      /* per episode: matching words of the query */
	enum search_how *worst; /* per episode */
	unsigned asked;         /* words of the query that match in any episode */
	unsigned unknown;       /* words of the query that match in no episode */
};

/* The binary logarithm, interpolated linearly between powers of two: precise enough for ranking, without libm. */
static double bits_of(double value)
{
	int exponent;
	double mantissa = frexp(value, &exponent);

	return exponent + 2 * mantissa - 2;
}

static double larger_of(double a, double b)
{
	return a > b ? a : b;
}

/* The inverse document frequency: high for a word in few episodes. */
static double rarity_of(const struct show *show, size_t episode_count)
{
	double found_in = (double)episode_count, all = (double)show->episode_count;

	return bits_of(1 + (all - found_in + 0.5) / (found_in + 0.5));
}

/* The score of a word that occurs count times in an episode. */
static double score_of(const struct search_index *index, size_t document, double rarity, double count)
{
	double length = (double)index->documents[document].length;
	double relative = index->average_length > 0 ? length / index->average_length : 1;
	double damping = BM25_K1 * (1 - BM25_B + BM25_B * relative);

	return rarity * count * (BM25_K1 + 1) / (count + damping);
}

static void note_how(struct scores *scores, size_t document, enum search_how how)
{
	if (how > scores->worst[document])
		scores->worst[document] = how;
}

static void score_term(const struct show *show, const struct term *term, double share, enum search_how how,
		struct scores *scores)
{
	double rarity = share * rarity_of(show, term->posting_count);

	for (size_t i = 0; i < term->posting_count; i++) {
		const struct posting *posting = &term->postings[i];

		scores->sums[posting->document] +=
				score_of(show->index, (size_t)posting->document, rarity, posting->count);
		note_how(scores, (size_t)posting->document, how);
	}
}

/* Count a word of the query as matched, at most once per episode. */
static void count_matched(
		const struct term *term, unsigned asked, struct scores *scores, unsigned *last_asked)
{
	for (size_t i = 0; i < term->posting_count; i++) {
		int document = term->postings[i].document;

		if (last_asked[document] == asked)
			continue;
		last_asked[document] = asked;
		scores->matched[document]++;
	}
}

/* Score the episodes that contain a phrase as if it were one word. False if no episode contains it. */
static bool score_phrase(const struct show *show, const char *phrase, struct scores *scores)
{
	const struct search_index *index = show->index;
	size_t found_in = 0;

	for (size_t i = 0; i < show->episode_count; i++)
		found_in += words_contain(index->documents[i].text, phrase);
	if (found_in == 0)
		return false;
	scores->asked++;
	for (size_t i = 0; i < show->episode_count; i++) {
		if (!words_contain(index->documents[i].text, phrase))
			continue;
		scores->sums[i] += score_of(index, i, rarity_of(show, found_in), 1);
		scores->matched[i]++;
	}
	return true;
}

/* Match a typed word that is two words in the dataset: "cellphone", "music-room". */
static bool score_apart(const struct show *show, const char *word, struct scores *scores)
{
	char first[WORD_MAX_BYTES], second[WORD_MAX_BYTES], phrase[2 * WORD_MAX_BYTES];
	size_t length = strlen(word);

	for (size_t at = APART_MIN_BYTES; at + APART_MIN_BYTES <= length; at++) {
		/* Split between UTF-8 characters only. */
		if (((unsigned char)word[at] & 0xC0) == 0x80)
			continue;
		snprintf(first, sizeof(first), "%.*s", (int)at, word);
		snprintf(second, sizeof(second), "%s", word + at);
		snprintf(phrase, sizeof(phrase), "%s %s", first, second);
		word_stem(first);
		word_stem(second);
		if (search_index_find(show->index, first) && search_index_find(show->index, second) &&
				score_phrase(show, phrase, scores))
			return true;
	}
	return false;
}

static unsigned typos_forgiven(const char *word)
{
	size_t letters = utf8_codepoints(word);

	return letters >= 7 ? 2 : letters >= 5 ? 1 : 0;
}

/* The share of the full score for a similar term: a longer word with this prefix, or a typo. 0: not similar. */
static double share_of(const struct term *term, const char *stem, unsigned forgiven)
{
	unsigned distance;

	if (utf8_codepoints(stem) >= PREFIX_MIN && str_starts(term->stem, stem))
		return PREFIX_SHARE;
	if (forgiven == 0)
		return 0;
	distance = nearest_distance(stem, term->stem, forgiven);
	return distance > forgiven ? 0 : TYPO_SHARE / distance;
}

static void score_word(const struct show *show, const char *word, struct scores *scores, unsigned *last_asked)
{
	const struct search_index *index = show->index;
	unsigned forgiven = typos_forgiven(word);
	const struct term *exact;
	char stem[WORD_MAX_BYTES];
	double best = 0;

	memcpy(stem, word, strlen(word) + 1);
	word_stem(stem);
	exact = search_index_find(index, stem);
	if (exact) {
		scores->asked++;
		score_term(show, exact, 1, strcmp(word, exact->word) == 0 ? SEARCH_EXACT : SEARCH_STEM,
				scores);
		count_matched(exact, scores->asked, scores, last_asked);
		return;
	}
	if (score_apart(show, word, scores))
		return;
	for (size_t i = 0; i < index->term_count; i++)
		best = larger_of(best, share_of(&index->terms[i], stem, forgiven));
	if (best <= 0) {
		scores->unknown++;
		return;
	}
	/* Use only the most similar terms: one typo is more likely than two. */
	scores->asked++;
	for (size_t i = 0; i < index->term_count; i++) {
		if (share_of(&index->terms[i], stem, forgiven) < best)
			continue;
		score_term(show, &index->terms[i], best,
				best >= PREFIX_SHARE ? SEARCH_BEGINNING : SEARCH_TYPO, scores);
		count_matched(&index->terms[i], scores->asked, scores, last_asked);
	}
}

/* Match two typed words that are one word in the dataset: "on jo" for On-jo. */
static void score_joined(
		const struct show *show, const char *first, const char *second, struct scores *scores)
{
	char joined[2 * WORD_MAX_BYTES];
	const struct term *term;

	if (strlen(first) + strlen(second) >= WORD_MAX_BYTES)
		return;
	snprintf(joined, sizeof(joined), "%s%s", first, second);
	word_stem(joined);
	term = search_index_find(show->index, joined);
	if (term)
		score_term(show, term, 1, SEARCH_EXACT, scores);
}

static void parse_query(const char *folded, struct query *ret)
{
	ret->is_all_common = true;
	while (ret->count < QUERY_WORDS_MAX && (folded = words_next(folded, ret->words[ret->count]))) {
		if (!word_is_common(ret->words[ret->count]))
			ret->is_all_common = false;
		ret->count++;
	}
}

/* Reduce the score of episodes that match only some of the words, and raise that of the exact phrase. */
static void weigh(
		const struct show *show, const char *folded, const struct query *query, struct scores *scores)
{
	double best = 0;

	for (size_t i = 0; i < show->episode_count; i++) {
		if (scores->asked > 1)
			scores->sums[i] *= (double)scores->matched[i] / scores->asked;
		best = larger_of(best, scores->sums[i]);
	}
	for (size_t i = 0; i < show->episode_count && query->count > 1; i++) {
		if (scores->sums[i] > 0 && words_contain(show->index->documents[i].text, folded))
			scores->sums[i] += 2 * best;
	}
}

/* The order after which the texts of an episode may be searched. The date of a special is not known. */
static int reveal_of(const struct episode *episode)
{
	return episode->order ? episode->order : episode->show->last_order;
}

/* Keep the best limit hits, sorted by score; on equal scores the earlier episode comes first. */
static size_t take_best(const struct show *show, const struct scores *scores, int limit_order,
		struct search_hit *ret, size_t limit)
{
	size_t count = 0, at;

	for (size_t i = 0; i < show->episode_count; i++) {
		double score = scores->sums[i];

		if (score <= 0 || reveal_of(&show->episodes[i]) > limit_order)
			continue;
		at = count < limit ? count : limit;
		while (at > 0 && ret[at - 1].score < score) {
			if (at < limit)
				ret[at] = ret[at - 1];
			at--;
		}
		if (at >= limit)
			continue;
		ret[at] = (struct search_hit){.episode = &show->episodes[i],
				.score = score,
				.how = scores->worst[i],
				.has_all = scores->unknown == 0 && scores->matched[i] == scores->asked};
		if (count < limit)
			count++;
	}
	return count;
}

static size_t search_folded(const struct show *show, const char *folded, int limit_order,
		struct search_hit *ret, size_t limit)
{
	struct query query = {0};
	struct scores scores = {0};
	unsigned *last_asked = NULL;
	size_t count = 0;

	parse_query(folded, &query);
	scores.sums = calloc(show->episode_count, sizeof(*scores.sums));
	scores.matched = calloc(show->episode_count * 2, sizeof(*scores.matched));
	scores.worst = calloc(show->episode_count, sizeof(*scores.worst));
	if (query.count == 0 || !scores.sums || !scores.matched || !scores.worst)
		goto out;
	last_asked = scores.matched + show->episode_count;
	for (size_t i = 0; i < query.count; i++) {
		if (query.is_all_common || !word_is_common(query.words[i]))
			score_word(show, query.words[i], &scores, last_asked);
		if (i > 0)
			score_joined(show, query.words[i - 1], query.words[i], &scores);
	}
	weigh(show, folded, &query, &scores);
	count = take_best(show, &scores, limit_order, ret, limit);
out:
	free(scores.sums);
	free(scores.matched);
	free(scores.worst);
	return count;
}

size_t search_episodes(const struct show *show, const char *words, int limit_order, struct search_hit *ret,
		size_t limit)
{
	struct str folded = STR(QUERY_MAX_BYTES);
	size_t count = 0;

	utf8_fold(&folded, words);
	if (folded.error == 0 && folded.length > 0 && show->index && show->episode_count > 0)
		count = search_folded(show, str_text(&folded), limit_order, ret, limit);
	str_release(&folded);
	return count;
}

/* True if a word is in the texts up to limit_order. */
static bool is_within(const struct show *show, const struct term *term, int limit_order)
{
	for (size_t i = 0; i < term->posting_count; i++) {
		if (reveal_of(&show->episodes[term->postings[i].document]) <= limit_order)
			return true;
	}
	return false;
}

const char *search_nearest_word(const struct show *show, const char *word, int limit_order)
{
	const struct search_index *index = show->index;
	unsigned best = utf8_codepoints(word) > 8 ? 4 : 3;
	const char *nearest = NULL;

	for (size_t i = 0; i < index->term_count; i++) {
		const struct term *term = &index->terms[i];
		unsigned distance = nearest_distance(word, term->word, best - 1);

		if (distance >= best || distance >= strlen(word) / 2 || word_is_common(term->word) ||
				!is_within(show, term, limit_order))
			continue;
		best = distance;
		nearest = term->word;
		if (best <= 1)
			break;
	}
	return nearest;
}

bool search_is_tie(const struct search_hit *first, const struct search_hit *second)
{
	return second->score >= first->score * TIE_SHARE;
}
