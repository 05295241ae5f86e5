#ifndef EPISODED_IMPORT_SHEET_H
#define EPISODED_IMPORT_SHEET_H

/*
 * Text in rows and cells: CSV of any separator, and TSV. Rows are read one after the other, so that a file of any size takes
 * the memory of its longest row.
 *
 * libcsv is not used: it splits at one known separator, and tells neither line nor column.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define SHEET_CELLS_MAX     256
#define SHEET_ROW_MAX_BYTES (1024u * 1024)

struct sheet_cell {
	const char *text;      /* UTF-8, terminated; quotes removed; not trimmed */
	unsigned line, column; /* where it begins, from 1; column in characters */
};

struct sheet {
	/* The present row. Borrowed until the next call. */
	struct sheet_cell cells[SHEET_CELLS_MAX];
	size_t count;
	unsigned line; /* where the row begins */

	/* After -EBADMSG. */
	const char *problem; /* and its fix */
	unsigned problem_line, problem_column;

	/* Internal. */
	const char *at, *end;
	char separator;
	bool has_quotes;
	unsigned at_line, at_column;
	struct str row; /* the texts of the cells, each with its NUL */
};

/* How a table that people make is separated: by ';', ',' or a tab, of which the first row has most outside of quotes. '\0': by
 * neither. Skips a byte order mark. */
char sheet_separator(const char *bytes, size_t length);

/* Begin to read. bytes are borrowed until sheet_release(). has_quotes: a cell that begins with a quote ends with one, as
 * RFC 4180 says; false: quotes are text, as IMDb writes. A byte order mark and Excel's "sep=;" are skipped. */
void sheet_begin(struct sheet *sheet, const char *bytes, size_t length, char separator, bool has_quotes);

/*
 * sheet_next - the next row that is not empty.
 *
 * Shape:   cells up to a separator or the end of the line (LF, CRLF or CR); a quoted cell may hold line breaks, and a quote as two.
 * Work:    linear in the bytes of the row.
 * Errors:  1 there is one, 0 the end; -EBADMSG with the problem: not UTF-8, a quote that does not end, a row that is too
 *          long; -ENOMEM.
 * Source:  RFC 4180; files of Excel, LibreOffice and Google Sheets.
 */
int sheet_next(struct sheet *sheet);
void sheet_release(struct sheet *sheet);

#endif
