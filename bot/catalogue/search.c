/* Full-text search: BM25, guesses for words that are in no text, and detection of ties. */

#include "bot/catalogue/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/search_index.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/words.h"

#define QUERY_MAX_BYTES 1000
#define QUERY_WORDS_MAX 32 /* further words are ignored; each is a bit of search_hit.matched */
#define GUESSES_MAX     6  /* unknown words of a query for which similar words are searched */
#define PHRASES_MAX     24 /* best hits that are compared with the whole query */

/* BM25's parameters. b is low because all synopses are short and their length means little. */
#define BM25_K1 1.2
#define BM25_B  0.3

/* Shares of the score of an exact match. */
#define STEM_SHARE      0.95
#define BEGINNING_SHARE 0.7
#define PART_SHARE      0.6
#define TYPO_SHARE      0.5
#define FACT_SHARE      0.5 /* of an episode of which only a fact has the word */

#define PART_MIN_LETTERS 4   /* typed letters of a longer word */
#define APART_MIN_BYTES  3   /* of each half, when one typed word is split in two */
#define TIE_SHARE        0.7 /* if the second's score is at least this share of the first's, it is a tie */

struct query {
	char words[QUERY_WORDS_MAX][WORD_MAX_BYTES]; /* as typed, folded */
	size_t count;
	uint32_t wanted; /* bit i: word i is searched: it is not common, or all are */
};

/* What is known of a document. */
struct score {
	double sum;
	uint32_t matched; /* words of the query */
	uint8_t worst;    /* enum search_how */
	uint8_t field;    /* enum search_field, of the best word */
	double best;      /* score of that word */
	/* The word being matched: its number of occurrences, and its best match. */
	double count;
	uint8_t how, how_field;
};

struct searching {
	const struct search_index *index;
	unsigned kinds;
	int limit_order;
	struct query query;
	struct score *scores; /* one per document */
	uint32_t *touched;    /* documents with the word being matched */
	size_t touched_count;
	uint32_t known;  /* bit i: word i is in some text */
	double found_in; /* documents of these kinds */
};

/* The binary logarithm, interpolated linearly between powers of two: precise enough for ranking, without libm. */
static double bits_of(double value)
{
	int exponent;
	double mantissa = frexp(value, &exponent);

	return exponent + 2 * mantissa - 2;
}

static bool is_visible(const struct searching *search, const struct posting *posting)
{
	if (!(search->index->documents[posting->document].kind & search->kinds))
		return false;
	return search->limit_order == SEARCH_ALL ||
	       (posting->reveal < POSTING_REVEAL_MAX && posting->reveal <= search->limit_order);
}

