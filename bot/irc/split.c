/* A long text as lines that fit. */

#include "bot/irc/split.h"

#include <string.h>

#include "bot/base/utf8.h"

size_t irc_split(const char *text, size_t length, size_t limit_bytes, size_t *ret_next)
{
	size_t cut = 0, space = 0;

	if (length <= limit_bytes) {
		*ret_next = length;
		return length;
	}
	for (;;) {
		size_t grapheme = irc_format_length(text + cut, length - cut);

		if (grapheme == 0)
			grapheme = utf8_grapheme(text + cut, length - cut);

		/* A single space only: one with a mark on it is a sign like others. */
		if (grapheme == 1 && text[cut] == ' ')
			space = cut;
		if (grapheme == 0 || cut + grapheme > limit_bytes)
			break;
		cut += grapheme;
	}
	/* A word worth half a line is cut rather than moved. */
	if (space > limit_bytes / 2) {
		*ret_next = space + 1;
		return space;
	}
	if (cut == 0)
		cut = utf8_whole(text, limit_bytes);
	*ret_next = cut;
	return cut;
}

/* Some of it is formatted, or will be: a code is one of these bytes. */
static bool has_formats(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ')
			return true;
	}
	return false;
}

size_t irc_split_room(const struct irc_formats *formats, const char *text, size_t length, size_t limit_bytes)
{
	struct str again = STR(IRC_FORMATS_MAX_BYTES);
	size_t taken;

	if (!irc_formats_is_on(formats) && !has_formats(text, length))
		return limit_bytes;
	irc_formats_append(formats, text, &again);
	taken = again.length + strlen(IRC_FORMATS_RESET);
	str_release(&again);
	return limit_bytes - taken;
}

void irc_split_append(struct irc_formats *formats, const char *text, size_t piece, struct str *line)
{
	irc_formats_append(formats, text, line);
	str_append_bytes(line, text, piece);
	irc_formats_read(formats, text, piece);
	if (irc_formats_is_on(formats))
		str_append(line, IRC_FORMATS_RESET);
}
