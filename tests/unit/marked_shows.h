#ifndef EPISODED_TESTS_MARKED_SHOWS_H
#define EPISODED_TESTS_MARKED_SHOWS_H

/*
 * Datasets in which every text that tells something has two invented words of its own, so that a leak is a word in an
 * answer: "zqbakuronix". Questions use the first word of a text, so that an answer may repeat it. The last word is in no
 * question.
 *
 * The datasets are marked in their JSON, and the reveal of each text is worked out here, so that the check does not
 * depend on the program's own reading.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"

#define MARK_BYTES        16
#define MARK_LETTERS      12 /* after "zq" */
#define MARKED_TEXTS_MAX  2000
#define MARKED_SHOWS_MAX  4
#define MARKED_FILE_BYTES (1000 * 1000)
#define MARKED_DAY_S      86400

enum marked_kind {
	MARKED_SYNOPSIS,
	MARKED_FACT,
	MARKED_TITLE,   /* with a title_reveal */
	MARKED_NAME,    /* of a character */
	MARKED_KEYWORD, /* never shown */
};

struct marked_episode {
	int season, number;
	int place; /* its order, or the order after which a special was shown */
	bool is_special;
	time_t shown_s;    /* when it has been shown for certain; 0: no date */
	const char *title; /* "" if it has no such text that can be shown; of the JSON document */
};

struct marked_show {
	char id[64], name[64];
	struct marked_episode episodes[512];
	int count, last; /* with specials, without */
	cJSON *json;
};

struct marked_text {
	char first[MARK_BYTES], last[MARK_BYTES];
	enum marked_kind kind;
	int reveal;
	const struct marked_show *show;
	const struct marked_episode *episode; /* NULL: not of one episode */
	const cJSON *named;                   /* MARKED_NAME: the character */
};

struct marked {
	struct random random;
	char folder[32];
	struct marked_show shows[MARKED_SHOWS_MAX];
	size_t show_count;
	struct marked_text texts[MARKED_TEXTS_MAX];
	size_t text_count;
};

/* ---------------------------------------------------------------- dates and orders */

/* A day is taken from its start in UTC, a month and a year at their end: tests ask at times that are far from these. 0: no
 * date. */
static inline time_t marked_shown(const char *date)
{
	struct tm day = {.tm_mday = 1};
	int year, month = 0, of_month = 0;

	if (!date || sscanf(date, "%d-%d-%d", &year, &month, &of_month) < 1)
		return 0;
	day.tm_year = year - 1900;
	day.tm_mon = month ? month - 1 : 12;
	if (of_month)
		day.tm_mday = of_month;
	else if (month)
		day.tm_mon++;
	return timegm(&day);
}

static inline const char *marked_string(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));

	return text ? text : "";
}

static inline int marked_integer(const cJSON *object, const char *key, int otherwise)
{
	const cJSON *item = cJSON_GetObjectItem(object, key);

	return cJSON_IsNumber(item) ? item->valueint : cJSON_IsTrue(item) ? -1 : otherwise;
}

static inline cJSON *marked_list_of_episodes(const cJSON *show)
{
	cJSON *list = cJSON_GetObjectItem(show, "episodes");

	return list ? list : cJSON_GetObjectItem(cJSON_GetObjectItem(show, "_embedded"), "episodes");
}

static inline bool marked_is_special(const cJSON *episode)
{
	return marked_integer(episode, "season", 0) == 0 || marked_integer(episode, "number", 0) == 0;
}

static inline int marked_order(const cJSON *list, const cJSON *of)
{
	int season = marked_integer(of, "season", 0), number = marked_integer(of, "number", 0), order = 1;
	const cJSON *other;

	cJSON_ArrayForEach(other, list)
	{
		int its = marked_integer(other, "season", 0);

		if (!marked_is_special(other) &&
				(its < season || (its == season && marked_integer(other, "number", 0) <
										   number)))
			order++;
	}
	return order;
}

/* A special has the place of the last episode that was shown before it or on its day, or of the last one of all. */
static inline int marked_place_of_special(const struct marked_show *show, time_t shown_s)
{
	int place = 0;

	if (!shown_s)
		return show->last;
	for (int i = 0; i < show->count; i++) {
		const struct marked_episode *other = &show->episodes[i];

		if (!other->is_special && other->shown_s && other->shown_s <= shown_s && other->place > place)
			place = other->place;
	}
	return place;
}

