#ifndef EPISODED_BASE_SPAN_H
#define EPISODED_BASE_SPAN_H

/*
 * JSON read in place, without a tree: a value is a span of bytes, and a reader
 * walks to the members it wants. Most events from Discord are of no interest to
 * the bot, so other values are only skipped, by counting brackets and stepping
 * over strings. The bytes need not be terminated by a NUL; reads never go past the end. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

/* A value with its quotes or brackets; at NULL: missing. */
struct span {
	const char *at;
	size_t length;
};

#define SPAN(text) ((struct span){(text), sizeof(text) - 1})

/* A position between the members of an object or the items of an array. */
struct span_walk {
	const char *at, *end;
	char close;    /* '}' or ']' */
	bool is_begun; /* a comma comes before the next */
};

/* 0, or -EBADMSG when value is not an object ('{') or an array ('['). */
int span_open(struct span value, char bracket, struct span_walk *ret);

/*
 * span_member, span_item - the next member or item.
 *
 * Shape:   what RFC 8259 allows, and more: brackets of a skipped value need only balance.
 * Owns:    nothing; *ret_key is the key without its quotes, *ret_value the value, both within the walk's
 *          bytes.
 * Errors:  1 there is one, 0 the closing bracket was reached (walk->at is past it), -EBADMSG.
 */
int span_member(struct span_walk *walk, struct span *ret_key, struct span *ret_value);
int span_item(struct span_walk *walk, struct span *ret_value);

/* The value of a member: the first with this key. .at is NULL when the key is missing or object is not an
 * object. */
struct span span_get(struct span object, const char *key);

bool span_is(struct span span, const char *text); /* exactly these bytes: keys, "true", "null" */
bool span_is_string(struct span value);

/*
 * span_number - a whole number from 0, bare or in quotes (ids are strings on the wire).
 *
 * Errors:  -EBADMSG when it is not a number or does not fit; *ret untouched.
 */
int span_number(struct span value, uint64_t *ret);

/* The first count items of a list, each a span_number. -EBADMSG when it is not a list, has fewer, or one is
 * not a number; the contents of *ret are then undefined. */
int span_numbers(struct span list, uint64_t *ret, size_t count);

/* A list of such lists, one after the other: span_open() it, and read the next list that is long enough; others are skipped.
 * False: the end, or malformed. */
bool span_next_numbers(struct span_walk *walk, uint64_t *ret, size_t count);

/* Append such a list, its numbers in quotes, and before it a comma unless it is the first one behind a "[". */
void span_append_numbers(const uint64_t *number, size_t count, struct str *str);

/*
 * span_append - the text of a string, decoded, as clean UTF-8 (utf8_clean).
 *
 * Errors:  -EBADMSG not a string; -EMSGSIZE, -ENOMEM as str->error. The contents of *str are then undefined.
 */
int span_append(struct span value, struct str *str);

/* The same into a buffer. False, and the buffer untouched, when it is not a string, empty, or too long. */
bool span_copy(struct span value, char *buffer, size_t size);

/* The first quote, backslash or control character at or after at; end when the rest has no such byte. The
 * bytes before it need no decoding. */
const char *span_skip_plain(const char *at, const char *end);
/* The first byte at or after at that is not white space; end when the rest is white space. */
const char *span_skip_space(const char *at, const char *end);
/* The byte after the value that begins at at; NULL when it is not a value or does not end. */
const char *span_skip_value(const char *at, const char *end);

#endif
