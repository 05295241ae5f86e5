/* The seasons of a show, and how people refer to one. */

#include "bot/core/season.h"

#include <ctype.h>
#include <string.h>

#include "bot/base/utf8.h"

#define WORD_BYTES   32
#define NUMBER_LIMIT 9999

void season_list(const struct show *show, struct season_list *ret)
{
	*ret = (struct season_list){.has_specials = show->episode_count > (size_t)show->last_order};
	for (int order = 1; order <= show->last_order && ret->count < SEASONS_MAX; order++) {
		int season = show_episode(show, order)->season;

		if (!ret->count || ret->number[ret->count - 1] != season)
			ret->number[ret->count++] = season;
	}
}

/* The number at the end of a word: 2 of "s02"; -1 when its letters are not those of prefix. */
static int number_after(const char *word, const char *prefix)
{
	size_t length = strlen(prefix);
	long number = -1;

	if (strncmp(word, prefix, length) != 0 || str_to_long(word + length, 0, NUMBER_LIMIT, &number) < 0)
		return -1;
	return (int)number;
}

struct reading {
	const struct show *show;
	int season, from; /* -1: not said yet */
	bool is_from;     /* the next number is the one to begin at */
	bool is_wrong;
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static void read_word(struct reading *reading, const char *word)
{
	static const char *const NOUNS[] = {"season", "series", "the"};
	static const char *const SPECIALS[] = {"special", "specials", "extras"};
	static const char *const LATEST[] = {"last", "latest", "newest", "current", "final"};
	int last = reading->show->last_order, number = number_after(word, "");

	if (number < 0)
		number = number_after(word, "s");
	if (strcmp(word, "from") == 0)
		reading->is_from = true;
	else if (number >= 0 && reading->is_from)
		reading->from = number;
	else if (number >= 0 && reading->season < 0)
		reading->season = number;
	else if (is_one_of(word, SPECIALS, 3))
		reading->season = 0;
	else if (is_one_of(word, LATEST, 5) && last)
		reading->season = show_episode(reading->show, last)->season;
	else if (strcmp(word, "first") == 0 && last)
		reading->season = show_episode(reading->show, 1)->season;
	else if (!is_one_of(word, NOUNS, 3))
		reading->is_wrong = true;
}

/* Whether the show has this season. */
static bool exists(const struct show *show, int season)
{
	return season == 0 ? show->episode_count > (size_t)show->last_order
			   : show_season_last(show, season) > 0;
}

bool season_parse(const struct show *show, const char *text, int *ret_season, int *ret_from)
{
	struct reading reading = {.show = show, .season = -1};
	struct str folded = STR(WORD_BYTES * WORD_BYTES);
	char word[WORD_BYTES];

	utf8_fold(&folded, text);
	reading.is_wrong = folded.error != 0;
	for (const char *at = str_text(&folded); *(at += strspn(at, " ")) && !reading.is_wrong;) {
		size_t length = strcspn(at, " ");

		if (length < sizeof(word)) {
			memcpy(word, at, length);
			word[length] = '\0';
			read_word(&reading, word);
		} else {
			reading.is_wrong = true;
		}
		at += length;
	}
	str_release(&folded);
	if (reading.is_wrong || reading.season < 0 || !exists(show, reading.season))
		return false;
	*ret_season = reading.season;
	*ret_from = reading.from;
	return true;
}
