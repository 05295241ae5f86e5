/* Rows and cells of CSV and TSV. */

#include "bot/import/table.h"

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

char table_separator(const char *bytes, size_t length)
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

void table_begin(struct table *table, const char *bytes, size_t length, char separator, bool has_quotes)
{
	size_t mark = mark_length(bytes, length);

	*table = (struct table){.at = bytes + mark,
			.end = bytes + length,
			.separator = separator,
			.has_quotes = has_quotes,
			.at_line = 1,
			.at_column = 1,
			.row = STR(TABLE_ROW_MAX_BYTES)};
	if (has_quotes)
		table->at += hint_length(table->at, (size_t)(table->end - table->at));
}

void table_release(struct table *table)
{
	str_release(&table->row);
}

static int refuse(struct table *table, unsigned line, unsigned column, const char *problem)
{
	table->problem = problem;
	table->problem_line = line;
	table->problem_column = column;
	return -EBADMSG;
}

/* ---------------------------------------------------------------- characters */

/* Step over a line end: CRLF is one. */
static void pass_line_end(struct table *table)
{
	bool is_pair = table->at[0] == '\r' && table->end - table->at > 1 && table->at[1] == '\n';

	table->at += is_pair ? 2 : 1;
	table->at_line++;
	table->at_column = 1;
}

/* Step over one character, and append it to the row. A line end becomes a line feed, and a NUL a space. */
static int take(struct table *table)
{
	int32_t codepoint;
	size_t bytes = utf8_next(table->at, (size_t)(table->end - table->at), &codepoint);

	if (codepoint < 0)
		return refuse(table, table->at_line, table->at_column,
				"is not UTF-8 here; save the table as \"CSV UTF-8\"");
	if (is_line_end(*table->at)) {
		str_append_char(&table->row, '\n');
		pass_line_end(table);
		return 0;
	}
	if (codepoint == 0)
		str_append_char(&table->row, ' ');
	else
		str_append_bytes(&table->row, table->at, bytes);
	table->at += bytes;
	table->at_column++;
	return 0;
}

static bool is_at(const struct table *table, char byte)
{
	return table->at < table->end && *table->at == byte;
}

static bool is_at_cell_end(const struct table *table)
{
	return table->at == table->end || *table->at == table->separator || is_line_end(*table->at);
}

/* ---------------------------------------------------------------- cells */

static int take_quoted(struct table *table)
{
	unsigned line = table->at_line, column = table->at_column;
	int r = 0;

	table->at++, table->at_column++;
	while (r == 0) {
		if (table->at == table->end || table->row.error != 0)
			return refuse(table, line, column,
					"a quote that begins a cell and does not end; write a quote in a "
					"text as \"\"");
		if (is_at(table, '"')) {
			table->at++, table->at_column++;
			if (!is_at(table, '"'))
				break;
		}
		r = take(table);
	}
	while (r == 0 && is_at(table, ' '))
		table->at++, table->at_column++;
	if (r == 0 && !is_at_cell_end(table))
		r = refuse(table, table->at_line, table->at_column,
				"a text after the end of a quoted cell; write a quote in a text as \"\"");
	return r;
}

static int take_cell(struct table *table)
{
	int r = 0;

	if (table->has_quotes && is_at(table, '"'))
		return take_quoted(table);
	while (r == 0 && !is_at_cell_end(table) && table->row.error == 0)
		r = take(table);
	return r;
}

/* The texts move when the row grows, so that their addresses are known at its end. */
static void address_cells(struct table *table)
{
	const char *text = str_text(&table->row);

	for (size_t i = 0; i < table->count; i++) {
		table->cells[i].text = text;
		text += strlen(text) + 1;
	}
}

static int take_row(struct table *table)
{
	bool has_more = true;
	int r = 0;

	str_clear(&table->row);
	table->count = 0;
	table->line = table->at_line;
	while (r == 0 && has_more) {
		if (table->count == TABLE_CELLS_MAX)
			return refuse(table, table->at_line, table->at_column,
					"a row of over 256 cells; leave out the others");
		table->cells[table->count++] =
				(struct table_cell){.line = table->at_line, .column = table->at_column};
		r = take_cell(table);
		str_append_char(&table->row, '\0');
		has_more = is_at(table, table->separator);
		if (has_more)
			table->at++, table->at_column++;
	}
	if (table->row.error == -EMSGSIZE)
		return refuse(table, table->line, 1, "a row of over 1 MB; a quote may be missing");
	if (r == 0 && table->row.error == 0 && table->at < table->end)
		pass_line_end(table);
	return r < 0 ? r : table->row.error;
}

/* Whether a row has a cell with a text. */
static bool has_text(const struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->cells[i].text[strspn(table->cells[i].text, " \t\n")])
			return true;
	}
	return false;
}

int table_next(struct table *table)
{
	int r;

	while (table->at < table->end) {
		r = take_row(table);
		if (r < 0)
			return r;
		address_cells(table);
		if (has_text(table))
			return 1;
	}
	table->count = 0;
	return 0;
}
