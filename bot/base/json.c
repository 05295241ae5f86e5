/* JSON files that people write: typed getters, and problems with line and column. */

#include "bot/base/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/json_scan.h"
#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define KNOWN_KEYS_SHOWN 40 /* so many are listed when none is near */

#define PROBLEM_MAX_BYTES 600u

#define PIPE_MAX_BYTES (64u * 1024) /* of what has no size */

#define OFFSET_NONE ((size_t)-1) /* a problem of the file as a whole; sorts first */

/* cJSON refuses deeper trees than its own limit; ours must be the tighter one. */
_Static_assert(JSON_DEPTH_MAX <= CJSON_NESTING_LIMIT, "cJSON must be able to hold what we accept");
_Static_assert(JSON_FILE_MAX_BYTES < INT_MAX, "an offset must fit where cJSON keeps an int");

struct problem {
	struct json_problem told;
	char *text; /* told.text, ours to free */
	size_t offset;
};

/*
 * cJSON keeps no positions. Its tree is in the order of the text, so the n-th
 * value of the tree (parents before children) is the n-th value of the text:
 * with the first problem the text is scanned once more, beside the tree, and
 * each item's valueint, which is not used for anything else here, becomes the
 * offset of its key. After that a position is a look into the item.
 */
struct json {
	char *text; /* terminated; after the byte order mark */
	size_t length;
	bool allows_comments;
	cJSON *root; /* NULL when the text is broken */
	struct problem problems[JSON_PROBLEMS_MAX];
	size_t problem_count;
	size_t untold; /* further ones that found no room */
	bool is_broken;
	bool has_offsets; /* in the tree's items */
};

static const cJSON *item_of(const struct json_node *node)
{
	return (const cJSON *)(const void *)node;
}

static struct json_node *node_of(cJSON *item)
{
	return (struct json_node *)(void *)item;
}

/* ---------------------------------------------------------------- positions */

/* The items of a tree in the order of the text. */
struct walk {
	cJSON *next;
	cJSON *ancestors[JSON_DEPTH_MAX];
	size_t depth;
};

static cJSON *walk_on(struct walk *walk)
{
	cJSON *item = walk->next;

	if (!item)
		return NULL;
	if (item->child) {
		walk->ancestors[walk->depth++] = item;
		walk->next = item->child;
		return item;
	}
	walk->next = item->next;
	while (!walk->next && walk->depth > 0)
		walk->next = walk->ancestors[--walk->depth]->next;
	return item;
}

static void on_value(void *user, size_t offset)
{
	cJSON *item = walk_on(user);

	if (item)
		item->valueint = (int)offset;
}

static struct json_scan scan_of(const struct json *json)
{
	return (struct json_scan){
			.text = json->text,
			.length = json->length,
			.allows_comments = json->allows_comments,
			.depth_max = JSON_DEPTH_MAX,
			.values_max = JSON_VALUES_MAX,
	};
}

static void find_offsets(struct json *json)
{
	struct walk walk = {.next = json->root};
	struct json_scan scan = scan_of(json);

	if (json->has_offsets)
		return;
	scan.on_value = on_value;
	scan.user = &walk;
	json_scan(&scan);
	json->has_offsets = true;
}

static size_t offset_of(struct json *json, const struct json_node *node)
{
	if (!node)
		return OFFSET_NONE;
	find_offsets(json);
	return (size_t)item_of(node)->valueint;
}

void json_position(struct json *json, const struct json_node *node, unsigned *ret_line, unsigned *ret_column)
{
	struct json_scan_place place = {0, 1, 1};

	if (!node) {
		*ret_line = *ret_column = 0;
		return;
	}
	json_scan_advance(json->text, &place, offset_of(json, node));
	*ret_line = place.line;
	*ret_column = place.column;
}

/* ---------------------------------------------------------------- problems */

/* The place of a new problem among those known: in the order of the text, then of the telling. */
static size_t place_of(const struct json *json, size_t offset)
{
	size_t place = json->problem_count;

	/* OFFSET_NONE + 1 is 0: the file as a whole comes first. */
	while (place > 0 && json->problems[place - 1].offset + 1 > offset + 1)
		place--;
	return place;
}

