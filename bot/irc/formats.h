#ifndef EPISODED_IRC_FORMATS_H
#define EPISODED_IRC_FORMATS_H

/* IRC formatting (bold, colours): which formats are active after a text, and the codes that restore them on a new
 * line. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_FORMATS_RESET     "\x0F"
#define IRC_FORMATS_MAX_BYTES 32 /* of the codes that restore all formats */
#define IRC_FORMATS_HEX_BYTES 8  /* "RRGGBB" or two digits, and the NUL */

struct irc_formats {
	unsigned toggles; /* one bit each: bold, italic, underline, strikethrough, monospace, reverse */
	char foreground[IRC_FORMATS_HEX_BYTES], background[IRC_FORMATS_HEX_BYTES]; /* "": default */
};

/*
 * irc_format_length - the length of the formatting code at text, else 0.
 *
 * Shape:   one byte, or \x03 with up to two numbers of two digits, or \x04 with
 *          up to two of six hexadecimal digits, separated by ','; at most length bytes are read.
 * Errors:  no errors.
 * Source:  modern.ircdocs.horse, "IRC formatting".
 */
size_t irc_format_length(const char *text, size_t length);

/* Update formats with the codes in text. */
void irc_formats_read(struct irc_formats *formats, const char *text, size_t length);
bool irc_formats_is_on(const struct irc_formats *formats);
/* Append the codes that restore formats in front of text, so that the start of text cannot be read as part of a
 * code. */
void irc_formats_append(const struct irc_formats *formats, const char *text, struct str *str);

#endif
