/* The members of a dataset that describe the show. */

#include <ctype.h>
#include <string.h>

#include "bot/base/zone.h"
#include "bot/catalogue/loader.h"

#define ZONE_MAX_BYTES 64

/* The keys of our own format, then keys of TVmaze exports that are not used. */
static const char *const SHOW_KEYS[] = {"$schema", "name", "aliases", "language", "network", "webChannel",
		"timezone", "genres", "premiered", "ended", "status", "schedule", "summary", "sources",
		"characters", "trivia", "warnings", "quotes", "cast", "where", "image", "url", "rating",
		"license", "from", "refresh", "refreshed", "externals", "episodes", "_embedded", "id", "type",
		"runtime", "averageRuntime", "officialSite", "weight", "dvdCountry", "updated", "_links"};

/* TVmaze: a network or a web channel, each an object with a name, the other null. A plain name is fine too. */
static struct json_node *channel_of(struct loader *loader, struct json_node *root)
{
	struct json_node *channel = json_get(root, "network");

	if (!channel || json_type(channel) == JSON_NULL)
		channel = json_get(root, "webChannel");
	if (channel && json_type(channel) != JSON_NULL && json_type(channel) != JSON_OBJECT &&
			json_type(channel) != JSON_STRING)
		json_problem(loader->json, channel, "\"%s\" must be a name, or an object with a name",
				json_key(channel));
	return channel;
}

static const char *load_network(struct loader *loader, struct json_node *root, struct json_node *channel)
{
	if (json_type(channel) == JSON_STRING)
		return load_name(loader, root, json_key(channel), JSON_OPTIONAL);
	return json_type(channel) == JSON_OBJECT ? load_name(loader, channel, "name", JSON_REQUIRED) : "";
}

/* "Asia/Seoul" */
static bool is_zone(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("/_+-", text[i]))
			return false;
	}
	return length > 0 && length <= ZONE_MAX_BYTES && isalpha((unsigned char)text[0]);
}

/* "timezone" of the show, or of its network's country. */
static const char *load_zone(struct loader *loader, struct json_node *root, struct json_node *channel)
{
	struct json_node *node = json_get(root, "timezone");
	const char *zone;

	if (!node || json_type(node) == JSON_NULL)
		node = json_get(json_get(channel, "country"), "timezone");
	zone = json_string(node);
	if (!node || json_type(node) == JSON_NULL || (zone && *zone == '\0'))
		return "";
	if (!zone || !is_zone(zone)) {
		json_problem(loader->json, node,
				"\"timezone\" must be a name of the time zone database, like Asia/Seoul");
		return "";
	}
	if (!zone_is_known(zone)) {
		json_warning(loader->json, node,
				"the system has no time zone \"%s\": its hours are left out; is tzdata "
				"installed?",
				zone);
		return "";
	}
	return arena_text(loader_arena(loader), zone);
}

static void load_schedule(struct loader *loader, struct json_node *root, struct show *ret)
{
	struct json_node *schedule = NULL;

	ret->schedule_time = "";
	if (!json_object(loader->json, root, "schedule", JSON_OPTIONAL, &schedule))
		return;
	ret->schedule_time = load_clock(loader, schedule, "time");
	ret->schedule_days = load_names(loader, schedule, "days", &ret->schedule_day_count);
}

/* {"actor", "role"}, or TVmaze's {"person": {"name"}, "character": {"name"}}. */
static bool load_cast_member(struct loader *loader, struct json_node *node, struct cast_member *ret)
{
	struct json_node *person = json_get(node, "person"), *character = json_get(node, "character");

	ret->actor = ret->role = "";
	if (!load_is_object(loader, node, "a member of the cast"))
		return false;
	if (json_type(person) == JSON_OBJECT) {
		ret->actor = load_name(loader, person, "name", JSON_REQUIRED);
		if (json_type(character) == JSON_OBJECT)
			ret->role = load_name(loader, character, "name", JSON_OPTIONAL);
	} else {
		ret->actor = load_name(loader, node, "actor", JSON_REQUIRED);
		ret->role = load_name(loader, node, "role", JSON_OPTIONAL);
	}
	return true;
}

static void load_cast(struct loader *loader, struct json_node *root, struct show *ret)
{
	struct json_node *array = load_list(loader, root, "cast"), *item;
	struct cast_member *cast;

	if (!array)
		return;
	cast = arena_array(loader_arena(loader), json_count(array), sizeof(*cast));
	for (item = json_first(array); cast && item; item = json_next(item))
		ret->cast_count += load_cast_member(loader, item, &cast[ret->cast_count]);
	ret->cast = cast;
}

static bool load_outlet(struct loader *loader, struct json_node *node, struct outlet *ret)
{
	static const char *const KNOWN[] = {"name", "url"};

	ret->url = "";
	if (json_type(node) == JSON_STRING) {
		ret->name = load_plain_name(loader, node, json_string(node));
		return ret->name && *ret->name;
	}
	if (!load_is_object(loader, node, "a place to watch that is not only a name"))
		return false;
	json_known_keys(loader->json, node, KNOWN, LOADER_COUNT(KNOWN), true);
	ret->name = load_name(loader, node, "name", JSON_REQUIRED);
	ret->url = load_link(loader, node, "url");
	return true;
}

