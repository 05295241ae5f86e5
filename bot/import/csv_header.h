#ifndef EPISODED_IMPORT_CSV_HEADER_H
#define EPISODED_IMPORT_CSV_HEADER_H

/* The header of a table of episodes: which column is what, by our names and by those that people give them. */

#include "bot/import/sheet.h"

enum csv_column {
	CSV_CODE, /* "s01e05", "1x05" */
	CSV_SEASON,
	CSV_NUMBER, /* a number, or a code */
	CSV_NAME,
	CSV_AIRDATE,
	CSV_AIRTIME,
	CSV_AIRSTAMP,
	CSV_RUNTIME,
	CSV_TEASER,
	CSV_SUMMARY,
	CSV_IMAGE,
	CSV_URL,
	CSV_RATING,
	CSV_TYPE,
	CSV_KEYWORDS,
	CSV_TRIVIA,
	CSV_TITLE_REVEAL,
	CSV_REVEAL, /* of a special: the episode after which it belongs */
	CSV_SHOW,
	CSV_COLUMNS,
};

struct csv_header {
	int cells[CSV_COLUMNS]; /* the index of the column's cell in each row; -1: the table does not have it */
	enum csv_column columns
			[SHEET_CELLS_MAX]; /* what each cell names; CSV_COLUMNS: no column that is known */
	size_t count;                      /* cells of the header */
};

/* Our name of a column. */
const char *csv_name(enum csv_column column);
/* For an unknown column: the name that is meant, or NULL. */
const char *csv_nearest(const char *text);

/* Is the row a header: does it name two columns ("Air Date" is "airdate"), of which one tells the episode? Of two columns with one
 * name, the first counts. 1, 0; -ENOMEM. */
int csv_header_read(const struct sheet *row, struct csv_header *ret);

#endif
