/* The lists of a draft: names, facts, cast, sources. An item that a list has already is not added again. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"
#include "bot/import/as_json.h"
#include "bot/import/clean.h"

/* A hash table with open addressing, of the items' keys. */
struct draft_keys {
	size_t slot_count; /* a power of two, more than twice the items */
	const struct draft_item *slots[];
};

static size_t slot_of(const struct draft_keys *keys, const char *key)
{
	size_t slot = (size_t)str_hash(0, key, strlen(key)) & (keys->slot_count - 1);

	while (keys->slots[slot] && strcmp(keys->slots[slot]->key, key) != 0)
		slot = (slot + 1) & (keys->slot_count - 1);
	return slot;
}

/* Make place for one more item. */
static bool grow(struct show_draft *draft, struct draft_list *list)
{
	size_t slot_count = list->keys ? list->keys->slot_count * 2 : 16;
	struct draft_keys *keys;

	if (list->keys && (list->count + 1) * 2 <= list->keys->slot_count)
		return true;
	keys = arena_array(&draft->arena, 1, sizeof(*keys) + slot_count * sizeof(keys->slots[0]));
	if (!keys)
		return false;
	keys->slot_count = slot_count;
	list->keys = keys;
	for (const struct draft_item *item = list->first; item; item = item->next)
		keys->slots[slot_of(keys, item->key)] = item;
	return true;
}

bool draft_add_json(struct show_draft *draft, struct draft_list *list, struct origin at, const char *key,
		const char *json, struct draft_reveal reveal)
{
	struct draft_item *item;
	size_t slot;

	if (list->count == DRAFT_ITEMS_MAX || !grow(draft, list))
		return false;
	slot = slot_of(list->keys, key);
	item = list->keys->slots[slot] ? NULL : arena_array(&draft->arena, 1, sizeof(*item));
	if (!item)
		return false;
	*item = (struct draft_item){.json = arena_text(&draft->arena, json),
			.key = arena_text(&draft->arena, key),
			.reveal = reveal,
			.origin = at};
	if (list->last)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
	list->keys->slots[slot] = item;
	list->count++;
	return true;
}

/* Take the error of a string that was only appended to. */
static bool is_whole(struct show_draft *draft, const struct str *str)
{
	if (str->error == -ENOMEM)
		draft->arena.error = -ENOMEM;
	return str->error == 0;
}

/* Add an item, known by a text, and by a second one if it is not NULL: "ines holt/mara". json is released. */
static bool add(struct show_draft *draft, struct draft_list *list, struct origin at, const char *text,
		const char *second, struct str *json, struct draft_reveal reveal)
{
	struct str key = STR(DRAFT_JSON_MAX_BYTES);
	bool is_new;

	utf8_fold(&key, text);
	if (key.length == 0)
		str_append(&key, text); /* signs only: "???" */
	if (second) {
		str_append_char(&key, '/');
		utf8_fold(&key, second);
	}
	is_new = is_whole(draft, &key) && is_whole(draft, json) &&
		 draft_add_json(draft, list, at, str_text(&key), str_text(json), reveal);
	str_release(&key);
	str_release(json);
	return is_new;
}

#define ITEM_MAX_BYTES (8 * LOAD_TEXT_MAX)

bool draft_add_name(struct show_draft *draft, struct draft_list *list, struct origin at, const char *raw,
		struct notes *notes)
{
	const char *name = raw ? clean_text(draft, DRAFT_NAME, at, raw, notes) : "";
	struct str json = STR(ITEM_MAX_BYTES);

	if (!*name)
		return false;
	as_json_string(&json, name);
	return add(draft, list, at, name, NULL, &json, (struct draft_reveal){0});
}

/* {"KEY": "text"}, and a second member unless it is empty. */
static void object(struct str *json, const char *key, const char *text, const char *second,
		const char *second_text)
{
	str_printf(json, "{\"%s\": ", key);
	as_json_string(json, text);
	if (*second_text) {
		str_printf(json, ", \"%s\": ", second);
		as_json_string(json, second_text);
	}
	str_append_char(json, '}');
}

