/*
 * TVDB's JSON, version 4 of its API: /series/ID/episodes/default, /series/ID/extended?meta=episodes and /episodes/ID, each in
 * an object {"status": "success", "data": ...} or without it.
 */

#include <errno.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/load.h"
#include "bot/import/member.h"
#include "bot/import/pages.h"
#include "bot/import/source.h"

#define IMAGE_BASE     "https://artworks.thetvdb.com"
#define LINK_MAX_BYTES 2000

/* The object below "data". */
static struct json_node *data_of(struct json_node *root)
{
	struct json_node *data = json_get(root, "data");

	return json_type(data) == JSON_OBJECT || json_type(data) == JSON_ARRAY ? data : root;
}

static bool is_episode(struct json_node *node)
{
	return json_get(node, "seasonNumber") && json_get(node, "number") && json_get(node, "aired");
}

static struct json_node *episodes_of(struct json_node *data)
{
	return json_type(data) == JSON_ARRAY ? data : json_get(data, "episodes");
}

static bool is_series(struct json_node *node)
{
	return json_string(json_get(node, "name")) && json_get(node, "firstAired") &&
	       (json_get(node, "slug") || json_get(node, "defaultSeasonType"));
}

static struct json_node *series_of(struct json_node *data)
{
	struct json_node *series = json_get(data, "series");

	return is_series(series) ? series : is_series(data) ? data : NULL;
}

/* What TVDB answers in place of data. */
static bool is_error(struct json_node *root)
{
	return str_equal(json_string(json_get(root, "status")), "failure") &&
	       json_string(json_get(root, "message"));
}

static bool looks_like(const struct import_input *input)
{
	struct json_node *data = data_of(json_root(input->json));

	return is_error(json_root(input->json)) || series_of(data) || is_episode(data) ||
	       is_episode(json_first(episodes_of(data)));
}

/* Pictures are addresses, or paths where an old answer has them. */
static const char *picture(struct json_node *object, struct str *link)
{
	const char *path = json_string(json_get(object, "image"));

	str_clear(link);
	if (path && *path)
		str_printf(link, "%s%s%s", strstr(path, "://") ? "" : IMAGE_BASE,
				strstr(path, "://") || *path == '/' ? "" : "/", path);
	return link->error ? NULL : str_text(link);
}

/* ---------------------------------------------------------------- episodes */

/* Where a special belongs: before an episode, before a season, or after one. */
static void place_special(
		struct member_reading *reading, struct json_node *node, struct episode_draft *episode)
{
	long season = member_number(reading, node, "airsBeforeSeason", 0);
	long number = member_number(reading, node, "airsBeforeEpisode", 0);
	long after = member_number(reading, node, "airsAfterSeason", 0);

	if (season > 0 && season <= LOAD_SEASONS_MAX)
		episode->after = (struct draft_reveal){.kind = REVEAL_BEFORE,
				.season = (int)season,
				.number = number > 0 && number <= LOAD_NUMBER_MAX ? (int)number : 0};
	else if (after > 0 && after <= LOAD_SEASONS_MAX)
		episode->after = (struct draft_reveal){.kind = REVEAL_SEASON, .season = (int)after};
}

static void read_episode(struct member_reading *reading, struct json_node *node)
{
	long season = member_number(reading, node, "seasonNumber", -1),
	     number = member_number(reading, node, "number", 0);
	struct str link = STR(LINK_MAX_BYTES);
	struct episode_draft *episode;

	episode = member_episode_of_season(reading, node, "seasonNumber", season, number);
	if (!episode)
		return;
	member_to_episode(reading, node, "id", episode, EPISODE_ID);
	member_to_episode(reading, node, "name", episode, EPISODE_NAME);
	member_to_episode(reading, node, "aired", episode, EPISODE_AIRDATE);
	member_to_episode(reading, node, "runtime", episode, EPISODE_RUNTIME);
	member_to_episode(reading, node, "overview", episode, EPISODE_SUMMARY);
	draft_set_episode(reading->draft, episode, EPISODE_IMAGE, member_at(reading, json_get(node, "image")),
			picture(node, &link), reading->notes);
	if (season == 0)
		place_special(reading, node, episode);
	str_release(&link);
}

/* ---------------------------------------------------------------- the series */

static void read_status(struct member_reading *reading, struct json_node *series)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {{"Continuing", "Running"}, {"Ended", "Ended"}, {"Upcoming", "In Development"}};
	struct json_node *node = json_get(json_get(series, "status"), "name");
	const char *status = json_string(node);

	for (size_t i = 0; status && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_equal_nocase(status, words[i].theirs))
			continue;
		draft_set_show(reading->draft, SHOW_STATUS, member_at(reading, node), words[i].ours,
				reading->notes);
		if (str_equal(words[i].ours, "Ended"))
			member_to_show(reading, series, "lastAired", SHOW_ENDED);
	}
}

