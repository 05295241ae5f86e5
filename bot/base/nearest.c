/* "Did you mean": the optimal string alignment distance, and the nearest candidate. */

#include "bot/base/nearest.h"

#include <stdbool.h>
#include <string.h>

#include "bot/base/utf8.h"

#define NEAREST_MAX_BYTES 64 /* longer words are not compared */

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned nearest_distance(const char *a, const char *b, unsigned limit)
{
	/* Three rows of the table: a swap looks two rows back. */
	unsigned rows[3][NEAREST_MAX_BYTES + 1];
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t gap = a_length > b_length ? a_length - b_length : b_length - a_length;

	if (gap > limit || a_length > NEAREST_MAX_BYTES || b_length > NEAREST_MAX_BYTES)
		return strcmp(a, b) == 0 ? 0 : limit + 1;
	for (unsigned j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		/* Cells further from the diagonal cost more than the limit. */
		size_t low = i > limit ? i - limit : 1, high = i + limit < b_length ? i + limit : b_length;
		unsigned best = row[low - 1] = low == 1 ? (unsigned)i : limit + 1;

		if (high < b_length)
			row[high + 1] = limit + 1;
		for (size_t j = low; j <= high; j++) {
			row[j] = min_of(above[j] + 1, row[j - 1] + 1);
			row[j] = min_of(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_of(row[j], two_above[j - 2] + 1);
			best = min_of(best, row[j]);
		}
		/* Later rows, even by a swap across this one, cost at least the best of this row. */
		if (best > limit)
			return limit + 1;
	}
	return min_of(rows[a_length % 3][b_length], limit + 1);
}

unsigned nearest_forgiven(const char *word)
{
	size_t letters = utf8_codepoints(word);

	return letters >= 7 ? 2 : letters >= 5 ? 1 : 0;
}

const char *nearest_of(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	unsigned limit = length <= 4 ? 1 : length <= 8 ? 2 : 3;
	unsigned best = limit + 1;
	const char *nearest = NULL;
	bool is_tie = false;

	for (size_t i = 0; i < count; i++) {
		unsigned distance = nearest_distance(word, candidates[i], limit);

		/* As many edits as letters would replace the whole word. */
		if (distance > limit || distance >= length)
			continue;
		if (distance < best) {
			best = distance;
			nearest = candidates[i];
			is_tie = false;
		} else if (distance == best && strcmp(nearest, candidates[i]) != 0) {
			is_tie = true;
		}
	}
	return is_tie ? NULL : nearest;
}
