/* JSON files that people write: typed getters, and problems with line and column. */

#include "bot/base/json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/file.h"
#include "bot/base/json_scan.h"
#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define KNOWN_KEYS_SHOWN 40 /* in a problem, when no known key is near */

#define PROBLEM_MAX_BYTES 600u

#define PIPE_MAX_BYTES (64u * 1024) /* of a file without a size, as a pipe */

#define MARK       "\xEF\xBB\xBF" /* byte order mark */
#define MARK_BYTES (sizeof(MARK) - 1)

#define OFFSET_NONE ((size_t)-1) /* of a problem of the file as a whole; sorts first */

_Static_assert(JSON_FILE_MAX_BYTES < UINT_MAX, "an offset must fit where a node keeps it");

struct problem {
	struct json_problem told;
	char *text; /* the allocation of told.text */
	size_t offset;
};

struct json {
	char *bytes; /* the allocation; scan.text begins after the byte order mark */
	size_t size;
	struct json_scan scan;
	struct problem problems[JSON_PROBLEMS_MAX];
	size_t problem_count;
	size_t untold; /* problems beyond the limit: counted, not kept */
	bool is_broken;
	char *path; /* NULL: not from a file */
};

/* ---------------------------------------------------------------- positions */

static size_t offset_of(const struct json_node *node)
{
	return node ? node->offset : OFFSET_NONE;
}

void json_position(struct json *json, const struct json_node *node, unsigned *ret_line, unsigned *ret_column)
{
	struct json_scan_place place = {0, 1, 1};

	if (!node) {
		*ret_line = *ret_column = 0;
		return;
	}
	json_scan_advance(json->scan.text, &place, offset_of(node));
	*ret_line = place.line;
	*ret_column = place.column;
}

size_t json_offset(const struct json *json, const struct json_node *node)
{
	return (size_t)(json->scan.text - json->bytes) + node->offset;
}

/* ---------------------------------------------------------------- problems */

/* The index of a new problem: sorted by offset, then by the order in which problems were added. */
static size_t place_of(const struct json *json, size_t offset)
{
	size_t place = json->problem_count;

	/* OFFSET_NONE + 1 is 0: problems of the file as a whole come first. */
	while (place > 0 && json->problems[place - 1].offset + 1 > offset + 1)
		place--;
	return place;
}

/* Set line and column, counting on from the problem before it. */
static void tell_place(struct json *json, struct problem *problem, size_t place)
{
	const struct problem *before = place > 0 ? &json->problems[place - 1] : NULL;
	struct json_scan_place at = {0, 1, 1};

	if (problem->offset == OFFSET_NONE)
		return;
	if (before && before->offset != OFFSET_NONE)
		at = (struct json_scan_place){before->offset, before->told.line, before->told.column};
	json_scan_advance(json->scan.text, &at, problem->offset);
	problem->told.line = at.line;
	problem->told.column = at.column;
}

static void add_problem(struct json *json, size_t offset, bool is_warning, const char *message)
{
	struct problem problem = {.offset = offset, .told.is_warning = is_warning};
	struct str text = STR(PROBLEM_MAX_BYTES * 4); /* a bad byte becomes "\xff": four bytes */
	char *taken = NULL;
	size_t place;

	json->is_broken |= !is_warning;
	utf8_escape(&text, message, strlen(message));
	if (json_is_full(json) || str_take(&text, &taken) < 0) {
		str_release(&text);
		json->untold++;
		return;
	}
	place = place_of(json, offset);
	tell_place(json, &problem, place);
	problem.told.text = problem.text = taken;
	memmove(&json->problems[place + 1], &json->problems[place],
			(json->problem_count - place) * sizeof(json->problems[0]));
	json->problems[place] = problem;
	json->problem_count++;
}

static void note(struct json *json, const struct json_node *node, bool is_warning, const char *format,
		va_list arguments) __attribute__((format(printf, 4, 0)));

/* A problem beyond the limit is not formatted: a file may have a million of them. */
static void note(struct json *json, const struct json_node *node, bool is_warning, const char *format,
		va_list arguments)
{
	char message[PROBLEM_MAX_BYTES];

	if (json_is_full(json)) {
		json->is_broken |= !is_warning;
		json->untold++;
		return;
	}
	vsnprintf(message, sizeof(message), format, arguments);
	add_problem(json, offset_of(node), is_warning, message);
}

void json_problem(struct json *json, const struct json_node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(json, node, false, format, arguments);
	va_end(arguments);
}

void json_warning(struct json *json, const struct json_node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(json, node, true, format, arguments);
	va_end(arguments);
}

bool json_is_full(const struct json *json)
{
	return json->problem_count == JSON_PROBLEMS_MAX;
}

size_t json_problem_count(const struct json *json)
{
	return json->problem_count;
}

const struct json_problem *json_problem_at(const struct json *json, size_t index)
{
	return index < json->problem_count ? &json->problems[index].told : NULL;
}

