#ifndef EPISODED_IRC_TEXT_H
#define EPISODED_IRC_TEXT_H

/* What people type on IRC as plain UTF-8. */

#include <stdbool.h>
#include <stddef.h>

/*
 * irc_text_read - a message's text without its formatting.
 *
 * Shape:   UTF-8; what is not is taken for Latin-1. Bold, italic, underline,
 *          strike, monospace, reverse, reset and colours are dropped, other
 *          control characters become spaces.
 * Units:   size in bytes, with the NUL.
 * Errors:  -EMSGSIZE when it does not fit; what is in ret then is no text.
 * Source:  modern.ircdocs.horse, "IRC formatting".
 */
int irc_text_read(const char *text, char *ret, size_t size);

/* Is anything in it bold, coloured or the like? */
bool irc_text_has_formats(const char *text);

#endif
