/* What people type on IRC as plain UTF-8. */

#include "bot/irc/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/irc/formats.h"

bool irc_text_has_formats(const char *text)
{
	for (; *text; text++) {
		if (irc_format_length(text, 1) > 0)
			return true;
	}
	return false;
}

/* U+0080 to U+009F: control characters of two bytes. */
static bool is_high_control(const char *text)
{
	return (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] >= 0x80 &&
	       (unsigned char)text[1] < 0xA0;
}

/* One character to at most two bytes; how many of text it was. */
static size_t read_one(const char *text, bool is_utf8, char ret[UTF8_CODEPOINT_BYTES], size_t *ret_length)
{
	unsigned char byte = (unsigned char)*text;

	*ret_length = 1;
	ret[0] = *text;
	if (byte >= 0x20 && byte < 0x7F)
		return 1;
	if (byte < 0x20 || byte == 0x7F) {
		size_t length = irc_format_length(text, strnlen(text, IRC_FORMATS_MAX_BYTES));

		*ret_length = length == 0;
		ret[0] = ' ';
		return length > 0 ? length : 1;
	}
	if (is_utf8) {
		ret[0] = is_high_control(text) ? ' ' : *text;
		return is_high_control(text) ? 2 : 1;
	}
	if (byte < 0xA0) { /* a control character of ISO 8859-1 */
		ret[0] = ' ';
		return 1;
	}
	*ret_length = utf8_encode(byte, ret);
	return 1;
}

/* Bytes at text that stay as they are: nearly always all of them. */
static size_t plain_length(const char *text, bool is_utf8)
{
	size_t length = 0;

	for (;; length++) {
		unsigned char byte = (unsigned char)text[length];

		if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && (!is_utf8 || byte == 0xC2)))
			return length;
	}
}

int irc_text_read(const char *text, char *ret, size_t size)
{
	const char *high = text;
	size_t length = 0;
	bool is_utf8;

	while (*high && (unsigned char)*high < 0x80) /* mostly there is no other byte to look at */
		high++;
	is_utf8 = utf8_valid(high, strlen(high));
	for (;;) {
		size_t plain = plain_length(text, is_utf8), one_length;
		char one[UTF8_CODEPOINT_BYTES];

		if (length + plain >= size)
			break;
		memcpy(ret + length, text, plain);
		text += plain;
		length += plain;
		if (*text == '\0') {
			ret[length] = '\0';
			return 0;
		}
		text += read_one(text, is_utf8, one, &one_length);
		if (length + one_length >= size)
			break;
		memcpy(ret + length, one, one_length);
		length += one_length;
	}
	return -EMSGSIZE;
}
