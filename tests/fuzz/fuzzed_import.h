#ifndef EPISODED_FUZZED_IMPORT_H
#define EPISODED_FUZZED_IMPORT_H

/* Any bytes as a file of one format of "episoded import": refused with a problem, or a draft that can be written. */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/import/source.h"
#include "bot/import/write.h"

#define FUZZED_IMPORT_BYTES (64u * 1024 * 1024)

/* What is written is a dataset, or notes say what is wrong with it. */
static inline void fuzzed_import_write(struct show_draft *draft, struct notes *notes)
{
	struct str text = STR(FUZZED_IMPORT_BYTES);
	int r;

	if (!*draft->values[SHOW_NAME].text)
		draft_set_show(draft, SHOW_NAME, (struct origin){0}, "Harbour Lights", notes);
	if (draft->episode_count == 0)
		draft_episode(draft, 1, 1, (struct origin){0});
	r = write_dataset(draft, notes, &text);
	assert(r == 0 || (r == -EBADMSG && notes_have_problem(notes)));
	assert(r < 0 || utf8_valid(str_text(&text), text.length));
	str_release(&text);
}

static inline void fuzzed_import_as(const struct import_format *format, const struct import_input *input,
		const struct import_options *options)
{
	struct str report = STR(FUZZED_IMPORT_BYTES);
	struct show_draft *draft = NULL;
	struct notes *notes = NULL;
	int r;

	assert(draft_new(&draft) == 0 && notes_new(&notes) == 0);
	r = format->read(input, options, draft, notes);
	assert(r == 0 || (r == -EBADMSG && notes_have_problem(notes)));
	if (r == 0)
		fuzzed_import_write(draft, notes);
	notes_print(notes, &report);
	assert(utf8_valid(str_text(&report), report.length));
	str_release(&report);
	draft_free(draft);
	notes_free(notes);
}

static inline void fuzzed_import(const struct import_format *format, const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	struct import_input input = {.name = "f", .bytes = bytes, .length = size};

	assert(bytes);
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	if (size > 0 && (*bytes == '{' || *bytes == '[') &&
			json_parse(bytes, size, JSON_OPTIONAL, &input.json) == 0 &&
			(json_is_broken(input.json) || !json_root(input.json))) {
		json_free(input.json);
		input.json = NULL;
	}
	if (format->looks_like(&input)) {
		fuzzed_import_as(format, &input, &(struct import_options){0});
		fuzzed_import_as(format, &input,
				&(struct import_options){.show = "tt9900001", .reveal = "s01e01"});
	}
	json_free(input.json);
	free(bytes);
}

#endif
