/* Reasons for people: one line, cut where a character ends. */

#include "bot/catalogue/reference_text.h"

#include "bot/base/utf8.h"

#include <string.h>

#define TEXT_MAX_BYTES 8000

/* As many whole graphemes of text as fit into limit_bytes. */
static size_t fitting(const struct str *text, size_t limit_bytes)
{
	size_t length = 0, size;

	while ((size = utf8_grapheme(str_text(text) + length, text->length - length)) > 0 &&
			length + size <= limit_bytes)
		length += size;
	return length;
}

void reference_say(char ret[REFERENCE_REASON_BYTES], const char *format, va_list arguments)
{
	struct str text = STR(TEXT_MAX_BYTES);
	size_t length;

	str_vprintf(&text, format, arguments);
	length = fitting(&text, REFERENCE_REASON_BYTES - 1);
	memcpy(ret, str_text(&text), length);
	ret[length] = '\0';
	str_release(&text);
}
