/* The form of an occasion in the store. */

#include "bot/occasion/occasion.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum field_kind {
	FIELD_TEXT,
	FIELD_SECONDS,
	FIELD_ROUTE,
	FIELD_FLAG,
};

static const struct field {
	const char *name;
	enum field_kind kind;
	size_t at; /* of the member in struct occasion */
	size_t max_bytes;
	bool is_required;
} fields[] = {
		{"id", FIELD_TEXT, offsetof(struct occasion, id), OCCASION_ID_BYTES - 1, true},
		{"due", FIELD_SECONDS, offsetof(struct occasion, due_s), 0, true},
		{"until", FIELD_SECONDS, offsetof(struct occasion, until_s), 0, true},
		{"gateway", FIELD_TEXT, offsetof(struct occasion, place.gateway), OCCASION_NAME_MAX_BYTES,
				true},
		{"channel", FIELD_TEXT, offsetof(struct occasion, place.channel), OCCASION_NAME_MAX_BYTES,
				true},
		{"author", FIELD_TEXT, offsetof(struct occasion, place.author_id), OCCASION_NAME_MAX_BYTES,
				false},
		{"name", FIELD_TEXT, offsetof(struct occasion, place.author_name), OCCASION_NAME_MAX_BYTES,
				false},
		{"account", FIELD_TEXT, offsetof(struct occasion, place.account), OCCASION_NAME_MAX_BYTES,
				false},
		{"extra", FIELD_TEXT, offsetof(struct occasion, place.extra), OCCASION_NAME_MAX_BYTES, false},
		{"host", FIELD_TEXT, offsetof(struct occasion, place.host), OCCASION_NAME_MAX_BYTES, false},
		{"route", FIELD_ROUTE, offsetof(struct occasion, place.route), 0, false},
		{"private", FIELD_FLAG, offsetof(struct occasion, place.is_private), 0, false},
		{"person", FIELD_FLAG, offsetof(struct occasion, place.is_for_author), 0, false},
		{"command", FIELD_TEXT, offsetof(struct occasion, command), OCCASION_NAME_MAX_BYTES, true},
		{"words", FIELD_TEXT, offsetof(struct occasion, words), OCCASION_WORDS_MAX_BYTES, false},
		{"group", FIELD_TEXT, offsetof(struct occasion, group), OCCASION_ID_BYTES - 1, false},
		{"pressing", FIELD_FLAG, offsetof(struct occasion, is_pressing), 0, false},
		{"missed", FIELD_FLAG, offsetof(struct occasion, is_missed), 0, false},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void append_text(const struct field *field, const char *text, struct str *str)
{
	if (!*text)
		return;
	if (strlen(text) > field->max_bytes || strchr(text, '\n'))
		str->error = str->error ? str->error : -EMSGSIZE;
	str_printf(str, "%s %s\n", field->name, text);
}

void occasion_append(const struct occasion *occasion, struct str *str)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *field = &fields[i];
		const char *member = (const char *)occasion + field->at;

		switch (field->kind) {
		case FIELD_TEXT: append_text(field, *(const char *const *)(const void *)member, str); break;
		case FIELD_SECONDS:
			str_printf(str, "%s %" PRId64 "\n", field->name,
					*(const int64_t *)(const void *)member);
			break;
		case FIELD_ROUTE:
			if (*(const uint64_t *)(const void *)member)
				str_printf(str, "%s %" PRIu64 "\n", field->name,
						*(const uint64_t *)(const void *)member);
			break;
		case FIELD_FLAG:
			if (*(const bool *)member)
				str_printf(str, "%s yes\n", field->name);
			break;
		}
	}
}

static bool read_number(const char *text, struct occasion *ret, const struct field *field)
{
	char *member = (char *)ret + field->at, *end;
	bool is_digit = *text >= '0' && *text <= '9';

	errno = 0;
	if (field->kind == FIELD_ROUTE)
		*(uint64_t *)(void *)member = strtoull(text, &end, 10);
	else
		*(int64_t *)(void *)member = strtoll(text, &end, 10);
	return is_digit && !errno && !*end &&
	       (field->kind == FIELD_ROUTE || *(const int64_t *)(const void *)member <= OCCASION_LAST_S);
}

static bool read_value(const struct field *field, const char *value, struct occasion *ret)
{
	char *member = (char *)ret + field->at;

	switch (field->kind) {
	case FIELD_TEXT:
		if (!*value || strlen(value) > field->max_bytes)
			return false;
		*(const char **)(void *)member = value;
		return true;
	case FIELD_FLAG: *(bool *)member = true; return str_equal(value, "yes");
	default: return read_number(value, ret, field);
	}
}

static size_t field_named(const char *name)
{
	size_t i = 0;

	while (i < FIELDS && !str_equal(fields[i].name, name))
		i++;
	return i;
}

int occasion_read(char *bytes, struct occasion *ret)
{
	struct occasion occasion = {.id = "",
			.place = {"", "", "", "", "", "", "", 0, false, false},
			.command = "",
			.words = "",
			.group = ""};
	bool is_there[FIELDS] = {false};

	while (*bytes) {
		char *line = bytes, *end = strchr(bytes, '\n'), *space;
		size_t i;

		if (!end)
			return -EBADMSG;
		*end = '\0';
		bytes = end + 1;
		space = strchr(line, ' ');
		if (!space)
			return -EBADMSG;
		*space = '\0';
		i = field_named(line);
		if (i == FIELDS)
			continue;
		if (is_there[i] || !read_value(&fields[i], space + 1, &occasion))
			return -EBADMSG;
		is_there[i] = true;
	}
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].is_required && !is_there[i])
			return -EBADMSG;
	}
	if (occasion.until_s <= occasion.due_s)
		return -EBADMSG;
	*ret = occasion;
	return 0;
}
