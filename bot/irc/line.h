#ifndef EPISODED_IRC_LINE_H
#define EPISODED_IRC_LINE_H

/*
 * Parse and format IRC lines. Parsing copies nothing: the parts point into the caller's
 * bytes, and tags are only parsed when they are read.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_LINE_MAX_BYTES (8191 + 510) /* the most bytes of tags a server may send, and of the rest */
#define IRC_PARAMS_MAX     20           /* the specification says 15; parameters above 20 are dropped */

struct irc_line {
	const char *tags;   /* between '@' and the space, still escaped; may be NULL */
	const char *source; /* may be NULL */
	const char *verb;
	const char *params[IRC_PARAMS_MAX];
	size_t param_count;
};

/* Build a line to send: IRC_LINE("JOIN", channel) */
#define IRC_LINE(verb_, ...)                                                                                 \
	(&(const struct irc_line){.verb = (verb_),                                                           \
			.params = {__VA_ARGS__},                                                             \
			.param_count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)})

/*
 * irc_line_parse - parse one line in place: separators are overwritten with NUL.
 *
 * Shape:   ['@' tags SP] [':' source SP] verb *(SP param) [SP ':' last], without
 *          its CRLF; bytes[length] must be writable.
 * Owns:    *ret points into bytes.
 * Errors:  -EBADMSG no verb, or a NUL inside; *ret untouched.
 * Source:  IRCv3 message tags; RFC 1459, 2.3.1.
 */
int irc_line_parse(char *bytes, size_t length, struct irc_line *ret);

/*
 * irc_line_take - parse the first line of a WebSocket message or a read.
 *
 * Shape:   lines separated by LF, the last one complete. CR is never content: all
 *          at the end of a line are dropped (UnrealIRCd 6.1.8 ends the first line of
 *          a labelled reply with CR CR LF), and so is every CR or NUL inside. Lines
 *          over IRC_LINE_MAX_BYTES, empty lines and malformed lines are skipped.
 * Owns:    *ret points into buffer, which receives a copy of the line.
 * Returns: false if no line is left; *bytes and *length are the remaining bytes.
 */
bool irc_line_take(const char **bytes, size_t *length, char buffer[IRC_LINE_MAX_BYTES + 1],
		struct irc_line *ret);

/* The parameter at index, "" if there are fewer. */
const char *irc_line_param(const struct irc_line *line, size_t index);

/* The number of a numeric reply; 0 if the verb is a word. */
unsigned irc_line_numeric(const struct irc_line *line);

/* One tag, still escaped. */
struct irc_tag {
	const char *key, *value;
	size_t key_length, value_length;
};

/* Iterate over the tags: *cursor starts as line->tags (may be NULL). False at the end. */
bool irc_tag_next(const char **cursor, struct irc_tag *ret);
bool irc_tag_is(const struct irc_tag *tag, const char *key);

/*
 * irc_tag_value - unescape a tag's value into ret, NUL-terminated.
 *
 * Shape:   "\:" ; "\s" space "\\" \ "\r" CR "\n" LF; \x is x; a lone \ at the end is dropped.
 * Errors:  -EMSGSIZE if it does not fit into size bytes; ret untouched.
 */
int irc_tag_value(const struct irc_tag *tag, char *ret, size_t size);

/* The value of the last tag with that key. -ENOENT, -EMSGSIZE. */
int irc_line_tag(const struct irc_line *line, const char *key, char *ret, size_t size);

/* Append key=value, escaped; a ';' is written before it if tags is not empty. */
void irc_tag_append(struct str *tags, const char *key, const char *value);

/*
 * Append the line in wire format, without CRLF. CR and LF in the last parameter become
 * spaces, so that text from a person cannot start a new line. -EINVAL: no verb, a space
 * or line break inside a word, or a parameter before the last that is empty or begins
 * with ':'. -EMSGSIZE or -ENOMEM as in str->error.
 */
int irc_line_format(const struct irc_line *line, struct str *ret);

#endif
