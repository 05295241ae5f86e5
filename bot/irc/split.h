#ifndef EPISODED_IRC_SPLIT_H
#define EPISODED_IRC_SPLIT_H

/* Split a long text into lines: limited in bytes, cut between words and never inside a grapheme. Formats that are
 * active at a cut are restored on the next line. */

#include <stddef.h>

#include "bot/irc/formats.h"

/*
 * irc_split - find the end of the next line of text.
 *
 * Shape:   valid UTF-8 of length bytes, no line breaks; a formatting code counts as one grapheme.
 * Returns: bytes of the line, at most limit_bytes (4 or more) and at least 1
 *          unless length is 0; *ret_next is the start of the next line, after
 *          the space if the cut is between words.
 * Errors:  no errors. A grapheme longer than a line is cut between code points.
 */
size_t irc_split(const char *text, size_t length, size_t limit_bytes, size_t *ret_next);

/* The bytes of text that fit into a line, so that text and the codes around it take at most limit_bytes. */
size_t irc_split_room(const struct irc_formats *formats, const char *text, size_t length, size_t limit_bytes);
/* Append the first piece bytes of text as a line: restore *formats before it and reset formats at its end. *formats is
 * updated for the next line. */
void irc_split_append(struct irc_formats *formats, const char *text, size_t piece, struct str *line);

#endif
