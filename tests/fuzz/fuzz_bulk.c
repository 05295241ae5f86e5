/*
 * A large file made from a small recipe: head, repeated unit, tail. The time must be proportional to the size, whatever
 * the contents: the run's -timeout is the limit for BULK_BYTES.
 *
 * Input: "c" (configuration) or "d" (dataset), then four lines: what comes before, between, the unit (in
 * which # is its number), after; the unit is repeated until BULK_BYTES are full or there are 65536 of them.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/load.h"
#include "bot/config/config.h"
#include "bot/config/reader.h"
#include "bot/daemon/networks.h"

#define BULK_BYTES (512u * 1024)
#define UNITS_MAX  65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *take_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (end)
		*end = '\0';
	*rest = end ? end + 1 : line + strlen(line);
	return line;
}

static void append_unit(struct str *str, const char *unit, unsigned number)
{
	for (; *unit; unit++) {
		if (*unit == '#')
			str_printf(str, "%u", number);
		else
			str_append_char(str, *unit);
	}
}

static void grow(struct str *bulk, char *recipe)
{
	const char *before = take_line(&recipe), *between = take_line(&recipe), *unit = take_line(&recipe);
	const char *after = take_line(&recipe);
	size_t length = strlen(unit) + strlen(between) + 6;

	str_append(bulk, before);
	for (unsigned i = 0; i < UNITS_MAX && bulk->length + length + strlen(after) < BULK_BYTES; i++) {
		if (i > 0)
			str_append(bulk, between);
		append_unit(bulk, unit, i);
	}
	str_append(bulk, after);
}

static void read_dataset(struct json *json)
{
	struct dataset *dataset = NULL;

	if (dataset_read(json, "bulk", &dataset) == 0)
		assert(dataset_check(json, dataset) == 0);
	dataset_free(dataset);
}

static void read_config(struct json *json)
{
	struct config *config = NULL;

	config_read(json, "/nonexistent", networks, &config);
	config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bulk = STR(4 * BULK_BYTES), report = STR(1024 * 1024);
	struct json *json = NULL;
	char *recipe;

	if (size < 2 || size > 4096)
		return 0;
	recipe = str_copy_bytes((const char *)data + 1, size - 1);
	assert(recipe);
	grow(&bulk, recipe);
	if (bulk.error == 0 && json_parse(str_text(&bulk), bulk.length, JSON_COMMENTS, &json) == 0) {
		if (data[0] == 'c')
			read_config(json);
		else
			read_dataset(json);
		json_print_problems(json, "bulk", &report);
	}
	json_free(json);
	str_release(&report);
	str_release(&bulk);
	free(recipe);
	return 0;
}
