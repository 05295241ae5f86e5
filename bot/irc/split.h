#ifndef EPISODED_IRC_SPLIT_H
#define EPISODED_IRC_SPLIT_H

/* A long text as lines that fit: counted in bytes, cut between words, never inside what a person sees as one
 * sign, and never inside bold or a colour without putting it on again. */

#include <stddef.h>

#include "bot/irc/formats.h"

/*
 * irc_split - the next line of text.
 *
 * Shape:   valid UTF-8 of length bytes, no line breaks; formatting, which is a sign too.
 * Returns: bytes of the line, at most limit_bytes (4 or more) and at least 1
 *          unless length is 0; *ret_next is where the next line begins: one
 *          space further where the cut is between words.
 * Errors:  none. A sign that alone is longer than a line is cut between code points.
 */
size_t irc_split(const char *text, size_t length, size_t limit_bytes, size_t *ret_next);

/* What a line may hold of text, that framing it with formats takes no more than limit_bytes. */
size_t irc_split_room(const struct irc_formats *formats, const char *text, size_t length, size_t limit_bytes);
/* Append the first piece bytes of text as a line: what is on is put on again in front of it, and what is on
 * at its end is ended. *formats is what is on for the next line. */
void irc_split_append(struct irc_formats *formats, const char *text, size_t piece, struct str *line);

#endif
