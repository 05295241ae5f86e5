#ifndef EPISODED_TERMINAL_H
#define EPISODED_TERMINAL_H

/* A terminal: line editing with completion (libedit), and text wrapped at words. One in a process. */

#include <stdbool.h>

/* prefix is the command prefix; borrowed until exit. */
void terminal_start(const char *prefix);

/* Read a line, and add it to the history unless it is empty. NULL: end of input. The caller frees. */
char *terminal_read(void);

/* Print valid UTF-8 without control characters, wrapped between words at the terminal's width. */
void terminal_print(const char *text, bool is_title);

#endif