static bool has_visible(const struct searching *search, const struct term *term)
{
	const struct posting *postings = search->index->postings + term->posting_first;

	for (size_t i = 0; i < term->posting_count; i++) {
		if (is_visible(search, &postings[i]))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- one word of the query */

/* Note that a document has the word being matched. */
static void touch(struct searching *search, const struct posting *posting, double share, enum search_how how)
{
	struct score *score = &search->scores[posting->document];
	double count = share * posting->count / POSTING_UNIT;

	if (score->count <= 0) {
		search->touched[search->touched_count++] = posting->document;
		score->how = (uint8_t)how;
		score->how_field = posting->field;
	} else {
		if (how < score->how)
			score->how = (uint8_t)how;
		if (posting->field < score->how_field)
			score->how_field = posting->field;
	}
	score->count += count;
}

static void touch_term(struct searching *search, const struct term *term, double share, enum search_how how)
{
	const struct posting *postings = search->index->postings + term->posting_first;

	for (size_t i = 0; i < term->posting_count; i++) {
		if (is_visible(search, &postings[i]))
			touch(search, &postings[i], share, how);
	}
}

/* Add the score of the word to the documents that have it. bits: the word, or the two that it joins. Return whether
 * there are any. */
static bool score_word(struct searching *search, uint32_t bits)
{
	const struct search_index *index = search->index;
	double found_in = (double)search->touched_count;
	double rarity = bits_of(1 + (search->found_in - found_in + 0.5) / (found_in + 0.5));

	for (size_t i = 0; i < search->touched_count; i++) {
		uint32_t document = search->touched[i];
		struct score *score = &search->scores[document];
		double length = (double)index->documents[document].length;
		double relative = index->average_length > 0 ? length / index->average_length : 1;
		double damping = BM25_K1 * (1 - BM25_B + BM25_B * relative);
		double sum = rarity * score->count * (BM25_K1 + 1) / (score->count + damping);

		if (score->how_field >= SEARCH_FACT && index->documents[document].kind == SEARCH_EPISODES)
			sum *= FACT_SHARE;

		score->sum += sum;
		score->matched |= bits;
		if (score->how > score->worst)
			score->worst = score->how;
		if (sum > score->best) {
			score->best = sum;
			score->field = score->how_field;
		}
		score->count = 0;
	}
	search->touched_count = 0;
	if (found_in > 0)
		search->known |= bits;
	return found_in > 0;
}

/* Match a word, and its other forms. */
static bool match_word(struct searching *search, const char *word, uint32_t bits)
{
	const struct term *terms;
	size_t count = search_index_forms(search->index, word, &terms);

	for (size_t i = 0; i < count; i++) {
		bool is_exact = strcmp(terms[i].word, word) == 0;

		touch_term(search, &terms[i], is_exact ? 1 : STEM_SHARE,
				is_exact ? SEARCH_EXACT : SEARCH_STEM);
	}
	return score_word(search, bits);
}

/* Match two typed words that are one word in the text: "on jo" for On-jo. */
static void match_joined(struct searching *search, size_t second)
{
	const char *a = search->query.words[second - 1], *b = search->query.words[second];
	char joined[2 * WORD_MAX_BYTES];

	if (strlen(a) + strlen(b) >= WORD_MAX_BYTES)
		return;
	snprintf(joined, sizeof(joined), "%s%s", a, b);
	match_word(search, joined, UINT32_C(3) << (second - 1));
}

/* ---------------------------------------------------------------- guesses */

/* Append the folded texts of a document, or of the episode that it is, with a space before each. */
static void append_document(const struct searching *search, uint32_t document, struct str *str)
{
	const struct document *entry = &search->index->documents[document];
	const struct episode *episode = entry->episode;

	if (entry->fact) {
		search_index_fold(str, telling_text(entry->fact->text));
		return;
	}
	if (entry->character) {
		search_index_fold(str, telling_text(entry->character->about.text));
		return;
	}
	search_index_fold(str, telling_text(episode->summary));
	str_append_char(str, ' ');
	str_append(str, search->index->titles[document]);
	for (size_t i = 0; i < episode->keyword_count; i++) {
		str_append_char(str, ' ');
		search_index_fold(str, telling_text(episode->keywords[i]));
	}
}

static bool has_phrase(const struct searching *search, uint32_t document, const char *phrase)
{
	struct str text = STR(SIZE_MAX / 4);
	bool found;

	append_document(search, document, &text);
	found = words_contain(str_text(&text), phrase);
	str_release(&text);
	return found;
}

/* Whether a term is in this document, visibly. */
static bool is_in(const struct searching *search, const struct term *term, uint32_t document)
{
	const struct posting *postings = search->index->postings + term->posting_first;

	for (size_t i = 0; i < term->posting_count; i++) {
		if (postings[i].document == document)
			return is_visible(search, &postings[i]);
	}
	return false;
}

/* The term with exactly this word, or NULL. */
static const struct term *term_of(const struct searching *search, const char *word)
{
	const struct term *terms;
	size_t count = search_index_forms(search->index, word, &terms);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(terms[i].word, word) == 0)
			return &terms[i];
	}
	return NULL;
}

/* Match a typed word that is two words in the text: "cellphone", "music-room". */
static bool match_apart(struct searching *search, const char *word, uint32_t bit)
{
	char first[WORD_MAX_BYTES], second[WORD_MAX_BYTES], phrase[2 * WORD_MAX_BYTES];
	size_t length = strlen(word);

	for (size_t at = APART_MIN_BYTES; at + APART_MIN_BYTES <= length; at++) {
		const struct term *one, *other;

		/* Split between UTF-8 characters only. */
		if (((unsigned char)word[at] & 0xC0) == 0x80)
			continue;
		snprintf(first, sizeof(first), "%.*s", (int)at, word);
		snprintf(second, sizeof(second), "%s", word + at);
		one = term_of(search, first);
		other = one ? term_of(search, second) : NULL;
		if (!other)
			continue;
		snprintf(phrase, sizeof(phrase), "%s %s", first, second);
		for (size_t i = 0; i < one->posting_count; i++) {
			const struct posting *posting = &search->index->postings[one->posting_first + i];

			if (is_visible(search, posting) && is_in(search, other, posting->document) &&
					has_phrase(search, posting->document, phrase))
				touch(search, posting, 1, SEARCH_STEM);
		}
		if (score_word(search, bit))
			return true;
	}
	return false;
}

