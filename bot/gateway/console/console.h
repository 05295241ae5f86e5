#ifndef EPISODED_CONSOLE_H
#define EPISODED_CONSOLE_H

/*
 * The same engine in a terminal or a pipe (episoded chat): one question a
 * line, the prefix may be left out. On a terminal with a prompt, line editing
 * and completion of the commands' names.
 */

struct dispatch;

/* Until the input ends. 0, or a negative errno when reading or writing fails. */
int console_run(struct dispatch *dispatch, const char *prefix);

#endif