/* "airsDays": {"monday": true, ...}. */
static void read_days(struct member_reading *reading, struct json_node *series)
{
	static const char *const days[][2] = {{"monday", "Monday"}, {"tuesday", "Tuesday"},
			{"wednesday", "Wednesday"}, {"thursday", "Thursday"}, {"friday", "Friday"},
			{"saturday", "Saturday"}, {"sunday", "Sunday"}};
	struct json_node *object = json_get(series, "airsDays");

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		if (json_is_true(json_get(object, days[i][0])))
			draft_add_name(reading->draft, &reading->draft->lists[SHOW_SCHEDULE_DAYS],
					member_at(reading, object), days[i][1], reading->notes);
	}
}

/* Actors are characters of the type "Actor", with the person's name beside that of the role. */
static void read_cast(struct member_reading *reading, struct json_node *series)
{
	for (struct json_node *node = json_first(json_get(series, "characters")); node;
			node = json_next(node)) {
		const char *kind = json_string(json_get(node, "peopleType"));

		if (!kind || str_equal_nocase(kind, "Actor"))
			draft_add_cast(reading->draft, member_at(reading, node),
					json_string(json_get(node, "personName")),
					json_string(json_get(node, "name")), reading->notes);
	}
}

static void read_page(struct member_reading *reading, struct json_node *series)
{
	const char *slug = json_string(json_get(series, "slug"));
	struct str link = STR(LINK_MAX_BYTES);

	if (slug && *slug)
		str_printf(&link, "https://thetvdb.com/series/%s", slug);
	if (link.error == 0)
		draft_set_show(reading->draft, SHOW_URL, member_at(reading, json_get(series, "slug")),
				str_text(&link), reading->notes);
	str_release(&link);
}

static void read_series(struct member_reading *reading, struct json_node *series)
{
	struct show_draft *draft = reading->draft;
	struct json_node *network = json_get(series, "originalNetwork");
	struct str link = STR(LINK_MAX_BYTES);

	member_to_show(reading, series, "id", SHOW_ID);
	member_to_show(reading, series, "name", SHOW_NAME);
	for (struct json_node *node = json_first(json_get(series, "aliases")); node; node = json_next(node)) {
		if (str_equal(json_string(json_get(node, "language")), "eng"))
			draft_add_name(draft, &draft->lists[SHOW_ALIASES], member_at(reading, node),
					json_string(json_get(node, "name")), reading->notes);
	}
	member_to_show(reading,
			json_type(network) == JSON_OBJECT ? network : json_get(series, "latestNetwork"),
			"name", SHOW_NETWORK);
	member_names(reading, series, "genres", &draft->lists[SHOW_GENRES]);
	member_to_show(reading, series, "firstAired", SHOW_PREMIERED);
	read_status(reading, series);
	member_to_show(reading, series, "airsTime", SHOW_SCHEDULE_TIME);
	read_days(reading, series);
	member_to_show(reading, series, "overview", SHOW_SUMMARY);
	draft_set_show(draft, SHOW_IMAGE, member_at(reading, json_get(series, "image")),
			picture(series, &link), reading->notes);
	read_page(reading, series);
	read_cast(reading, series);
	str_release(&link);
}

static int read_tvdb(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct member_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct json_node *root = json_root(input->json), *data = data_of(root), *series = series_of(data);
	struct json_node *links = json_get(root, "links"), *next = json_get(links, "next");

	if (is_error(root)) {
		notes_add(notes, NOTE_PROBLEM, member_at(&reading, root),
				"this is an error message of TVDB: \"%s\"",
				json_string(json_get(root, "message")));
		return -EBADMSG;
	}
	if (series)
		read_series(&reading, series);
	if (is_episode(data))
		read_episode(&reading, data);
	for (struct json_node *node = json_first(episodes_of(data)); node && !draft_error(draft);
			node = json_next(node))
		read_episode(&reading, node);
	if (options->pages && json_type(links) == JSON_OBJECT)
		pages_add(options->pages, member_at(&reading, next), json_string(json_get(links, "self")),
				json_string(next));
	else if (json_string(next) && *json_string(next))
		notes_add(notes, NOTE_DOUBTFUL, member_at(&reading, next),
				"this file is one page of several; import the next ones together with it");
	draft_add_source(draft, "tvdb", "TheTVDB", "", draft->values[SHOW_URL].text);
	return draft_error(draft);
}

const struct import_format import_tvdb = {
		.name = "TVDB",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.looks_like = looks_like,
		.read = read_tvdb,
};
