/* Texts and parsed values as JSON. */

#include "bot/import/as_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"

#define NUMBER_MAX_BYTES 40

void as_json_string(struct str *str, const char *text)
{
	str_append_char(str, '"');
	while (*text) {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\')
			plain++;
		str_append_bytes(str, text, plain);
		text += plain;
		if (*text == '"' || *text == '\\')
			str_printf(str, "\\%c", *text++);
		else if (*text)
			str_printf(str, "\\u%04x", (unsigned char)*text++);
	}
	str_append_char(str, '"');
}

/* With as few digits as read back as the same number. */
static void append_number(struct str *str, double number)
{
	char text[NUMBER_MAX_BYTES];

	if (!isfinite(number))
		number = 0;
	for (int digits = 15; digits <= 17; digits += 2) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) >= number && strtod(text, NULL) <= number)
			break;
	}
	str_append(str, text);
}

static void append_members(struct str *str, struct json_node *container)
{
	for (struct json_node *node = json_first(container); node; node = json_next(node)) {
		if (node != json_first(container))
			str_append(str, ", ");
		if (json_key(node)) {
			as_json_string(str, json_key(node));
			str_append(str, ": ");
		}
		as_json_node(str, node); /* the depth is limited by json_parse() */
	}
}

void as_json_node(struct str *str, struct json_node *node)
{
	bool is_object = json_type(node) == JSON_OBJECT;

	switch (json_type(node)) {
	case JSON_NULL: str_append(str, "null"); break;
	case JSON_BOOLEAN: str_append(str, json_is_true(node) ? "true" : "false"); break;
	case JSON_NUMBER: append_number(str, json_number(node)); break;
	case JSON_STRING: as_json_string(str, json_string(node)); break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		str_append_char(str, is_object ? '{' : '[');
		append_members(str, node);
		str_append_char(str, is_object ? '}' : ']');
		break;
	}
}