bool json_is_broken(const struct json *json)
{
	return json->is_broken;
}

void json_print_problems(const struct json *json, const char *path, struct str *str)
{
	for (size_t i = 0; i < json->problem_count; i++) {
		const struct json_problem *problem = &json->problems[i].told;
		const char *kind = problem->is_warning ? "warning: " : "";

		if (problem->line > 0)
			utf8_report(str, "%s:%u:%u: %s%s", path, problem->line, problem->column, kind,
					problem->text);
		else
			utf8_report(str, "%s: %s%s", path, kind, problem->text);
	}
	if (json->untold > 0)
		utf8_report(str, "%s: and %zu more", path, json->untold);
}

/* ---------------------------------------------------------------- parsing */

struct member {
	const struct json_node *node;
	size_t place;
};

static int by_key(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = strcmp(a->node->key, b->node->key);

	return order != 0 ? order : a->place < b->place ? -1 : 1;
}

/* By sorting: comparing each pair of keys would let a hostile file cost the square of their number. */
static int find_duplicates(struct json *json, const struct json_node *object)
{
	size_t count = json_count(object);
	struct member *members;

	if (count < 2)
		return 0;
	members = calloc(count, sizeof(*members));
	if (!members)
		return -ENOMEM;
	count = 0;
	for (const struct json_node *node = object->child; node; node = node->next, count++)
		members[count] = (struct member){.node = node, .place = count};
	qsort(members, count, sizeof(*members), by_key);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(members[i - 1].node->key, members[i].node->key) != 0)
			continue;
		json_problem(json, members[i].node,
				"the key \"%.60s\" is given a second time; keep one of them",
				members[i].node->key);
	}
	free(members);
	return 0;
}

/* Problems of well-formed text: a key given twice, a number that no double can hold. */
static int check_tree(struct json *json, const struct json_node *node)
{
	int r = 0;

	for (; node && r == 0; node = node->next) {
		if (node->type == JSON_NUMBER && !isfinite(node->number))
			json_problem(json, node,
					"this number is too large; nothing here needs one beyond 1e300");
		if (node->may_repeat)
			r = find_duplicates(json, node);
		if (r == 0 && (node->type == JSON_OBJECT || node->type == JSON_ARRAY))
			r = check_tree(json, node->child);
	}
	return r;
}

/* Takes over bytes, which are terminated, and frees them also on failure. */
static int parse_bytes(char *bytes, size_t length, int flags, struct json **ret)
{
	size_t skipped = str_starts(bytes, MARK) ? MARK_BYTES : 0;
	struct json *json = NULL;
	int r = -EFBIG;

	if (length - skipped > JSON_FILE_MAX_BYTES)
		goto out;
	r = -ENOMEM;
	json = calloc(1, sizeof(*json));
	if (!json)
		goto out;
	json->bytes = bytes;
	json->size = length;
	json->scan = (struct json_scan){
			.text = bytes + skipped,
			.length = length - skipped,
			.allows_comments = flags & JSON_COMMENTS,
			.depth_max = JSON_DEPTH_MAX,
			.values_max = JSON_VALUES_MAX,
	};
	bytes = NULL;
	r = json_scan(&json->scan);
	if (r == -EBADMSG) {
		add_problem(json, json->scan.offset, false, json->scan.message);
		r = 0;
	} else if (r == 0 && json->scan.has_doubts) {
		r = check_tree(json, json->scan.root);
	}
	if (r < 0)
		goto out;
	*ret = json;
	json = NULL;
out:
	/* The file may contain secrets, against the documentation. */
	if (bytes)
		explicit_bzero(bytes, length);
	free(bytes);
	json_free(json);
	return r;
}

int json_parse(const char *text, size_t length, int flags, struct json **ret)
{
	char *copy;

	if (length > JSON_FILE_MAX_BYTES + MARK_BYTES)
		return -EFBIG;
	copy = malloc(length + 1);
	if (!copy)
		return -ENOMEM;
	if (length > 0)
		memcpy(copy, text, length); /* also after a NUL: the scan reports it */
	copy[length] = '\0';
	return parse_bytes(copy, length, flags, ret);
}

/* The document is freed on failure. */
static int set_path(struct json *json, const char *path, struct json **ret)
{
	json->path = strdup(path);
	if (!json->path) {
		json_free(json);
		return -ENOMEM;
	}
	*ret = json;
	return 0;
}

int json_parse_as(const char *path, const char *text, size_t length, int flags, struct json **ret)
{
	struct json *json = NULL;
	int r = json_parse(text, length, flags, &json);

	return r ? r : set_path(json, path, ret);
}

int json_parse_file(const char *path, int flags, struct json **ret)
{
	struct json *json = NULL;
	char *bytes;
	size_t length;
	int r = file_read_any(path, JSON_FILE_MAX_BYTES, PIPE_MAX_BYTES, &bytes, &length);

	if (r == 0)
		r = parse_bytes(bytes, length, flags, &json); /* the document owns them */
	return r ? r : set_path(json, path, ret);
}

