/* The members of other programs' JSON. */

#include "bot/import/member.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/source.h"

#define NUMBER_BYTES 32

struct origin member_at(const struct member_reading *reading, const struct json_node *node)
{
	return source_at(reading->input, node);
}

/* The text of a string, or of a number in buffer; NULL for null and what is noted. */
static const char *text_of(struct member_reading *reading, struct json_node *node, char buffer[NUMBER_BYTES])
{
	switch (json_type(node)) {
	case JSON_STRING: return json_string(node);
	case JSON_NUMBER: snprintf(buffer, NUMBER_BYTES, "%.12g", json_number(node)); return buffer;
	case JSON_NULL: return NULL;
	case JSON_BOOLEAN:
	case JSON_ARRAY:
	case JSON_OBJECT:
		notes_add(reading->notes, NOTE_DROPPED, member_at(reading, node),
				"\"%.60s\" must be a text or a number",
				json_key(node) ? json_key(node) : "the value");
	}
	return NULL;
}

bool member_to_show(struct member_reading *reading, struct json_node *object, const char *key,
		enum show_field field)
{
	struct json_node *node = json_get(object, key);
	char buffer[NUMBER_BYTES];

	return draft_set_show(reading->draft, field, member_at(reading, node), text_of(reading, node, buffer),
			reading->notes);
}

bool member_to_episode(struct member_reading *reading, struct json_node *object, const char *key,
		struct episode_draft *episode, enum episode_field field)
{
	struct json_node *node = json_get(object, key);
	char buffer[NUMBER_BYTES];

	return draft_set_episode(reading->draft, episode, field, member_at(reading, node),
			text_of(reading, node, buffer), reading->notes);
}

long member_number(struct member_reading *reading, struct json_node *object, const char *key, long missing)
{
	struct json_node *node = json_get(object, key);
	double number = json_number(node);
	long value;

	if (json_type(node) == JSON_NULL || (json_string(node) && !*json_string(node)))
		return missing;
	if (json_type(node) == JSON_NUMBER && number >= INT_MIN && number <= INT_MAX &&
			fabs(number - trunc(number)) < 1e-9)
		return (long)number;
	if (json_string(node) && str_to_long(json_string(node), INT_MIN, INT_MAX, &value) == 0)
		return value;
	notes_add(reading->notes, NOTE_DROPPED, member_at(reading, node), "\"%s\" must be a whole number",
			key);
	return missing;
}

struct json_node *member_find(struct json_node *object, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count && json_type(object) != JSON_NULL; i++)
		object = json_get(object, keys[i]);
	return json_type(object) == JSON_NULL ? NULL : object;
}

void member_names(struct member_reading *reading, struct json_node *object, const char *key,
		struct draft_list *list)
{
	for (struct json_node *item = json_first(json_get(object, key)); item; item = json_next(item)) {
		struct json_node *node = json_type(item) == JSON_OBJECT ? json_get(item, "name") : item;

		draft_add_name(reading->draft, list, member_at(reading, item), json_string(node),
				reading->notes);
	}
}

struct episode_draft *member_episode(
		struct member_reading *reading, struct json_node *object, long season, long number)
{
	struct origin at = member_at(reading, object);
	struct episode_draft *episode;

	if (json_type(object) != JSON_OBJECT) {
		notes_add(reading->notes, NOTE_DROPPED, at, "an episode must be an object in braces");
		return NULL;
	}
	if (season > 0 && number > 0 && draft_find(reading->draft, season, number)) {
		notes_add(reading->notes, NOTE_DROPPED, at,
				"season %ld already has an episode %ld; the first one is kept", season,
				number);
		return NULL;
	}
	episode = draft_episode(reading->draft, season, number, at);
	if (!episode)
		draft_refuse_episode(reading->draft, season, number, at, reading->notes);
	return episode;
}

struct episode_draft *member_episode_of_season(struct member_reading *reading, struct json_node *object,
		const char *key, long season, long number)
{
	if (json_type(object) != JSON_OBJECT || season >= 0)
		return member_episode(reading, object, season, number);
	notes_add(reading->notes, NOTE_DROPPED, member_at(reading, object), "an episode without a \"%s\"",
			key);
	return NULL;
}
