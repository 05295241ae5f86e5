/* A dataset of ours, which is kept as it is: to merge it with another source, or to bring it into the usual form. */

#include "bot/import/own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/load.h"
#include "bot/import/as_json.h"
#include "bot/import/source.h"

#define NUMBER_BYTES 32

/* Members that are read elsewhere, or that an export of TVmaze has and a dataset does not need. */
static const char *const known_of_show[] = {"schedule", "episodes", "_embedded", "_links", "weight",
		"updated", "runtime", "averageRuntime", "dvdCountry"};
static const char *const known_of_episode[] = {"season", "number", "_embedded", "_links"};

static bool looks_like(const struct import_input *input)
{
	struct json_node *root = json_root(input->json);

	return json_get(root, "name") && json_type(json_get(root, "episodes")) == JSON_ARRAY;
}

/* The text of a value: of a map of languages the "en" string, otherwise the first; of an object of TVmaze that which is
 * shown. */
static const char *shown_text(struct json_node *node)
{
	static const char *const keys[] = {"en", "name", "original", "medium"};
	const char *text = json_string(node);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !text; i++)
		text = json_string(json_get(node, keys[i]));
	return text ? text : json_string(json_first(node));
}

/* A value of the dataset, verbatim. */
static void keep_value(struct member_reading *reading, struct json_node *object,
		const struct draft_field *field, struct draft_value *value)
{
	struct json_node *node = json_get(object, field->key);
	bool is_simple = json_type(node) == JSON_STRING || json_type(node) == JSON_NUMBER;
	struct str json = STR(DRAFT_JSON_MAX_BYTES);
	const char *text = shown_text(node);

	if (json_type(node) == JSON_NULL || (json_string(node) && !*json_string(node)))
		return;
	as_json_node(&json, node);
	if (!text || !*text)
		text = str_text(&json); /* a number */
	*value = (struct draft_value){.text = draft_keep(reading->draft, text, strlen(text)),
			.json = is_simple ? NULL : draft_keep(reading->draft, str_text(&json), json.length),
			.origin = member_at(reading, node)};
	str_release(&json);
}

static void keep_list(struct member_reading *reading, struct json_node *array, struct draft_list *list)
{
	reading->has_additions |= json_first(array) != NULL;
	for (struct json_node *node = json_first(array); node; node = json_next(node))
		draft_add_node(reading->draft, list, member_at(reading, node), node);
}

static void keep_extra(struct member_reading *reading, struct json_node *node, struct draft_extra **extras)
{
	struct str json = STR(SOURCE_JSON_MAX_BYTES);

	reading->has_additions = true;
	as_json_node(&json, node);
	draft_add_extra(reading->draft, extras, json_key(node), str_text(&json));
	str_release(&json);
}

void own_additions_of_show(struct member_reading *reading, struct json_node *root)
{
	struct show_draft *draft = reading->draft;

	for (int i = 0; i < SHOW_LISTS; i++) {
		if (i != SHOW_SCHEDULE_DAYS && i != SHOW_CAST && i != SHOW_GENRES)
			keep_list(reading, json_get(root, show_list_keys[i]), &draft->lists[i]);
	}
	if (json_get(root, "refresh"))
		keep_extra(reading, json_get(root, "refresh"), &draft->extras);
	keep_value(reading, root, &show_fields[SHOW_TIMEZONE], &draft->values[SHOW_TIMEZONE]);
	keep_value(reading, root, &show_fields[SHOW_LICENSE], &draft->values[SHOW_LICENSE]);
}

void own_additions_of_episode(
		struct member_reading *reading, struct json_node *node, struct episode_draft *episode)
{
	for (int i = 0; i < EPISODE_LISTS; i++)
		keep_list(reading, json_get(node, episode_list_keys[i]), &episode->lists[i]);
	if (json_get(node, "title_reveal"))
		keep_extra(reading, json_get(node, "title_reveal"), &episode->extras);
	keep_value(reading, node, &episode_fields[EPISODE_TEASER], &episode->values[EPISODE_TEASER]);
}

