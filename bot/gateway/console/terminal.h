#ifndef EPISODED_TERMINAL_H
#define EPISODED_TERMINAL_H

/* A person's terminal: line editing with completion (libedit), and text wrapped at words. One a process. */

#include <stdbool.h>

/* prefix is completed before command names; borrowed until the end. */
void terminal_start(const char *prefix);

/* The next line, NULL at the end; the caller frees. Lines that say something go into the history. */
char *terminal_read(void);

/* Clean UTF-8, wrapped between words at the terminal's width. */
void terminal_print(const char *text, bool is_title);

#endif
