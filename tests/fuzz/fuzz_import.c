/* Any files as sources of an import, one after another with a NUL between them: each is refused with a note or read; the
 * result is refused with a note, or is a dataset whose import gives the same dataset. */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/import/merge.h"
#include "bot/import/source.h"
#include "bot/import/summary.h"
#include "bot/import/write.h"

#define FILES_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed_file {
	struct import_input input;
	char *bytes;
};

static void open_file(struct fuzzed_file *file, const char *bytes, size_t length)
{
	file->bytes = malloc(length + 1);
	assert(file->bytes);
	memcpy(file->bytes, bytes, length);
	file->bytes[length] = '\0';
	file->input = (struct import_input){.name = "f", .bytes = file->bytes, .length = length};
	if (json_parse(bytes, length, JSON_OPTIONAL, &file->input.json) < 0 ||
			json_is_broken(file->input.json)) {
		json_free(file->input.json);
		file->input.json = NULL;
	}
}

static void close_file(struct fuzzed_file *file)
{
	json_free(file->input.json);
	free(file->bytes);
}

/* Read a file, and merge it. flags: of draft_merge(). */
static void add_file(struct show_draft *draft, struct fuzzed_file *file, int flags, struct notes *notes)
{
	struct import_options options = {.show = flags & MERGE_RENAMED ? "A show" : NULL};
	struct show_draft *own = NULL;
	size_t problems = notes_count(notes, NOTE_PROBLEM);
	int r;

	assert(draft_new(&own) == 0);
	r = source_read(&file->input, &options, own, notes);
	assert(r == 0 || (r == -EBADMSG && notes_count(notes, NOTE_PROBLEM) > problems));
	if (r == 0)
		draft_merge(draft, own, flags, notes);
	draft_free(own);
}

/* An import of the result must give the result. */
static void check_again(const struct str *text)
{
	struct fuzzed_file file;
	struct show_draft *draft = NULL;
	struct notes *notes = NULL;
	struct str again = STR(0);

	assert(notes_new(&notes) == 0 && draft_new(&draft) == 0);
	open_file(&file, str_text(text), text->length);
	add_file(draft, &file, 0, notes);
	assert(write_dataset(draft, notes, &again) == 0);
	assert(strcmp(str_text(text), str_text(&again)) == 0);
	str_release(&again);
	close_file(&file);
	draft_free(draft);
	notes_free(notes);
}

static void check_report(const struct show_draft *draft, const struct notes *notes)
{
	struct str report = STR(16u << 20);

	notes_print(notes, &report);
	summary_print(draft, &report);
	summary_print_seen(draft, &report);
	assert(report.error == 0);
	str_release(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data + (size > 0), *end = (const char *)data + size;
	int flags = size > 0 ? data[0] & (MERGE_FACTS | MERGE_TEXTS | MERGE_RENAMED) : 0;
	struct fuzzed_file files[FILES_MAX];
	struct show_draft *draft = NULL;
	struct notes *notes = NULL;
	struct str text = STR(0);
	size_t count = 0;

	assert(notes_new(&notes) == 0 && draft_new(&draft) == 0);
	while (at < end && count < FILES_MAX) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		open_file(&files[count], at, length);
		add_file(draft, &files[count++], flags, notes);
		at += length + 1;
	}
	if (write_dataset(draft, notes, &text) == 0) {
		if (!notes_have_problem(notes))
			check_again(&text);
	} else {
		assert(notes_have_problem(notes));
	}
	check_report(draft, notes);
	str_release(&text);
	for (size_t i = 0; i < count; i++)
		close_file(&files[i]);
	draft_free(draft);
	notes_free(notes);
	return 0;
}