static inline void marked_learn_episodes(struct marked_show *show)
{
	const cJSON *list = marked_list_of_episodes(show->json), *item;

	cJSON_ArrayForEach(item, list)
	{
		struct marked_episode *episode = &show->episodes[show->count++];

		assert_true((size_t)show->count <= sizeof(show->episodes) / sizeof(show->episodes[0]));
		episode->season = marked_integer(item, "season", 0);
		episode->number = marked_integer(item, "number", 0);
		episode->is_special = marked_is_special(item);
		episode->shown_s = marked_shown(marked_string(item, "airdate"));
		episode->place = episode->is_special ? 0 : marked_order(list, item);
		show->last += !episode->is_special;
	}
	for (int i = 0; i < show->count; i++) {
		if (show->episodes[i].is_special)
			show->episodes[i].place = marked_place_of_special(show, show->episodes[i].shown_s);
	}
}

/* The highest place of an episode that has been shown; of all, if the show has no dates. */
static inline int marked_shown_until(const struct marked_show *show, time_t now_s)
{
	int place = 0;
	bool is_dated = false;

	for (int i = 0; i < show->count; i++) {
		const struct marked_episode *episode = &show->episodes[i];

		is_dated |= !episode->is_special && episode->shown_s;
		if (!episode->is_special && episode->shown_s && episode->shown_s <= now_s &&
				episode->place > place)
			place = episode->place;
	}
	return is_dated ? place : show->last;
}

/* An episode without a date has been shown if a later one has. */
static inline bool marked_has_been_shown(
		const struct marked_show *show, const struct marked_episode *episode, time_t now_s)
{
	return episode->shown_s ? episode->shown_s <= now_s
				: episode->place <= marked_shown_until(show, now_s);
}

static inline const struct marked_episode *marked_at_place(const struct marked_show *show, int place)
{
	for (int i = 0; i < show->count; i++) {
		if (!show->episodes[i].is_special && show->episodes[i].place == place)
			return &show->episodes[i];
	}
	return NULL;
}

/* ---------------------------------------------------------------- marks */

/* "zq" and letters that are no word of any language, no ending that a stemmer removes, and no reference. */
static inline void marked_invent(struct marked *marked, char ret[MARK_BYTES])
{
	static const char CONSONANTS[] = "bcdfghjkmnprtvw", VOWELS[] = "aeiou";
	size_t at = 2;

	memcpy(ret, "zq", 2);
	while (at < 2 + MARK_LETTERS - 1) {
		ret[at] = at % 2 ? VOWELS[random_below(&marked->random, sizeof(VOWELS) - 1)]
				 : CONSONANTS[random_below(&marked->random, sizeof(CONSONANTS) - 1)];
		at++;
	}
	ret[at++] = 'x';
	ret[at] = '\0';
}

static inline struct marked_text *marked_add(struct marked *marked, const struct marked_show *show,
		const struct marked_episode *episode, enum marked_kind kind, int reveal)
{
	struct marked_text *text = &marked->texts[marked->text_count++];

	assert_true(marked->text_count <= MARKED_TEXTS_MAX);
	*text = (struct marked_text){.kind = kind, .reveal = reveal, .show = show, .episode = episode};
	marked_invent(marked, text->first);
	if (kind != MARKED_NAME && kind != MARKED_KEYWORD)
		marked_invent(marked, text->last);
	return text;
}

static inline void marked_write(cJSON *item, const struct marked_text *text)
{
	struct str marked = STR(MARKED_FILE_BYTES);

	str_append(&marked, text->first);
	if (*text->last)
		str_printf(&marked, " %s", text->last);
	str_printf(&marked, " %s", cJSON_GetStringValue(item));
	if (*text->last && text->kind != MARKED_TITLE)
		str_printf(&marked, " %s", text->last);
	assert_non_null(cJSON_SetValuestring(item, str_text(&marked)));
	str_release(&marked);
}

/* Mark a text: a string, or one for each language. */
static inline void marked_mark(struct marked *marked, const struct marked_show *show,
		const struct marked_episode *episode, enum marked_kind kind, int reveal, cJSON *item)
{
	cJSON *each;

	if (cJSON_IsObject(item)) {
		const struct marked_text *text = marked_add(marked, show, episode, kind, reveal);

		cJSON_ArrayForEach(each, item) marked_write(each, text);
	} else if (cJSON_IsString(item) && *item->valuestring) {
		marked_write(item, marked_add(marked, show, episode, kind, reveal));
	}
}

