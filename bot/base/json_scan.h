#ifndef EPISODED_BASE_JSON_SCAN_H
#define EPISODED_BASE_JSON_SCAN_H

/*
 * A strict parser for RFC 8259: one pass over the text gives either the values or a message with a position
 * and a fix. Private to base/json.c.
 *
 * A value keeps its offset in the text, from which line and column are found later. A string without escapes
 * is the text itself, terminated in place of its closing quote: quote and NUL are one column each, so
 * positions do not move.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/json.h"

#define JSON_SCAN_MESSAGE_BYTES    200
#define JSON_SCAN_NUMBER_MAX_BYTES 60

struct json_node {
	struct json_node *next; /* in the same object or list */
	const char *key;        /* NULL in a list */
	union {
		struct json_node *child; /* the first of an object or a list */
		const char *string;
		double number; /* a boolean: 0 or 1 */
	};
	unsigned offset; /* in the text: of the key; of the value where there is no key */
	unsigned char type;
	bool may_repeat; /* two keys of the object may be equal; false: all differ */
};

struct json_scan {
	/* Set by the caller. The text is terminated, and the scan writes to it. */
	char *text;
	size_t length;
	bool allows_comments;
	unsigned depth_max;
	size_t values_max;

	/* Results. */
	struct json_node *root;                /* NULL after an error */
	bool has_doubts;                       /* an object has may_repeat, or a number is infinite */
	size_t offset;                         /* of the problem */
	char message[JSON_SCAN_MESSAGE_BYTES]; /* of the problem and its fix; "": no problem */

	/* Internal. */
	size_t values;
	unsigned depth;
	struct json_scan_block *blocks; /* of nodes, newest first */
	size_t free_nodes;              /* of the newest */
	char *decoded;                  /* strings with escapes, decoded, one after another */
	size_t decoded_size, decoded_length;
};

/* 0, -EBADMSG with a message, or -ENOMEM. Call json_scan_release() in each case. */
int json_scan(struct json_scan *scan);
void json_scan_release(struct json_scan *scan);

/* A position in a text; line and column from 1, columns in code points. {0, 1, 1} is the beginning. */
struct json_scan_place {
	size_t offset;
	unsigned line, column;
};

/* Move on to an offset at or after the present one. */
void json_scan_advance(const char *text, struct json_scan_place *place, size_t offset);

#endif
