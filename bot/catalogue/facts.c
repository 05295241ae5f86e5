/* Search the facts of a show for a subject. */

#include "bot/catalogue/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/words.h"

#define SUBJECT_WORDS_MAX 8 /* further words are ignored */
#define FOLD_MAX_BYTES    65536
#define TYPO_LETTERS_MIN  6 /* shorter words must be spelt right */

struct subject {
	char word[SUBJECT_WORDS_MAX][WORD_MAX_BYTES];
	size_t length[SUBJECT_WORDS_MAX];
	size_t count;
};

/* Replace a number word by its digits: "first" and "one" by "1". */
static void read_number(char word[WORD_MAX_BYTES])
{
	static const char *const NUMBERS[][2] = {{"one", "first"}, {"two", "second"}, {"three", "third"},
			{"four", "fourth"}, {"five", "fifth"}, {"six", "sixth"}, {"seven", "seventh"},
			{"eight", "eighth"}, {"nine", "ninth"}, {"ten", "tenth"}, {"eleven", "eleventh"},
			{"twelve", "twelfth"}};
	static const char *const SUFFIXES[] = {"st", "nd", "rd", "th"};
	size_t digits = strspn(word, "0123456789");

	for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
		if (strcmp(word, NUMBERS[i][0]) == 0 || strcmp(word, NUMBERS[i][1]) == 0)
			snprintf(word, WORD_MAX_BYTES, "%zu", i + 1);
	}
	for (size_t i = 0; digits && i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		if (strcmp(word + digits, SUFFIXES[i]) == 0)
			word[digits] = '\0';
	}
}

/* The next word of folded text, as it is compared. Return the position after it, or NULL at the end. */
static const char *next_word(const char *folded, char word[WORD_MAX_BYTES])
{
	const char *after = words_next(folded, word);

	if (after) {
		read_number(word);
		word_stem(word);
	}
	return after;
}

const char *facts_words(struct arena *arena, const char *text)
{
	struct str folded = STR(FOLD_MAX_BYTES), words = STR(FOLD_MAX_BYTES);
	const char *result;
	char word[WORD_MAX_BYTES];

	utf8_fold(&folded, text);
	for (const char *at = str_text(&folded); (at = next_word(at, word));) {
		if (words.length)
			str_append_char(&words, ' ');
		str_append(&words, word);
	}
	if (folded.error == -ENOMEM || words.error == -ENOMEM)
		arena->error = -ENOMEM;
	result = arena_text(arena, str_text(&words));
	str_release(&folded);
	str_release(&words);
	return result;
}

static void read_subject(const char *folded, struct subject *ret)
{
	static const char *const EMPTY[] = {"number", "no", "nr", "num", "day", "week", "fact", "trivia"};
	char word[WORD_MAX_BYTES], raw[WORD_MAX_BYTES];

	*ret = (struct subject){.count = 0};
	for (const char *at = folded; ret->count < SUBJECT_WORDS_MAX && words_next(at, raw);) {
		bool is_empty = false;

		at = next_word(at, word);
		for (size_t i = 0; i < sizeof(EMPTY) / sizeof(EMPTY[0]); i++)
			is_empty |= strcmp(word, EMPTY[i]) == 0;
		if (is_empty || (word_is_common(raw) && strcmp(raw, "one") != 0))
			continue;
		memcpy(ret->word[ret->count++], word, sizeof(word));
	}
}

/* Whether a word is the wanted one with a typo, which is forgiven. */
static bool is_similar(const char *wanted, size_t wanted_length, const char *word, size_t length)
{
	char copy[WORD_MAX_BYTES];

	if (wanted_length < TYPO_LETTERS_MIN || *wanted != *word || length + 1 < wanted_length ||
			length > wanted_length + 1)
		return false;
	memcpy(copy, word, length);
	copy[length] = '\0';
	return nearest_distance(wanted, copy, 1) <= 1;
}

static bool is_number(const char *word)
{
	return word[strspn(word, "0123456789")] == '\0';
}

