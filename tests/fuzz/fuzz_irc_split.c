/* Any text and any limit: every line fits, and together they are the text. */

#include <assert.h>
#include <stdint.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str str = STR(1 << 20);
	size_t limit, at = 0;

	if (size < 2)
		return 0;
	limit = 4 + (size_t)(data[0] << 8 | data[1]) % 509;
	utf8_clean(&str, (const char *)data + 2, size - 2);
	while (at < str.length) {
		size_t next, piece = irc_split(str_text(&str) + at, str.length - at, limit, &next);

		assert(piece <= limit && next > 0);
		assert(next == piece || (next == piece + 1 && str_text(&str)[at + piece] == ' '));
		assert(utf8_valid(str_text(&str) + at, piece));
		at += next;
	}
	assert(at == str.length);
	str_release(&str);
	return 0;
}
