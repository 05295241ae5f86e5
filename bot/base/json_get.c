/* Typed members of JSON objects, unknown keys, and writing strings. */

#include <string.h>

#include "bot/base/json.h"
#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define KNOWN_KEYS_SHOWN 40 /* so many are listed when none is near */

static const char *type_text(enum json_type type)
{
	switch (type) {
	case JSON_NULL: return "null";
	case JSON_BOOLEAN: return "true or false";
	case JSON_NUMBER: return "a number";
	case JSON_STRING: return "a string";
	case JSON_ARRAY: return "a list [...]";
	case JSON_OBJECT: return "an object {...}";
	}
	return "";
}

/* The member when it is there and of its type; NULL, with a problem where there is one, otherwise. */
static struct json_node *member_of(
		struct json *json, struct json_node *object, const char *key, int flags, enum json_type type)
{
	struct json_node *node = json_get(object, key);

	if (!object)
		return NULL;
	if (json_type(node) == JSON_NULL) {
		if (flags & JSON_REQUIRED)
			json_problem(json, node ? node : object, "\"%s\" is missing; it must be %s", key,
					type_text(type));
		return NULL;
	}
	if (json_type(node) != type) {
		json_problem(json, node, "\"%s\" must be %s, not %s", key, type_text(type),
				type_text(json_type(node)));
		return NULL;
	}
	return node;
}

bool json_text(struct json *json, struct json_node *object, const char *key, int flags, const char **ret)
{
	struct json_node *node = member_of(json, object, key, flags, JSON_STRING);

	if (!node)
		return false;
	*ret = json_string(node);
	return true;
}

bool json_integer(struct json *json, struct json_node *object, const char *key, int flags, long low,
		long high, long *ret)
{
	struct json_node *node = member_of(json, object, key, flags, JSON_NUMBER);
	double number = json_number(node);

	if (!node)
		return false;
	if (number < (double)low || number > (double)high || number != (double)(long)number) {
		json_problem(json, node, "\"%s\" must be a whole number from %ld to %ld, not %g", key, low,
				high, number);
		return false;
	}
	*ret = (long)number;
	return true;
}

bool json_boolean(struct json *json, struct json_node *object, const char *key, int flags, bool *ret)
{
	struct json_node *node = member_of(json, object, key, flags, JSON_BOOLEAN);

	if (!node)
		return false;
	*ret = json_is_true(node);
	return true;
}

bool json_array(struct json *json, struct json_node *object, const char *key, int flags,
		struct json_node **ret)
{
	struct json_node *node = member_of(json, object, key, flags, JSON_ARRAY);

	if (!node)
		return false;
	*ret = node;
	return true;
}

bool json_object(struct json *json, struct json_node *object, const char *key, int flags,
		struct json_node **ret)
{
	struct json_node *node = member_of(json, object, key, flags, JSON_OBJECT);

	if (!node)
		return false;
	*ret = node;
	return true;
}

/* ---------------------------------------------------------------- unknown keys */

static bool is_known(const char *key, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(key, known[i]) == 0)
			return true;
	return false;
}

static void advise(struct str *advice, const char *key, const char *const *known, size_t count)
{
	const char *near = nearest_of(key, known, count);

	if (near) {
		str_printf(advice, "did you mean \"%s\"?", near);
		return;
	}
	str_append(advice, "known here:");
	for (size_t i = 0; i < count && i < KNOWN_KEYS_SHOWN; i++)
		str_printf(advice, "%s %s", i > 0 ? "," : "", known[i]);
}

static void unknown_key(struct json *json, const struct json_node *node, const char *const *known,
		size_t count, bool as_warning)
{
	struct str advice = STR(1000);

	if (!json_is_full(json))
		advise(&advice, json_key(node), known, count);
	(as_warning ? json_warning : json_problem)(
			json, node, "unknown key \"%.60s\"; %s", json_key(node), str_text(&advice));
	str_release(&advice);
}

void json_known_keys(struct json *json, struct json_node *object, const char *const *known, size_t count,
		bool as_warning)
{
	if (json_type(object) != JSON_OBJECT)
		return;
	for (struct json_node *node = json_first(object); node; node = json_next(node))
		if (!is_known(json_key(node), known, count))
			unknown_key(json, node, known, count, as_warning);
}

/* ---------------------------------------------------------------- writing */

/* Bytes of the character at text, which is terminated; 0 when it is no UTF-8. */
static size_t character_size(const char *text)
{
	unsigned char lead = (unsigned char)text[0];
	size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

	return strnlen(text, size) == size && utf8_valid(text, size) ? size : 0;
}

static void append_ascii(struct str *str, char byte)
{
	switch (byte) {
	case '"': str_append(str, "\\\""); break;
	case '\\': str_append(str, "\\\\"); break;
	case '\n': str_append(str, "\\n"); break;
	case '\r': str_append(str, "\\r"); break;
	case '\t': str_append(str, "\\t"); break;
	default:
		/* < > & so that the text may stand inside a page's script element. */
		if ((unsigned char)byte < 0x20 || byte == 0x7F || strchr("<>&", byte))
			str_printf(str, "\\u%04x", (unsigned char)byte);
		else
			str_append_char(str, byte);
	}
}

/* ASCII that stands for itself, from here on: most of most texts. */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] >= ' ' && text[length] < 0x7f && text[length] != '"' && text[length] != '\\' &&
			text[length] != '<' && text[length] != '>' && text[length] != '&')
		length++;
	return length;
}

void json_append_string(struct str *str, const char *text)
{
	str_append_char(str, '"');
	while (*text) {
		size_t plain = plain_length(text), size;

		str_append_bytes(str, text, plain);
		text += plain;
		if (!*text)
			break;
		size = character_size(text);

		if (size == 0) {
			str_append(str, "\xEF\xBF\xBD");
			size = 1;
		} else if (size == 1) {
			append_ascii(str, *text);
		} else if (strncmp(text, "\xE2\x80\xA8", 3) == 0 || strncmp(text, "\xE2\x80\xA9", 3) == 0) {
			/* Line and paragraph separator: JSON allows them, JavaScript once did not. */
			str_append(str, (unsigned char)text[2] == 0xA8 ? "\\u2028" : "\\u2029");
		} else {
			str_append_bytes(str, text, size);
		}
		text += size;
	}
	str_append_char(str, '"');
}
