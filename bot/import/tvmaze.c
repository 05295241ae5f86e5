/*
 * TVmaze's JSON: a show (/shows/ID?embed[]=episodes&embed[]=cast), and the bare lists of its episodes
 * (/shows/ID/episodes?specials=1) and of its cast (/shows/ID/cast).
 */

#include <errno.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/as_json.h"
#include "bot/import/own.h"
#include "bot/import/source.h"

/* https://www.tvmaze.com/api, "Licensing". */
#define TVMAZE_LICENSE "CC BY-SA 4.0"

/* The list of episodes or of the cast, in a show or as the whole file. */
static struct json_node *list_of(struct json_node *root, const char *key)
{
	struct json_node *embedded = json_get(root, "_embedded");

	return json_get(json_type(embedded) == JSON_OBJECT ? embedded : root, key);
}

static bool is_list_of(struct json_node *root, const char *key, const char *other)
{
	struct json_node *first = json_type(root) == JSON_ARRAY ? json_first(root) : NULL;

	return json_get(first, key) && json_get(first, other);
}

static bool is_episode_list(struct json_node *root)
{
	return is_list_of(root, "season", "airdate") && json_get(json_first(root), "number");
}

static bool looks_like(const struct import_input *input)
{
	struct json_node *root = json_root(input->json);

	if (is_episode_list(root) || is_list_of(root, "person", "character") ||
			is_list_of(root, "score", "show"))
		return true;
	return json_string(json_get(root, "name")) &&
	       (json_get(json_get(root, "_embedded"), "episodes") ||
			       (json_get(root, "_links") && json_get(root, "premiered")));
}

/* ---------------------------------------------------------------- episodes */

/*
 * The hour. airstamp is right also after midnight, where airdate and airtime are those of the evening's schedule. With an
 * airtime of "" it is a placeholder, noon in the zone of the channel; old files have no airtime.
 */
static void read_hour(struct member_reading *reading, struct json_node *node, struct episode_draft *episode)
{
	const char *stamp = json_string(json_get(node, "airstamp"));

	if (json_get(node, "airtime")) {
		if (member_to_episode(reading, node, "airtime", episode, EPISODE_AIRTIME))
			member_to_episode(reading, node, "airstamp", episode, EPISODE_AIRSTAMP);
	} else if (stamp && !strstr(stamp, "T12:00:00")) {
		member_to_episode(reading, node, "airstamp", episode, EPISODE_AIRSTAMP);
	}
}

static void read_picture(struct json_node *object, struct json_node **ret_object, const char **ret_key)
{
	struct json_node *image = json_get(object, "image");
	bool is_object = json_type(image) == JSON_OBJECT;

	*ret_object = is_object ? image : object;
	*ret_key = !is_object ? "image" : json_string(json_get(image, "original")) ? "original" : "medium";
}

static void read_episode(struct member_reading *reading, struct json_node *node)
{
	long season = member_number(reading, node, "season", -1),
	     number = member_number(reading, node, "number", 0);
	const char *type = json_string(json_get(node, "type")), *key;
	struct episode_draft *episode;
	struct json_node *image;

	episode = member_episode_of_season(reading, node, "season", season, number);
	if (!episode)
		return;
	member_to_episode(reading, node, "id", episode, EPISODE_ID);
	member_to_episode(reading, node, "name", episode, EPISODE_NAME);
	if (type && !str_equal(type, "regular"))
		member_to_episode(reading, node, "type", episode, EPISODE_TYPE);
	member_to_episode(reading, node, "airdate", episode, EPISODE_AIRDATE);
	read_hour(reading, node, episode);
	member_to_episode(reading, node, "runtime", episode, EPISODE_RUNTIME);
	member_to_episode(reading, node, "summary", episode, EPISODE_SUMMARY);
	read_picture(node, &image, &key);
	member_to_episode(reading, image, key, episode, EPISODE_IMAGE);
	member_to_episode(reading, node, "url", episode, EPISODE_URL);
	if (json_type(json_get(node, "rating")) == JSON_OBJECT)
		member_to_episode(reading, json_get(node, "rating"), "average", episode, EPISODE_RATING);
	own_additions_of_episode(reading, node, episode);
}

static void read_episodes(struct member_reading *reading, struct json_node *list)
{
	for (struct json_node *node = json_first(list); node && !draft_error(reading->draft);
			node = json_next(node))
		read_episode(reading, node);
}

/* ---------------------------------------------------------------- the show */

