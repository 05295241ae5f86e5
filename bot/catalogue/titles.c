/* The titles of a show's episodes, sorted. */

#include "bot/catalogue/titles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/telling.h"

#define TITLE_FOLDED_MAX_BYTES 65536

static int compare_titles(const void *a, const void *b)
{
	const struct title *one = a, *other = b;
	int order = strcmp(one->folded, other->folded);

	return order ? order : (one->episode > other->episode) - (one->episode < other->episode);
}

const struct titles *titles_new(const struct show *show, struct arena *arena)
{
	struct titles *titles = arena_array(arena, 1, sizeof(*titles));
	struct str folded = STR(TITLE_FOLDED_MAX_BYTES);

	if (titles)
		titles->list = arena_array(arena, show->episode_count, sizeof(*titles->list));
	for (size_t i = 0; titles && titles->list && i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];

		if (episode->is_name_generic)
			continue;
		str_clear(&folded);
		utf8_fold(&folded, telling_text(episode->name));
		if (folded.error == -ENOMEM)
			arena->error = -ENOMEM;
		if (folded.error || folded.length == 0)
			continue;
		titles->list[titles->count++] = (struct title){
				.folded = arena_text(arena, str_text(&folded)), .episode = episode};
	}
	str_release(&folded);
	if (titles && titles->list && titles->count)
		qsort(titles->list, titles->count, sizeof(*titles->list), compare_titles);
	return arena->error ? NULL : titles;
}

size_t titles_find(const struct titles *titles, const char *folded, const struct title **ret)
{
	size_t low = 0, high = titles ? titles->count : 0, count = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(titles->list[middle].folded, folded) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (titles && low + count < titles->count && strcmp(titles->list[low + count].folded, folded) == 0)
		count++;
	if (count)
		*ret = &titles->list[low];
	return count;
}

bool titles_has(const struct show *show, const char *words)
{
	struct str folded = STR(TITLE_FOLDED_MAX_BYTES);
	const struct title *first;
	bool found;

	utf8_fold(&folded, words);
	found = !folded.error && titles_find(show->titles, str_text(&folded), &first) == 1;
	str_release(&folded);
	return found;
}
