#ifndef EPISODED_IRC_FORMATS_H
#define EPISODED_IRC_FORMATS_H

/* Bold, colours and the like: which are on after some text, and how to put them on again on a new line. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_FORMATS_RESET     "\x0F"
#define IRC_FORMATS_MAX_BYTES 32 /* of what puts them on again */
#define IRC_FORMATS_HEX_BYTES 8  /* "RRGGBB" and the NUL, or two digits */

struct irc_formats {
	unsigned toggles; /* a bit for each of bold, italic, underline, strike, monospace, reverse */
	char foreground[IRC_FORMATS_HEX_BYTES], background[IRC_FORMATS_HEX_BYTES]; /* "": the reader's own */
};

/*
 * irc_format_length - bytes of the formatting at text, 0 where it is none.
 *
 * Shape:   one byte, or \x03 with up to two numbers of two digits, or \x04 with
 *          up to two of six hexadecimal ones, a ',' between; at most length bytes are looked at.
 * Errors:  none.
 * Source:  modern.ircdocs.horse, "IRC formatting".
 */
size_t irc_format_length(const char *text, size_t length);

/* What is on after this text, where formats was before it. */
void irc_formats_read(struct irc_formats *formats, const char *text, size_t length);
bool irc_formats_is_on(const struct irc_formats *formats);
/* Put them on in front of text; nothing in it is taken for a part of that. */
void irc_formats_append(const struct irc_formats *formats, const char *text, struct str *str);

#endif
