/* The sorted names of all characters, found in a text in one pass. */

#include "bot/catalogue/names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/arena.h"

#define FOLD_MAX_BYTES 262144

struct entry {
	const char *folded;
	struct name_match match;
	size_t same;    /* number of entries with this text; valid in the first of them only */
	size_t last_in; /* number of the text in which it was last found */
};

struct names {
	struct arena arena;
	struct entry *entries; /* sorted by text, then in the order of the dataset */
	size_t count;
	size_t *last_in; /* per character: number of the text in which it was last found, */
	size_t *at;      /* and its index in matches */
	struct name_match *matches;
	size_t match_count;
	size_t text; /* number of the current text */
};

const char *names_spelling(const struct character *character, size_t index)
{
	if (index == 0)
		return character->name;
	return index <= character->alias_count ? character->aliases[index - 1] : NULL;
}

static int by_text(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;
	int order = strcmp(one->folded, other->folded);

	if (order == 0)
		order = (one->match.character > other->match.character) -
			(one->match.character < other->match.character);
	if (order == 0)
		order = (one->match.spelling > other->match.spelling) -
			(one->match.spelling < other->match.spelling);
	return order;
}

static int add_name(struct names *names, const char *spelling, struct name_match match)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	int r;

	utf8_fold(&folded, spelling);
	r = folded.error;
	/* Skip names that fold to an empty text, such as "!!!". */
	if (!r && folded.length > 0)
		names->entries[names->count++] = (struct entry){
				.folded = arena_text(&names->arena, str_text(&folded)), .match = match};
	str_release(&folded);
	return r;
}

static int add_all(struct names *names, const struct show *show)
{
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; i < show->character_count; i++)
		count += 1 + show->characters[i].alias_count;
	names->entries = arena_array(&names->arena, count, sizeof(*names->entries));
	names->last_in = arena_array(&names->arena, show->character_count, sizeof(*names->last_in));
	names->at = arena_array(&names->arena, show->character_count, sizeof(*names->at));
	names->matches = arena_array(&names->arena, show->character_count, sizeof(*names->matches));
	for (size_t i = 0; i < show->character_count && !r && !names->arena.error; i++) {
		const char *spelling;

		for (size_t j = 0; !r && (spelling = names_spelling(&show->characters[i], j)); j++)
			r = add_name(names, spelling, (struct name_match){i, j});
	}
	return r ? r : names->arena.error;
}

int names_new(const struct show *show, struct names **ret)
{
	struct names *names = calloc(1, sizeof(*names));
	int r;

	if (!names)
		return -ENOMEM;
	r = add_all(names, show);
	if (r) {
		names_free(names);
		return r;
	}
	if (names->count > 0)
		qsort(names->entries, names->count, sizeof(*names->entries), by_text);
	for (size_t i = names->count; i-- > 0;) {
		struct entry *entry = &names->entries[i];
		bool is_last = i + 1 == names->count || strcmp(entry->folded, entry[1].folded) != 0;

		entry->same = is_last ? 1 : entry[1].same + 1;
	}
	*ret = names;
	return 0;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	arena_release(&names->arena);
	free(names);
}

/* The first entry from low on that is not less than text. It is usually close, so the search uses growing steps. */
static size_t lower_bound(const struct names *names, size_t low, const char *text, size_t length)
{
	size_t high = low, step = 1;

	while (high < names->count && strncmp(names->entries[high].folded, text, length) < 0) {
		low = high + 1;
		high = step < names->count - low ? low + step : names->count;
		step *= 2;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(names->entries[middle].folded, text, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void note_match(struct names *names, struct name_match match)
{
	size_t character = match.character;
	struct name_match *known = &names->matches[names->at[character]];

	if (names->last_in[character] != names->text) {
		names->last_in[character] = names->text;
		names->at[character] = names->match_count;
		names->matches[names->match_count++] = match;
	} else if (match.spelling < known->spelling) {
		known->spelling = match.spelling;
	}
}

/* Find the names that start with the word at text, and extend them word by word. */
static void find_from(struct names *names, const char *text)
{
	size_t low = 0, length = 0;

	for (int words = 0; words < NAMES_WORDS_MAX && (words == 0 || text[length] == ' '); words++) {
		struct entry *entry;

		length += words > 0;
		length += strcspn(text + length, " ");
		low = lower_bound(names, low, text, length);
		if (low == names->count)
			return;
		entry = &names->entries[low];
		if (strncmp(entry->folded, text, length) == 0 && entry->folded[length] == '\0') {
			if (entry->last_in != names->text) {
				entry->last_in = names->text;
				for (size_t i = 0; i < entry->same && i < NAMES_SAME_MAX; i++)
					note_match(names, entry[i].match);
			}
			low += entry->same;
		}
		/* A space sorts before every letter, so longer names with the same first words come next. */
		if (low == names->count || strncmp(names->entries[low].folded, text, length) != 0 ||
				names->entries[low].folded[length] != ' ')
			return;
	}
}

static int by_character(const void *a, const void *b)
{
	const struct name_match *one = a, *other = b;

	return (one->character > other->character) - (one->character < other->character);
}

size_t names_find(struct names *names, const char *folded, const struct name_match **ret)
{
	names->text++;
	names->match_count = 0;
	for (const char *at = folded; *(at += strspn(at, " ")); at += strcspn(at, " "))
		find_from(names, at);
	if (names->match_count > 1)
		qsort(names->matches, names->match_count, sizeof(*names->matches), by_character);
	*ret = names->matches;
	return names->match_count;
}
