/* The episodes of one show by their IDs of IMDb. */

#include "bot/import/imdb_episodes.h"

#include <errno.h>
#include <stdlib.h>

#define DIGITS_MAX 18

uint64_t imdb_id(const char *text, size_t length)
{
	uint64_t id = 0;
	size_t at = 2;

	if (length < 3 || text[0] != 't' || text[1] != 't')
		return 0;
	for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
		if (at - 2 >= DIGITS_MAX)
			return 0;
		id = id * 10 + (uint64_t)(text[at] - '0');
	}
	return at == length || text[at] == '\t' ? id : 0;
}

int imdb_episodes_add(struct imdb_episodes *episodes, uint64_t id, int season, int number)
{
	if (episodes->count == episodes->capacity) {
		size_t capacity = episodes->capacity ? episodes->capacity * 2 : 64;
		struct imdb_episode *list = reallocarray(episodes->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		episodes->list = list;
		episodes->capacity = capacity;
	}
	episodes->list[episodes->count++] =
			(struct imdb_episode){.id = id, .season = season, .number = number};
	episodes->is_sorted = false;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct imdb_episode *first = a, *second = b;

	return first->id < second->id ? -1 : first->id > second->id;
}

const struct imdb_episode *imdb_episodes_find(struct imdb_episodes *episodes, uint64_t id)
{
	const struct imdb_episode wanted = {.id = id};

	if (!id || !episodes->count)
		return NULL;
	if (!episodes->is_sorted)
		qsort(episodes->list, episodes->count, sizeof(*episodes->list), by_id);
	episodes->is_sorted = true;
	return bsearch(&wanted, episodes->list, episodes->count, sizeof(*episodes->list), by_id);
}

void imdb_episodes_release(struct imdb_episodes *episodes)
{
	free(episodes->list);
	*episodes = (struct imdb_episodes){0};
}

void imdb_episodes_judge(
		const struct imdb_episodes *episodes, const struct show_draft *draft, struct notes *notes)
{
	size_t untitled = 0;

	if (!*episodes->show || episodes->has_titles)
		return;
	for (size_t i = 0; i < draft->episode_count; i++)
		untitled += !*draft->episodes[i]->values[EPISODE_NAME].text;
	if (untitled > 0)
		notes_add(notes, NOTE_DOUBTFUL, episodes->at,
				"has no titles; give title.basics.tsv.gz of the same site together with it");
}
