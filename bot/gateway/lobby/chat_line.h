#ifndef EPISODED_LOBBY_CHAT_LINE_H
#define EPISODED_LOBBY_CHAT_LINE_H

/* Parse a line of a client in place; read, relay and escape tags. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define CHAT_PARAMS_MAX 15

struct chat_line {
	char *tags; /* as sent, without '@'; "": no tags */
	char *verb;
	char *params[CHAT_PARAMS_MAX];
	size_t param_count;
};

/*
 * chat_line_parse - split a NUL-terminated line into tags, verb and parameters.
 *
 * Shape:   ['@' tags SP] [':' source SP] verb *(SP param) [SP ':' last]; a source is skipped.
 * Owns:    nothing; *ret points into line, which is written to.
 * Errors:  -EBADMSG no verb; *ret untouched.
 * Source:  modern.ircdocs.horse, "Message format".
 */
int chat_line_parse(char *line, struct chat_line *ret);

/* Copy the unescaped value of a tag. False: no such tag, or ret is too small. */
bool chat_tag_get(const char *tags, const char *key, char *ret, size_t size_bytes);

/* Append the client-only tags ("+key=value"), each with a leading ';'. */
void chat_tags_relay(struct str *str, const char *tags);

/* Append text escaped as a tag's value. */
void chat_tag_escape(struct str *str, const char *text);

#endif
