#ifndef EPISODED_IRC_LINE_H
#define EPISODED_IRC_LINE_H

/*
 * One line of IRC: taken apart without a copy, and put together. A parsed line
 * points into the caller's bytes; tags stay one span until somebody asks.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_LINE_MAX_BYTES (8191 + 510) /* the longest tags a server may send, and the rest */
#define IRC_PARAMS_MAX     20           /* the specification's 15 and some; further ones are left out */

struct irc_line {
	const char *tags;   /* between '@' and the space, as on the wire; NULL: none */
	const char *source; /* NULL: none */
	const char *verb;
	const char *params[IRC_PARAMS_MAX];
	size_t param_count;
};

/* A line to send: IRC_LINE("JOIN", channel) */
#define IRC_LINE(verb_, ...)                                                                                 \
	(&(const struct irc_line){.verb = (verb_),                                                           \
			.params = {__VA_ARGS__},                                                             \
			.param_count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)})

/*
 * irc_line_parse - take one line apart, in place: separators become NUL.
 *
 * Shape:   ['@' tags SP] [':' source SP] verb *(SP param) [SP ':' last], without
 *          its CRLF; bytes[length] must be writable.
 * Owns:    *ret points into bytes.
 * Errors:  -EBADMSG no verb, or a NUL inside; *ret untouched.
 * Source:  IRCv3 message tags; RFC 1459, 2.3.1.
 */
int irc_line_parse(char *bytes, size_t length, struct irc_line *ret);

/*
 * irc_line_take - the first line of what one WebSocket message or one read brought.
 *
 * Shape:   lines with LF or CRLF between, the last one whole. One over
 *          IRC_LINE_MAX_BYTES, an empty one or one that is none is skipped.
 * Owns:    *ret points into buffer, where the line is copied.
 * Returns: false when there is none left; *bytes and *length tell what is left.
 */
bool irc_line_take(const char **bytes, size_t *length, char buffer[IRC_LINE_MAX_BYTES + 1],
		struct irc_line *ret);

/* The parameter at index, "" when there is none. */
const char *irc_line_param(const struct irc_line *line, size_t index);

/* The three digits of a numeric as a number; 0 for a word. */
unsigned irc_line_numeric(const struct irc_line *line);

/* One tag, still escaped. */
struct irc_tag {
	const char *key, *value;
	size_t key_length, value_length;
};

/* Walk the tags: *cursor starts as line->tags (NULL is fine). False at the end. */
bool irc_tag_next(const char **cursor, struct irc_tag *ret);
bool irc_tag_is(const struct irc_tag *tag, const char *key);

/*
 * irc_tag_value - a tag's value without its escapes, terminated.
 *
 * Shape:   "\:" ; "\s" space "\\" \ "\r" CR "\n" LF; \x is x; a lone \ at the end is dropped.
 * Errors:  -EMSGSIZE when it does not fit size bytes; ret is then untouched.
 */
int irc_tag_value(const struct irc_tag *tag, char *ret, size_t size);

/* The value of the last tag of that key. -ENOENT, -EMSGSIZE. */
int irc_line_tag(const struct irc_line *line, const char *key, char *ret, size_t size);

/* Append key=value, escaped, after a ';' where tags is not empty. */
void irc_tag_append(struct str *tags, const char *key, const char *value);

/*
 * Append the line as it goes on the wire, without CRLF. CR and LF in the last
 * parameter become spaces: what a person typed can never begin a line of its own.
 * -EINVAL: no verb, a space or a line break where a word is wanted, or a
 * parameter before the last that is empty or begins with ':'. -EMSGSIZE, -ENOMEM
 * as str says.
 */
int irc_line_format(const struct irc_line *line, struct str *ret);

#endif