/* Mark the member key of each object of a list; otherwise: the reveal of one without a text. */
static inline void marked_mark_list(struct marked *marked, const struct marked_show *show,
		const struct marked_episode *episode, cJSON *list, const char *key, int otherwise)
{
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsObject(item))
			marked_mark(marked, show, episode, MARKED_FACT,
					marked_integer(item, "reveal", otherwise),
					cJSON_GetObjectItem(item, key));
	}
}

static inline void marked_mark_episode(
		struct marked *marked, const struct marked_show *show, int index, cJSON *item)
{
	const struct marked_episode *episode = &show->episodes[index];
	int place = episode->is_special ? show->last : episode->place; /* of facts */
	int title_reveal = marked_integer(item, "title_reveal", 0);
	cJSON *keyword;

	marked_mark(marked, show, episode, MARKED_SYNOPSIS, episode->place,
			cJSON_GetObjectItem(item, "summary"));
	marked_mark_list(marked, show, episode, cJSON_GetObjectItem(item, "trivia"), "text", place);
	marked_mark_list(marked, show, episode, cJSON_GetObjectItem(item, "quotes"), "text", place);
	marked_mark_list(marked, show, episode, cJSON_GetObjectItem(item, "warnings"), "note", place);
	if (title_reveal)
		marked_mark(marked, show, episode, MARKED_TITLE, title_reveal < 0 ? place : title_reveal,
				cJSON_GetObjectItem(item, "name"));
	cJSON_ArrayForEach(keyword, cJSON_GetObjectItem(item, "keywords"))
			marked_mark(marked, show, episode, MARKED_KEYWORD, episode->place, keyword);
}

/* True if a text, or one of its languages, has a name or an alias of the character. */
static inline bool marked_is_named(const cJSON *text, const cJSON *character)
{
	const char *string = cJSON_GetStringValue(text);
	const cJSON *item;

	cJSON_ArrayForEach(item, text)
	{
		if (marked_is_named(item, character))
			return true;
	}
	if (!string)
		return false;
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(character, "aliases"))
	{
		if (strcasestr(string, cJSON_GetStringValue(item)))
			return true;
	}
	return strcasestr(string, marked_string(character, "name")) != NULL;
}

/* The place of the episode that introduces a character: as the dataset says, or that of the first synopsis with the name. */
static inline int marked_first(const struct marked_show *show, const cJSON *character)
{
	int first = marked_integer(character, "first_seen", marked_integer(character, "reveal", 0)),
	    index = 0;
	const cJSON *item;

	if (first)
		return first;
	cJSON_ArrayForEach(item, marked_list_of_episodes(show->json))
	{
		int place = show->episodes[index++].place;

		if (marked_is_named(cJSON_GetObjectItem(item, "summary"), character) &&
				(!first || place < first))
			first = place;
	}
	return first;
}

static inline void marked_mark_character(struct marked *marked, const struct marked_show *show, cJSON *item)
{
	int first = marked_first(show, item);
	int reveal = marked_integer(item, "reveal", marked_integer(item, "first_seen", 0));
	char alias[MARK_BYTES];
	cJSON *aliases = cJSON_GetObjectItem(item, "aliases");

	marked_mark(marked, show, NULL, MARKED_NAME, first, cJSON_GetObjectItem(item, "name"));
	marked->texts[marked->text_count - 1].named = item;
	memcpy(alias, marked->texts[marked->text_count - 1].first, sizeof(alias));
	if (!aliases)
		aliases = cJSON_AddArrayToObject(item, "aliases");
	cJSON_AddItemToArray(aliases, cJSON_CreateString(alias));
	marked_mark(marked, show, NULL, MARKED_FACT, reveal, cJSON_GetObjectItem(item, "about"));
	marked_mark_list(marked, show, NULL, cJSON_GetObjectItem(item, "facts"), "text", show->last);
}

static inline void marked_mark_show(struct marked *marked, struct marked_show *show)
{
	cJSON *item;
	int index = 0;

	cJSON_ArrayForEach(item, marked_list_of_episodes(show->json))
			marked_mark_episode(marked, show, index++, item);
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(show->json, "characters"))
			marked_mark_character(marked, show, item);
	marked_mark_list(marked, show, NULL, cJSON_GetObjectItem(show->json, "trivia"), "text", 0);
	marked_mark_list(marked, show, NULL, cJSON_GetObjectItem(show->json, "quotes"), "text", show->last);
	marked_mark_list(marked, show, NULL, cJSON_GetObjectItem(show->json, "warnings"), "note", show->last);
	index = 0;
	cJSON_ArrayForEach(item, marked_list_of_episodes(show->json))
	{
		if (!marked_integer(item, "title_reveal", 0))
			show->episodes[index].title = marked_string(item, "name");
		else
			show->episodes[index].title = "";
		index++;
	}
}

