/* Text from outside: validation, cleaning, escaping, grapheme clusters. */

#include "bot/base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT      "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS         "…"
#define QUOTED_MAX_BYTES 8000
#define PRINT_MAX_BYTES  1024 /* of utf8_print(), before cleaning; the longest reason is far shorter */
#define ESCAPE_BYTES     16   /* "\\u202e" and a NUL, with room for any code point */

size_t utf8_next(const char *bytes, size_t length, int32_t *ret_codepoint)
{
	utf8proc_ssize_t size;

	if (length == 0)
		return 0;
	if ((unsigned char)*bytes < 0x80) {
		*ret_codepoint = (unsigned char)*bytes;
		return 1;
	}
	/* utf8proc rejects overlong forms, surrogates and code points above U+10FFFF. Four bytes are enough;
	 * the limit keeps a huge length out of a signed type. */
	size = utf8proc_iterate((const utf8proc_uint8_t *)bytes, length < 4 ? (utf8proc_ssize_t)length : 4,
			ret_codepoint);
	if (size > 0)
		return (size_t)size;
	*ret_codepoint = -1;
	return 1;
}

size_t utf8_encode(uint32_t codepoint, char ret[UTF8_CODEPOINT_BYTES])
{
	return (size_t)utf8proc_encode_char((int32_t)codepoint, (utf8proc_uint8_t *)ret);
}

/* How many bytes from here are printable ASCII: nearly always all of them. */
static size_t plain_run(const char *bytes, size_t length)
{
	size_t count = 0;

	while (count < length && bytes[count] >= 0x20 && bytes[count] < 0x7F)
		count++;
	return count;
}

/* How many bytes from here are ASCII, counted by eight: a rest of fewer than eight is not counted. */
static size_t ascii_run(const char *bytes, size_t length)
{
	size_t count = 0;
	uint64_t word;

	for (; length - count >= sizeof(word); count += sizeof(word)) {
		memcpy(&word, bytes + count, sizeof(word));
		if (word & 0x8080808080808080)
			break;
	}
	return count;
}

bool utf8_valid(const char *bytes, size_t length)
{
	int32_t codepoint = 0;

	while (length > 0 && codepoint >= 0) {
		size_t size = ascii_run(bytes, length);

		if (size == 0)
			size = utf8_next(bytes, length, &codepoint);
		bytes += size;
		length -= size;
	}
	return codepoint >= 0;
}

/* A character that a terminal, a log viewer or a page would interpret; the list is in utf8.h. */
static bool is_control(int32_t codepoint)
{
	if (codepoint < 0xA0)
		return codepoint < 0x20 || codepoint >= 0x7F;
	return codepoint == 0x061C || codepoint == 0x200E || codepoint == 0x200F ||
	       (codepoint >= 0x2028 && codepoint <= 0x202E) || (codepoint >= 0x2066 && codepoint <= 0x206F);
}

size_t utf8_printable(const char *bytes, size_t length)
{
	int32_t codepoint;
	size_t size = utf8_next(bytes, length, &codepoint);

	return size == 0 || codepoint < 0 || is_control(codepoint) ? 0 : size;
}

/* Append bytes. replace() is called for each control character, and with codepoint -1 for each byte that is
 * not UTF-8; it appends the replacement. */
static void append_printable(struct str *str, const char *bytes, size_t length,
		void (*replace)(struct str *str, int32_t codepoint, char byte))
{
	int32_t codepoint;
	size_t size;

	for (;; bytes += size, length -= size) {
		size = plain_run(bytes, length);
		str_append_bytes(str, bytes, size);
		bytes += size;
		length -= size;
		size = utf8_next(bytes, length, &codepoint);
		if (!size)
			return;
		if (codepoint < 0 || is_control(codepoint))
			replace(str, codepoint, *bytes);
		else
			str_append_bytes(str, bytes, size);
	}
}

static bool is_direction(int32_t codepoint)
{
	return codepoint >= 0xA0 && codepoint != 0x2028 && codepoint != 0x2029 && is_control(codepoint);
}

static void append_replacement(struct str *str, int32_t codepoint, char byte)
{
	(void)byte;
	if (!is_direction(codepoint))
		str_append(str, codepoint < 0 ? REPLACEMENT : " ");
}

void utf8_clean(struct str *str, const char *bytes, size_t length)
{
	append_printable(str, bytes, length, append_replacement);
}

static void append_escape(struct str *str, int32_t codepoint, char byte)
{
	char escape[ESCAPE_BYTES];

	if (codepoint < 0x80)
		snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)byte);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)codepoint);
	str_append(str, escape);
}

void utf8_escape(struct str *str, const char *bytes, size_t length)
{
	append_printable(str, bytes, length, append_escape);
}

bool utf8_is_clean(const char *bytes, size_t length)
{
	int32_t codepoint;
	size_t size;

	for (; (size = utf8_next(bytes, length, &codepoint)) > 0; bytes += size, length -= size) {
		if (codepoint < 0 || is_control(codepoint))
			return false;
	}
	return true;
}