/* Its line and column, counted on from the problem before it. */
static void tell_place(struct json *json, struct problem *problem, size_t place)
{
	const struct problem *before = place > 0 ? &json->problems[place - 1] : NULL;
	struct json_scan_place at = {0, 1, 1};

	if (problem->offset == OFFSET_NONE)
		return;
	if (before && before->offset != OFFSET_NONE)
		at = (struct json_scan_place){before->offset, before->told.line, before->told.column};
	json_scan_advance(json->text, &at, problem->offset);
	problem->told.line = at.line;
	problem->told.column = at.column;
}

static void add_problem(struct json *json, size_t offset, bool is_warning, const char *message)
{
	struct problem problem = {.offset = offset, .told.is_warning = is_warning};
	struct str text = STR(PROBLEM_MAX_BYTES * 4); /* a bad byte becomes "\xff" */
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

/* Nothing of a problem that finds no room is worked out: a file may have a million. */
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
	add_problem(json, offset_of(json, node), is_warning, message);
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
	const cJSON *item;
	size_t place;
};

static int by_key(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	int order = strcmp(a->item->string, b->item->string);

	return order != 0 ? order : a->place < b->place ? -1 : 1;
}

/* Sorted, because a hostile file with many keys must not cost their square. */
static int find_duplicates(struct json *json, const cJSON *object)
{
	size_t count = 0;
	struct member *members;

	for (const cJSON *item = object->child; item; item = item->next)
		count++;
	if (count < 2)
		return 0;
	members = calloc(count, sizeof(*members));
	if (!members)
		return -ENOMEM;
	count = 0;
	for (const cJSON *item = object->child; item; item = item->next, count++)
		members[count] = (struct member){.item = item, .place = count};
	qsort(members, count, sizeof(*members), by_key);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(members[i - 1].item->string, members[i].item->string) != 0)
			continue;
		json_problem(json, (const struct json_node *)(const void *)members[i].item,
				"the key \"%.60s\" stands here a second time; keep one of them",
				members[i].item->string);
	}
	free(members);
	return 0;
}

/* What is well formed and still of no use: a key given twice, a number beyond any. */
static int check_tree(struct json *json, const cJSON *tree)
{
	int r = 0;

	for (; tree && r == 0; tree = tree->next) {
		if (cJSON_IsNumber(tree) && !isfinite(tree->valuedouble))
			json_problem(json, (const struct json_node *)(const void *)tree,
					"this number is too large; nothing here needs one beyond 1e300");
		if (cJSON_IsObject(tree))
			r = find_duplicates(json, tree);
		if (r == 0)
			r = check_tree(json, tree->child);
	}
	return r;
}