/* A streaming service is where a show can be watched; a TV channel was where it was shown. */
static void load_web_channel(struct loader *loader, struct json_node *root, struct show *ret)
{
	struct json_node *channel = json_get(root, "webChannel");
	struct outlet *outlet;

	if (json_type(channel) != JSON_OBJECT)
		return;
	outlet = arena_array(loader_arena(loader), 1, sizeof(*outlet));
	if (!outlet)
		return;
	outlet->name = load_name(loader, channel, "name", JSON_REQUIRED);
	outlet->url = load_link(loader, root, "officialSite");
	ret->where = outlet;
	ret->where_count = 1;
}

static void load_where(struct loader *loader, struct json_node *root, struct show *ret)
{
	struct json_node *array, *item;
	struct outlet *outlets;

	if (!json_array(loader->json, root, "where", JSON_OPTIONAL, &array)) {
		load_web_channel(loader, root, ret);
		return;
	}
	outlets = arena_array(loader_arena(loader), json_count(array), sizeof(*outlets));
	for (item = json_first(array); outlets && item; item = json_next(item))
		ret->where_count += load_outlet(loader, item, &outlets[ret->where_count]);
	ret->where = outlets;
}

/* The show's page; without one, that of IMDb. */
static const char *load_page(struct loader *loader, struct json_node *root)
{
	const char *url = load_link(loader, root, "url"), *imdb;
	struct json_node *externals = NULL;
	struct str page = STR(LOAD_NAME_MAX);

	if (*url || !json_object(loader->json, root, "externals", JSON_OPTIONAL, &externals))
		return url;
	imdb = json_string(json_get(externals, "imdb"));
	if (imdb && str_starts(imdb, "tt") && strlen(imdb) < 20 &&
			strspn(imdb + 2, "0123456789") == strlen(imdb) - 2) {
		str_printf(&page, "https://www.imdb.com/title/%s/", imdb);
		url = arena_text(loader_arena(loader), str_text(&page));
		str_release(&page);
	}
	return url;
}

static void load_refresh(struct loader *loader, struct json_node *root, struct show *ret)
{
	const char *refresh = load_name(loader, root, "refresh", JSON_OPTIONAL);

	ret->from = load_name(loader, root, "from", JSON_OPTIONAL);
	ret->is_refreshed_daily = str_equal(refresh, "daily");
	if (*refresh && !ret->is_refreshed_daily && !str_equal(refresh, "never"))
		json_problem(loader->json, json_get(root, "refresh"),
				"\"refresh\" must be \"daily\" or \"never\"");
}

static void load_revealed(struct loader *loader, struct json_node *root, struct show *ret)
{
	int last = ret->last_order;

	ret->characters = load_characters(loader, root, last, &ret->character_count);
	ret->trivia = load_facts(loader, root, "trivia", 0, &ret->trivia_count);
	/* A scene may be from any episode. */
	ret->warnings = load_warnings(loader, root, last, &ret->warning_count);
	ret->quotes = load_quotes(loader, root, last, &ret->quote_count);
}

void load_show(struct loader *loader, struct json_node *root, struct show *ret)
{
	struct json_node *channel = channel_of(loader, root);

	json_known_keys(loader->json, root, SHOW_KEYS, LOADER_COUNT(SHOW_KEYS), true);
	load_sources(loader, root);
	ret->name = load_name(loader, root, "name", JSON_REQUIRED);
	ret->aliases = load_names(loader, root, "aliases", &ret->alias_count);
	ret->language = load_name(loader, root, "language", JSON_OPTIONAL);
	ret->network = load_network(loader, root, channel);
	ret->zone = load_zone(loader, root, channel);
	ret->genres = load_names(loader, root, "genres", &ret->genre_count);
	ret->premiered = load_date(loader, root, "premiered");
	ret->ended = load_date(loader, root, "ended");
	ret->status = load_name(loader, root, "status", JSON_OPTIONAL);
	load_schedule(loader, root, ret);
	ret->summary = load_text(loader, root, "summary", JSON_OPTIONAL);
	load_cast(loader, root, ret);
	load_where(loader, root, ret);
	ret->image = load_picture(loader, root, "image");
	ret->url = load_page(loader, root);
	ret->rating = load_rating(loader, root);
	ret->license = load_name(loader, root, "license", JSON_OPTIONAL);
	load_refresh(loader, root, ret);
	ret->sources = loader->all_sources;
	ret->source_count = loader->source_count;
	ret->all_sources = loader->sources;
	ret->all_source_count = loader->source_count;
	load_episodes(loader, root);
	if (!json_is_broken(loader->json))
		load_revealed(loader, root, ret);
}