/* Match a word of a script without spaces by its pairs of letters: at least half of them must be in a text, and the
 * first one. */
static bool match_pairs(struct searching *search, const char *word, uint32_t bit)
{
	size_t length = strlen(word), pairs = 0;
	char pair[WORD_MAX_BYTES];
	int32_t codepoint = 0;
	size_t first = utf8_next(word, length, &codepoint), second, kept = 0;

	if (!utf8_is_glued(codepoint))
		return false;
	for (size_t at = 0; at + first < length; at += first, first = second, pairs++) {
		const struct term *term;

		second = utf8_next(word + at + first, length - at - first, &codepoint);
		snprintf(pair, sizeof(pair), "%.*s", (int)(first + second), word + at);
		term = term_of(search, pair);
		if (!term && pairs == 0)
			return false;
		if (term)
			touch_term(search, term, 1, SEARCH_STEM);
	}
	for (size_t i = 0; i < search->touched_count; i++) {
		struct score *score = &search->scores[search->touched[i]];

		if (2 * score->count < (double)pairs) {
			score->count = 0;
			continue;
		}
		if (score->count < (double)pairs)
			score->how = SEARCH_BEGINNING;
		search->touched[kept++] = search->touched[i];
	}
	search->touched_count = kept;
	return score_word(search, bit);
}

static size_t first_letter_bytes(const char *word)
{
	int32_t codepoint;

	return utf8_next(word, strlen(word), &codepoint);
}

/* Match words that begin with the typed one, or with its stem. */
static bool match_beginnings(struct searching *search, const char *word, const char *stem, uint32_t bit)
{
	size_t letter = first_letter_bytes(word), count;
	const struct term *terms;

	if (utf8_codepoints(word) < PART_MIN_LETTERS && letter < 3)
		return false;
	if (utf8_codepoints(stem) < PART_MIN_LETTERS)
		stem = word;
	count = search_index_begin(search->index, word, letter, &terms);
	for (size_t i = 0; i < count; i++) {
		if (str_starts(terms[i].word, word) || str_starts(terms[i].word, stem))
			touch_term(search, &terms[i], BEGINNING_SHARE, SEARCH_BEGINNING);
	}
	return score_word(search, bit);
}

static bool ends_with(const char *word, const char *end)
{
	size_t length = strlen(word), end_length = strlen(end);

	return length > end_length && memcmp(word + length - end_length, end, end_length) == 0;
}

/* Match words that end with the typed one, or whose stem ends with its stem. */
static bool match_parts(struct searching *search, const char *word, const char *stem, uint32_t bit)
{
	if (utf8_codepoints(word) < PART_MIN_LETTERS)
		return false;
	if (utf8_codepoints(stem) < PART_MIN_LETTERS)
		stem = word;
	for (size_t i = 0; i < search->index->term_count; i++) {
		const struct term *term = &search->index->terms[i];

		if (ends_with(term->word, word) || ends_with(term->stem, stem))
			touch_term(search, term, PART_SHARE, SEARCH_PART);
	}
	return score_word(search, bit);
}

/* The typos between a typed word and a term; more than forgiven: not similar. */
static unsigned typos_of(const struct term *term, const char *word, const char *stem, unsigned forgiven)
{
	unsigned typos = nearest_distance(word, term->word, forgiven);

	if (typos > 1 && term->stem != term->word) {
		unsigned stem_typos = nearest_distance(stem, term->stem, forgiven);

		typos = stem_typos < typos ? stem_typos : typos;
	}
	return typos;
}

/* Match the most similar words: one typo is more likely than two. */
static bool match_typos(struct searching *search, const char *word, const char *stem, uint32_t bit)
{
	const struct search_index *index = search->index;
	unsigned forgiven = nearest_forgiven(word), best = forgiven;
	size_t letter = first_letter_bytes(word), count;
	const struct term *terms;

	if (forgiven == 0)
		return false;
	count = search_index_begin(index, word, letter, &terms);
	/* First find how similar the best word is, then match all that are as similar. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < index->term_count; i++) {
			const struct term *term = &index->terms[i];
			bool is_same_letter = term >= terms && term < terms + count;
			unsigned typos;

			if (!is_same_letter && !term->is_name)
				continue;
			typos = typos_of(term, word, stem, best);
			if (typos > best || typos == 0)
				continue;
			if (round == 1)
				touch_term(search, term, TYPO_SHARE / typos, SEARCH_TYPO);
			else if (typos < best && has_visible(search, term))
				best = typos; /* a word that is not searched does not hide a less similar one */
		}
	}
	return score_word(search, bit);
}