/* All length bytes, also after a NUL, which the scan is to find; terminated. */
static char *copy_of(const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

static int parse_text(struct json *json)
{
	struct json_scan scan = scan_of(json);
	const char *end = NULL;
	char *blank;
	int r = 0;

	blank = copy_of(json->text, json->length);
	if (!blank)
		return -ENOMEM;
	scan.blank = blank;
	if (json_scan(&scan) < 0) {
		add_problem(json, scan.offset, false, scan.message);
		goto out;
	}
	/* The text is sound, so all that can fail here is memory. */
	json->root = cJSON_ParseWithLengthOpts(blank, json->length + 1, &end, 1);
	if (!json->root) {
		r = -ENOMEM;
		goto out;
	}
	r = check_tree(json, json->root);
out:
	/* The copy holds every secret that a careless person wrote into a file. */
	explicit_bzero(blank, json->length);
	free(blank);
	return r;
}

int json_parse(const char *text, size_t length, int flags, struct json **ret)
{
	static const char mark[] = "\xEF\xBB\xBF";
	struct json *json;
	int r;

	if (length >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
		text += sizeof(mark) - 1;
		length -= sizeof(mark) - 1;
	}
	if (length > JSON_FILE_MAX_BYTES)
		return -EFBIG;
	json = calloc(1, sizeof(*json));
	if (!json)
		return -ENOMEM;
	json->allows_comments = flags & JSON_COMMENTS;
	json->length = length;
	json->text = copy_of(text, length);
	if (!json->text) {
		r = -ENOMEM;
		goto out;
	}
	r = parse_text(json);
	if (r < 0)
		goto out;
	*ret = json;
	json = NULL;
out:
	json_free(json);
	return r;
}

static int read_up_to(int fd, char *bytes, size_t size, size_t *ret_length)
{
	size_t length = 0;

	while (length < size) {
		ssize_t count = read(fd, bytes + length, size - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	*ret_length = length;
	return 0;
}

int json_parse_file(const char *path, int flags, struct json **ret)
{
	struct stat status;
	char *bytes = NULL;
	size_t size, length = 0;
	int fd, r;

	/* O_NONBLOCK: a pipe that nobody writes to must not stop the daemon. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0) {
		r = -errno;
		goto out;
	}
	if (S_ISDIR(status.st_mode)) {
		r = -EISDIR;
		goto out;
	}
	/* One byte more than the file had, to notice that it has grown. */
	size = S_ISREG(status.st_mode) ? (size_t)status.st_size + 1 : PIPE_MAX_BYTES;
	if (status.st_size > (off_t)JSON_FILE_MAX_BYTES) {
		r = -EFBIG;
		goto out;
	}
	bytes = malloc(size);
	if (!bytes) {
		r = -ENOMEM;
		goto out;
	}
	r = read_up_to(fd, bytes, size, &length);
	if (r < 0)
		goto out;
	if (length == size) {
		r = S_ISREG(status.st_mode) ? -EAGAIN : -EFBIG;
		goto out;
	}
	r = json_parse(bytes, length, flags, ret);
out:
	if (bytes)
		explicit_bzero(bytes, length);
	free(bytes);
	close(fd);
	return r;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	for (size_t i = 0; i < json->problem_count; i++)
		free(json->problems[i].text);
	cJSON_Delete(json->root);
	if (json->text)
		explicit_bzero(json->text, json->length);
	free(json->text);
	free(json);
}

/* ---------------------------------------------------------------- walking */

struct json_node *json_root(struct json *json)
{
	return node_of(json->root);
}

enum json_type json_type(const struct json_node *node)
{
	const cJSON *item = item_of(node);

	if (cJSON_IsBool(item))
		return JSON_BOOLEAN;
	if (cJSON_IsNumber(item))
		return JSON_NUMBER;
	if (cJSON_IsString(item))
		return JSON_STRING;
	if (cJSON_IsArray(item))
		return JSON_ARRAY;
	return cJSON_IsObject(item) ? JSON_OBJECT : JSON_NULL;
}

const char *json_key(const struct json_node *node)
{
	return node ? item_of(node)->string : NULL;
}

struct json_node *json_get(struct json_node *object, const char *key)
{
	return json_type(object) == JSON_OBJECT
			       ? node_of(cJSON_GetObjectItemCaseSensitive(item_of(object), key))
			       : NULL;
}

struct json_node *json_first(struct json_node *container)
{
	return container ? node_of(item_of(container)->child) : NULL;
}

struct json_node *json_next(struct json_node *node)
{
	return node ? node_of(item_of(node)->next) : NULL;
}

size_t json_count(const struct json_node *container)
{
	size_t count = 0;

	if (container)
		for (const cJSON *item = item_of(container)->child; item; item = item->next)
			count++;
	return count;
}

const char *json_string(const struct json_node *node)
{
	return json_type(node) == JSON_STRING ? item_of(node)->valuestring : NULL;
}

double json_number(const struct json_node *node)
{
	return json_type(node) == JSON_NUMBER ? item_of(node)->valuedouble : 0;
}

bool json_is_true(const struct json_node *node)
{
	return cJSON_IsTrue(item_of(node));
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
			/* Line and paragraph separator: JSON allows them, JavaScript once did not. */
			str_append(str, codepoint == 0x2028 ? "\\u2028" : "\\u2029");
		} else {
			str_append_bytes(str, text, size);
		}
		text += size;
	}
	str_append_char(str, '"');
}
