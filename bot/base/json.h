#ifndef EPISODED_BASE_JSON_H
#define EPISODED_BASE_JSON_H

/*
 * JSON files that people write: typed getters that know the line and column of
 * every value, and collect problems instead of stopping at the first. Line
 * comments and block comments are allowed where the caller says so.
 *
 * Reading a struct from an object:
 *
 *	json_parse_file(path, JSON_COMMENTS, &json);
 *	root = json_root(json);
 *	json_text(json, root, "nick", JSON_REQUIRED, &nick);            // borrowed from the document
 *	json_integer(json, root, "season", JSON_OPTIONAL, 0, 999, &season);
 *	json_known_keys(json, root, known, COUNT_OF(known), false);     // names the nearest known key
 *	if (json_is_broken(json))
 *		json_print_problems(json, path, report);
 *	json_free(json);
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_FILE_MAX_BYTES (8u * 1024 * 1024)
#define JSON_PROBLEMS_MAX   50 /* of one document; further problems are counted, not kept */
#define JSON_DEPTH_MAX      64
#define JSON_VALUES_MAX     500000 /* of one text; a tree of them takes 16 MB */

struct json;      /* a parsed document with its text and its problems; opaque: base/json.c */
struct json_node; /* a value of a document; NULL: missing, which every getter accepts */

enum json_flags {
	JSON_OPTIONAL = 0,
	JSON_REQUIRED = 1, /* a missing key is a problem at the object's position */
	JSON_COMMENTS = 2, /* for parsing: allow // and block comments */
};

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_problem {
	unsigned line, column; /* from 1; column in code points; 0 for the file as a whole */
	bool is_warning;
	const char *text; /* one line; says how to fix it */
};

/*
 * json_parse - text of length bytes (need not be terminated) into a document.
 *
 * Shape:   RFC 8259, UTF-8; a byte order mark is skipped; duplicate keys are problems.
 * Work:    linear in length (n log n where keys are compared), including that for all problems together.
 * Errors:  -ENOMEM, -EFBIG (over JSON_FILE_MAX_BYTES); otherwise 0. A text that is not JSON is a problem of
 *          the document, whose root is then NULL.
 */
int json_parse(const char *text, size_t length, int flags, struct json **ret);

/* The same, of a text that is in place of a file: json_path() is its path. */
int json_parse_as(const char *path, const char *text, size_t length, int flags, struct json **ret);

/* The same for a file. Also the errors of open(2) and read(2), -EISDIR, -EAGAIN (it grew while it was
 * read). */
int json_parse_file(const char *path, int flags, struct json **ret);

void json_free(struct json *json);

/* The file that was parsed, or that the text is in place of; "" after json_parse(). */
const char *json_path(const struct json *json);

struct json_node *json_root(struct json *json); /* NULL for NULL */

enum json_type json_type(const struct json_node *node);
const char *json_key(const struct json_node *node); /* the key of the value in its object, or NULL */
struct json_node *json_get(struct json_node *object, const char *key); /* NULL when missing */
struct json_node *json_first(struct json_node *container); /* members of an object, items of an array */
struct json_node *json_next(struct json_node *node);
size_t json_count(const struct json_node *container);

/* A borrowed string, NULL for another type. A number, 0 for another type. Whether it is true. */
const char *json_string(const struct json_node *node);
double json_number(const struct json_node *node);
bool json_is_true(const struct json_node *node);

/*
 * Typed members of an object. They return true when the value is present and
 * valid; null counts as missing. A wrong type, a value out of range or a missing
 * required key becomes a problem, and *ret stays untouched.
 */
bool json_text(struct json *json, struct json_node *object, const char *key, int flags,
		const char **ret); /* borrowed */
bool json_integer(struct json *json, struct json_node *object, const char *key, int flags, long low,
		long high, long *ret);
bool json_boolean(struct json *json, struct json_node *object, const char *key, int flags, bool *ret);
bool json_array(struct json *json, struct json_node *object, const char *key, int flags,
		struct json_node **ret);
bool json_object(struct json *json, struct json_node *object, const char *key, int flags,
		struct json_node **ret);

/* Each key of object that is not in known becomes a problem (or a warning) that names the nearest
 * known key. */
void json_known_keys(struct json *json, struct json_node *object, const char *const *known, size_t count,
		bool as_warning);

/* The parts of json_known_keys(), for a caller that knows more of some keys: is the key of this member known, and the
 * problem if it is not. */
bool json_is_known(const struct json_node *node, const char *const *known, size_t count);
void json_unknown_key(
		struct json *json, const struct json_node *node, const char *const *known, size_t count);

/* Add a problem at the position of node (of its key, if it has one). Cheap once there are
 * JSON_PROBLEMS_MAX. */
void json_problem(struct json *json, const struct json_node *node, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
void json_warning(struct json *json, const struct json_node *node, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* True once JSON_PROBLEMS_MAX problems are kept. Further ones are only counted, so the caller need not format
 * them. */
bool json_is_full(const struct json *json);

/* The problems that were kept, sorted by their position in the text. */
size_t json_problem_count(const struct json *json);
const struct json_problem *json_problem_at(const struct json *json, size_t index);
bool json_is_broken(const struct json *json); /* at least one problem that is not a warning */

/* Line and column of a node (of its key, if it has one), from 1; 0 for NULL. */
void json_position(struct json *json, const struct json_node *node, unsigned *ret_line, unsigned *ret_column);

/* Offset of a node (of its key, if it has one) in the bytes of the file. */
size_t json_offset(const struct json *json, const struct json_node *node);

/* Append the problems as lines "PATH:LINE:COLUMN: text". */
struct str;
void json_print_problems(const struct json *json, const char *path, struct str *str);

/* Append text as a JSON string with its quotes. Bad UTF-8 becomes U+FFFD; < > & and U+2028/9 are escaped. */
void json_append_string(struct str *str, const char *text);

#endif
