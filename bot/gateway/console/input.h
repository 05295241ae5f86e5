#ifndef EPISODED_CONSOLE_INPUT_H
#define EPISODED_CONSOLE_INPUT_H

/*
 * What a terminal sends, as characters. Pasted text arrives between two marks (bracketed paste: ESC [ 200 ~ and
 * ESC [ 201 ~). Its line ends are line feeds, its tabs are spaces, and its other control characters and escape sequences
 * are dropped: a pasted text never acts as keys. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_INPUT_BYTES 4096

struct console_input {
	char bytes[CONSOLE_INPUT_BYTES];
	size_t begin, end; /* of the bytes that are not read yet */
	bool is_pasting;
	bool is_after_return; /* in pasted text: a line feed belongs to the carriage return before it */
};

/* Where the next bytes may be written, and how many. At least one after console_input_next() has returned false. */
char *console_input_space(struct console_input *input, size_t *ret_size);
void console_input_add(struct console_input *input, size_t count);

/* The next character; U+FFFD for a byte that is not UTF-8. False: more bytes are needed. is_last: no further bytes have
 * come for a while, so that an ESC is a key and not the beginning of a mark. */
bool console_input_next(struct console_input *input, bool is_last, int32_t *ret_codepoint);

/* True if bytes are left, which a mark or a character may begin. */
bool console_input_is_waiting(const struct console_input *input);

#endif
