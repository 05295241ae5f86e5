/* Words on Twitch. */

#include "bot/gateway/twitch/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "bot/base/utf8.h"

static const struct {
	int32_t first, last;
} invisible[] = {
		{0x00AD, 0x00AD},   /* soft hyphen */
		{0x034F, 0x034F},   /* combining grapheme joiner */
		{0x061C, 0x061C},   /* Arabic letter mark */
		{0x115F, 0x1160},   /* Hangul fillers */
		{0x17B4, 0x17B5},   /* Khmer inherent vowels */
		{0x180B, 0x180F},   /* Mongolian separators */
		{0x200B, 0x200F},   /* zero width, marks of direction */
		{0x202A, 0x202E},   /* embeddings */
		{0x2060, 0x206F},   /* joiners, isolates */
		{0x2800, 0x2800},   /* empty Braille */
		{0x3164, 0x3164},   /* Hangul filler */
		{0xFEFF, 0xFEFF},   /* byte order mark */
		{0xFFA0, 0xFFA0},   /* half-width Hangul filler */
		{0xE0000, 0xE0FFF}, /* tags, as Chatterino and others append */
};

static bool is_invisible(int32_t codepoint)
{
	if (codepoint < invisible[0].first)
		return false;
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (codepoint >= invisible[i].first && codepoint <= invisible[i].last)
			return true;
	return false;
}

int twitch_text_read(const char *text, char *ret, size_t size)
{
	size_t used = 0, length;
	bool is_space_due = false;
	int32_t codepoint;

	for (; *text; text += length) {
		length = utf8_next(text, strnlen(text, UTF8_CODEPOINT_BYTES), &codepoint);
		if (*text == ' ' || is_invisible(codepoint)) {
			is_space_due = is_space_due || (*text == ' ' && used > 0);
			continue;
		}
		if (used + is_space_due + length >= size)
			return -EMSGSIZE;
		if (is_space_due)
			ret[used++] = ' ';
		is_space_due = false;
		memcpy(ret + used, text, length);
		used += length;
	}
	if (used >= size)
		return -EMSGSIZE;
	ret[used] = '\0';
	return 0;
}

void twitch_text_guard(struct str *str, const char *line)
{
	line += strspn(line, " ");
	if (*line == '/' || *line == '.')
		str_append(str, TWITCH_GUARD);
	str_append(str, line);
}

size_t twitch_text_span(const char *text, size_t count)
{
	size_t bytes = 0;
	int32_t codepoint;

	for (; count > 0 && text[bytes]; count--)
		bytes += utf8_next(text + bytes, strnlen(text + bytes, UTF8_CODEPOINT_BYTES), &codepoint);
	return bytes;
}
