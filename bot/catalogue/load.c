/* One dataset file into a show: its own format, or what TVmaze exports. */

#include "bot/catalogue/load.h"

#include "bot/base/utf8.h"
#include "bot/catalogue/search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ours, then those of TVmaze that say nothing we tell. */
static const char *const SHOW_KEYS[] = {"$schema", "name", "aliases", "language", "network", "webChannel",
		"genres", "premiered", "summary", "sources", "characters", "trivia", "episodes", "_embedded",
		"id", "url", "type", "status", "runtime", "averageRuntime", "ended", "officialSite",
		"schedule", "rating", "weight", "dvdCountry", "externals", "image", "updated", "_links"};
static const char *const EPISODE_KEYS[] = {"season", "number", "name", "type", "airdate", "airtime",
		"runtime", "summary", "teaser", "trivia", "sources", "id", "url", "airstamp", "rating",
		"image", "_links", "_embedded"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An episode before its order is known, and where to read on when it is. */
struct reading {
	struct episode episode;
	struct json_node *node;
	size_t position; /* in the file; keeps specials in their order */
};

/* "Episode 5", "Chapter 5", "5": such a name says nothing that the number does not. */
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
	/* Whatever stands in no season's count is a special; its order stays 0. */
	ret->season = number > 0 ? (int)season : 0;
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

/* By season and number, never by date; specials at the end as the file has them. */
static int compare_readings(const void *a, const void *b)
{
	const struct reading *one = a, *other = b;
	int order = compare_ints(one->episode.season == 0, other->episode.season == 0);

	if (order == 0 && one->episode.season > 0) {
		order = compare_ints(one->episode.season, other->episode.season);
		if (order == 0)
			order = compare_ints(one->episode.number, other->episode.number);
	}
	return order ? order : compare_ints((long)one->position, (long)other->position);
}

/* Number the sorted episodes and read what needs to know the number. */
static void order_episodes(struct loader *loader, struct reading *readings, size_t count)
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
					"season %d has an episode %d already; number this one differently",
					before->season, before->number);
	}
	for (size_t i = 0; i < count; i++) {
		/* When a special was shown is not known: its facts wait for the end, unless they say
		 * otherwise. */
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
	struct reading *readings;
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
	/* Half-read episodes would only make for more problems that nobody has. */
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
	dataset->show.index = search_index_new(&dataset->show);
	if (!dataset->show.index) {
		r = -ENOMEM;
		goto out;
	}
	*ret = dataset;
	dataset = NULL; /* the caller has it now */
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
