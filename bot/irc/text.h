#ifndef EPISODED_IRC_TEXT_H
#define EPISODED_IRC_TEXT_H

/* Convert the text of IRC messages to plain UTF-8. */

#include <stdbool.h>
#include <stddef.h>

/*
 * irc_text_read - copy a message's text without its formatting.
 *
 * Shape:   UTF-8; invalid bytes are read as Latin-1. Formatting codes are
 *          dropped, other control characters become spaces.
 * Units:   size in bytes, with the NUL.
 * Errors:  -EMSGSIZE if it does not fit; the contents of ret are then undefined.
 * Source:  modern.ircdocs.horse, "IRC formatting".
 */
int irc_text_read(const char *text, char *ret, size_t size);

/* True if text contains formatting codes. */
bool irc_text_has_formats(const char *text);

#endif