/* ---------------------------------------------------------------- folders */

static inline void marked_init(struct marked *marked, uint64_t seed)
{
	*marked = (struct marked){.folder = "/tmp/marked-XXXXXX"};
	random_seed(&marked->random, seed);
	assert_non_null(mkdtemp(marked->folder));
}

/* Mark a dataset and write it to the folder. Owns json. */
static inline void marked_put(struct marked *marked, const char *id, cJSON *json)
{
	struct marked_show *show = &marked->shows[marked->show_count++];
	char path[128], *text;
	FILE *file;

	assert_true(marked->show_count <= MARKED_SHOWS_MAX);
	assert_non_null(json);
	show->json = json;
	snprintf(show->id, sizeof(show->id), "%s", id);
	snprintf(show->name, sizeof(show->name), "%s", marked_string(json, "name"));
	marked_learn_episodes(show);
	marked_mark_show(marked, show);
	text = cJSON_Print(json);
	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s.json", marked->folder, id);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(text);
}

static inline void marked_put_file(struct marked *marked, const char *folder, const char *id)
{
	char path[128], *text = malloc(MARKED_FILE_BYTES);
	size_t length;
	FILE *file;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s.json", folder, id);
	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(text, 1, MARKED_FILE_BYTES - 1, file);
	fclose(file);
	text[length] = '\0';
	marked_put(marked, id, cJSON_Parse(text));
	free(text);
}

static inline struct catalogue *marked_load(const struct marked *marked)
{
	struct catalogue *catalogue = NULL;
	struct str report = STR(256u * 1024);
	int r = catalogue_load(marked->folder, &report, &catalogue);

	if (r)
		print_error("%s\n", str_text(&report));
	assert_int_equal(r, 0);
	str_release(&report);
	return catalogue;
}

static inline void marked_release(struct marked *marked)
{
	char path[128];

	for (size_t i = 0; i < marked->show_count; i++) {
		snprintf(path, sizeof(path), "%s/%s.json", marked->folder, marked->shows[i].id);
		unlink(path);
		cJSON_Delete(marked->shows[i].json);
	}
	assert_int_equal(rmdir(marked->folder), 0);
}

/* ---------------------------------------------------------------- invented shows */

static inline const char *marked_word(struct marked *marked)
{
	static const char *const WORDS[] = {"harbour", "kettle", "winter", "ladder", "violin", "market",
			"tunnel", "orchard", "letter", "signal", "bridge", "candle", "garden", "thunder",
			"compass", "mirror", "blanket", "engine", "painter", "shadow"};

	return WORDS[random_below(&marked->random, sizeof(WORDS) / sizeof(WORDS[0]))];
}

static inline int marked_below(struct marked *marked, int bound)
{
	return (int)random_below(&marked->random, (uint64_t)bound);
}

static inline void marked_text(struct marked *marked, cJSON *object, const char *key)
{
	char text[256];

	snprintf(text, sizeof(text), "The %s is behind the %s, and a %s opens the %s.", marked_word(marked),
			marked_word(marked), marked_word(marked), marked_word(marked));
	cJSON_AddStringToObject(object, key, text);
}

static inline cJSON *marked_fact(struct marked *marked, const char *key, int reveal)
{
	cJSON *fact = cJSON_CreateObject();

	marked_text(marked, fact, key);
	if (reveal >= 0)
		cJSON_AddNumberToObject(fact, "reveal", reveal);
	return fact;
}

/* Facts that most often reveal no more than the episode before them, and sometimes a later one. */
static inline void marked_facts(struct marked *marked, cJSON *object, const char *key, const char *member,
		int place, int last)
{
	cJSON *list = cJSON_AddArrayToObject(object, key);

	for (int i = marked_below(marked, 4); i > 0; i--) {
		int reveal = marked_below(marked, 3) ? -1 : place + marked_below(marked, last - place + 1);
		cJSON *fact = marked_fact(marked, member, reveal);

		if (strcmp(key, "warnings") == 0)
			cJSON_AddStringToObject(
					fact, "category", marked_below(marked, 2) ? "blood" : "grief");
		if (strcmp(key, "quotes") == 0 && marked_below(marked, 2))
			cJSON_AddStringToObject(fact, "speaker", "A voice");
		cJSON_AddItemToArray(list, fact);
	}
}

