/* The parts a dataset file is made of: texts, dates, sources, facts, characters. */

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena_of(struct loader *loader)
{
	return &loader->dataset->arena;
}

static void note_place(struct loader *loader, const char *text, const struct json_node *node)
{
	struct place *place = arena_array(arena_of(loader), 1, sizeof(*place));

	if (!place)
		return;
	*place = (struct place){.next = loader->dataset->places, .text = text, .node = node};
	loader->dataset->places = place;
}

/* The string of a text: itself, its "en", or its first language. NULL when it is neither. */
static const char *text_of(struct json_node *node)
{
	struct json_node *language;

	if (json_type(node) != JSON_OBJECT)
		return json_string(node);
	language = json_get(node, "en");
	return json_string(language ? language : json_first(node));
}

/* What a node says as one plain line in the arena; NULL after a problem. */
static const char *copy_plain(
		struct loader *loader, const struct json_node *node, const char *raw, size_t limit_bytes)
{
	struct str plain = STR(limit_bytes);
	const char *text = NULL;

	load_plain(&plain, raw);
	if (plain.error == -EMSGSIZE) {
		json_problem(loader->json, node, "this text is too long; %zu bytes are the limit",
				limit_bytes);
	} else if (plain.error != 0) {
		arena_of(loader)->error = plain.error;
	} else {
		text = arena_text(arena_of(loader), str_text(&plain));
		note_place(loader, text, node);
	}
	str_release(&plain);
	return text;
}

static const char *load_limited(struct loader *loader, struct json_node *object, const char *key, int flags,
		size_t limit_bytes)
{
	struct json_node *node = json_get(object, key);
	const char *raw, *text;

	if (!node || json_type(node) == JSON_NULL) {
		if (flags & JSON_REQUIRED)
			json_problem(loader->json, object, "\"%s\" is missing", key);
		return "";
	}
	raw = text_of(node);
	if (!raw) {
		json_problem(loader->json, node,
				"\"%s\" must be a text, or an object of language tags and texts", key);
		return "";
	}
	text = copy_plain(loader, node, raw, limit_bytes);
	if (text && *text == '\0' && (flags & JSON_REQUIRED))
		json_problem(loader->json, node, "\"%s\" is empty", key);
	return text ? text : "";
}

const char *load_text(struct loader *loader, struct json_node *object, const char *key, int flags)
{
	return load_limited(loader, object, key, flags, LOAD_TEXT_MAX_BYTES);
}

const char *load_name(struct loader *loader, struct json_node *object, const char *key, int flags)
{
	return load_limited(loader, object, key, flags, LOAD_NAME_MAX_BYTES);
}

static int days_in(int year, int month)
{
	static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : DAYS[month - 1];
}

/*
 * parse_date - a day, a month or a year.
 *
 * Shape:   YYYY-MM-DD, YYYY-MM or YYYY.
 * Units:   the Gregorian calendar, no time zone.
 * Owns:    nothing.
 * Errors:  -EBADMSG no such form, -ERANGE no such day; *ret untouched.
 * Source:  ISO 8601 calendar dates.
 */
static int parse_date(const char *text, struct date *ret)
{
	static const char *const FORMS[] = {"0000-00-00", "0000-00", "0000"};
	struct date date = {0};
	bool is_form = false;

	for (size_t form = 0; form < 3 && !is_form; form++) {
		size_t i = 0;

		while (text[i] && FORMS[form][i] &&
				(FORMS[form][i] == '-' ? text[i] == '-'
						       : isdigit((unsigned char)text[i]) != 0))
			i++;
		is_form = text[i] == '\0' && FORMS[form][i] == '\0';
	}
	if (!is_form)
		return -EBADMSG;
	date.year = (int)strtol(text, NULL, 10);
	if (date.year == 0)
		return -ERANGE;
	if (text[4]) {
		date.month = (int)strtol(text + 5, NULL, 10);
		if (date.month < 1 || date.month > 12)
			return -ERANGE;
	}
	if (text[4] && text[7]) {
		date.day = (int)strtol(text + 8, NULL, 10);
		if (date.day < 1 || date.day > days_in(date.year, date.month))
			return -ERANGE;
	}
	*ret = date;
	return 0;
}

struct date load_date(struct loader *loader, struct json_node *object, const char *key)
{
	struct date date = {0};
	const char *text;
	int r;