/* Find a word that is in no text in some other way. */
static void guess(struct searching *search, size_t at)
{
	const char *word = search->query.words[at];
	uint32_t bit = UINT32_C(1) << at;
	char stem[WORD_MAX_BYTES];

	search_index_stem(search->index, word, stem);
	if (!match_apart(search, word, bit) && !match_pairs(search, word, bit) &&
			!match_beginnings(search, word, stem, bit) && !match_parts(search, word, stem, bit))
		match_typos(search, word, stem, bit);
}

/* ---------------------------------------------------------------- the query */

static void parse_query(const char *folded, struct query *ret)
{
	while (ret->count < QUERY_WORDS_MAX && (folded = words_next(folded, ret->words[ret->count]))) {
		if (!word_is_common(ret->words[ret->count]))
			ret->wanted |= UINT32_C(1) << ret->count;
		ret->count++;
	}
	if (!ret->wanted)
		ret->wanted = ret->count < 32 ? (UINT32_C(1) << ret->count) - 1 : UINT32_MAX;
}

static void match_query(struct searching *search)
{
	const struct query *query = &search->query;
	unsigned guesses = 0;

	for (size_t i = 0; i < query->count; i++) {
		if (query->wanted & UINT32_C(1) << i)
			match_word(search, query->words[i], UINT32_C(1) << i);
		if (i > 0)
			match_joined(search, i);
	}
	for (size_t i = 0; i < query->count && guesses < GUESSES_MAX; i++) {
		if (!(query->wanted & ~search->known & UINT32_C(1) << i))
			continue;
		guess(search, i);
		guesses++;
	}
}