static inline cJSON *marked_make_episode(
		struct marked *marked, int season, int number, int place, int last, time_t at)
{
	cJSON *episode = cJSON_CreateObject(), *keywords;
	char text[128];
	struct tm day;

	cJSON_AddNumberToObject(episode, "season", season);
	cJSON_AddNumberToObject(episode, "number", number);
	gmtime_r(&at, &day);
	strftime(text, sizeof(text), marked_below(marked, 12) ? "%Y-%m-%d" : "", &day);
	cJSON_AddStringToObject(episode, "airdate", text);
	if (marked_below(marked, 3) || season == 0) {
		snprintf(text, sizeof(text), "The %s of %c%d", marked_word(marked), 'A' + season, number);
		cJSON_AddStringToObject(episode, "name", text);
		if (!marked_below(marked, 3))
			cJSON_AddNumberToObject(episode, "title_reveal",
					place + marked_below(marked, last - place + 1));
	}
	if (marked_below(marked, 10))
		marked_text(marked, episode, "summary");
	if (marked_below(marked, 10))
		marked_text(marked, episode, "teaser");
	marked_facts(marked, episode, "trivia", "text", place, last);
	marked_facts(marked, episode, "quotes", "text", place, last);
	marked_facts(marked, episode, "warnings", "note", place, last);
	keywords = cJSON_AddArrayToObject(episode, "keywords");
	for (int i = marked_below(marked, 3); i > 0; i--)
		cJSON_AddItemToArray(keywords, cJSON_CreateString(marked_word(marked)));
	return episode;
}

static inline void marked_make_characters(struct marked *marked, cJSON *show, int last)
{
	static const char *const NAMES[] = {
			"Odile", "Rasmus", "Tilda", "Corvin", "Yara", "Benno", "Ismene", "Lorcan"};
	cJSON *list = cJSON_AddArrayToObject(show, "characters");

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		cJSON *character = cJSON_CreateObject();
		int first = 1 + marked_below(marked, last);

		cJSON_AddStringToObject(character, "name", NAMES[i]);
		marked_text(marked, character, "about");
		cJSON_AddNumberToObject(character, "first_seen", first);
		if (!marked_below(marked, 3))
			cJSON_AddNumberToObject(
					character, "reveal", first + marked_below(marked, last - first + 1));
		marked_facts(marked, character, "facts", "text", first, last);
		cJSON_AddItemToArray(list, character);
	}
}

/* A show of one to three seasons with gaps in its numbers, dates a week apart of which a few are not known, and specials. */
static inline void marked_put_invented(struct marked *marked, const char *id, const char *name)
{
	cJSON *show = cJSON_CreateObject(), *episodes = cJSON_CreateArray();
	int seasons = 1 + marked_below(marked, 3), lengths[3], last = 0, place = 0;
	time_t at = 1700000000 - 1700000000 % MARKED_DAY_S;

	for (int season = 0; season < seasons; season++)
		last += lengths[season] = 3 + marked_below(marked, 6);
	for (int season = 0; season < seasons; season++) {
		for (int i = 0, number = 1; i < lengths[season];
				i++, number += marked_below(marked, 6) ? 1 : 2) {
			cJSON_AddItemToArray(episodes,
					marked_make_episode(marked, season + 1, number, ++place, last, at));
			at += 7 * MARKED_DAY_S;
		}
	}
	for (int number = 1; number <= 2; number++)
		cJSON_AddItemToArray(episodes,
				marked_make_episode(marked, 0, number, 1 + marked_below(marked, last), last,
						at - marked_below(marked, last) * 7 * MARKED_DAY_S));
	cJSON_AddStringToObject(show, "name", name);
	cJSON_AddStringToObject(show, "summary", "A story of a small town.");
	cJSON_AddStringToObject(show, "language", "English");
	marked_make_characters(marked, show, last);
	marked_facts(marked, show, "trivia", "text", 0, last);
	marked_facts(marked, show, "quotes", "text", 0, last);
	marked_facts(marked, show, "warnings", "note", 0, last);
	cJSON_AddItemToObject(show, "episodes", episodes);
	marked_put(marked, id, show);
}

#endif
