#ifndef EPISODED_TELLING_H
#define EPISODED_TELLING_H

/*
 * A text that tells what happens: a synopsis, a fact, a title. show.h declares struct
 * telling without its content, so that a command, which must not include this header,
 * can pass such a text to the core and cannot print it. The core reads it, and decides
 * whether it is shown in clear (bot/core/line.h).
 */

#include "bot/catalogue/show.h"

struct telling {
	char first; /* of the text, NUL-terminated */
};

/* "" for NULL. */
const char *telling_text(const struct telling *telling);
/* text must live as long as the result. */
const struct telling *telling_of(const char *text);

/* Write "Season 1, episode 5", "Season 1, episode 5: Title" or "Special: Title" to buffer, and return buffer. In a show
 * of one season it begins with "Episode 5". Without the title, a special is "Special". Commands use request_label(). */
const char *episode_label(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);
const char *episode_label_untitled(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);

#endif
