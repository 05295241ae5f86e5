#ifndef EPISODED_BASE_JSON_SCAN_H
#define EPISODED_BASE_JSON_SCAN_H

/*
 * The text of a JSON file by RFC 8259, to the letter: one pass over the text finds either what is wrong, where,
 * and how to mend it, or the values. Private to base/json.c.
 *
 * A value is a span of the text: it keeps the offset where it begins, so its line and column can be found
 * later, and a string without escapes is the text itself, terminated where its closing quote was. A closing
 * quote and its NUL are one column each, so positions stay what they were.
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
	bool may_repeat; /* an object of whose keys two may be equal; false: no two are */
};

struct json_scan {
	/* What to look at; the caller fills these. The text is terminated and is written to. */
	char *text;
	size_t length;
	bool allows_comments;
	unsigned depth_max;
	size_t values_max;

	/* What was found. */
	struct json_node *root;                /* NULL when something is wrong */
	bool has_doubts;                       /* an object may_repeat, or a number is infinite */
	size_t offset;                         /* how far it got; of the problem */
	char message[JSON_SCAN_MESSAGE_BYTES]; /* what is wrong and how to mend it; "" when nothing is */

	/* Its own. */
	size_t values;
	unsigned depth;
	struct json_scan_block *blocks; /* of nodes, newest first */
	size_t free_nodes;              /* of the newest */
	char *decoded;                  /* the strings that have escapes, one after another */
	size_t decoded_size, decoded_length;
};

/* 0, -EBADMSG with a message, or -ENOMEM. json_scan_release() releases it after each of them. */
int json_scan(struct json_scan *scan);
void json_scan_release(struct json_scan *scan);

/* A place in a text; line and column from 1, a column is a code point. {0, 1, 1} is the beginning. */
struct json_scan_place {
	size_t offset;
	unsigned line, column;
};

/* Go on to an offset that is not before the place. */
void json_scan_advance(const char *text, struct json_scan_place *place, size_t offset);

#endif
