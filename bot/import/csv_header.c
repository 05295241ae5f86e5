/* The header of a table of episodes. */

#include "bot/import/csv_header.h"

#include <errno.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"

#define NAME_BYTES 200

/* Folded: words in lower case with one space between them. Our own names first. */
static const struct {
	const char *name;
	enum csv_column column;
} NAMES[] = {
		{"code", CSV_CODE},
		{"season", CSV_SEASON},
		{"number", CSV_NUMBER},
		{"name", CSV_NAME},
		{"airdate", CSV_AIRDATE},
		{"airtime", CSV_AIRTIME},
		{"airstamp", CSV_AIRSTAMP},
		{"runtime", CSV_RUNTIME},
		{"teaser", CSV_TEASER},
		{"summary", CSV_SUMMARY},
		{"image", CSV_IMAGE},
		{"url", CSV_URL},
		{"rating", CSV_RATING},
		{"type", CSV_TYPE},
		{"keywords", CSV_KEYWORDS},
		{"trivia", CSV_TRIVIA},
		{"title reveal", CSV_TITLE_REVEAL},
		{"reveal", CSV_REVEAL},
		{"show", CSV_SHOW},
		{"episode code", CSV_CODE},
		{"season number", CSV_SEASON},
		{"season no", CSV_SEASON},
		{"episode", CSV_NUMBER},
		{"episode number", CSV_NUMBER},
		{"episode no", CSV_NUMBER},
		{"ep", CSV_NUMBER},
		{"no in season", CSV_NUMBER},
		{"title", CSV_NAME},
		{"episode title", CSV_NAME},
		{"episode name", CSV_NAME},
		{"air date", CSV_AIRDATE},
		{"date", CSV_AIRDATE},
		{"aired", CSV_AIRDATE},
		{"first aired", CSV_AIRDATE},
		{"original air date", CSV_AIRDATE},
		{"release date", CSV_AIRDATE},
		{"air time", CSV_AIRTIME},
		{"time", CSV_AIRTIME},
		{"length", CSV_RUNTIME},
		{"duration", CSV_RUNTIME},
		{"minutes", CSV_RUNTIME},
		{"plot", CSV_SUMMARY},
		{"synopsis", CSV_SUMMARY},
		{"description", CSV_SUMMARY},
		{"overview", CSV_SUMMARY},
		{"logline", CSV_TEASER},
		{"tagline", CSV_TEASER},
		{"picture", CSV_IMAGE},
		{"link", CSV_URL},
		{"score", CSV_RATING},
		{"tags", CSV_KEYWORDS},
		{"series", CSV_SHOW},
};

#define NAME_COUNT (sizeof(NAMES) / sizeof(NAMES[0]))

const char *csv_name(enum csv_column column)
{
	return column == CSV_TITLE_REVEAL ? "title_reveal" : NAMES[column].name;
}

/* The column that a text names; CSV_COLUMNS: no column. -ENOMEM. */
static int column_of(const char *text, enum csv_column *ret)
{
	struct str name = STR(NAME_BYTES);
	int r;

	*ret = CSV_COLUMNS;
	utf8_fold_apart(&name, text);
	for (size_t i = 0; i < NAME_COUNT && *ret == CSV_COLUMNS && name.error == 0; i++) {
		if (strcmp(NAMES[i].name, str_text(&name)) == 0)
			*ret = NAMES[i].column;
	}
	/* "#" and "No." are usual, and nothing once they are folded, or a word of many meanings. */
	if (*ret == CSV_COLUMNS && (strcmp(text, "#") == 0 || strcmp(str_text(&name), "no") == 0))
		*ret = CSV_NUMBER;
	r = name.error == -ENOMEM ? -ENOMEM : 0;
	str_release(&name);
	return r;
}

const char *csv_nearest(const char *text)
{
	const char *names[CSV_COLUMNS], *nearest;
	struct str name = STR(NAME_BYTES);

	for (size_t i = 0; i < CSV_COLUMNS; i++)
		names[i] = csv_name((enum csv_column)i);
	utf8_fold_apart(&name, text);
	nearest = name.error == 0 ? nearest_of(str_text(&name), names, CSV_COLUMNS) : NULL;
	str_release(&name);
	return nearest;
}

int csv_header_read(const struct sheet *row, struct csv_header *ret)
{
	size_t known = 0;

	ret->count = row->count;
	for (size_t i = 0; i < CSV_COLUMNS; i++)
		ret->cells[i] = -1;
	for (size_t i = 0; i < row->count; i++) {
		int r = column_of(row->cells[i].text, &ret->columns[i]);

		if (r < 0)
			return r;
		if (ret->columns[i] == CSV_COLUMNS || ret->cells[ret->columns[i]] >= 0)
			continue;
		ret->cells[ret->columns[i]] = (int)i;
		known++;
	}
	return known >= 2 && (ret->cells[CSV_NUMBER] >= 0 || ret->cells[CSV_CODE] >= 0);
}
