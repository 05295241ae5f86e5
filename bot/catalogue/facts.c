/* Search the facts of a show for a subject. */

#include "bot/catalogue/facts.h"

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
	size_t count;
	bool forgives; /* a typo in each word */
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

static bool is_word(const struct subject *subject, size_t index, const char *word)
{
	const char *wanted = subject->word[index];

	if (strcmp(wanted, word) == 0)
		return true;
	return subject->forgives && strlen(wanted) >= TYPO_LETTERS_MIN && *wanted == *word &&
	       nearest_distance(wanted, word, 1) <= 1;
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
static size_t count_words(const struct subject *subject, const char *folded)
{
	size_t found[SUBJECT_WORDS_MAX] = {0}, total = 0;
	char word[WORD_MAX_BYTES];

	for (const char *at = folded; (at = next_word(at, word));) {
		for (size_t i = 0; i < subject->count; i++)
			found[i] += is_word(subject, i, word);
	}
	for (size_t i = 0; i < subject->count; i++) {
		if (!found[i])
			return 0;
		total += is_number(subject->word[i]) ? 1 : found[i];
	}
	return total;
}

/* The best hits so far, in order. */
struct hits {
	struct fact_hit *hit;
	size_t count, limit;
	size_t score[FACTS_ABOUT_MAX];
};

static void add_hit(struct hits *hits, struct fact_hit hit, size_t score)
{
	size_t at = hits->count;

	while (at && hits->score[at - 1] < score)
		at--;
	if (at == hits->limit)
		return;
	if (hits->count < hits->limit)
		hits->count++;
	for (size_t i = hits->count - 1; i > at; i--) {
		hits->hit[i] = hits->hit[i - 1];
		hits->score[i] = hits->score[i - 1];
	}
	hits->hit[at] = hit;
	hits->score[at] = score;
}

static void look_at(const struct subject *subject, const struct fact *facts, size_t count,
		const struct episode *episode, struct hits *hits)
{
	for (size_t i = 0; i < count; i++) {
		struct str folded = STR(FOLD_MAX_BYTES);
		size_t score;

		utf8_fold(&folded, telling_text(facts[i].text));
		score = count_words(subject, str_text(&folded));
		if (score)
			add_hit(hits, (struct fact_hit){&facts[i], episode}, score);
		str_release(&folded);
	}
}

static size_t look_everywhere(
		const struct show *show, const struct subject *subject, struct fact_hit *ret, size_t limit)
{
	struct hits hits = {.hit = ret, .limit = limit < FACTS_ABOUT_MAX ? limit : FACTS_ABOUT_MAX};

	look_at(subject, show->trivia, show->trivia_count, NULL, &hits);
	for (size_t i = 0; i < show->episode_count; i++)
		look_at(subject, show->episodes[i].trivia, show->episodes[i].trivia_count, &show->episodes[i],
				&hits);
	return hits.count;
}

size_t facts_about(const struct show *show, const char *words, struct fact_hit *ret, size_t limit)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	struct subject subject;
	size_t count = 0;

	utf8_fold(&folded, words);
	read_subject(str_text(&folded), &subject);
	if (subject.count && limit) {
		count = look_everywhere(show, &subject, ret, limit);
		if (!count && name_values(show, &subject))
			count = look_everywhere(show, &subject, ret, limit);
		if (!count) {
			subject.forgives = true;
			count = look_everywhere(show, &subject, ret, limit);
		}
	}
	str_release(&folded);
	return count;
}
