#ifndef EPISODED_CATALOGUE_REFERENCE_TEXT_H
#define EPISODED_CATALOGUE_REFERENCE_TEXT_H

/* Reasons for people: one line, cut where a character ends. */

#include <stdarg.h>

#include "bot/catalogue/reference.h"

void reference_say(char ret[REFERENCE_REASON_BYTES], const char *format, va_list arguments)
		__attribute__((format(printf, 2, 0)));

#endif
