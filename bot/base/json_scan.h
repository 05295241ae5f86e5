#ifndef EPISODED_BASE_JSON_SCAN_H
#define EPISODED_BASE_JSON_SCAN_H

/*
 * The text of a JSON file by RFC 8259, to the letter: says whether it is well
 * formed, what to mend and where, and where each value stands. Private to
 * base/json.c, whose tree comes from cJSON: that parser is laxer than the
 * standard and does not remember where a value came from. One call reads the
 * text once, whatever is in it.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_MESSAGE_BYTES    200
#define JSON_SCAN_NUMBER_MAX_BYTES 60 /* cJSON 1.7 reads 63 and stops in the middle of a longer one */

struct json_scan {
	/* What to look at; the caller fills these. */
	const char *text;
	size_t length;
	bool allows_comments;
	unsigned depth_max;
	size_t values_max;
	char *blank; /* NULL, or a copy of the text in which comments become spaces */
	/* NULL, or called for each value in the order of the text, an object or a list before what is in it;
	 * offset is where its key begins, or the value itself when it has none. The bytes of the text are
	 * then taken to be sound. */
	void (*on_value)(void *user, size_t offset);
	void *user;

	/* What was found. */
	size_t offset;                         /* how far it got; of the problem */
	char message[JSON_SCAN_MESSAGE_BYTES]; /* what is wrong and how to mend it; "" when nothing is */

	/* Its own. */
	size_t values;
	unsigned depth;
};

/* 0 when the text is well formed, -EBADMSG with a message otherwise. */
int json_scan(struct json_scan *scan);

/* A place in a text; line and column from 1, a column is a code point. {0, 1, 1} is the beginning. */
struct json_scan_place {
	size_t offset;
	unsigned line, column;
};

/* Go on to an offset that is not before the place. */
void json_scan_advance(const char *text, struct json_scan_place *place, size_t offset);

#endif
