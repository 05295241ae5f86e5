/*
 * TMDb's JSON: a series (/3/tv/ID, also with append_to_response=credits,external_ids,season/1,season/2), a season
 * (/3/tv/ID/season/N) and an episode. "Not known" is null, "" or 0 there.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/as_json.h"
#include "bot/import/member.h"
#include "bot/import/source.h"

#define IMAGE_BASE     "https://image.tmdb.org/t/p/original"
#define LINK_MAX_BYTES 2000

static bool is_season(struct json_node *root)
{
	return json_type(json_get(root, "season_number")) != JSON_NULL &&
	       json_type(json_get(root, "episodes")) == JSON_ARRAY;
}

static bool is_episode(struct json_node *root)
{
	return json_get(root, "season_number") && json_get(root, "episode_number") &&
	       json_get(root, "air_date");
}

static bool is_series(struct json_node *root)
{
	return json_string(json_get(root, "name")) && json_get(root, "first_air_date") &&
	       (json_get(root, "seasons") || json_get(root, "number_of_seasons"));
}

/* The answer to a search. */
static bool is_found(struct json_node *root)
{
	return json_type(json_get(root, "results")) == JSON_ARRAY && json_get(root, "total_results") &&
	       json_get(json_first(json_get(root, "results")), "first_air_date");
}

/* What TMDb answers in place of data: {"status_code": 7, "status_message": "Invalid API key..."}. */
static bool is_error(struct json_node *root)
{
	return json_type(json_get(root, "status_code")) == JSON_NUMBER &&
	       json_string(json_get(root, "status_message"));
}

static bool looks_like(const struct import_input *input)
{
	struct json_node *root = json_root(input->json);

	return is_season(root) || is_episode(root) || is_series(root) || is_found(root) || is_error(root);
}

/* A path of a picture with the address before it. */
static const char *picture(struct json_node *object, const char *key, struct str *link)
{
	const char *path = json_string(json_get(object, key));

	str_clear(link);
	if (path && *path)
		str_printf(link, "%s%s", str_starts(path, "/") ? IMAGE_BASE : "", path);
	return link->error ? NULL : str_text(link);
}

/* A mean of 0 votes is 0, and no rating. */
static bool has_votes(struct json_node *object)
{
	return !json_get(object, "vote_count") || json_number(json_get(object, "vote_count")) > 0;
}

/* ---------------------------------------------------------------- episodes */

static void read_episode(struct member_reading *reading, struct json_node *node, long season)
{
	long number = member_number(reading, node, "episode_number", 0);
	struct str link = STR(LINK_MAX_BYTES);
	struct episode_draft *episode;

	season = member_number(reading, node, "season_number", season);
	episode = member_episode_of_season(reading, node, "season_number", season, number);
	if (!episode)
		return;
	member_to_episode(reading, node, "id", episode, EPISODE_ID);
	member_to_episode(reading, node, "name", episode, EPISODE_NAME);
	member_to_episode(reading, node, "air_date", episode, EPISODE_AIRDATE);
	member_to_episode(reading, node, "runtime", episode, EPISODE_RUNTIME);
	member_to_episode(reading, node, "overview", episode, EPISODE_SUMMARY);
	draft_set_episode(reading->draft, episode, EPISODE_IMAGE,
			member_at(reading, json_get(node, "still_path")), picture(node, "still_path", &link),
			reading->notes);
	if (has_votes(node))
		member_to_episode(reading, node, "vote_average", episode, EPISODE_RATING);
	str_release(&link);
}

static void read_season(struct member_reading *reading, struct json_node *root)
{
	long season = member_number(reading, root, "season_number", -1);

	for (struct json_node *node = json_first(json_get(root, "episodes"));
			node && !draft_error(reading->draft); node = json_next(node))
		read_episode(reading, node, season);
}

/* ---------------------------------------------------------------- the series */

/* "Returning Series" as the dataset's words have it. */
static void read_status(struct member_reading *reading, struct json_node *root)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {{"Returning Series", "Running"}, {"Ended", "Ended"}, {"Canceled", "Ended"},
			{"In Production", "In Development"}, {"Planned", "In Development"},
			{"Pilot", "In Development"}};
	struct json_node *node = json_get(root, "status");
	const char *status = json_string(node);

	for (size_t i = 0; status && i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_equal_nocase(status, words[i].theirs))
			draft_set_show(reading->draft, SHOW_STATUS, member_at(reading, node), words[i].ours,
					reading->notes);
		if (str_equal_nocase(status, words[i].theirs) && str_equal(words[i].ours, "Ended"))
			member_to_show(reading, root, "last_air_date", SHOW_ENDED);
	}
}

