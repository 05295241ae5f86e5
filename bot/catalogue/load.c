/* One dataset file into a show: its own format, or what TVmaze exports. */

#include "bot/catalogue/load.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/titles.h"

/* The state of reading one file. Every load_ function adds the problems it finds to the document. */
struct loader {
	struct json *json;
	struct dataset *dataset;
	const struct source *sources; /* of the show, read before all else */
	size_t source_count;
	const struct source *const *all_sources; /* sources of parts that list no source ids */
	const struct source **by_id;             /* the same, sorted */
};

/* ---------------------------------------------------------------- HTML as plain text */

#define ENTITY_MAX_BYTES 10

/* The HTML entities in TVmaze's summaries; other named entities stay unchanged. */
static const struct {
	const char *name, *text;
} ENTITIES[] = {
		{"amp", "&"},
		{"apos", "'"},
		{"gt", ">"},
		{"hellip", "…"},
		{"ldquo", "“"},
		{"lsquo", "‘"},
		{"lt", "<"},
		{"mdash", "—"},
		{"nbsp", " "},
		{"ndash", "–"},
		{"quot", "\""},
		{"rdquo", "”"},
		{"rsquo", "’"},
};

/* "<p>", "</b>", "<br />", "<!-- -->"; 0 when a '<' is only a '<'. *has_end becomes false when no '>'
 * follows: then the search for '>' is not repeated at the next '<'. */
static size_t tag_length(const char *text, bool *has_end)
{
	const char *end;

	if (!*has_end || (!isalpha((unsigned char)text[1]) && text[1] != '/' && text[1] != '!'))
		return 0;
	end = strchr(text, '>');
	*has_end = end != NULL;
	return end ? (size_t)(end - text) + 1 : 0;
}

static bool is_inline(const char *tag)
{
	static const char *const INLINE[] = {
			"a", "b", "em", "i", "q", "s", "span", "strong", "sub", "sup", "u"};
	size_t length;

	tag += strspn(tag, "</");
	length = strcspn(tag, " />");
	for (size_t i = 0; i < sizeof(INLINE) / sizeof(INLINE[0]); i++) {
		if (strlen(INLINE[i]) == length && strncmp(tag, INLINE[i], length) == 0)
			return true;
	}
	return false;
}

static void append_codepoint(struct str *str, unsigned long codepoint)
{
	char bytes[UTF8_CODEPOINT_BYTES];

	/* A surrogate or a control character is replaced as in utf8_clean(). */
	str_append_bytes(str, bytes, utf8_encode((uint32_t)codepoint, bytes));
}

/* Decode the entity at text ("&amp;") into str. Returns the length of the entity; 0 when the text is not an
 * entity. */
static size_t append_entity(struct str *str, const char *text)
{
	const char *end = memchr(text, ';', strnlen(text, ENTITY_MAX_BYTES + 2));
	size_t length = end ? (size_t)(end - text) : 0;
	unsigned long codepoint;
	char *rest;

	if (length < 2)
		return 0;
	if (text[1] == '#') {
		bool is_hex = text[2] == 'x' || text[2] == 'X';
		const char *digits = text + (is_hex ? 3 : 2);

		if (!isxdigit((unsigned char)*digits))
			return 0;
		codepoint = strtoul(digits, &rest, is_hex ? 16 : 10);
		if (rest != end || codepoint == 0 || codepoint > 0x10FFFF)
			return 0;
		append_codepoint(str, codepoint);
		return length + 1;
	}
	for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
		if (strlen(ENTITIES[i].name) == length - 1 &&
				strncmp(text + 1, ENTITIES[i].name, length - 1) == 0) {
			str_append(str, ENTITIES[i].text);
			return length + 1;
		}
	}
	return 0;
}

