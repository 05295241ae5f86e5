/* JSON: no crash, a position for every accepted value, and a position for every error. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The positions of values increase in the order of the text. */
static void walk(struct json *json, struct json_node *node, unsigned *line, unsigned *column)
{
	for (; node; node = json_next(node)) {
		unsigned here_line = 0, here_column = 0;

		json_position(json, node, &here_line, &here_column);
		assert(here_line > *line || (here_line == *line && here_column > *column));
		*line = here_line;
		*column = here_column;
		if (json_type(node) == JSON_STRING)
			assert(json_string(node));
		walk(json, json_first(node), line, column);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const known[] = {"name", "nick", "url"};
	struct str report = STR(1024 * 1024), again = STR(1024 * 1024);
	unsigned line = 0, column = 0;
	struct json *json = NULL;

	if (json_parse((const char *)data, size, JSON_COMMENTS, &json) < 0)
		return 0;
	assert(json_root(json) || json_is_broken(json));
	/* This counts lines from the start for each value. */
	if (size <= 2000)
		walk(json, json_root(json), &line, &column);
	json_known_keys(json, json_root(json), known, 3, true);
	json_print_problems(json, "f", &report);
	for (size_t i = 1; i < json_problem_count(json); i++)
		assert(json_problem_at(json, i - 1)->line <= json_problem_at(json, i)->line);
	if (json_string(json_root(json))) {
		json_append_string(&again, json_string(json_root(json)));
		assert(again.length >= 2);
	}
	str_release(&report);
	str_release(&again);
	json_free(json);
	return 0;
}