	/* TVmaze writes "" for a day not yet known. */
	if (!json_text(loader->json, object, key, JSON_OPTIONAL, &text) || *text == '\0')
		return date;
	r = parse_date(text, &date);
	if (r == -ERANGE)
		json_problem(loader->json, json_get(object, key), "\"%s\" is no day of the calendar", key);
	else if (r < 0)
		json_problem(loader->json, json_get(object, key), "\"%s\" must be a date like 2022-01-28",
				key);
	return date;
}

const char *const *load_strings(
		struct loader *loader, struct json_node *object, const char *key, size_t *ret_count)
{
	struct json_node *array, *item;
	const char **strings;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, key, JSON_OPTIONAL, &array))
		return NULL;
	strings = arena_array(arena_of(loader), json_count(array), sizeof(*strings));
	if (!strings)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		const char *raw = json_string(item);
		const char *text = raw ? copy_plain(loader, item, raw, LOAD_NAME_MAX_BYTES) : "";

		if (text && *text)
			strings[count++] = text;
		else if (text)
			json_problem(loader->json, item, "\"%s\" must hold texts, none of them empty", key);
	}
	*ret_count = count;
	return strings;
}

static void load_source(struct loader *loader, struct json_node *node, struct source *ret)
{
	static const char *const KNOWN[] = {"id", "title", "publisher", "url", "published", "note"};
	const char *url = load_text(loader, node, "url", JSON_OPTIONAL);

	json_known_keys(loader->json, node, KNOWN, sizeof(KNOWN) / sizeof(KNOWN[0]), true);
	ret->id = load_name(loader, node, "id", JSON_REQUIRED);
	ret->title = load_text(loader, node, "title", JSON_REQUIRED);
	ret->publisher = load_text(loader, node, "publisher", JSON_OPTIONAL);
	ret->url = *url ? url : NULL;
	ret->published = load_date(loader, node, "published");
}

/* An object, or a problem. */
static bool is_object(struct loader *loader, const struct json_node *node, const char *what)
{
	if (json_type(node) == JSON_OBJECT)
		return true;
	json_problem(loader->json, node, "%s must be an object in braces", what);
	return false;
}

static int compare_id(const void *key, const void *entry)
{
	return strcmp(key, (*(const struct source *const *)entry)->id);
}

static const struct source *find_source(const struct loader *loader, const char *id)
{
	const struct source **found;

	if (loader->source_count == 0)
		return NULL;
	found = bsearch(id, loader->by_id, loader->source_count, sizeof(*found), compare_id);
	return found ? *found : NULL;
}

/* By id, then as the file has them. */
static int compare_sources(const void *a, const void *b)
{
	const struct source *one = *(const struct source *const *)a,
			    *other = *(const struct source *const *)b;
	int order = strcmp(one->id, other->id);

	return order ? order : (one > other) - (one < other);
}

/* Sorted, because a file with many sources must not cost their square. */
static void sort_sources(struct loader *loader, const struct json_node *const *nodes)
{
	qsort(loader->by_id, loader->source_count, sizeof(*loader->by_id), compare_sources);
	for (size_t i = 1; i < loader->source_count; i++) {
		const struct source *source = loader->by_id[i];

		if (strcmp(loader->by_id[i - 1]->id, source->id) == 0)
			json_problem(loader->json, nodes[source - loader->sources],
					"there are two sources with the id \"%s\"", source->id);
	}
}

void load_sources(struct loader *loader, struct json_node *object)
{
	struct json_node *array, *item;
	struct source *sources;
	const struct source **all;
	const struct json_node **nodes;
	size_t count;

	if (!json_array(loader->json, object, "sources", JSON_OPTIONAL, &array))
		return;
	count = json_count(array);
	sources = arena_array(arena_of(loader), count, sizeof(*sources));
	all = arena_array(arena_of(loader), count, sizeof(const struct source *));
	loader->by_id = arena_array(arena_of(loader), count, sizeof(const struct source *));
	nodes = calloc(count + 1, sizeof(*nodes));
	if (!sources || !all || !loader->by_id || !nodes) {
		arena_of(loader)->error = -ENOMEM;
		free(nodes);
		return;
	}
	loader->sources = sources;
	loader->all_sources = all;
	for (item = json_first(array); item; item = json_next(item)) {
		struct source source = {0};

		if (!is_object(loader, item, "a source"))
			continue;
		load_source(loader, item, &source);
		sources[loader->source_count] = source;
		all[loader->source_count] = &sources[loader->source_count];
		loader->by_id[loader->source_count] = &sources[loader->source_count];
		nodes[loader->source_count] = item;
		loader->source_count++;
	}
	if (loader->source_count > 0)
		sort_sources(loader, nodes);
	free(nodes);
}

