#ifndef EPISODED_TWITCH_TEXT_H
#define EPISODED_TWITCH_TEXT_H

/* Read text without invisible characters, and write text that is no command. */

#include <stddef.h>

#include "bot/base/str.h"

#define TWITCH_GUARD      "· "        /* before text that Twitch would read as a command */
#define TWITCH_GUARD_MAX  2           /* code points */
#define TWITCH_VARIED     " \xCD\x8F" /* a space and U+034F, which is invisible */
#define TWITCH_VARIED_MAX 2

/*
 * twitch_text_read - copy a message's text without invisible characters.
 *
 * Shape:   valid UTF-8 without control characters. Drops invisible
 *          code points (joiners, tags, fillers, direction marks), which chat programs add to
 *          repeat a line. Runs of spaces become one space; leading and trailing spaces are
 *          removed.
 * Units:   size in bytes, with the NUL; ret never needs more than text has.
 * Errors:  -EMSGSIZE; ret is undefined.
 */
int twitch_text_read(const char *text, char *ret, size_t size);

/* Append a line, with TWITCH_GUARD in front if it begins with '/' or '.' and so would be a command. */
void twitch_text_guard(struct str *str, const char *line);

/* The bytes of the first count code points of valid UTF-8, or of all if there are fewer. */
size_t twitch_text_span(const char *text, size_t count);

#endif
