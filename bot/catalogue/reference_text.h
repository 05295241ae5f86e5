#ifndef EPISODED_CATALOGUE_REFERENCE_TEXT_H
#define EPISODED_CATALOGUE_REFERENCE_TEXT_H

/* Reasons for people: one line, cut where a character ends. */

#include <stdarg.h>

#include "bot/catalogue/reference.h"

#define REFERENCE_QUOTE_BYTES 52 /* 48 of what was typed, an ellipsis and the NUL */

void reference_say(char ret[REFERENCE_REASON_BYTES], const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* What was typed, clean and short enough to stand in a reason; ret. */
const char *reference_quote(const char *words, char ret[REFERENCE_QUOTE_BYTES]);

#endif
