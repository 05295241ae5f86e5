/* The owner's edits of a dataset: members of one document replace those of another. */

#include <stdio.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/catalogue/layers.h"

static void append_value(struct str *str, struct json_node *value);

static void append_key(struct str *str, const char *key, bool *is_first)
{
	str_append(str, *is_first ? "" : ",\n");
	*is_first = false;
	json_append_string(str, key);
	str_append(str, ": ");
}

static void append_number(struct str *str, double number)
{
	if (number >= -1e15 && number <= 1e15 && number == (double)(long long)number)
		str_printf(str, "%lld", (long long)number);
	else
		str_printf(str, "%.17g", number);
}

static void append_container(struct str *str, struct json_node *value, char open, char close)
{
	bool is_first = true;

	str_append_char(str, open);
	for (struct json_node *node = json_first(value); node; node = json_next(node)) {
		if (open == '{')
			append_key(str, json_key(node), &is_first);
		else if (node != json_first(value))
			str_append(str, ",\n");
		append_value(str, node);
	}
	str_append_char(str, close);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as JSON_DEPTH_MAX */
static void append_value(struct str *str, struct json_node *value)
{
	switch (json_type(value)) {
	case JSON_NULL: str_append(str, "null"); break;
	case JSON_BOOLEAN: str_append(str, json_is_true(value) ? "true" : "false"); break;
	case JSON_NUMBER: append_number(str, json_number(value)); break;
	case JSON_STRING: json_append_string(str, json_string(value)); break;
	case JSON_ARRAY: append_container(str, value, '[', ']'); break;
	case JSON_OBJECT: append_container(str, value, '{', '}'); break;
	}
}

/* ---------------------------------------------------------------- lists whose items have an identity */

static bool is_same_number(struct json_node *a, struct json_node *b, const char *key)
{
	struct json_node *one = json_get(a, key), *other = json_get(b, key);

	return json_type(one) == JSON_NUMBER && json_type(other) == JSON_NUMBER &&
	       json_number(one) == json_number(other);
}

static bool is_same_text(struct json_node *a, struct json_node *b, const char *key)
{
	const char *one = json_string(json_get(a, key)), *other = json_string(json_get(b, key));

	return one && other && strcmp(one, other) == 0;
}

static bool is_same_episode(struct json_node *a, struct json_node *b)
{
	if (json_type(json_get(b, "number")) == JSON_NUMBER)
		return is_same_number(a, b, "season") && is_same_number(a, b, "number");
	return is_same_number(a, b, "id") ||
	       (json_type(json_get(a, "number")) == JSON_NULL && is_same_text(a, b, "name"));
}

static bool is_same_name(struct json_node *a, struct json_node *b)
{
	return is_same_text(a, b, "name");
}

static bool is_same_id(struct json_node *a, struct json_node *b)
{
	return is_same_text(a, b, "id");
}

typedef bool same_item(struct json_node *a, struct json_node *b);

static same_item *identity_of(const char *key)
{
	if (str_equal(key, "episodes"))
		return is_same_episode;
	if (str_equal(key, "characters"))
		return is_same_name;
	return str_equal(key, "sources") ? is_same_id : NULL;
}

static struct json_node *find(struct json_node *list, struct json_node *item, same_item *is_same)
{
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		if (json_type(node) == JSON_OBJECT && is_same(node, item))
			return node;
	return NULL;
}

/* An item of the edits that is in the list replaces members of that item; others are added. Edits are written by a person,
 * so there are few of them. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void append_list(struct str *str, struct json_node *list, struct json_node *edits, same_item *is_same)
{
	bool is_first = true;

	str_append_char(str, '[');
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		struct json_node *edit = NULL;

		for (struct json_node *item = json_first(edits); item && !edit; item = json_next(item))
			if (json_type(item) == JSON_OBJECT && json_type(node) == JSON_OBJECT &&
					is_same(node, item))
				edit = item;
		if (edit && json_is_true(json_get(edit, "removed")))
			continue;
		str_append(str, is_first ? "" : ",\n");
		is_first = false;
		if (edit)
			edits_append(str, node, edit);
		else
			append_value(str, node);
	}
	for (struct json_node *item = json_first(edits); item; item = json_next(item)) {
		if (json_type(item) == JSON_OBJECT && find(list, item, is_same))
			continue;
		str_append(str, is_first ? "" : ",\n");
		is_first = false;
		append_value(str, item);
	}
	str_append_char(str, ']');
}

/* NOLINTNEXTLINE(misc-no-recursion) */
void edits_append(struct str *str, struct json_node *value, struct json_node *edits)
{
	bool is_first = true;

	str_append_char(str, '{');
	for (struct json_node *node = json_first(value); node; node = json_next(node)) {
		struct json_node *edit = json_get(edits, json_key(node));
		same_item *is_same = identity_of(json_key(node));

		if (edit && json_type(edit) == JSON_NULL)
			continue;
		append_key(str, json_key(node), &is_first);
		if (edit && is_same && json_type(edit) == JSON_ARRAY && json_type(node) == JSON_ARRAY)
			append_list(str, node, edit, is_same);
		else if (edit && json_type(edit) == JSON_OBJECT && json_type(node) == JSON_OBJECT)
			edits_append(str, node, edit);
		else
			append_value(str, edit ? edit : node);
	}
	for (struct json_node *edit = json_first(edits); edit; edit = json_next(edit)) {
		if (json_get(value, json_key(edit)) || json_type(edit) == JSON_NULL)
			continue;
		append_key(str, json_key(edit), &is_first);
		append_value(str, edit);
	}
	str_append_char(str, '}');
}
