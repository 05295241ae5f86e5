/* Any bytes: what comes out is text, and cleaning or folding it again changes nothing. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

#define OUT_MAX_BYTES (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const struct str *clean)
{
	struct str again = STR(OUT_MAX_BYTES);

	assert(utf8_valid(str_text(clean), clean->length));
	for (size_t i = 0; i < clean->length; i++)
		assert((unsigned char)clean->bytes[i] >= 0x20 && clean->bytes[i] != 0x7F);
	utf8_clean(&again, str_text(clean), clean->length);
	assert(strcmp(str_text(&again), str_text(clean)) == 0);
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
	str_release(&folded);
	str_release(&normalized);
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
	check_graphemes(text, size);
	check_fold(text);
	assert(utf8_utf16_units(str_text(&clean)) >= utf8_codepoints(str_text(&clean)));
	str_release(&clean);
	free(text);
	return 0;
}
