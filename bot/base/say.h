#ifndef EPISODED_SAY_H
#define EPISODED_SAY_H

/* What a subcommand tells the person at the terminal, line by line, escaped as utf8_line() does. */

#include <stdarg.h>
#include <stdbool.h>

/* is_error: for standard error. */
typedef void (*print_function)(bool is_error, const char *text);

/* One line, without a line feed. */
void say(print_function print, bool is_error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* One line with its line feed, for a function that prints text as it is. */
void say_vline(print_function print, bool is_error, const char *format, va_list arguments)
		__attribute__((format(printf, 3, 0)));

#endif
