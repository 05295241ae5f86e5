/* The sources of a dataset, and the lists of their ids. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/catalogue/loader.h"

static void load_source(struct loader *loader, struct json_node *node, struct source *ret)
{
	static const char *const KNOWN[] = {"id", "title", "publisher", "url", "published", "note"};
	const char *url = load_text(loader, node, "url", JSON_OPTIONAL);

	json_known_keys(loader->json, node, KNOWN, LOADER_COUNT(KNOWN), true);
	ret->id = load_name(loader, node, "id", JSON_REQUIRED);
	ret->title = load_text(loader, node, "title", JSON_REQUIRED);
	ret->publisher = load_text(loader, node, "publisher", JSON_OPTIONAL);
	ret->url = *url ? url : NULL;
	ret->published = load_date(loader, node, "published");
}

static int compare_id(const void *key, const void *entry)
{
	return strcmp(key, (*(const struct source *const *)entry)->id);
}

static const struct source *find_source(const struct loader *loader, const char *id)
{
	const struct source **found;

	if (loader->source_count == 0)
		return NULL;
	found = bsearch(id, loader->by_id, loader->source_count, sizeof(*found), compare_id);
	return found ? *found : NULL;
}

/* Order sources by id, then by their order in the file. */
static int compare_sources(const void *a, const void *b)
{
	const struct source *one = *(const struct source *const *)a,
			    *other = *(const struct source *const *)b;
	int order = strcmp(one->id, other->id);

	return order ? order : (one > other) - (one < other);
}

/* Sort the sources, so that finding duplicate ids is not quadratic for a file with many sources. */
static void sort_sources(struct loader *loader, const struct json_node *const *nodes)
{
	qsort(loader->by_id, loader->source_count, sizeof(*loader->by_id), compare_sources);
	for (size_t i = 1; i < loader->source_count; i++) {
		const struct source *source = loader->by_id[i];

		if (strcmp(loader->by_id[i - 1]->id, source->id) == 0)
			json_problem(loader->json, nodes[source - loader->sources],
					"there are two sources with the id \"%s\"", source->id);
	}
}

void load_sources(struct loader *loader, struct json_node *object)
{
	struct json_node *array, *item;
	struct source *sources;
	const struct source **all;
	const struct json_node **nodes;
	size_t count;

	if (!json_array(loader->json, object, "sources", JSON_OPTIONAL, &array))
		return;
	count = json_count(array);
	sources = arena_array(loader_arena(loader), count, sizeof(*sources));
	all = arena_array(loader_arena(loader), count, sizeof(const struct source *));
	loader->by_id = arena_array(loader_arena(loader), count, sizeof(const struct source *));
	nodes = calloc(count + 1, sizeof(*nodes));
	if (!sources || !all || !loader->by_id || !nodes) {
		loader_arena(loader)->error = -ENOMEM;
		free(nodes);
		return;
	}
	loader->sources = sources;
	loader->all_sources = all;
	for (item = json_first(array); item; item = json_next(item)) {
		struct source source = {0};

		if (!load_is_object(loader, item, "a source"))
			continue;
		load_source(loader, item, &source);
		sources[loader->source_count] = source;
		all[loader->source_count] = &sources[loader->source_count];
		loader->by_id[loader->source_count] = &sources[loader->source_count];
		nodes[loader->source_count] = item;
		loader->source_count++;
	}
	if (loader->source_count > 0)
		sort_sources(loader, nodes);
	free(nodes);
}

/* The known id nearest to this one; NULL when no id is near. */
static const char *nearest_id(struct loader *loader, const char *id)
{
	size_t count = loader->source_count < LOAD_ADVICE_MAX ? loader->source_count : LOAD_ADVICE_MAX;
	const char **ids = calloc(count + 1, sizeof(*ids)), *nearest;

	if (!ids) {
		loader_arena(loader)->error = -ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		ids[i] = loader->sources[i].id;
	nearest = nearest_of(id, ids, count);
	free(ids);
	return nearest;
}

static void problem_no_source(struct loader *loader, const struct json_node *node, const char *id)
{
	const char *nearest = json_is_full(loader->json) ? NULL : nearest_id(loader, id);

	if (nearest)
		json_problem(loader->json, node, "there is no source \"%s\"; do you mean \"%s\"?", id,
				nearest);
	else
		json_problem(loader->json, node,
				"there is no source \"%s\"; the show's \"sources\" list them", id);
}

const struct source *const *load_source_ids(
		struct loader *loader, struct json_node *object, size_t *ret_count)
{
	struct json_node *array, *item;
	const struct source **sources;
	size_t count = 0;

	if (!json_array(loader->json, object, "sources", JSON_OPTIONAL, &array)) {
		*ret_count = loader->source_count;
		return loader->all_sources;
	}
	*ret_count = 0;
	sources = arena_array(loader_arena(loader), json_count(array), sizeof(const struct source *));
	if (!sources)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		const char *id = json_string(item);
		const struct source *source = id ? find_source(loader, id) : NULL;

		if (source)
			sources[count++] = source;
		else if (id)
			problem_no_source(loader, item, id);
		else
			json_problem(loader->json, item, "\"sources\" must be a list of source ids");
	}
	*ret_count = count;
	return sources;
}