/* Replace "language" and "network" by those of the show. False: neither is asked about. */
static bool name_values(const struct show *show, struct subject *subject)
{
	const struct {
		const char *asked, *value;
	} VALUES[] = {{"language", show->language}, {"tongue", show->language}, {"network", show->network},
			{"platform", show->network}, {"channel", show->network}, {"service", show->network}};
	bool is_named = false;

	for (size_t i = 0; i < subject->count; i++) {
		for (size_t k = 0; k < sizeof(VALUES) / sizeof(VALUES[0]); k++) {
			struct str folded = STR(FOLD_MAX_BYTES);

			if (strcmp(subject->word[i], VALUES[k].asked) != 0)
				continue;
			utf8_fold(&folded, VALUES[k].value);
			is_named |= next_word(str_text(&folded), subject->word[i]) != NULL;
			str_release(&folded);
			break;
		}
	}
	return is_named;
}

/* How often a text has the words of the subject, a number once; 0 if one of them is missing. */
static size_t score_of(const struct subject *subject, const size_t found[SUBJECT_WORDS_MAX])
{
	size_t total = 0;

	for (size_t i = 0; i < subject->count; i++) {
		if (!found[i])
			return 0;
		total += is_number(subject->word[i]) ? 1 : found[i];
	}
	return total;
}

/* The best hits so far, in order. */
struct hits {
	struct fact_hit hit[FACTS_ABOUT_MAX];
	size_t score[FACTS_ABOUT_MAX];
	size_t count;
};

static void add_hit(struct hits *hits, struct fact_hit hit, size_t score)
{
	size_t at = hits->count;

	while (at && hits->score[at - 1] < score)
		at--;
	if (score == 0 || at == FACTS_ABOUT_MAX)
		return;
	if (hits->count < FACTS_ABOUT_MAX)
		hits->count++;
	for (size_t i = hits->count - 1; i > at; i--) {
		hits->hit[i] = hits->hit[i - 1];
		hits->score[i] = hits->score[i - 1];
	}
	hits->hit[at] = hit;
	hits->score[at] = score;
}

/* What is found: the facts that have all words of the subject, and those that have them or similar words. */
struct search_of_facts {
	struct subject *subject;
	struct hits exact, similar;
};

static void look_at(struct search_of_facts *search, struct fact_hit hit)
{
	const struct subject *subject = search->subject;
	size_t exact[SUBJECT_WORDS_MAX] = {0}, similar[SUBJECT_WORDS_MAX] = {0}, length;

	for (const char *word = hit.fact->words; *word; word += length + (word[length] == ' ')) {
		length = strcspn(word, " ");
		for (size_t i = 0; i < subject->count; i++) {
			bool is_exact = subject->length[i] == length &&
					memcmp(subject->word[i], word, length) == 0;

			exact[i] += is_exact;
			similar[i] += is_exact ||
				      is_similar(subject->word[i], subject->length[i], word, length);
		}
	}
	add_hit(&search->exact, hit, score_of(subject, exact));
	add_hit(&search->similar, hit, score_of(subject, similar));
}

static void look_everywhere(const struct show *show, struct search_of_facts *search)
{
	for (size_t i = 0; i < search->subject->count; i++)
		search->subject->length[i] = strlen(search->subject->word[i]);
	search->exact.count = search->similar.count = 0;
	for (size_t i = 0; i < show->trivia_count; i++)
		look_at(search, (struct fact_hit){&show->trivia[i], NULL});
	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		for (size_t k = 0; k < episode->trivia_count; k++)
			look_at(search, (struct fact_hit){&episode->trivia[k], episode});
	}
}

size_t facts_about(const struct show *show, const char *words, struct fact_hit *ret, size_t limit)
{
	struct search_of_facts search = {0};
	struct str folded = STR(FOLD_MAX_BYTES);
	const struct hits *hits = &search.exact;
	struct subject subject;
	size_t count;

	utf8_fold(&folded, words);
	read_subject(str_text(&folded), &subject);
	search.subject = &subject;
	if (subject.count && limit) {
		look_everywhere(show, &search);
		if (!search.exact.count && name_values(show, &subject))
			look_everywhere(show, &search);
		if (!search.exact.count)
			hits = &search.similar;
	}
	count = hits->count < limit ? hits->count : limit;
	memcpy(ret, hits->hit, count * sizeof(*ret));
	str_release(&folded);
	return count;
}
