/* Any text with any formatting, and any limit: every line fits and ends its formats, and joined the lines are the
 * text. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/irc/split.h"
#include "bot/irc/text.h"

#define LIMIT_LEAST    64 /* irc_session_room() */
#define TEXT_MAX_BYTES (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Clean the text, but keep formatting codes. */
static void read_text(const uint8_t *data, size_t size, struct str *ret)
{
	size_t begin = 0, i;

	for (i = 0; i <= size; i++) {
		bool is_code = i < size && data[i] && strchr("\x02\x03\x04\x0F\x11\x16\x1D\x1E\x1F", data[i]);

		if (i < size && !is_code)
			continue;
		utf8_clean(ret, (const char *)data + begin, i - begin);
		if (is_code)
			str_append_char(ret, (char)data[i]);
		begin = i + 1;
	}
}

/* The visible text. */
static void append_seen(struct str *str, const char *text)
{
	static char seen[TEXT_MAX_BYTES];

	assert(irc_text_read(text, seen, sizeof(seen)) == 0);
	str_append(str, seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = STR(TEXT_MAX_BYTES), said = STR(TEXT_MAX_BYTES), whole = STR(TEXT_MAX_BYTES);
	struct irc_formats formats = {0};
	size_t limit, at = 0;

	if (size < 2)
		return 0;
	limit = LIMIT_LEAST + (size_t)(data[0] << 8 | data[1]) % 449;
	read_text(data + 2, size - 2, &text);
	append_seen(&whole, str_text(&text));
	while (at < text.length) {
		const char *rest = str_text(&text) + at;
		size_t room = irc_split_room(&formats, rest, text.length - at, limit), next;
		size_t piece = irc_split(rest, text.length - at, room, &next);
		struct irc_formats after = {0};
		struct str line = STR(4096);

		assert(piece <= room && room <= limit && next > 0);
		assert(next == piece || (next == piece + 1 && rest[piece] == ' '));
		irc_split_append(&formats, rest, piece, &line);
		assert(line.error == 0 && line.length <= limit);
		assert(utf8_valid(str_text(&line), line.length));
		irc_formats_read(&after, str_text(&line), line.length);
		assert(!irc_formats_is_on(&after));
		append_seen(&said, str_text(&line));
		if (next > piece)
			str_append_char(&said, ' ');
		at += next;
		str_release(&line);
	}
	assert(at == text.length);
	assert(strcmp(str_text(&said), str_text(&whole)) == 0);
	str_release(&text);
	str_release(&said);
	str_release(&whole);
	return 0;
}
