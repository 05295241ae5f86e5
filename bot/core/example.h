#ifndef EPISODED_EXAMPLE_H
#define EPISODED_EXAMPLE_H

/*
 * Examples of commands, filled in from the show that is loaded: "{episode}" is an episode's number, "{season}" a
 * season, "{name}" a character, "{show}" the show's ID.
 */

#include "bot/core/line.h"

#define EXAMPLE_BYTES 512

/* Write the example to ret. False: the show has no such thing, or the line hides it. */
bool example_fill(const struct line *line, const char *text, char ret[EXAMPLE_BYTES]);

#endif
