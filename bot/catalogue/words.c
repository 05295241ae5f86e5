/* The words of folded text. */

#include "bot/catalogue/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

/* Sorted. English, as nearly all datasets are; "episode" is in every question and no answer. */
static const char *const COMMON[] = {"a", "about", "after", "all", "am", "an", "and", "are", "as", "at", "be",
		"been", "but", "by", "can", "could", "did", "do", "does", "ep", "episode", "episodes", "for",
		"from", "get", "gets", "had", "happen", "happened", "happens", "has", "have", "he", "her",
		"him", "his", "how", "i", "im", "in", "into", "is", "it", "its", "me", "my", "no", "not",
		"of", "on", "one", "or", "out", "please", "she", "should", "so", "some", "someone", "tell",
		"that", "the", "their", "them", "then", "there", "they", "this", "to", "up", "was", "we",
		"were", "what", "whats", "when", "where", "which", "while", "who", "whom", "whos", "whose",
		"why", "will", "with", "would", "you", "your"};

/* Sorted stems of everyday words. Their use in a later synopsis means nothing. */
static const char *const EVERYDAY[] = {"above", "across", "again", "against", "alone", "along", "already",
		"always", "another", "anybody", "around", "arrive", "away", "become", "before", "begin",
		"behind", "being", "below", "between", "beyond", "both", "bring", "carry", "close", "could",
		"decide", "during", "early", "either", "else", "enough", "even", "every", "everybody",
		"everyone", "everything", "face", "fight", "first", "follow", "force", "found", "friend",
		"great", "group", "happen", "having", "however", "inside", "into", "just", "keep", "large",
		"later", "learn", "leave", "little", "longer", "might", "moment", "month", "more", "most",
		"moving", "much", "must", "never", "night", "nobody", "nothing", "often", "only", "open",
		"other", "outside", "over", "people", "place", "quickly", "rather", "reach", "right",
		"second", "seem", "several", "shall", "short", "should", "since", "small", "somebody",
		"someone", "something", "soon", "stand", "start", "still", "story", "student", "such", "take",
		"team", "tell", "than", "their", "these", "thing", "think", "third", "those", "three",
		"through", "time", "together", "toward", "towards", "turn", "under", "until", "upon", "very",
		"want", "whatever", "where", "whether", "whoever", "whole", "whose", "within", "without",
		"would", "years", "young"};

static int compare_words(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

bool word_is_common(const char *word)
{
	return bsearch(word, COMMON, sizeof(COMMON) / sizeof(COMMON[0]), sizeof(COMMON[0]), compare_words);
}

bool word_is_everyday(const char *stem)
{
	return bsearch(stem, EVERYDAY, sizeof(EVERYDAY) / sizeof(EVERYDAY[0]), sizeof(EVERYDAY[0]),
			compare_words);
}

const char *words_next(const char *folded, char word[WORD_MAX_BYTES])
{
	size_t length, kept;

	folded += strspn(folded, " ");
	length = strcspn(folded, " ");
	if (length == 0)
		return NULL;
	kept = length < WORD_MAX_BYTES ? length : utf8_whole(folded, WORD_MAX_BYTES - 1);
	memcpy(word, folded, kept);
	word[kept] = '\0';
	return folded + length;
}

/* The S stemmer of Harman, "How effective is suffixing?" (1991): weak enough not to merge different words. */
void word_stem(char *word)
{
	size_t length = strlen(word);

	if (length < 4)
		return;
	if (word[length - 1] == 's' && !strchr("us", word[length - 2]))
		word[--length] = '\0';
	/* "bodies" and "body", "zombies" and "zombie" get the same ending. */
	if (length > 3 && word[length - 2] == 'i' && word[length - 1] == 'e')
		memcpy(word + length - 2, "y", 2);
}

void words_squeeze(struct str *str, const char *folded)
{
	for (; *folded; folded++) {
		if (*folded != ' ')
			str_append_char(str, *folded);
	}
}

bool words_contain(const char *text, const char *needle)
{
	size_t length = strlen(needle);
	const char *at = text;

	if (length == 0)
		return false;
	for (; (at = strstr(at, needle)); at++) {
		bool is_start = at == text || at[-1] == ' ';

		if (is_start && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

void word_set_add(struct word_set *set, const char *word)
{
	size_t capacity = set->capacity ? set->capacity * 2 : 64;

	if (set->count == set->capacity) {
		const char **words = realloc(set->words, capacity * sizeof(*words));

		if (!words) {
			set->error = -ENOMEM;
			return;
		}
		set->words = words;
		set->capacity = capacity;
	}
	set->words[set->count++] = arena_text(&set->arena, word);
	if (set->arena.error)
		set->error = set->arena.error;
}

void word_set_add_text(struct word_set *set, const char *folded)
{
	char word[WORD_MAX_BYTES];

	while ((folded = words_next(folded, word)))
		word_set_add(set, word);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void word_set_sort(struct word_set *set)
{
	if (set->count > 0)
		qsort(set->words, set->count, sizeof(*set->words), compare_entries);
}

bool word_set_has(const struct word_set *set, const char *word)
{
	return set->count > 0 && bsearch(word, set->words, set->count, sizeof(*set->words), compare_words);
}

void word_set_release(struct word_set *set)
{
	free(set->words);
	arena_release(&set->arena);
	*set = (struct word_set){0};
}
