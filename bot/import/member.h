#ifndef EPISODED_IMPORT_MEMBER_H
#define EPISODED_IMPORT_MEMBER_H

/* The members of other programs' JSON: a number may be a string, and null, "" and a missing key are the same. */

#include "bot/base/json.h"
#include "bot/import/draft.h"

/* A JSON file that is being read. */
struct member_reading {
	const struct import_input *input;
	struct show_draft *draft;
	struct notes *notes;
	bool has_additions; /* set by own_additions_of_...() if there were any */
};

struct origin member_at(const struct member_reading *reading, const struct json_node *node);

/* Set a value from object's member. A value that is neither a text nor a number is noted, null is not. */
bool member_to_show(struct member_reading *reading, struct json_node *object, const char *key,
		enum show_field field);
bool member_to_episode(struct member_reading *reading, struct json_node *object, const char *key,
		struct episode_draft *episode, enum episode_field field);

/* A whole number: 3, 3.0 or "03". missing for null, "" and everything else, which is noted. */
long member_number(struct member_reading *reading, struct json_node *object, const char *key, long missing);

/* The first path of keys that leads to a value which is not null; NULL if there is no such value. */
struct json_node *member_find(struct json_node *object, const char *const *keys, size_t count);

/* Add the names in a list: strings, or objects with a member "name". */
void member_names(struct member_reading *reading, struct json_node *object, const char *key,
		struct draft_list *list);

/* Add the episode that an object describes. NULL: noted, or out of memory. season, number: as read. */
struct episode_draft *member_episode(
		struct member_reading *reading, struct json_node *object, long season, long number);

/* The same where an episode must have a season: key is the member that season was read from, -1 if it is not there. */
struct episode_draft *member_episode_of_season(struct member_reading *reading, struct json_node *object,
		const char *key, long season, long number);

#endif