/* Replace each run of spaces and control characters by one space, and trim both ends. */
static void append_single_spaced(struct str *str, const char *text, size_t length)
{
	struct str clean = STR(str->limit_bytes);
	bool is_started = false;
	const char *word;

	utf8_clean(&clean, text, length);
	for (word = str_text(&clean); *(word += strspn(word, " ")); word += strcspn(word, " ")) {
		if (is_started)
			str_append_char(str, ' ');
		str_append_bytes(str, word, strcspn(word, " "));
		is_started = true;
	}
	if (clean.error != 0 && str->error == 0)
		str->error = clean.error;
	str_release(&clean);
}

/* Append HTML as one line of plain text: tags removed, entities decoded, runs of spaces collapsed. */
static void load_plain(struct str *str, const char *html)
{
	struct str text = STR(str->limit_bytes);
	bool has_end = true;
	size_t length;

	while (*html && text.error == 0) {
		length = *html == '<' ? tag_length(html, &has_end) : 0;
		if (length > 0 && !is_inline(html))
			str_append_char(&text, ' ');
		if (length == 0 && *html == '&')
			length = append_entity(&text, html);
		if (length == 0) {
			str_append_char(&text, *html);
			length = 1;
		}
		html += length;
	}
	if (text.error == 0)
		append_single_spaced(str, str_text(&text), text.length);
	else if (str->error == 0)
		str->error = text.error;
	str_release(&text);
}

/* ---------------------------------------------------------------- the parts of a file */

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

/* The string of a text node: the string itself, or of a map of languages the "en" string, otherwise the
 * first. NULL for any other node. */
static const char *text_of(struct json_node *node)
{
	struct json_node *language;

	if (json_type(node) != JSON_OBJECT)
		return json_string(node);
	language = json_get(node, "en");
	return json_string(language ? language : json_first(node));
}

/* The text of a node as one plain line in the arena; NULL after a problem. */
static const char *copy_plain(
		struct loader *loader, const struct json_node *node, const char *raw, size_t limit_bytes)
{
	struct str plain = STR(limit_bytes);
	const char *text = NULL;

