/* Text on Twitch. */

#include "bot/gateway/twitch/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const struct {
	uint32_t first, last;
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

static size_t length_of(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static uint32_t codepoint_of(const char *text, size_t length)
{
	static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32_t codepoint = (unsigned char)*text & masks[length];

	for (size_t i = 1; i < length; i++)
		codepoint = codepoint << 6 | ((unsigned char)text[i] & 0x3F);
	return codepoint;
}

static bool is_invisible(uint32_t codepoint)
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

	for (; *text; text += length) {
		length = length_of((unsigned char)*text);
		if (*text == ' ' || is_invisible(codepoint_of(text, length))) {
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

	for (; count > 0 && text[bytes]; count--)
		bytes += length_of((unsigned char)text[bytes]);
	return bytes;
}
