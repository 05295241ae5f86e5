/* Rows and cells of CSV and TSV. */

#include "bot/import/sheet.h"

#include <errno.h>
#include <string.h>

#include "bot/base/utf8.h"

#define MARK       "\xEF\xBB\xBF"
#define MARK_BYTES 3

static bool is_line_end(char byte)
{
	return byte == '\n' || byte == '\r';
}

static size_t mark_length(const char *bytes, size_t length)
{
	return length >= MARK_BYTES && memcmp(bytes, MARK, MARK_BYTES) == 0 ? MARK_BYTES : 0;
}

/* Excel's own hint, which only Excel hides: "sep=;" as the first line. Returns its bytes. */
static size_t hint_length(const char *bytes, size_t length)
{
	static const char HINT[] = "sep=";
	size_t begin = sizeof(HINT) - 1, end = begin + 1;

	if (length < end + 1 || memcmp(bytes, HINT, begin) != 0 || !is_line_end(bytes[end]))
		return 0;
	return end;
}

char sheet_separator(const char *bytes, size_t length)
{
	static const char SEPARATORS[] = {'\t', ';', ','};
	size_t counts[sizeof(SEPARATORS)] = {0}, best = 0, i = mark_length(bytes, length);
	bool is_quoted = false;

	if (hint_length(bytes + i, length - i) > 0)
		return bytes[i + 4];
	while (i < length && is_line_end(bytes[i]))
		i++;
	for (; i < length && (is_quoted || !is_line_end(bytes[i])); i++) {
		if (bytes[i] == '"')
			is_quoted = !is_quoted;
		for (size_t k = 0; k < sizeof(SEPARATORS); k++)
			counts[k] += !is_quoted && bytes[i] == SEPARATORS[k];
	}
	for (size_t k = 1; k < sizeof(SEPARATORS); k++)
		best = counts[k] > counts[best] ? k : best;
	return counts[best] > 0 ? SEPARATORS[best] : '\0';
}

void sheet_begin(struct sheet *sheet, const char *bytes, size_t length, char separator, bool has_quotes)
{
	size_t mark = mark_length(bytes, length);

	*sheet = (struct sheet){.at = bytes + mark,
			.end = bytes + length,
			.separator = separator,
			.has_quotes = has_quotes,
			.at_line = 1,
			.at_column = 1,
			.row = STR(SHEET_ROW_MAX_BYTES)};
	if (has_quotes)
		sheet->at += hint_length(sheet->at, (size_t)(sheet->end - sheet->at));
}

void sheet_release(struct sheet *sheet)
{
	str_release(&sheet->row);
}

static int refuse(struct sheet *sheet, unsigned line, unsigned column, const char *problem)
{
	sheet->problem = problem;
	sheet->problem_line = line;
	sheet->problem_column = column;
	return -EBADMSG;
}

/* ---------------------------------------------------------------- characters */

/* Step over a line end: CRLF is one. */
static void pass_line_end(struct sheet *sheet)
{
	bool is_pair = sheet->at[0] == '\r' && sheet->end - sheet->at > 1 && sheet->at[1] == '\n';

	sheet->at += is_pair ? 2 : 1;
	sheet->at_line++;
	sheet->at_column = 1;
}

/* Step over one character, and append it to the row. A line end becomes a line feed, and a NUL a space. */
static int take(struct sheet *sheet)
{
	int32_t codepoint;
	size_t bytes = utf8_next(sheet->at, (size_t)(sheet->end - sheet->at), &codepoint);

	if (codepoint < 0)
		return refuse(sheet, sheet->at_line, sheet->at_column,
				"is not UTF-8 here; save the table as \"CSV UTF-8\"");
	if (is_line_end(*sheet->at)) {
		str_append_char(&sheet->row, '\n');
		pass_line_end(sheet);
		return 0;
	}
	if (codepoint == 0)
		str_append_char(&sheet->row, ' ');
	else
		str_append_bytes(&sheet->row, sheet->at, bytes);
	sheet->at += bytes;
	sheet->at_column++;
	return 0;
}

static bool is_at(const struct sheet *sheet, char byte)
{
	return sheet->at < sheet->end && *sheet->at == byte;
}

static bool is_at_cell_end(const struct sheet *sheet)
{
	return sheet->at == sheet->end || *sheet->at == sheet->separator || is_line_end(*sheet->at);
}

/* ---------------------------------------------------------------- cells */

static int take_quoted(struct sheet *sheet)
{
	unsigned line = sheet->at_line, column = sheet->at_column;
	int r = 0;

	sheet->at++, sheet->at_column++;
	while (r == 0) {
		if (sheet->at == sheet->end || sheet->row.error != 0)
			return refuse(sheet, line, column,
					"a quote that begins a cell and does not end; write a quote in a "
					"text as \"\"");
		if (is_at(sheet, '"')) {
			sheet->at++, sheet->at_column++;
			if (!is_at(sheet, '"'))
				break;
		}
		r = take(sheet);
	}
	while (r == 0 && is_at(sheet, ' '))
		sheet->at++, sheet->at_column++;
	if (r == 0 && !is_at_cell_end(sheet))
		r = refuse(sheet, sheet->at_line, sheet->at_column,
				"a text after the end of a quoted cell; write a quote in a text as \"\"");
	return r;
}

static int take_cell(struct sheet *sheet)
{
	int r = 0;

	if (sheet->has_quotes && is_at(sheet, '"'))
		return take_quoted(sheet);
	while (r == 0 && !is_at_cell_end(sheet) && sheet->row.error == 0)
		r = take(sheet);
	return r;
}

/* The texts move when the row grows, so that their addresses are known at its end. */
static void address_cells(struct sheet *sheet)
{
	const char *text = str_text(&sheet->row);

	for (size_t i = 0; i < sheet->count; i++) {
		sheet->cells[i].text = text;
		text += strlen(text) + 1;
	}
}

static int take_row(struct sheet *sheet)
{
	bool has_more = true;
	int r = 0;

	str_clear(&sheet->row);
	sheet->count = 0;
	sheet->line = sheet->at_line;
	while (r == 0 && has_more) {
		if (sheet->count == SHEET_CELLS_MAX)
			return refuse(sheet, sheet->at_line, sheet->at_column,
					"a row of over 256 cells; leave out the others");
		sheet->cells[sheet->count++] =
				(struct sheet_cell){.line = sheet->at_line, .column = sheet->at_column};
		r = take_cell(sheet);
		str_append_char(&sheet->row, '\0');
		has_more = is_at(sheet, sheet->separator);
		if (has_more)
			sheet->at++, sheet->at_column++;
	}
	if (sheet->row.error == -EMSGSIZE)
		return refuse(sheet, sheet->line, 1, "a row of over 1 MB; a quote may be missing");
	if (r == 0 && sheet->row.error == 0 && sheet->at < sheet->end)
		pass_line_end(sheet);
	return r < 0 ? r : sheet->row.error;
}

/* Whether a row has a cell with a text. */
static bool has_text(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->count; i++) {
		if (sheet->cells[i].text[strspn(sheet->cells[i].text, " \t\n")])
			return true;
	}
	return false;
}

int sheet_next(struct sheet *sheet)
{
	int r;

	while (sheet->at < sheet->end) {
		r = take_row(sheet);
		if (r < 0)
			return r;
		address_cells(sheet);
		if (has_text(sheet))
			return 1;
	}
	sheet->count = 0;
	return 0;
}
