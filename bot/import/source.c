/* The table of formats, and which of them a file has. */

#include "bot/import/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

/* The first that says so reads a file: the strictest come first. */
static const struct import_format *const formats[] = {
		&import_tvmaze,
		&import_tmdb,
		&import_tvdb,
		&import_opentdb,
		&import_trakt,
		&import_own,
		&import_nfo,
		&import_imdb,
		&import_csv,
		&import_red,
};

struct origin source_at(const struct import_input *input, const struct json_node *node)
{
	return (struct origin){
			.input = input, .offset = node && input->json ? json_offset(input->json, node) : 0};
}

const struct import_format *source_format(const struct import_input *input)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i]->looks_like(input))
			return formats[i];
	}
	return NULL;
}

/* ---------------------------------------------------------------- files of no format */

static bool begins(const struct import_input *input, const char *bytes, size_t length)
{
	return input->length >= length && memcmp(input->bytes, bytes, length) == 0;
}

/* Text of another kind, by its first character that is not a space. */
static char first_sign(const struct import_input *input)
{
	const char *text = input->bytes + (begins(input, "\xEF\xBB\xBF", 3) ? 3 : 0);

	return text[strspn(text, " \t\r\n")];
}

/* The problems of a file that begins as JSON does, and is not valid JSON. */
static void note_json(const struct import_input *input, struct notes *notes)
{
	struct json *json = NULL;

	if (json_parse(input->bytes, input->length, JSON_COMMENTS, &json) < 0)
		return;
	for (size_t i = 0; i < json_problem_count(json); i++) {
		const struct json_problem *problem = json_problem_at(json, i);

		notes_add(notes, NOTE_PROBLEM,
				(struct origin){.input = input,
						.line = problem->line,
						.column = problem->column},
				"%s", problem->text);
	}
	json_free(json);
}

static const char *reason(const struct import_input *input)
{
	if (input->length == 0)
		return "the file is empty";
	if (begins(input, "\xFF\xFE", 2) || begins(input, "\xFE\xFF", 2))
		return "the text is UTF-16; save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8";
	if (begins(input, "\x1F\x8B", 2))
		return "the file is compressed; unpack it first: gunzip";
	if (begins(input, "PK\x03\x04", 4))
		return "this is a ZIP archive or a spreadsheet; unpack it, or save the sheet as CSV";
	if (memchr(input->bytes, '\0', input->length < SOURCE_HEAD_BYTES ? input->length : SOURCE_HEAD_BYTES))
		return "this is not a text";
	if (str_starts(input->bytes, "<!DOCTYPE html") || str_starts(input->bytes, "<!doctype html") ||
			str_starts(input->bytes, "<html"))
		return "this is a web page; get the data itself, as docs/use/import.md says for each format";
	if (input->json)
		return "this JSON is of no format that can be imported; docs/use/import.md lists them";
	if (!utf8_valid(input->bytes, utf8_whole(input->bytes, input->length)))
		return "the text is not UTF-8; save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t "
		       "UTF-8";
	return "the format is not known; docs/use/import.md lists those that can be imported";
}

int source_read(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	const struct import_format *format = source_format(input);
	size_t problems = notes_count(notes, NOTE_PROBLEM);

	if (format)
		return format->read(input, options, draft, notes);
	if (!input->json &&
			(first_sign(input) == '{' || first_sign(input) == '[' || first_sign(input) == '/'))
		note_json(input, notes);
	if (notes_count(notes, NOTE_PROBLEM) == problems)
		notes_add(notes, NOTE_PROBLEM, (struct origin){.input = input}, "%s", reason(input));
	return -EBADMSG;
}
