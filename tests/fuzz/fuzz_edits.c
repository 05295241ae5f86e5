/*
 * A dataset and an owner's edits, with a byte 0xFF between them: the result is JSON, edits that are applied again have
 * no other number of keys, and a key of the edits has its value in the result.
 */

#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/catalogue/layers.h"
#include "tests/fuzz/fuzzed.h"

#define RESULT_MAX_BYTES (4u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL: no object without problems. */
static struct json *parse(const char *text, size_t length)
{
	struct json *json = NULL;

	assert(json_parse(text, length, JSON_COMMENTS, &json) == 0);
	if (!json_is_broken(json) && json_root(json) && json_type(json_root(json)) == JSON_OBJECT)
		return json;
	json_free(json);
	return NULL;
}

static void check(struct json *value, struct json *edits)
{
	struct str once = STR(RESULT_MAX_BYTES), twice = STR(RESULT_MAX_BYTES);
	struct json *result;

	edits_append(&once, json_root(value), json_root(edits));
	assert(!once.error);
	result = parse(str_text(&once), once.length);
	assert(result);
	for (struct json_node *edit = json_first(json_root(edits)); edit; edit = json_next(edit)) {
		struct json_node *found = json_get(json_root(result), json_key(edit));

		assert((json_type(edit) == JSON_NULL) == (found == NULL) ||
				json_get(json_root(value), json_key(edit)));
		assert(json_type(edit) != JSON_NULL || !found);
		if (json_type(edit) == JSON_STRING)
			assert(strcmp(json_string(found), json_string(edit)) == 0);
	}
	edits_append(&twice, json_root(result), json_root(edits));
	assert(!twice.error && json_count(json_root(result)) <=
					       json_count(json_root(value)) + json_count(json_root(edits)));
	json_free(result);
	str_release(&once);
	str_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0xff, size);
	struct json *value, *edits;

	layers_is_edits("x.json");
	if (!end)
		return 0;
	value = parse((const char *)data, (size_t)(end - data));
	edits = parse((const char *)end + 1, size - (size_t)(end - data) - 1);
	if (value && edits)
		check(value, edits);
	json_free(value);
	json_free(edits);
	return 0;
}
