#ifndef EPISODED_CONSOLE_H
#define EPISODED_CONSOLE_H

/*
 * episoded chat: the bot in a terminal or a pipe, one question a line, the prefix is
 * optional. A terminal has a prompt, line editing and completion of command names.
 * What spoils is not printed: a terminal shows it after an empty line, a pipe names the
 * option that prints it.
 */

#include <stdbool.h>

struct dispatch;

/* Answer until the end of input. shows_spoilers: print also what spoils, at once. 0, or the negative errno of a failed
 * read or write. */
int console_run(struct dispatch *dispatch, const char *prefix, bool shows_spoilers);

#endif