bool draft_add_fact(struct show_draft *draft, struct draft_list *list, struct origin at, const char *raw,
		struct draft_reveal reveal, struct notes *notes)
{
	const char *text = raw ? clean_text(draft, DRAFT_TEXT, at, raw, notes) : "";
	struct str json = STR(ITEM_MAX_BYTES);

	if (!*text)
		return false;
	object(&json, "text", text, "", "");
	return add(draft, list, at, text, NULL, &json, reveal);
}

bool draft_add_cast(struct show_draft *draft, struct origin at, const char *actor, const char *role,
		struct notes *notes)
{
	const char *name = actor ? clean_text(draft, DRAFT_NAME, at, actor, notes) : "";
	const char *part = role ? clean_text(draft, DRAFT_NAME, at, role, notes) : "";
	struct str json = STR(ITEM_MAX_BYTES);

	if (!*name)
		return false;
	object(&json, "actor", name, "role", part); /* an actor may have two roles */
	return add(draft, &draft->lists[SHOW_CAST], at, name, part, &json, (struct draft_reveal){0});
}

bool draft_add_where(struct show_draft *draft, struct origin at, const char *name, const char *link,
		struct notes *notes)
{
	const char *service = name ? clean_text(draft, DRAFT_NAME, at, name, notes) : "";
	const char *url = clean_link(draft, at, link, notes);
	struct str json = STR(ITEM_MAX_BYTES);

	if (!*service)
		return false;
	object(&json, "name", service, "url", url);
	return add(draft, &draft->lists[SHOW_WHERE], at, service, NULL, &json, (struct draft_reveal){0});
}

bool draft_add_source(struct show_draft *draft, const char *id, const char *title, const char *publisher,
		const char *link)
{
	struct str json = STR(ITEM_MAX_BYTES);

	str_append(&json, "{\"id\": ");
	as_json_string(&json, id);
	str_append(&json, ", \"title\": ");
	as_json_string(&json, title);
	if (publisher && *publisher) {
		str_append(&json, ", \"publisher\": ");
		as_json_string(&json, publisher);
	}
	if (link && *link) {
		str_append(&json, ", \"url\": ");
		as_json_string(&json, link);
	}
	str_append_char(&json, '}');
	return add(draft, &draft->lists[SHOW_SOURCES], (struct origin){0}, id, NULL, &json,
			(struct draft_reveal){0});
}

/* The text by which an item of a dataset is known; buffer is for an item without one. A member of the cast is also known by
 * the role. */
static const char *key_text(struct json_node *node, struct str *buffer, const char **ret_role)
{
	static const char *const keys[] = {"text", "name", "id", "actor", "note", "category"};
	struct json_node *person = json_get(node, "person");
	const char *text = json_string(node), *role = json_string(json_get(node, "role"));

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !text; i++)
		text = json_string(json_get(node, keys[i]));
	if (!text && json_string(json_get(person, "name"))) {
		text = json_string(json_get(person, "name"));
		role = json_string(json_get(json_get(node, "character"), "name"));
	}
	*ret_role = !text || !(person || json_get(node, "actor")) ? NULL : role ? role : "";
	if (text)
		return text;
	as_json_node(buffer, node);
	return str_text(buffer);
}

bool draft_add_node(
		struct show_draft *draft, struct draft_list *list, struct origin at, struct json_node *node)
{
	struct str json = STR(DRAFT_JSON_MAX_BYTES), buffer = STR(DRAFT_JSON_MAX_BYTES);
	const char *role, *text = key_text(node, &buffer, &role);
	bool is_new;

	as_json_node(&json, node);
	is_new = is_whole(draft, &buffer) &&
		 add(draft, list, at, text, role, &json, (struct draft_reveal){0});
	str_release(&json);
	str_release(&buffer);
	return is_new;
}
