#ifndef EPISODED_BASE_JSON_SCAN_H
#define EPISODED_BASE_JSON_SCAN_H

/*
 * The text of a JSON file by RFC 8259, to the letter: says whether it is well
 * formed, what to mend and where, and where the n-th value stands. Private to
 * base/json.c, whose tree comes from cJSON: that parser is laxer than the
 * standard and does not remember where a value came from.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_MESSAGE_BYTES    200
#define JSON_SCAN_NUMBER_MAX_BYTES 60 /* cJSON 1.7 reads 63 and stops in the middle of a longer one */

#define JSON_SCAN_NO_VALUE ((size_t)-1)

struct json_scan {
	/* What to look at; the caller fills these. */
	const char *text;
	size_t length;
	bool allows_comments;
	unsigned depth_max;
	char *blank;   /* NULL, or a copy of the text in which comments become spaces */
	size_t wanted; /* stop at this value, counted from 0 in the order of the text, or JSON_SCAN_NO_VALUE
			*/

	/* What was found. */
	size_t offset;     /* how far it got; of the problem, or of the value that was wanted */
	size_t key_offset; /* where the key of the wanted value begins; the value itself when it has none */
	bool was_found;
	char message[JSON_SCAN_MESSAGE_BYTES]; /* what is wrong and how to mend it; "" when nothing is */

	/* Its own. */
	size_t values;
	unsigned depth;
};

/* 0 when the text is well formed or the wanted value was found, -EBADMSG with a message otherwise. */
int json_scan(struct json_scan *scan);

/* Line and column of an offset, both from 1; a column is a code point. */
void json_scan_position(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column);

#endif
