/* Any bytes as an IRC line: parsing, formatting and parsing again gives the same result. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/mask.h"
#include "bot/irc/line.h"
#include "bot/irc/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all_tags(const struct irc_line *line)
{
	const char *cursor = line->tags;
	char value[64], text[64];
	struct irc_tag tag;

	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_value(&tag, value, sizeof(value)) == 0)
			irc_text_read(value, text, sizeof(text));
	}
	irc_line_tag(line, "msgid", value, sizeof(value));
}

static void check_again(const struct irc_line *line, char *bytes, size_t length)
{
	struct irc_line again;
	size_t i;

	assert(!memchr(bytes, '\n', length) && !memchr(bytes, '\r', length));
	if (strchr(":@", *line->verb)) /* unusual, but possible after tags or a source */
		return;
	assert(irc_line_parse(bytes, length, &again) == 0);
	assert(strcmp(line->verb, again.verb) == 0);
	assert(line->param_count == again.param_count);
	for (i = 0; i + 1 < line->param_count; i++)
		assert(strcmp(line->params[i], again.params[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	struct str text = STR(1 << 20);
	struct irc_source source;
	struct irc_line line;

	assert(bytes);
	if (size > 0)
		memcpy(bytes, data, size);
	if (irc_line_parse(bytes, size, &line) == 0) {
		irc_line_numeric(&line);
		read_all_tags(&line);
		if (line.source) {
			irc_source_split(line.source, &source);
			irc_mask_match(irc_line_param(&line, 0), line.source);
		}
		if (irc_line_format(&line, &text) == 0)
			check_again(&line, text.bytes, text.length);
	}
	str_release(&text);
	free(bytes);
	return 0;
}