size_t utf8_whole(const char *bytes, size_t length)
{
	size_t begin = length;
	unsigned char lead;

	/* Go back over at most three continuation bytes to the lead byte. */
	while (begin > 0 && length - begin < 3 && ((unsigned char)bytes[begin - 1] & 0xC0) == 0x80)
		begin--;
	if (begin == 0)
		return length;
	lead = (unsigned char)bytes[begin - 1];
	if (lead < 0xC0 || length - begin >= (lead < 0xE0 ? 1u : lead < 0xF0 ? 2u : 3u))
		return length;
	return begin - 1;
}

void utf8_vprint(char *ret, size_t size, const char *format, va_list arguments)
{
	char raw[PRINT_MAX_BYTES];
	struct str clean = STR(3 * sizeof(raw));
	int wanted = vsnprintf(raw, sizeof(raw), format, arguments);
	size_t length = wanted < 0 ? 0 : (size_t)wanted;

	if (length >= sizeof(raw))
		length = utf8_whole(raw, sizeof(raw) - 1);
	utf8_clean(&clean, raw, length);
	length = clean.length < size ? clean.length : utf8_whole(str_text(&clean), size - 1);
	memcpy(ret, str_text(&clean), length);
	ret[length] = '\0';
	str_release(&clean);
}

const char *utf8_print(char *ret, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(ret, size, format, arguments);
	va_end(arguments);
	return ret;
}

/* How much of an escaped line fits into limit bytes without a part of a character or of an escape. */
static size_t fitting(const char *line, size_t limit)
{
	size_t length = utf8_whole(line, limit), begin = length;

	/* A backslash that is not an escape also ends the line: that costs a few bytes. */
	while (begin > 0 && length - begin < sizeof("\\u202e") - 1 && line[begin - 1] != '\\')
		begin--;
	return begin > 0 && line[begin - 1] == '\\' ? begin - 1 : length;
}

void utf8_vline(struct str *str, const char *format, va_list arguments)
{
	char raw[UTF8_LINE_MAX_BYTES + 1];
	struct str line = STR(sizeof("\\u202e") * sizeof(raw));
	int wanted = vsnprintf(raw, sizeof(raw), format, arguments);
	size_t length = wanted < 0 ? 0 : (size_t)wanted;
	bool is_cut = length >= sizeof(raw);

	if (is_cut)
		length = utf8_whole(raw, sizeof(raw) - 1);
	utf8_escape(&line, raw, length);
	is_cut = is_cut || line.length > UTF8_LINE_MAX_BYTES;
	if (line.error)
		str->error = str->error ? str->error : line.error;
	else if (!is_cut)
		str_append_bytes(str, str_text(&line), line.length);
	else {
		length = UTF8_LINE_MAX_BYTES - strlen(ELLIPSIS);
		length = fitting(str_text(&line), length < line.length ? length : line.length);
		str_append_bytes(str, str_text(&line), length);
		str_append(str, ELLIPSIS);
	}
	str_release(&line);
}

void utf8_line(struct str *str, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(str, format, arguments);
	va_end(arguments);
}

void utf8_report(struct str *str, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(str, format, arguments);
	va_end(arguments);
	str_append_char(str, '\n');
}

size_t utf8_grapheme(const char *text, size_t length)
{
	int32_t before, after, state = 0;
	size_t cluster_bytes, size;

	cluster_bytes = utf8_next(text, length, &before);
	if (cluster_bytes == 0 || before < 0)
		return cluster_bytes;
	while ((size = utf8_next(text + cluster_bytes, length - cluster_bytes, &after)) > 0) {
		if (after < 0 || utf8proc_grapheme_break_stateful(before, after, &state))
			break;
		cluster_bytes += size;
		before = after;
	}
	return cluster_bytes;
}

size_t utf8_fit(const char *text, size_t length, size_t limit_bytes)
{
	size_t fit = 0, cluster;

	if (length <= limit_bytes)
		return length;
	while ((cluster = utf8_grapheme(text + fit, length - fit)) > 0 && cluster <= limit_bytes - fit)
		fit += cluster;
	return fit;
}

const char *utf8_quote(const char *text, char ret[UTF8_QUOTE_BYTES])
{
	size_t length = 0, limit = UTF8_QUOTE_BYTES - sizeof(ELLIPSIS), size, i;
	struct str clean = STR(QUOTED_MAX_BYTES);

	/* The quote is short: bytes after the first ones do not matter. */
	utf8_clean(&clean, text, strnlen(text, QUOTED_MAX_BYTES / 4));
	for (i = 0; i < UTF8_QUOTE_GRAPHEMES; i++) {
		size = utf8_grapheme(str_text(&clean) + length, clean.length - length);
		if (size == 0 || length + size > limit)
			break;
		length += size;
	}
	memcpy(ret, str_text(&clean), length);
	if (length < clean.length)
		memcpy(ret + length, ELLIPSIS, sizeof(ELLIPSIS));
	else
		ret[length] = '\0';
	str_release(&clean);
	return ret;
}

size_t utf8_codepoints(const char *text)
{
	size_t count = 0;

	for (; *text; text++) {
		/* Count all but continuation bytes. */
		if (((unsigned char)*text & 0xC0) != 0x80)
			count++;
	}
	return count;
}

size_t utf8_utf16_units(const char *text)
{
	size_t count = 0;

	for (; *text; text++) {
		if (((unsigned char)*text & 0xC0) != 0x80)
			count++;
		/* Four bytes in UTF-8 are a surrogate pair in UTF-16. */
		if ((unsigned char)*text >= 0xF0)
			count++;
	}
	return count;
}
