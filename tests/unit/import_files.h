#ifndef EPISODED_TESTS_IMPORT_FILES_H
#define EPISODED_TESTS_IMPORT_FILES_H

/* Files of an import, written in a test with ' in place of ". */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/import/merge.h"
#include "bot/import/source.h"
#include "bot/import/write.h"

#define COUNT_OF(array)  (sizeof(array) / sizeof((array)[0]))
#define IMPORT_FILES_MAX 8

struct import_files {
	struct show_draft *draft;
	struct notes *notes;
	struct import_input inputs[IMPORT_FILES_MAX];
	char *bytes[IMPORT_FILES_MAX];
	size_t count;
	struct str text; /* the last that was asked for */
};

static inline void import_files_init(struct import_files *files)
{
	*files = (struct import_files){.text = STR(1u << 20)};
	assert_int_equal(notes_new(&files->notes), 0);
	assert_int_equal(draft_new(&files->draft), 0);
}

static inline void import_files_release(struct import_files *files)
{
	draft_free(files->draft);
	notes_free(files->notes);
	for (size_t i = 0; i < files->count; i++) {
		json_free(files->inputs[i].json);
		free(files->bytes[i]);
	}
	str_release(&files->text);
}

/* Read a file, and merge it with those before. Returns what source_read() returned. */
static inline int import_files_add(struct import_files *files, int flags, const char *text)
{
	struct import_input *input = &files->inputs[files->count];
	char *bytes = str_copy(text);
	struct import_options options = {0};
	struct show_draft *draft = NULL;
	int r;

	assert_true(files->count < IMPORT_FILES_MAX);
	for (char *at = bytes; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	files->bytes[files->count++] = bytes;
	*input = (struct import_input){.name = "f", .bytes = bytes, .length = strlen(bytes)};
	assert_int_equal(json_parse(bytes, strlen(bytes), JSON_OPTIONAL, &input->json), 0);
	assert_int_equal(draft_new(&draft), 0);
	r = source_read(input, &options, draft, files->notes);
	if (r == 0)
		draft_merge(files->draft, draft, flags, files->notes);
	assert_int_equal(draft_error(files->draft), 0);
	draft_free(draft);
	return r;
}

/* The notes so far. */
static inline const char *import_files_notes(struct import_files *files)
{
	str_clear(&files->text);
	notes_print(files->notes, &files->text);
	return str_text(&files->text);
}

/* The dataset, which must be right. */
static inline const char *import_files_dataset(struct import_files *files)
{
	str_clear(&files->text);
	if (write_dataset(files->draft, files->notes, &files->text) != 0)
		fail_msg("%s", import_files_notes(files));
	return str_text(&files->text);
}

static inline const char *import_files_value(
		struct import_files *files, int season, int number, enum episode_field field)
{
	struct episode_draft *episode = draft_find(files->draft, season, number);

	assert_non_null(episode);
	return episode->values[field].text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

#endif
