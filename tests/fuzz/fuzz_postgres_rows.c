/* Rows with any cells, as a server that is not ours may send them: each is read as something. */

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/postgres/failure.h"
#include "bot/postgres/statements.h"
#include "fuzzed.h"

#define CELLS_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *cell_of(const void *source, size_t row, unsigned column)
{
	const char *const *cells = source;
	unsigned columns = (unsigned)strtoul(cells[CELLS_MAX], NULL, 10);

	return cells[row * columns + column];
}

static void read_row(const struct rows *rows, size_t row)
{
	struct journal_entry entry;
	const char *mark;

	for (unsigned column = 0; column <= rows->columns; column++) {
		const char *text = rows_text(rows, row, column);

		assert(text);
		assert(!rows_is_null(rows, row, column) || !*text);
		assert(isfinite(rows_seconds(rows, row, column)));
		if (rows_number(rows, row, column) != 0)
			assert(strpbrk(text, "123456789"));
		(void)rows_flag(rows, row, column);
	}
	rows_entry(rows, row, "home", &entry, &mark);
	assert(entry.id && entry.channel && entry.author_id && entry.author_name && entry.account &&
			entry.text && entry.extra);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	char *cells[CELLS_MAX + 1], columns[16], sqlstate[FAILURE_STATE_BYTES];
	unsigned width = fuzzed_byte(&input) % 16 + 1;
	size_t count = 0, length;
	struct rows rows = {0, width, cell_of, cells};

	while (count < CELLS_MAX && (cells[count] = fuzzed_line(&input, &length)) != NULL) {
		if (failure_state(cells[count], sqlstate))
			assert(strlen(sqlstate) == 5 && strlen(failure_fix(sqlstate)) < 400);
		if (strcmp(cells[count], "NULL") == 0) {
			free(cells[count]);
			cells[count] = NULL;
		}
		count++;
	}
	snprintf(columns, sizeof(columns), "%u", width);
	cells[CELLS_MAX] = columns;
	rows.count = count / width;
	for (size_t row = 0; row <= rows.count; row++)
		read_row(&rows, row);
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
	return 0;
}