/* The id that is nearly this one, NULL when there is none. */
static const char *nearest_id(struct loader *loader, const char *id)
{
	size_t count = loader->source_count < LOAD_ADVICE_MAX ? loader->source_count : LOAD_ADVICE_MAX;
	const char **ids = calloc(count + 1, sizeof(*ids)), *nearest;

	if (!ids) {
		arena_of(loader)->error = -ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		ids[i] = loader->sources[i].id;
	nearest = nearest_of(id, ids, count);
	free(ids);
	return nearest;
}

static void problem_no_source(struct loader *loader, const struct json_node *node, const char *id)
{
	const char *nearest = json_is_full(loader->json) ? NULL : nearest_id(loader, id);

	if (nearest)
		json_problem(loader->json, node, "there is no source \"%s\"; do you mean \"%s\"?", id,
				nearest);
	else
		json_problem(loader->json, node,
				"there is no source \"%s\"; the show's \"sources\" list them", id);
}

const struct source *const *load_source_ids(
		struct loader *loader, struct json_node *object, size_t *ret_count)
{
	struct json_node *array, *item;
	const struct source **sources;
	size_t count = 0;

	if (!json_array(loader->json, object, "sources", JSON_OPTIONAL, &array)) {
		*ret_count = loader->source_count;
		return loader->all_sources;
	}
	*ret_count = 0;
	sources = arena_array(arena_of(loader), json_count(array), sizeof(const struct source *));
	if (!sources)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		const char *id = json_string(item);
		const struct source *source = id ? find_source(loader, id) : NULL;

		if (source)
			sources[count++] = source;
		else if (id)
			problem_no_source(loader, item, id);
		else
			json_problem(loader->json, item, "\"sources\" must hold the ids of sources");
	}
	*ret_count = count;
	return sources;
}

static void load_fact(struct loader *loader, struct json_node *node, const char *key, int reveal, int last,
		struct fact *ret)
{
	long own = reveal;

	json_integer(loader->json, node, "reveal", JSON_OPTIONAL, 0, last, &own);
	ret->text = load_text(loader, node, key, JSON_REQUIRED);
	ret->reveal = (int)own;
	ret->sources = load_source_ids(loader, node, &ret->source_count);
}

const struct fact *load_facts(
		struct loader *loader, struct json_node *object, int reveal, int last, size_t *ret_count)
{
	static const char *const KNOWN[] = {"text", "sources", "reveal"};
	struct json_node *array, *item;
	struct fact *facts;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, "trivia", JSON_OPTIONAL, &array))
		return NULL;
	facts = arena_array(arena_of(loader), json_count(array), sizeof(*facts));
	if (!facts)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		if (!is_object(loader, item, "a fact"))
			continue;
		json_known_keys(loader->json, item, KNOWN, sizeof(KNOWN) / sizeof(KNOWN[0]), true);
		load_fact(loader, item, "text", reveal, last, &facts[count++]);
	}
	*ret_count = count;
	return facts;
}

const struct character *load_characters(
		struct loader *loader, struct json_node *object, int last, size_t *ret_count)
{
	static const char *const KNOWN[] = {"name", "aliases", "about", "reveal", "first_seen", "sources"};
	struct json_node *array, *item;
	struct character *characters;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, "characters", JSON_OPTIONAL, &array))
		return NULL;
	characters = arena_array(arena_of(loader), json_count(array), sizeof(*characters));
	if (!characters)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		struct character *character = &characters[count];
		long first_seen = 0;

		if (!is_object(loader, item, "a character"))
			continue;
		json_known_keys(loader->json, item, KNOWN, sizeof(KNOWN) / sizeof(KNOWN[0]), true);
		json_integer(loader->json, item, "first_seen", JSON_OPTIONAL, 0, last, &first_seen);
		character->name = load_name(loader, item, "name", JSON_REQUIRED);
		character->aliases = load_strings(loader, item, "aliases", &character->alias_count);
		character->first_seen = (int)first_seen;
		load_fact(loader, item, "about", character->first_seen, last, &character->about);
		count++;
	}
	*ret_count = count;
	return characters;
}
