/* Arrays as parameters of a statement. */

#include "bot/postgres/array.h"

#include <inttypes.h>
#include <string.h>

#include "bot/base/utf8.h"

#define OID_TEXT 25

void array_clean(struct str *bytes, const char *text)
{
	size_t length = strlen(text);

	if (utf8_valid(text, length)) {
		str_append_bytes(bytes, text, length);
		return;
	}
	while (length > 0) {
		int32_t codepoint;
		size_t size = utf8_next(text, length, &codepoint);

		if (codepoint < 0)
			str_append(bytes, "\xef\xbf\xbd");
		else
			str_append_bytes(bytes, text, size);
		text += size;
		length -= size;
	}
}

static void write_int32(char ret[4], uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = (char)(number >> (24 - 8 * i) & 0xff);
}

static void append_int32(struct str *bytes, uint32_t number)
{
	char written[4];

	write_int32(written, number);
	str_append_bytes(bytes, written, sizeof(written));
}

void array_texts(struct str *bytes, const char *const *texts, size_t count)
{
	bool has_nulls = false;

	for (size_t i = 0; i < count; i++)
		has_nulls |= !texts[i];
	append_int32(bytes, count > 0);
	append_int32(bytes, has_nulls);
	append_int32(bytes, OID_TEXT);
	if (count == 0)
		return;
	append_int32(bytes, (uint32_t)count);
	append_int32(bytes, 1);
	for (size_t i = 0; i < count; i++) {
		size_t start = bytes->length;

		append_int32(bytes, UINT32_MAX);
		if (!texts[i])
			continue;
		array_clean(bytes, texts[i]);
		if (!bytes->error)
			write_int32(bytes->bytes + start, (uint32_t)(bytes->length - start - 4));
	}
}

void array_numbers(struct str *bytes, const int64_t *numbers, size_t count)
{
	str_append_char(bytes, '{');
	for (size_t i = 0; i < count; i++)
		str_printf(bytes, "%s%" PRId64, i ? "," : "", numbers[i]);
	str_append_char(bytes, '}');
}

void array_flags(struct str *bytes, const bool *flags, size_t count)
{
	str_append_char(bytes, '{');
	for (size_t i = 0; i < count; i++)
		str_printf(bytes, "%s%c", i ? "," : "", flags[i] ? 't' : 'f');
	str_append_char(bytes, '}');
}
