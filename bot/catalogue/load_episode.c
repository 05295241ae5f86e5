/* The episodes of a dataset. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/airing.h"
#include "bot/catalogue/loader.h"
#include "bot/catalogue/telling.h"

/* The keys of our own format, then keys of TVmaze exports that are not used. */
static const char *const EPISODE_KEYS[] = {"season", "number", "name", "title_reveal", "reveal", "type",
		"airdate", "airtime", "airstamp", "runtime", "summary", "teaser", "trivia", "keywords",
		"warnings", "quotes", "image", "url", "rating", "sources", "id", "_links", "_embedded"};

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
	struct str folded = STR(LOAD_TEXT_MAX * UTF8_CODEPOINT_BYTES);
	char generic[32];
	bool found = false;

	utf8_fold(&folded, name);
	for (size_t i = 0; i < LOADER_COUNT(WORDS) && !found; i++) {
		snprintf(generic, sizeof(generic), "%s%d", WORDS[i], number);
		found = strcmp(str_text(&folded), generic) == 0;
	}
	str_release(&folded);
	return found;
}

static void name_episode(struct loader *loader, const char *name, struct episode *episode)
{
	char generic[32];

	if (*name) {
		episode->name = telling_of(name);
		episode->is_name_generic = episode->number > 0 && is_generic(name, episode->number);
		return;
	}
	snprintf(generic, sizeof(generic), episode->number > 0 ? "Episode %d" : "Untitled", episode->number);
	episode->name = telling_of(arena_text(loader_arena(loader), generic));
	episode->is_name_generic = episode->number > 0;
}

static void load_keywords(struct loader *loader, struct json_node *node, struct episode *episode)
{
	size_t count;
	const char *const *names = load_names(loader, node, "keywords", &count);
	const struct telling **keywords = arena_array(loader_arena(loader), count, sizeof(*keywords));

	if (!keywords)
		return;
	for (size_t i = 0; i < count; i++)
		keywords[i] = telling_of(names[i]);
	episode->keywords = keywords;
	episode->keyword_count = count;
}

static void load_episode(struct loader *loader, struct json_node *node, struct episode *ret)
{
	long season = 0, number = 0, runtime = 0;

	if (!load_is_object(loader, node, "an episode"))
		return;
	json_known_keys(loader->json, node, EPISODE_KEYS, LOADER_COUNT(EPISODE_KEYS), true);
	json_integer(loader->json, node, "season", JSON_REQUIRED, 0, LOAD_SEASONS_MAX, &season);
	json_integer(loader->json, node, "number", JSON_OPTIONAL, 0, LOAD_NUMBER_MAX, &number);
	json_integer(loader->json, node, "runtime", JSON_OPTIONAL, 0, LOAD_MINUTES_MAX, &runtime);
	/* Read an episode. One without a season or number is a special; its order stays 0. */
	ret->season = number > 0 ? (int)season : 0;
	ret->special_season = number > 0 ? 0 : (int)season;
	ret->number = (int)number;
	ret->runtime_minutes = (int)runtime;
	ret->airdate = load_date(loader, node, "airdate");
	ret->airtime = load_clock(loader, node, "airtime");
	ret->airstamp = load_airstamp(loader, node, ret->airtime);
	ret->summary = telling_of(load_text(loader, node, "summary", JSON_OPTIONAL));
	ret->teaser = load_text(loader, node, "teaser", JSON_OPTIONAL);
	load_keywords(loader, node, ret);
	ret->image = load_picture(loader, node, "image");
	ret->url = load_link(loader, node, "url");
	ret->rating = load_rating(loader, node);
	ret->sources = load_source_ids(loader, node, &ret->source_count);
	ret->show = &loader->dataset->show;
	name_episode(loader, load_name(loader, node, "name", JSON_OPTIONAL), ret);
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

/* "title_reveal": an order, or true for the episode's own. */
static int load_title_reveal(struct loader *loader, struct json_node *node, int own)
{
	struct json_node *reveal = json_get(node, "title_reveal");

	if (json_type(reveal) == JSON_BOOLEAN)
		return json_is_true(reveal) ? own : 0;
	return load_order(loader, node, "title_reveal", 0);
}

/* "reveal": where a special belongs. The other episodes are in order. */
static int load_after(struct loader *loader, struct json_node *node, const struct episode *episode)
{
	if (episode->order == 0)
		return load_order(loader, node, "reveal", -1);
	if (json_get(node, "reveal"))
		json_warning(loader->json, json_get(node, "reveal"),
				"\"reveal\" of an episode is for specials, and left out here; a title that "
				"is a "
				"spoiler has \"title_reveal\"");
	return -1;
}

/* Read the members that depend on the episode's order. */
static void load_revealed(struct loader *loader, struct json_node *node, struct episode *episode, int last)
{
	int own;

	episode->after = load_after(loader, node, episode);
	/* The date of a special may not be known: by default its facts are revealed after the last episode. */
	own = episode->order ? episode->order : episode->after >= 0 ? episode->after : last;
	episode->title_reveal = load_title_reveal(loader, node, own);
	episode->trivia = load_facts(loader, node, "trivia", own, &episode->trivia_count);
	episode->warnings = load_warnings(loader, node, own, &episode->warning_count);
	episode->quotes = load_quotes(loader, node, own, &episode->quote_count);
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
	struct episode *episodes = arena_array(loader_arena(loader), count, sizeof(*episodes));

	if (!episodes)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct episode *before = i > 0 ? &episodes[i - 1] : NULL;

		episodes[i] = readings[i].episode;
		if (episodes[i].season == 0)
			continue;
		episodes[i].order = ++show->last_order;
		show->season_count += !before || before->season != episodes[i].season;
		if (before && before->season == episodes[i].season && before->number == episodes[i].number)
			json_problem(loader->json, readings[i].node,
					"season %d already has an episode %d; give this one another number",
					before->season, before->number);
	}
	number_absolutely(episodes, (size_t)show->last_order);
	number_specials(episodes + show->last_order, count - (size_t)show->last_order);
	show->episodes = episodes;
	show->episode_count = count;
	for (size_t i = 0; i < count; i++)
		load_revealed(loader, readings[i].node, &episodes[i], show->last_order);
	airing_settle(show, episodes);
}

void load_episodes(struct loader *loader, struct json_node *root)
{
	struct json_node *array = load_list(loader, root, "episodes"), *item;
	struct load_reading *readings;
	size_t count = 0;

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
		readings[count].episode = (struct episode){.name = telling_of(""),
				.summary = telling_of(""),
				.teaser = "",
				.airtime = "",
				.image = "",
				.url = ""};
		readings[count].node = item;
		readings[count].position = count;
		load_episode(loader, item, &readings[count].episode);
		count++;
	}
	qsort(readings, count, sizeof(*readings), compare_readings);
	/* In a broken document the orders would be wrong and would cause misleading problems. */
	if (!json_is_broken(loader->json))
		order_episodes(loader, readings, count);
	free(readings);
}
