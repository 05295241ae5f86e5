#ifndef EPISODED_TWITCH_TEXT_H
#define EPISODED_TWITCH_TEXT_H

/* What people type on Twitch as plain words, and our words so that Twitch takes them for nothing else. */

#include <stddef.h>

#include "bot/base/str.h"

#define TWITCH_GUARD      "· "        /* before what Twitch would take for a command */
#define TWITCH_GUARD_MAX  2           /* code points */
#define TWITCH_VARIED     " \xCD\x8F" /* a space and U+034F: nobody sees it */
#define TWITCH_VARIED_MAX 2

/*
 * twitch_text_read - a message's text without what nobody sees.
 *
 * Shape:   valid UTF-8 without control characters. Invisible code points
 *          (joiners, tags, fillers, marks of direction) are dropped, since other
 *          people's programs add them so that Twitch lets a line pass twice; runs of
 *          spaces become one, and none is left at the ends.
 * Units:   size in bytes, with the NUL; ret never needs more than text has.
 * Errors:  -EMSGSIZE; what is in ret then is no text.
 */
int twitch_text_read(const char *text, char *ret, size_t size);

/* Append a line as it may be sent: a '/' or '.' in front, which would make it a command, gets something
 * before it. */
void twitch_text_guard(struct str *str, const char *line);

/* Bytes of the first count code points of valid UTF-8, all of them when there are fewer. */
size_t twitch_text_span(const char *text, size_t count);

#endif