static bool is_among(const char *key, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

static bool is_field(const char *key, const struct draft_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(key, fields[i].key) == 0)
			return true;
	}
	return false;
}

/* The members that the draft has no field for. */
static void keep_rest_of_show(struct member_reading *reading, struct json_node *root)
{
	for (struct json_node *node = json_first(root); node; node = json_next(node)) {
		const char *key = json_key(node);

		if (!is_field(key, show_fields, SHOW_FIELDS) && !is_among(key, show_list_keys, SHOW_LISTS) &&
				!is_among(key, known_of_show,
						sizeof(known_of_show) / sizeof(known_of_show[0])))
			keep_extra(reading, node, &reading->draft->extras);
	}
}

static void keep_rest_of_episode(
		struct member_reading *reading, struct json_node *object, struct episode_draft *episode)
{
	for (struct json_node *node = json_first(object); node; node = json_next(node)) {
		const char *key = json_key(node);

		if (!is_field(key, episode_fields, EPISODE_FIELDS) &&
				!is_among(key, episode_list_keys, EPISODE_LISTS) &&
				!is_among(key, known_of_episode,
						sizeof(known_of_episode) / sizeof(known_of_episode[0])))
			keep_extra(reading, node, &episode->extras);
	}
}

static void read_episode(struct member_reading *reading, struct json_node *node)
{
	struct episode_draft *episode = member_episode(reading, node,
			member_number(reading, node, "season", 0), member_number(reading, node, "number", 0));

	if (!episode)
		return;
	for (int i = 0; i < EPISODE_FIELDS; i++)
		keep_value(reading, node, &episode_fields[i], &episode->values[i]);
	for (int i = 0; i < EPISODE_LISTS; i++)
		keep_list(reading, json_get(node, episode_list_keys[i]), &episode->lists[i]);
	keep_rest_of_episode(reading, node, episode);
}

static void read_show(struct member_reading *reading, struct json_node *root)
{
	struct show_draft *draft = reading->draft;
	struct json_node *schedule = json_get(root, "schedule");

	for (int i = 0; i < SHOW_FIELDS; i++) {
		if (i != SHOW_SCHEDULE_TIME)
			keep_value(reading, root, &show_fields[i], &draft->values[i]);
	}
	for (int i = 0; i < SHOW_LISTS; i++) {
		if (i != SHOW_SCHEDULE_DAYS)
			keep_list(reading, json_get(root, show_list_keys[i]), &draft->lists[i]);
	}
	keep_value(reading, schedule, &show_fields[SHOW_SCHEDULE_TIME], &draft->values[SHOW_SCHEDULE_TIME]);
	keep_list(reading, json_get(schedule, "days"), &draft->lists[SHOW_SCHEDULE_DAYS]);
	keep_rest_of_show(reading, root);
}

/* What the loader has against the file. */
static int refuse(const struct import_input *input, struct notes *notes)
{
	bool is_broken = json_is_broken(input->json);

	for (size_t i = 0; i < json_problem_count(input->json); i++) {
		const struct json_problem *problem = json_problem_at(input->json, i);
		struct origin at = {.input = input, .line = problem->line, .column = problem->column};

		notes_add(notes, problem->is_warning ? NOTE_DOUBTFUL : NOTE_PROBLEM, at, "%s", problem->text);
	}
	return is_broken ? -EBADMSG : 0;
}

static int read_own(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct member_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct json_node *root = json_root(input->json);
	struct dataset *dataset = NULL;
	int r = dataset_read(input->json, "own", &dataset);

	(void)options;
	dataset_free(dataset);
	if (r < 0 && r != -EBADMSG)
		return r;
	r = refuse(input, notes);
	if (r < 0)
		return r;
	read_show(&reading, root);
	for (struct json_node *node = json_first(json_get(root, "episodes")); node; node = json_next(node))
		read_episode(&reading, node);
	if (reading.has_additions)
		draft_learn_orders(draft);
	return draft_error(draft);
}

const struct import_format import_own = {
		.name = "episoded",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.looks_like = looks_like,
		.read = read_own,
};