/* "original_language" is a code; "spoken_languages" has its name. */
static void read_language(struct member_reading *reading, struct json_node *root)
{
	const char *code = json_string(json_get(root, "original_language"));

	for (struct json_node *node = json_first(json_get(root, "spoken_languages")); node && code;
			node = json_next(node)) {
		if (str_equal(json_string(json_get(node, "iso_639_1")), code))
			member_to_show(reading, node, "english_name", SHOW_LANGUAGE);
	}
}

/* The cast of "credits" has a character for each entry, that of "aggregate_credits" a list of roles. */
static void read_cast(struct member_reading *reading, struct json_node *root)
{
	struct json_node *credits =
			json_get(root, json_get(root, "aggregate_credits") ? "aggregate_credits" : "credits");

	for (struct json_node *node = json_first(json_get(credits, "cast")); node; node = json_next(node)) {
		struct json_node *role = json_first(json_get(node, "roles"));

		draft_add_cast(reading->draft, member_at(reading, node), json_string(json_get(node, "name")),
				json_string(json_get(role ? role : node, "character")), reading->notes);
	}
}

/* Keep the id of IMDb, which leads to the show's page there. */
static void read_externals(struct member_reading *reading, struct json_node *root)
{
	const char *imdb = json_string(json_get(json_get(root, "external_ids"), "imdb_id"));
	struct str json = STR(LINK_MAX_BYTES);

	if (!imdb || !str_starts(imdb, "tt") || strspn(imdb + 2, "0123456789") != strlen(imdb) - 2)
		return;
	str_append(&json, "{\"imdb\": ");
	as_json_string(&json, imdb);
	str_append_char(&json, '}');
	if (json.error == 0)
		draft_add_extra(reading->draft, &reading->draft->extras, "externals", str_text(&json));
	str_release(&json);
}

static void read_page(struct member_reading *reading, struct json_node *root)
{
	long id = member_number(reading, root, "id", 0);
	char link[64];

	if (id <= 0)
		return;
	snprintf(link, sizeof(link), "https://www.themoviedb.org/tv/%ld", id);
	draft_set_show(reading->draft, SHOW_URL, member_at(reading, json_get(root, "id")), link,
			reading->notes);
}

static void read_series(struct member_reading *reading, struct json_node *root)
{
	struct show_draft *draft = reading->draft;
	struct json_node *original = json_get(root, "original_name"),
			 *network = json_first(json_get(root, "networks"));
	struct str link = STR(LINK_MAX_BYTES);

	member_to_show(reading, root, "id", SHOW_ID);
	member_to_show(reading, root, "name", SHOW_NAME);
	if (json_string(original) && !str_equal(json_string(original), json_string(json_get(root, "name"))))
		draft_add_name(draft, &draft->lists[SHOW_ALIASES], member_at(reading, original),
				json_string(original), reading->notes);
	read_language(reading, root);
	member_to_show(reading, network, "name", SHOW_NETWORK);
	member_names(reading, root, "genres", &draft->lists[SHOW_GENRES]);
	member_to_show(reading, root, "first_air_date", SHOW_PREMIERED);
	read_status(reading, root);
	member_to_show(reading, root, "overview", SHOW_SUMMARY);
	draft_set_show(draft, SHOW_IMAGE, member_at(reading, json_get(root, "poster_path")),
			picture(root, "poster_path", &link), reading->notes);
	read_page(reading, root);
	if (has_votes(root))
		member_to_show(reading, root, "vote_average", SHOW_RATING);
	read_cast(reading, root);
	read_externals(reading, root);
	for (struct json_node *node = json_first(root); node; node = json_next(node)) {
		if (str_starts(json_key(node), "season/") && is_season(node))
			read_season(reading, node);
	}
	str_release(&link);
}

static int read_tmdb(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct member_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct json_node *root = json_root(input->json);

	(void)options;
	if (is_error(root)) {
		notes_add(notes, NOTE_PROBLEM, member_at(&reading, root),
				"this is an error message of TMDb: \"%s\"",
				json_string(json_get(root, "status_message")));
		return -EBADMSG;
	}
	if (is_found(root)) {
		notes_add(notes, NOTE_PROBLEM, member_at(&reading, root),
				"this is a list of found shows; get /3/tv/%.12g and its seasons",
				json_number(json_get(json_first(json_get(root, "results")), "id")));
		return -EBADMSG;
	}
	if (is_season(root))
		read_season(&reading, root);
	else if (is_series(root))
		read_series(&reading, root);
	else
		read_episode(&reading, root, -1);
	draft_add_source(draft, "tmdb", "The Movie Database (TMDB)", "", draft->values[SHOW_URL].text);
	return draft_error(draft);
}

const struct import_format import_tmdb = {
		.name = "TMDb",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.looks_like = looks_like,
		.read = read_tmdb,
};