static unsigned bits_in(uint32_t bits)
{
	unsigned count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

static struct search_hit hit_of(const struct searching *search, size_t document)
{
	const struct document *entry = &search->index->documents[document];
	const struct score *score = &search->scores[document];

	return (struct search_hit){.episode = entry->episode,
			.fact = entry->fact,
			.character = entry->character,
			.score = score->sum,
			.how = score->worst,
			.field = score->field,
			.matched = score->matched,
			.has_all = (search->query.wanted & ~score->matched) == 0};
}

/* Keep the best limit documents, sorted by score; on equal scores the earlier one comes first. */
static size_t take_best(const struct searching *search, uint32_t *ret, size_t limit)
{
	const struct score *scores = search->scores;
	size_t count = 0, at;

	for (uint32_t i = 0; i < search->index->document_count; i++) {
		if (scores[i].sum <= 0)
			continue;
		at = count < limit ? count : limit;
		while (at > 0 && scores[ret[at - 1]].sum < scores[i].sum) {
			if (at < limit)
				ret[at] = ret[at - 1];
			at--;
		}
		if (at >= limit)
			continue;
		ret[at] = i;
		if (count < limit)
			count++;
	}
	return count;
}

/* Reduce the score of documents that match only some of the words, and raise that of the exact phrase. */
static void weigh(struct searching *search, const char *folded)
{
	unsigned known = bits_in(search->known & search->query.wanted);
	uint32_t best[PHRASES_MAX];
	double highest;
	size_t count;

	for (size_t i = 0; i < search->index->document_count && known > 1; i++)
		search->scores[i].sum *=
				(double)bits_in(search->scores[i].matched & search->query.wanted) / known;
	if (search->query.count < 2)
		return;
	count = take_best(search, best, PHRASES_MAX);
	highest = count ? search->scores[best[0]].sum : 0;
	for (size_t i = 0; i < count; i++) {
		if (has_phrase(search, best[i], folded))
			search->scores[best[i]].sum += 2 * highest;
	}
}

static size_t search_folded(
		struct searching *search, const char *folded, struct search_hit *ret, size_t limit)
{
	size_t document_count = search->index->document_count, count = 0;
	uint32_t *best = NULL;

	parse_query(folded, &search->query);
	search->scores = calloc(document_count, sizeof(*search->scores));
	search->touched = calloc(document_count, sizeof(*search->touched));
	limit = limit < document_count ? limit : document_count;
	best = calloc(limit + 1, sizeof(*best));
	if (search->query.count == 0 || !search->scores || !search->touched || !best)
		goto out;
	for (size_t i = 0; i < document_count; i++)
		search->found_in += (search->index->documents[i].kind & search->kinds) != 0;
	match_query(search);
	weigh(search, folded);
	count = take_best(search, best, limit);
	for (size_t i = 0; i < count; i++)
		ret[i] = hit_of(search, best[i]);
out:
	free(search->scores);
	free(search->touched);
	free(best);
	return count;
}

size_t search_texts(const struct show *show, const char *words, unsigned kinds, int limit_order,
		struct search_hit *ret, size_t limit)
{
	struct searching search = {.index = show->index, .kinds = kinds, .limit_order = limit_order};
	struct str folded = STR(QUERY_MAX_BYTES);
	size_t count = 0;

	utf8_fold(&folded, words);
	if (folded.error == 0 && folded.length > 0 && show->index && show->index->document_count > 0)
		count = search_folded(&search, str_text(&folded), ret, limit);
	str_release(&folded);
	return count;
}

size_t search_episodes(const struct show *show, const char *words, int limit_order, struct search_hit *ret,
		size_t limit)
{
	return search_texts(show, words, SEARCH_EPISODES, limit_order, ret, limit);
}

void search_reason(const struct search_hit *hit, const char *words, struct str *str)
{
	static const char *const fields[] = {
			[SEARCH_TITLE] = "title",
			[SEARCH_SYNOPSIS] = "synopsis",
			[SEARCH_NAME] = "characters",
			[SEARCH_KEYWORD] = "keywords",
			[SEARCH_FACT] = "trivia",
			[SEARCH_QUOTE] = "quotes",
	};
	bool is_guess = hit->how >= SEARCH_BEGINNING;
	struct str folded = STR(QUERY_MAX_BYTES);
	const char *before = is_guess ? "close to " : "only ", *at;
	char word[WORD_MAX_BYTES];

	utf8_fold(&folded, words);
	at = str_text(&folded);
	for (size_t i = 0; (is_guess || !hit->has_all) && i < QUERY_WORDS_MAX && (at = words_next(at, word));
			i++) {
		if (!(hit->matched & UINT32_C(1) << i))
			continue;
		str_printf(str, "%s\"%s\"", before, word);
		before = ", ";
	}
	str_printf(str, "%s%s", strcmp(before, ", ") == 0 ? ": " : "", fields[hit->field]);
	str_release(&folded);
}

/* Whether a term is told by an episode up to that order: in its title, its synopsis, or as a name. */
static bool is_told(const struct search_index *index, const struct term *term, int limit_order)
{
	for (size_t i = 0; i < term->posting_count; i++) {
		const struct posting *posting = &index->postings[term->posting_first + i];

		if (posting->field <= SEARCH_NAME && posting->reveal <= limit_order &&
				index->documents[posting->document].kind == SEARCH_EPISODES)
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
				!is_told(index, term, limit_order))
			continue;
		best = distance;
		nearest = term->word;
		if (best <= 1)
			break;
	}
	return nearest;
}

size_t search_told(const struct show *show, const char *word, const struct episode **ret_first,
		const struct episode **ret_last)
{
	const struct search_index *index = show->index;
	const struct episode *first = NULL, *last = NULL;
	char singular[WORD_MAX_BYTES], other[WORD_MAX_BYTES];
	const struct term *terms;
	size_t count = 0, term_count = search_index_forms(index, word, &terms);

	snprintf(singular, sizeof(singular), "%s", word);
	word_stem(singular);
	for (size_t i = 0; i < term_count; i++) {
		snprintf(other, sizeof(other), "%s", terms[i].word);
		word_stem(other);
		if (strcmp(singular, other) != 0)
			continue;
		for (size_t k = 0; k < terms[i].posting_count; k++) {
			const struct posting *posting = &index->postings[terms[i].posting_first + k];
			const struct episode *episode = index->documents[posting->document].episode;

			if (index->documents[posting->document].kind != SEARCH_EPISODES)
				break; /* episodes come first */
			if (posting->field > SEARCH_NAME)
				continue;
			count += episode != first && episode != last;
			if (!first || episode < first)
				first = episode;
			if (!last || episode > last)
				last = episode;
		}
	}
	if (count) {
		*ret_first = first;
		*ret_last = last;
	}
	return count;
}

bool search_is_tie(const struct search_hit *first, const struct search_hit *second)
{
	return second->score >= first->score * TIE_SHARE;
}
