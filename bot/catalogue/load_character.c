/* The characters of a dataset. */

#include <errno.h>
#include <stdlib.h>

#include "bot/catalogue/loader.h"

/* A fact and its position in the file. */
struct load_numbered {
	struct fact fact;
	size_t position;
};

static int compare_numbered(const void *a, const void *b)
{
	const struct load_numbered *one = a, *other = b;
	int order = (one->fact.reveal > other->fact.reveal) - (one->fact.reveal < other->fact.reveal);

	return order ? order : (one->position > other->position) - (one->position < other->position);
}

/* The facts in order of their reveal. */
static const struct fact *sorted_facts(struct loader *loader, const struct fact *facts, size_t count)
{
	struct fact *sorted = arena_array(loader_arena(loader), count, sizeof(*sorted));
	struct load_numbered *numbered = calloc(count + 1, sizeof(*numbered));

	if (!sorted || !numbered) {
		loader_arena(loader)->error = -ENOMEM;
		free(numbered);
		return facts;
	}
	for (size_t i = 0; i < count; i++)
		numbered[i] = (struct load_numbered){.fact = facts[i], .position = i};
	qsort(numbered, count, sizeof(*numbered), compare_numbered);
	for (size_t i = 0; i < count; i++)
		sorted[i] = numbered[i].fact;
	free(numbered);
	return sorted;
}

static void load_character(struct loader *loader, struct json_node *node, int last, struct character *ret)
{
	static const char *const KNOWN[] = {
			"name", "aliases", "about", "facts", "image", "reveal", "first_seen", "sources"};
	const struct fact *facts;

	json_known_keys(loader->json, node, KNOWN, LOADER_COUNT(KNOWN), true);
	ret->name = load_name(loader, node, "name", JSON_REQUIRED);
	ret->aliases = load_names(loader, node, "aliases", &ret->alias_count);
	ret->first_seen = load_order(loader, node, "first_seen", 0);
	ret->image = load_picture(loader, node, "image");
	load_fact(loader, node, "about", ret->first_seen, &ret->about);
	/* What is not said to be safe earlier is told after the last episode. */
	facts = load_facts(loader, node, "facts", last, &ret->fact_count);
	ret->facts = ret->fact_count > 1 ? sorted_facts(loader, facts, ret->fact_count) : facts;
}

const struct character *load_characters(
		struct loader *loader, struct json_node *object, int last, size_t *ret_count)
{
	struct json_node *array, *item;
	struct character *characters;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, "characters", JSON_OPTIONAL, &array))
		return NULL;
	characters = arena_array(loader_arena(loader), json_count(array), sizeof(*characters));
	if (!characters)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		if (load_is_object(loader, item, "a character"))
			load_character(loader, item, last, &characters[count++]);
	}
	*ret_count = count;
	return characters;
}
