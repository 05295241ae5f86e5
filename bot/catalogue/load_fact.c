/* Facts, content warnings and lines of dialogue: what has a reveal. */

#include <string.h>

#include "bot/base/nearest.h"
#include "bot/catalogue/facts.h"
#include "bot/catalogue/loader.h"
#include "bot/catalogue/telling.h"

void load_fact(struct loader *loader, struct json_node *object, const char *key, int reveal, struct fact *ret)
{
	ret->reveal = load_order(loader, object, "reveal", reveal);
	ret->text = telling_of(load_text(loader, object, key, JSON_REQUIRED));
	ret->sources = load_source_ids(loader, object, &ret->source_count);
}

const struct fact *load_facts(struct loader *loader, struct json_node *object, const char *key, int reveal,
		size_t *ret_count)
{
	static const char *const KNOWN[] = {"text", "sources", "reveal"};
	struct json_node *array, *item;
	struct fact *facts;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, key, JSON_OPTIONAL, &array))
		return NULL;
	facts = arena_array(loader_arena(loader), json_count(array), sizeof(*facts));
	if (!facts)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		if (!load_is_object(loader, item, "a fact"))
			continue;
		json_known_keys(loader->json, item, KNOWN, LOADER_COUNT(KNOWN), true);
		load_fact(loader, item, "text", reveal, &facts[count]);
		facts[count].words = facts_words(loader_arena(loader), telling_text(facts[count].text));
		count++;
	}
	*ret_count = count;
	return facts;
}

/* The closed list of categories. */
static bool find_category(struct loader *loader, const struct json_node *node, enum warning_kind *ret)
{
	const char *name = json_string(node), *nearest, *names[WARNING_COUNT];

	for (int kind = 0; kind < WARNING_COUNT; kind++) {
		names[kind] = warning_text((enum warning_kind)kind);
		if (name && str_equal_nocase(name, names[kind])) {
			*ret = (enum warning_kind)kind;
			return true;
		}
	}
	nearest = name && !json_is_full(loader->json) ? nearest_of(name, names, WARNING_COUNT) : NULL;
	if (nearest)
		json_problem(loader->json, node, "there is no category \"%s\"; do you mean \"%s\"?", name,
				nearest);
	else
		json_problem(loader->json, node,
				"the category of a warning must be violence, blood, self-harm, suicide, "
				"sexual "
				"violence, bullying, harm to children, harm to animals, flashing lights or "
				"grief");
	return false;
}

static bool load_warning(struct loader *loader, struct json_node *node, int reveal, struct warning *ret)
{
	static const char *const KNOWN[] = {"category", "note", "reveal", "sources"};

	ret->note.text = telling_of("");
	if (json_type(node) == JSON_STRING)
		return find_category(loader, node, &ret->kind);
	if (!load_is_object(loader, node, "a warning that is not only a category"))
		return false;
	json_known_keys(loader->json, node, KNOWN, LOADER_COUNT(KNOWN), true);
	if (!json_get(node, "category")) {
		json_problem(loader->json, node, "\"category\" is missing");
		return false;
	}
	ret->note.reveal = load_order(loader, node, "reveal", reveal);
	ret->note.text = telling_of(load_text(loader, node, "note", JSON_OPTIONAL));
	ret->note.sources = load_source_ids(loader, node, &ret->note.source_count);
	return find_category(loader, json_get(node, "category"), &ret->kind);
}

const struct warning *load_warnings(
		struct loader *loader, struct json_node *object, int reveal, size_t *ret_count)
{
	struct json_node *array, *item;
	struct warning *warnings;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, "warnings", JSON_OPTIONAL, &array))
		return NULL;
	warnings = arena_array(loader_arena(loader), json_count(array), sizeof(*warnings));
	if (!warnings)
		return NULL;
	for (item = json_first(array); item; item = json_next(item))
		count += load_warning(loader, item, reveal, &warnings[count]);
	*ret_count = count;
	return warnings;
}

const struct quote *load_quotes(
		struct loader *loader, struct json_node *object, int reveal, size_t *ret_count)
{
	static const char *const KNOWN[] = {"text", "speaker", "reveal", "sources"};
	struct json_node *array, *item;
	struct quote *quotes;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, "quotes", JSON_OPTIONAL, &array))
		return NULL;
	quotes = arena_array(loader_arena(loader), json_count(array), sizeof(*quotes));
	if (!quotes)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		if (!load_is_object(loader, item, "a quote"))
			continue;
		json_known_keys(loader->json, item, KNOWN, LOADER_COUNT(KNOWN), true);
		load_fact(loader, item, "text", reveal, &quotes[count].said);
		quotes[count].speaker = load_name(loader, item, "speaker", JSON_OPTIONAL);
		count++;
	}
	*ret_count = count;
	return quotes;
}