static void read_cast(struct member_reading *reading, struct json_node *list)
{
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		draft_add_cast(reading->draft, member_at(reading, node),
				json_string(json_get(json_get(node, "person"), "name")),
				json_string(json_get(json_get(node, "character"), "name")), reading->notes);
}

/* A network is where a show was first shown, a web channel is also where it can be watched. */
static void read_channels(struct member_reading *reading, struct json_node *root)
{
	struct json_node *network = json_get(root, "network"), *web = json_get(root, "webChannel");
	struct json_node *channel = json_type(network) == JSON_NULL ? web : network;
	struct json_node *country = json_get(channel, "country");

	if (json_type(channel) == JSON_OBJECT) {
		member_to_show(reading, channel, "name", SHOW_NETWORK);
		member_to_show(reading, country, "timezone", SHOW_TIMEZONE);
	} else {
		member_to_show(reading, root, channel == web ? "webChannel" : "network", SHOW_NETWORK);
	}
	if (json_type(web) == JSON_OBJECT)
		draft_add_where(reading->draft, member_at(reading, web), json_string(json_get(web, "name")),
				json_string(json_get(root, "officialSite")), reading->notes);
}

static void keep_externals(struct member_reading *reading, struct json_node *root)
{
	struct json_node *externals = json_get(root, "externals");
	struct str json = STR(SOURCE_JSON_MAX_BYTES);

	if (json_type(externals) != JSON_OBJECT)
		return;
	as_json_node(&json, externals);
	draft_add_extra(reading->draft, &reading->draft->extras, "externals", str_text(&json));
	str_release(&json);
}

static void read_show(struct member_reading *reading, struct json_node *root)
{
	struct show_draft *draft = reading->draft;
	struct json_node *schedule = json_get(root, "schedule"), *image;
	const char *key;

	member_to_show(reading, root, "id", SHOW_ID);
	member_to_show(reading, root, "name", SHOW_NAME);
	member_to_show(reading, root, "language", SHOW_LANGUAGE);
	read_channels(reading, root);
	member_names(reading, root, "genres", &draft->lists[SHOW_GENRES]);
	member_to_show(reading, root, "premiered", SHOW_PREMIERED);
	member_to_show(reading, root, "ended", SHOW_ENDED);
	member_to_show(reading, root, "status", SHOW_STATUS);
	member_to_show(reading, schedule, "time", SHOW_SCHEDULE_TIME);
	member_names(reading, schedule, "days", &draft->lists[SHOW_SCHEDULE_DAYS]);
	member_to_show(reading, root, "summary", SHOW_SUMMARY);
	read_picture(root, &image, &key);
	member_to_show(reading, image, key, SHOW_IMAGE);
	member_to_show(reading, root, "url", SHOW_URL);
	if (json_type(json_get(root, "rating")) == JSON_OBJECT)
		member_to_show(reading, json_get(root, "rating"), "average", SHOW_RATING);
	keep_externals(reading, root);
	read_cast(reading, list_of(root, "cast"));
	own_additions_of_show(reading, root);
}

static int read_tvmaze(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct member_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct json_node *root = json_root(input->json);

	(void)options;
	if (is_list_of(root, "score", "show")) {
		notes_add(notes, NOTE_PROBLEM, member_at(&reading, root),
				"this is a list of found shows; get "
				"https://api.tvmaze.com/shows/%.12g?embed=episodes",
				json_number(json_get(json_get(json_first(root), "show"), "id")));
		return -EBADMSG;
	}
	if (json_type(root) == JSON_ARRAY) {
		if (is_episode_list(root))
			read_episodes(&reading, root);
		else
			read_cast(&reading, root);
		return draft_error(draft);
	}
	read_show(&reading, root);
	read_episodes(&reading, list_of(root, "episodes"));
	if (draft->episode_count == 0)
		notes_add(notes, NOTE_DOUBTFUL, member_at(&reading, root),
				"no episodes in this file; get it with ?embed=episodes at the end of its "
				"address");
	if (!*draft->values[SHOW_LICENSE].text)
		draft_set_show(draft, SHOW_LICENSE, member_at(&reading, root), TVMAZE_LICENSE, notes);
	draft_add_source(draft, "tvmaze", "TVmaze", "", draft->values[SHOW_URL].text);
	if (reading.has_additions)
		draft_learn_orders(draft);
	return draft_error(draft);
}

const struct import_format import_tvmaze = {
		.name = "TVmaze",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.looks_like = looks_like,
		.read = read_tvmaze,
};
