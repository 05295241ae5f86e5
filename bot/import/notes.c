/* The notes of an import: kept up to a limit, counted beyond. */

#include "bot/import/notes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json_scan.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/import/source.h"

#define NOTE_MAX_BYTES   1000
#define NOTES_GROUPS_MAX 200 /* format strings; there are fewer in the program */

/* The notes with one format string. */
struct notes_group {
	const char *format;
	enum note_kind kind;
	size_t kept, count;
};

struct note {
	const struct notes_group *group;
	char *line;     /* "FILE:LINE:COLUMN: the text", escaped */
	size_t text_at; /* in line */
};

struct notes {
	struct note kept[NOTES_MAX];
	size_t kept_count;
	struct notes_group groups[NOTES_GROUPS_MAX];
	size_t group_count;
	size_t counts[NOTE_KINDS];
	/* Where the last position was counted: most notes of a file are added in order. */
	const struct import_input *input;
	struct json_scan_place place;
};

int notes_new(struct notes **ret)
{
	struct notes *notes = calloc(1, sizeof(*notes));

	if (!notes)
		return -ENOMEM;
	*ret = notes;
	return 0;
}

void notes_free(struct notes *notes)
{
	if (!notes)
		return;
	for (size_t i = 0; i < notes->kept_count; i++)
		free(notes->kept[i].line);
	free(notes);
}

static struct notes_group *find_group(struct notes *notes, enum note_kind kind, const char *format)
{
	struct notes_group *group = notes->groups;

	for (size_t i = 0; i < notes->group_count; i++, group++) {
		if (group->format == format && group->kind == kind)
			return group;
	}
	if (notes->group_count == NOTES_GROUPS_MAX)
		return NULL;
	*group = (struct notes_group){.format = format, .kind = kind};
	notes->group_count++;
	return group;
}

/* Append "FILE:LINE:COLUMN: ". */
static void append_origin(struct notes *notes, struct origin at, struct str *line)
{
	if (!at.input)
		return;
	utf8_escape(line, at.input->name, strlen(at.input->name));
	if (at.line == 0 && at.offset > 0 && at.offset <= at.input->length) {
		if (notes->input != at.input || notes->place.offset > at.offset)
			notes->place = (struct json_scan_place){0, 1, 1};
		notes->input = at.input;
		json_scan_advance(at.input->bytes, &notes->place, at.offset);
		at.line = notes->place.line;
		at.column = notes->place.column;
	}
	if (at.line > 0)
		str_printf(line, ":%u", at.line);
	if (at.line > 0 && at.column > 0)
		str_printf(line, ":%u", at.column);
	str_append(line, ": ");
}

void notes_add(struct notes *notes, enum note_kind kind, struct origin at, const char *format, ...)
{
	struct notes_group *group = find_group(notes, kind, format);
	struct str line = STR(NOTE_MAX_BYTES * 8);
	char text[NOTE_MAX_BYTES];
	va_list arguments;

	notes->counts[kind]++;
	if (!group)
		return;
	group->count++;
	if (group->kept == NOTES_ALIKE_MAX || notes->kept_count == NOTES_MAX)
		return;
	append_origin(notes, at, &line);
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	notes->kept[notes->kept_count].text_at = line.length;
	utf8_escape(&line, text, utf8_whole(text, strlen(text)));
	if (str_take(&line, &notes->kept[notes->kept_count].line) < 0)
		return;
	notes->kept[notes->kept_count++].group = group;
	group->kept++;
}

bool notes_have_problem(const struct notes *notes)
{
	return notes->counts[NOTE_PROBLEM] > 0;
}

size_t notes_count(const struct notes *notes, enum note_kind kind)
{
	return notes->counts[kind];
}

/* The notes of one format string, after which a line says how many more there are. */
static void print_group(const struct notes *notes, const struct notes_group *group, struct str *str)
{
	static const char *const words[NOTE_KINDS] = {"", "left out: ", "changed: ", "please check: "};

	for (size_t i = 0; i < notes->kept_count; i++) {
		const struct note *note = &notes->kept[i];

		if (note->group == group)
			str_printf(str, "%.*s%s%s\n", (int)note->text_at, note->line, words[group->kind],
					note->line + note->text_at);
	}
	if (group->count > group->kept)
		str_printf(str, "%s%zu more like this\n", group->kept ? "  and " : words[group->kind],
				group->count - group->kept);
}

void notes_print(const struct notes *notes, struct str *str)
{
	for (int kind = 0; kind < NOTE_KINDS; kind++) {
		for (size_t i = 0; i < notes->group_count; i++) {
			if ((int)notes->groups[i].kind == kind)
				print_group(notes, &notes->groups[i], str);
		}
	}
}