	load_plain(&plain, raw);
	if (plain.error == -EMSGSIZE) {
		json_problem(loader->json, node, "this text is too long; the limit is %zu bytes",
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

/* A text member of object, chosen as in string_of(); "" when missing. */
static const char *load_text(struct loader *loader, struct json_node *object, const char *key, int flags)
{
	return load_limited(loader, object, key, flags, LOAD_TEXT_MAX_BYTES);
}

/* The same for a name: at most LOAD_NAME_MAX_BYTES. */
static const char *load_name(struct loader *loader, struct json_node *object, const char *key, int flags)
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
 * Errors:  -EBADMSG another form, -ERANGE not a day of the calendar; *ret untouched.
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

static struct date load_date(struct loader *loader, struct json_node *object, const char *key)
{
	struct date date = {0};
	const char *text;
	int r;

	/* TVmaze writes "" for a date that is not known yet. */
	if (!json_text(loader->json, object, key, JSON_OPTIONAL, &text) || *text == '\0')
		return date;
	r = parse_date(text, &date);
	if (r == -ERANGE)
		json_problem(loader->json, json_get(object, key), "\"%s\" is not a day of the calendar", key);
	else if (r < 0)
		json_problem(loader->json, json_get(object, key), "\"%s\" must be a date like 2022-01-28",
				key);
	return date;
}

static const char *const *load_strings(
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
			json_problem(loader->json, item, "\"%s\" must be a list of texts that are not empty",
					key);
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

/* True for an object; otherwise add a problem. */
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

/* Order sources by id, then by their order in the file. */
static int compare_sources(const void *a, const void *b)
{
	const struct source *one = *(const struct source *const *)a,
			    *other = *(const struct source *const *)b;
	int order = strcmp(one->id, other->id);

	return order ? order : (one > other) - (one < other);
}

/* Sort the sources, so that finding duplicate ids is not quadratic for a file with many sources. */
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

static void load_sources(struct loader *loader, struct json_node *object)
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

/* The known id nearest to this one; NULL when no id is near. */
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

static const struct source *const *load_source_ids(
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
			json_problem(loader->json, item, "\"sources\" must be a list of source ids");
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

/* Read "trivia" of a show or an episode. reveal is the default for a fact without "reveal", last the highest
 * allowed. */
static const struct fact *load_facts(
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

static const struct character *load_characters(
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

/* ---------------------------------------------------------------- the show and its episodes */

/* The keys of the own format, then keys of TVmaze exports that are not used. */
static const char *const SHOW_KEYS[] = {"$schema", "name", "aliases", "language", "network", "webChannel",
		"genres", "premiered", "summary", "sources", "characters", "trivia", "episodes", "_embedded",
		"id", "url", "type", "status", "runtime", "averageRuntime", "ended", "officialSite",
		"schedule", "rating", "weight", "dvdCountry", "externals", "image", "updated", "_links"};
static const char *const EPISODE_KEYS[] = {"season", "number", "name", "type", "airdate", "airtime",
		"runtime", "summary", "teaser", "trivia", "sources", "id", "url", "airstamp", "rating",
		"image", "_links", "_embedded"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An episode whose order is not known yet, and its node, from which the rest is read once the order is
 * known. */
struct load_reading {
	struct episode episode;
	struct json_node *node;
	size_t position; /* in the file; keeps specials in their order */
};

/* "Episode 5", "Chapter 5", "5": a name that only repeats the number. */
static bool is_generic(const char *name, int number)
{
	static const char *const WORDS[] = {"episode ", "ep ", "chapter ", "part ", ""};
	struct str folded = STR(LOAD_TEXT_MAX_BYTES);
	char generic[32];
	bool found = false;

	utf8_fold(&folded, name);
	for (size_t i = 0; i < COUNT(WORDS) && !found; i++) {
		snprintf(generic, sizeof(generic), "%s%d", WORDS[i], number);
		found = strcmp(str_text(&folded), generic) == 0;
	}
	str_release(&folded);
	return found;
}

static void name_episode(struct loader *loader, struct episode *episode)
{
	char generic[32];

	if (*episode->name) {
		episode->is_name_generic = episode->number > 0 && is_generic(episode->name, episode->number);
		return;
	}
	snprintf(generic, sizeof(generic), episode->number > 0 ? "Episode %d" : "Untitled", episode->number);
	episode->name = arena_text(&loader->dataset->arena, generic);
	episode->is_name_generic = episode->number > 0;
}

static void read_episode(struct loader *loader, struct json_node *node, struct episode *ret)
{
	long season = 0, number = 0, runtime = 0;

	if (json_type(node) != JSON_OBJECT) {
		json_problem(loader->json, node, "an episode must be an object in braces");
		return;
	}
	json_known_keys(loader->json, node, EPISODE_KEYS, COUNT(EPISODE_KEYS), true);
	json_integer(loader->json, node, "season", JSON_REQUIRED, 0, LOAD_SEASONS_MAX, &season);
	json_integer(loader->json, node, "number", JSON_OPTIONAL, 0, LOAD_NUMBER_MAX, &number);
	json_integer(loader->json, node, "runtime", JSON_OPTIONAL, 0, LOAD_MINUTES_MAX, &runtime);
	/* Read an episode. One without a season or number is a special; its order stays 0. */
	ret->season = number > 0 ? (int)season : 0;
	ret->special_season = number > 0 ? 0 : (int)season;
	ret->number = (int)number;
	ret->runtime_minutes = (int)runtime;
	ret->name = load_name(loader, node, "name", JSON_OPTIONAL);
	ret->airdate = load_date(loader, node, "airdate");
	ret->summary = load_text(loader, node, "summary", JSON_OPTIONAL);
	ret->teaser = load_text(loader, node, "teaser", JSON_OPTIONAL);
	ret->sources = load_source_ids(loader, node, &ret->source_count);
	ret->show = &loader->dataset->show;
	name_episode(loader, ret);
}

static int compare_ints(long a, long b)
{
	return (a > b) - (a < b);
}

/* Order by season and number, never by date; specials last, in the order of the file. */
static int compare_readings(const void *a, const void *b)
{
	const struct load_reading *one = a, *other = b;
	int order = compare_ints(one->episode.season == 0, other->episode.season == 0);

	if (order == 0 && one->episode.season > 0) {
		order = compare_ints(one->episode.season, other->episode.season);
		if (order == 0)
			order = compare_ints(one->episode.number, other->episode.number);
	}
	return order ? order : compare_ints((long)one->position, (long)other->position);
}

/* Number the specials: as the dataset does in season 0, and those that it does not number, or numbers twice, with the
 * next free numbers. */
static void number_specials(struct episode *specials, size_t count)
{
	bool is_taken[LOAD_NUMBER_MAX + 1] = {false};
	int next = 1;

	for (size_t i = 0; i < count; i++) {
		int number = specials[i].special_season ? 0 : specials[i].number;

		if (number == 0 || is_taken[number])
			continue;
		specials[i].special = number;
		is_taken[number] = true;
	}
	for (size_t i = 0; i < count; i++) {
		while (next <= LOAD_NUMBER_MAX && is_taken[next])
			next++;
		if (specials[i].special == 0)
			specials[i].special = next++;
	}
}

/* Count through all seasons, which are sorted. A season whose numbers continue those of the season before keeps
 * them. */
static void number_absolutely(struct episode *episodes, size_t count)
{
	int before = 0, last = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && episodes[i].season != episodes[i - 1].season)
			before = episodes[i].number > last ? 0 : last;
		episodes[i].absolute = last = before + episodes[i].number;
	}
}

/* Set the order of the sorted episodes, then read the members that depend on it. */
static void order_episodes(struct loader *loader, struct load_reading *readings, size_t count)
{
	struct show *show = &loader->dataset->show;
	struct episode *episodes = arena_array(&loader->dataset->arena, count, sizeof(*episodes));

	if (!episodes)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct episode *before = i > 0 ? &episodes[i - 1] : NULL;

		episodes[i] = readings[i].episode;
		if (episodes[i].season == 0)
			continue;
		episodes[i].order = ++show->last_order;
		if (before && before->season == episodes[i].season && before->number == episodes[i].number)
			json_problem(loader->json, readings[i].node,
					"season %d already has an episode %d; give this one another number",
					before->season, before->number);
	}
	number_absolutely(episodes, (size_t)show->last_order);
	number_specials(episodes + show->last_order, count - (size_t)show->last_order);
	for (size_t i = 0; i < count; i++) {
		/* The date of a special is not known: by default its facts are revealed after the last
		 * episode. */
		int reveal = episodes[i].order ? episodes[i].order : show->last_order;

		episodes[i].trivia = load_facts(loader, readings[i].node, reveal, show->last_order,
				&episodes[i].trivia_count);
	}
	show->episodes = episodes;
	show->episode_count = count;
}

static void read_episodes(struct loader *loader, struct json_node *root)
{
	struct json_node *array = NULL, *embedded = NULL, *item;
	struct load_reading *readings;
	size_t count = 0;

	if (!json_array(loader->json, root, "episodes", JSON_OPTIONAL, &array) &&
			json_object(loader->json, root, "_embedded", JSON_OPTIONAL, &embedded))
		json_array(loader->json, embedded, "episodes", JSON_OPTIONAL, &array);
	if (!array || json_count(array) == 0) {
		json_problem(loader->json, array ? array : root,
				"no episodes; list them under \"episodes\", or export with ?embed=episodes");
		return;
	}
	readings = calloc(json_count(array), sizeof(*readings));
	if (!readings) {
		loader->dataset->arena.error = -ENOMEM;
		return;
	}
	for (item = json_first(array); item; item = json_next(item)) {
		readings[count].episode.name = "";
		readings[count].node = item;
		readings[count].position = count;
		read_episode(loader, item, &readings[count].episode);
		count++;
	}
	qsort(readings, count, sizeof(*readings), compare_readings);
	/* In a broken document the orders would be wrong and would cause misleading problems. */
	if (!json_is_broken(loader->json))
		order_episodes(loader, readings, count);
	free(readings);
}

/* TVmaze: a network or a web channel, each an object with a name. A plain name is fine too. */
static const char *read_network(struct loader *loader, struct json_node *root)
{
	struct json_node *network = json_get(root, "network");

	if (json_type(network) == JSON_STRING)
		return load_name(loader, root, "network", JSON_OPTIONAL);
	if (!network || json_type(network) == JSON_NULL)
		json_object(loader->json, root, "webChannel", JSON_OPTIONAL, &network);
	else
		json_object(loader->json, root, "network", JSON_OPTIONAL, &network);
	if (json_type(network) != JSON_OBJECT)
		return "";
	return load_name(loader, network, "name", JSON_REQUIRED);
}

static void read_show(struct loader *loader, struct json_node *root, struct show *ret)
{
	json_known_keys(loader->json, root, SHOW_KEYS, COUNT(SHOW_KEYS), true);
	load_sources(loader, root);
	ret->name = load_name(loader, root, "name", JSON_REQUIRED);
	ret->aliases = load_strings(loader, root, "aliases", &ret->alias_count);
	ret->language = load_name(loader, root, "language", JSON_OPTIONAL);
	ret->network = read_network(loader, root);
	ret->genres = load_strings(loader, root, "genres", &ret->genre_count);
	ret->premiered = load_date(loader, root, "premiered");
	ret->summary = load_text(loader, root, "summary", JSON_OPTIONAL);
	ret->sources = loader->all_sources;
	ret->source_count = loader->source_count;
	ret->all_sources = loader->sources;
	ret->all_source_count = loader->source_count;
	read_episodes(loader, root);
	if (json_is_broken(loader->json))
		return;
	ret->characters = load_characters(loader, root, ret->last_order, &ret->character_count);
	ret->trivia = load_facts(loader, root, 0, ret->last_order, &ret->trivia_count);
}

int dataset_read(struct json *json, const char *id, struct dataset **ret)
{
	struct json_node *root = json_root(json);
	struct loader loader = {.json = json};
	struct dataset *dataset = NULL;
	int r;

	if (json_is_broken(json) || !root)
		return -EBADMSG;
	if (json_type(root) != JSON_OBJECT) {
		json_problem(json, root, "a dataset must be an object in braces");
		return -EBADMSG;
	}
	dataset = calloc(1, sizeof(*dataset));
	if (!dataset)
		return -ENOMEM;
	loader.dataset = dataset;
	dataset->show.id = arena_text(&dataset->arena, id);
	read_show(&loader, root, &dataset->show);
	r = dataset->arena.error;
	if (r == 0 && json_is_broken(json))
		r = -EBADMSG;
	if (r < 0)
		goto out;
	dataset->show.titles = titles_new(&dataset->show, &dataset->arena);
	dataset->show.index = search_index_new(&dataset->show);
	if (!dataset->show.titles || !dataset->show.index) {
		r = -ENOMEM;
		goto out;
	}
	*ret = dataset;
	dataset = NULL; /* owned by the caller now */
out:
	dataset_free(dataset);
	return r;
}

void dataset_free(struct dataset *dataset)
{
	if (!dataset)
		return;
	search_index_free(dataset->show.index);
	arena_release(&dataset->arena);
	free(dataset);
}

const struct json_node *dataset_place(const struct dataset *dataset, const char *text)
{
	for (const struct place *place = dataset->places; place; place = place->next) {
		if (place->text == text)
			return place->node;
	}
	return NULL;
}