void json_free(struct json *json)
{
	if (!json)
		return;
	for (size_t i = 0; i < json->problem_count; i++)
		free(json->problems[i].text);
	json_scan_release(&json->scan);
	explicit_bzero(json->bytes, json->size);
	free(json->bytes);
	free(json->path);
	free(json);
}

const char *json_path(const struct json *json)
{
	return json->path ? json->path : "";
}

/* ---------------------------------------------------------------- walking */

struct json_node *json_root(struct json *json)
{
	return json ? json->scan.root : NULL;
}

enum json_type json_type(const struct json_node *node)
{
	return node ? (enum json_type)node->type : JSON_NULL;
}

static bool is_container(const struct json_node *node)
{
	return json_type(node) == JSON_OBJECT || json_type(node) == JSON_ARRAY;
}

const char *json_key(const struct json_node *node)
{
	return node ? node->key : NULL;
}

struct json_node *json_get(struct json_node *object, const char *key)
{
	struct json_node *node = json_type(object) == JSON_OBJECT ? object->child : NULL;

	while (node && (*node->key != *key || strcmp(node->key, key) != 0))
		node = node->next;
	return node;
}

struct json_node *json_first(struct json_node *container)
{
	return is_container(container) ? container->child : NULL;
}

struct json_node *json_next(struct json_node *node)
{
	return node ? node->next : NULL;
}

size_t json_count(const struct json_node *container)
{
	size_t count = 0;

	if (is_container(container))
		for (const struct json_node *node = container->child; node; node = node->next)
			count++;
	return count;
}

const char *json_string(const struct json_node *node)
{
	return json_type(node) == JSON_STRING ? node->string : NULL;
}

double json_number(const struct json_node *node)
{
	return json_type(node) == JSON_NUMBER ? node->number : 0;
}

bool json_is_true(const struct json_node *node)
{
	return json_type(node) == JSON_BOOLEAN && node->number != 0;
}

/* ---------------------------------------------------------------- typed members */

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

/* How a value of another type becomes one of the wanted type, if only its signs are wrong. */
static const char *conversion(enum json_type from, enum json_type to)
{
	if (to == JSON_STRING && (from == JSON_NUMBER || from == JSON_BOOLEAN))
		return "; put it in double quotes";
	if (from == JSON_STRING && (to == JSON_NUMBER || to == JSON_BOOLEAN))
		return "; remove its quotes";
	if (to == JSON_ARRAY && (from == JSON_STRING || from == JSON_OBJECT))
		return "; put [ and ] around it";
	return "";
}

/* The member if it is present and of this type; otherwise NULL, and perhaps a problem. */
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
		json_problem(json, node, "\"%s\" must be %s, not %s%s", key, type_text(type),
				type_text(json_type(node)), conversion(json_type(node), type));
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

bool json_is_known(const struct json_node *node, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(node->key, known[i]) == 0)
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

void json_unknown_key(struct json *json, const struct json_node *node, const char *const *known, size_t count)
{
	unknown_key(json, node, known, count, false);
}

void json_known_keys(struct json *json, struct json_node *object, const char *const *known, size_t count,
		bool as_warning)
{
	if (json_type(object) != JSON_OBJECT)
		return;
	for (struct json_node *node = json_first(object); node; node = json_next(node))
		if (!json_is_known(node, known, count))
			unknown_key(json, node, known, count, as_warning);
}

/* ---------------------------------------------------------------- writing */

static void append_ascii(struct str *str, char byte)
{
	switch (byte) {
	case '"': str_append(str, "\\\""); break;
	case '\\': str_append(str, "\\\\"); break;
	case '\n': str_append(str, "\\n"); break;
	case '\r': str_append(str, "\\r"); break;
	case '\t': str_append(str, "\\t"); break;
	default:
		/* < > &: the text may be part of a script element of a page. */
		if ((unsigned char)byte < 0x20 || byte == 0x7F || strchr("<>&", byte))
			str_printf(str, "\\u%04x", (unsigned char)byte);
		else
			str_append_char(str, byte);
	}
}

/* How many bytes from here need no escape: most of most texts. */
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
		int32_t codepoint;

		str_append_bytes(str, text, plain);
		text += plain;
		if (!*text)
			break;
		size = utf8_next(text, strnlen(text, UTF8_CODEPOINT_BYTES), &codepoint);
		if (codepoint < 0) {
			str_append(str, "\xEF\xBF\xBD");
		} else if (size == 1) {
			append_ascii(str, *text);
		} else if (codepoint == 0x2028 || codepoint == 0x2029) {
			/* Line and paragraph separator: valid in JSON, not in JavaScript before ES2019. */
			str_append(str, codepoint == 0x2028 ? "\\u2028" : "\\u2029");
		} else {
			str_append_bytes(str, text, size);
		}
		text += size;
	}
	str_append_char(str, '"');
}
