#ifndef EPISODED_IRC_SPLIT_H
#define EPISODED_IRC_SPLIT_H

/* A long text as lines that fit: counted in bytes, cut between words, never inside what a person sees as one
 * sign. */

#include <stddef.h>

/*
 * irc_split - the next line of text.
 *
 * Shape:   valid UTF-8 of length bytes, no line breaks.
 * Returns: bytes of the line, at most limit_bytes (4 or more) and at least 1
 *          unless length is 0; *ret_next is where the next line begins: one
 *          space further where the cut is between words.
 * Errors:  none. A sign that alone is longer than a line is cut between code points.
 */
size_t irc_split(const char *text, size_t length, size_t limit_bytes, size_t *ret_next);

#endif
