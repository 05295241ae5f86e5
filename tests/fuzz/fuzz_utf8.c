/* Any bytes: the result is safe to show, and cleaning, escaping or folding it again does not change it. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

#define OUT_MAX_BYTES (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The code points of utf8.h's list as UTF-8, found without the tested decoder. */
static void check_safe(const struct str *str)
{
	static const char *const bidirectional[] = {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f",
			"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
			"\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
			"\xe2\x81\xa9"};

	assert(utf8_valid(str_text(str), str->length));
	for (size_t i = 0; i < str->length; i++) {
		unsigned char byte = (unsigned char)str->bytes[i];

		assert(byte >= 0x20 && byte != 0x7F);
		assert(byte != 0xC2 || (unsigned char)str->bytes[i + 1] >= 0xA0); /* C1 */
	}
	for (size_t i = 0; i < sizeof(bidirectional) / sizeof(bidirectional[0]); i++)
		assert(!strstr(str_text(str), bidirectional[i]));
}

static void check_escaped(const char *bytes, size_t length)
{
	struct str escaped = STR(OUT_MAX_BYTES), again = STR(OUT_MAX_BYTES), line = STR(UTF8_LINE_MAX_BYTES);
	char small[16];

	utf8_escape(&escaped, bytes, length);
	assert(escaped.error == 0);
	check_safe(&escaped);
	utf8_escape(&again, str_text(&escaped), escaped.length);
	assert(strcmp(str_text(&again), str_text(&escaped)) == 0);
	utf8_line(&line, "%s", bytes);
	assert(line.error == 0);
	check_safe(&line);
	str_clear(&line);
	str_append(&line, utf8_print(small, sizeof(small), "%s", bytes));
	check_safe(&line);
	str_release(&escaped);
	str_release(&again);
	str_release(&line);
}

static void check_clean(const struct str *clean)
{
	struct str again = STR(OUT_MAX_BYTES);

	check_safe(clean);
	utf8_clean(&again, str_text(clean), clean->length);
	assert(strcmp(str_text(&again), str_text(clean)) == 0);
	str_release(&again);
}

/* Folding twice changes nothing. */
static void check_fold_again(const char *folded)
{
	struct str again = STR(OUT_MAX_BYTES);

	utf8_fold(&again, folded);
	assert(strcmp(str_text(&again), folded) == 0);
	str_release(&again);
}

static void check_fold(const char *text)
{
	struct str folded = STR(OUT_MAX_BYTES), normalized = STR(OUT_MAX_BYTES);

	utf8_fold(&folded, text);
	utf8_normalize(&normalized, text);
	assert(folded.error == 0 && normalized.error == 0);
	assert(utf8_valid(str_text(&folded), folded.length));
	assert(utf8_valid(str_text(&normalized), normalized.length));
	assert(!strstr(str_text(&folded), "  "));
	assert(folded.length == 0 || (folded.bytes[0] != ' ' && folded.bytes[folded.length - 1] != ' '));
	check_fold_again(str_text(&folded));
	str_release(&folded);
	str_release(&normalized);
}

/* Tidied text is not longer, and stays as it is when it is tidied again; a prefix is found before and after. */
static void check_tidy(const char *bytes, size_t length)
{
	char *text = malloc(length + 1);
	size_t once, twice;

	assert(text);
	memcpy(text, bytes, length + 1);
	once = utf8_tidy(text, length);
	assert(once <= length);
	if (!utf8_valid(bytes, length)) {
		free(text);
		return;
	}
	assert(utf8_valid(text, once));
	if (!memchr(bytes, '\0', length))
		assert((utf8_after_prefix(bytes, length, "!") == NULL) ==
				(utf8_after_prefix(text, once, "!") == NULL));
	twice = utf8_tidy(text, once);
	assert(twice == once);
	free(text);
}

static void check_graphemes(const char *bytes, size_t length)
{
	size_t at = 0, cluster;

	while ((cluster = utf8_grapheme(bytes + at, length - at)) > 0)
		at += cluster;
	assert(at == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str clean = STR(OUT_MAX_BYTES);
	char *text = malloc(size + 1);

	assert(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	utf8_clean(&clean, text, size);
	assert(clean.error == 0);
	check_clean(&clean);
	check_escaped(text, size);
	check_graphemes(text, size);
	check_fold(text);
	check_tidy(text, size);
	check_tidy(str_text(&clean), clean.length);
	assert(utf8_utf16_units(str_text(&clean)) >= utf8_codepoints(str_text(&clean)));
	str_release(&clean);
	free(text);
	return 0;
}
