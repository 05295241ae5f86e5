#ifndef EPISODED_FUZZED_H
#define EPISODED_FUZZED_H

/* Reading a fuzz target's input, and checks of text that the bot outputs. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/core/reply.h"

#define FUZZED_TEXT_MAX_BYTES (64u * 1024)

/* The rest of an input. */
struct fuzzed_input {
	const uint8_t *bytes;
	size_t length;
};

/* The next byte, 0 at the end. */
static inline uint8_t fuzzed_byte(struct fuzzed_input *input)
{
	if (!input->length)
		return 0;
	input->length--;
	return *input->bytes++;
}

/* The next line without its LF, NUL-terminated, in memory of its exact size; the caller frees it. NULL at the end. */
static inline char *fuzzed_line(struct fuzzed_input *input, size_t *ret_length)
{
	const uint8_t *end;
	char *line;

	if (!input->length)
		return NULL;
	end = memchr(input->bytes, '\n', input->length);
	*ret_length = end ? (size_t)(end - input->bytes) : input->length;
	line = malloc(*ret_length + 1);
	assert(line);
	memcpy(line, input->bytes, *ret_length);
	line[*ret_length] = '\0';
	input->bytes += *ret_length + (end != NULL);
	input->length -= *ret_length + (end != NULL);
	return line;
}

/* Convert to valid UTF-8 without control characters, like text from a gateway. The caller frees it. */
static inline char *fuzzed_text(const char *bytes, size_t length)
{
	struct str clean = STR(FUZZED_TEXT_MAX_BYTES);
	char *text;

	utf8_clean(&clean, bytes, length < FUZZED_TEXT_MAX_BYTES / 4 ? length : FUZZED_TEXT_MAX_BYTES / 4);
	text = strdup(str_text(&clean));
	assert(text && !clean.error);
	str_release(&clean);
	return text;
}

/* Check one line of clean text: valid UTF-8, no control characters, no line breaks. */
static inline void fuzzed_check_line(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	assert(utf8_valid(text, strlen(text)));
	for (; *at; at++) {
		assert(*at >= 0x20 && *at != 0x7F);
		assert(*at != 0xC2 || at[1] >= 0xA0); /* U+0080 to U+009F */
		assert(*at != 0xE2 || at[1] != 0x80 || (at[2] != 0xA8 && at[2] != 0xA9)); /* U+2028, U+2029 */
	}
}

static inline void fuzzed_check_text(const char *text, size_t max_bytes)
{
	if (!text)
		return;
	fuzzed_check_line(text);
	assert(strlen(text) <= max_bytes);
}

/* Check JSON written by the bot: it can be parsed, and its texts have no control characters. The caller frees it. */
static inline struct json *fuzzed_json(const struct str *text)
{
	struct json *json = NULL;

	assert(!text->error);
	fuzzed_check_line(str_text(text));
	assert(json_parse(str_text(text), text->length, 0, &json) == 0);
	assert(json_root(json) && !json_is_broken(json));
	return json;
}

/* Check that a reply, its lines and its JSON are within the limits. */
static inline void fuzzed_check_reply(const struct reply *reply)
{
	struct str text = STR(4u * 1024 * 1024);
	struct reply_line *lines;
	size_t count;

	assert(!reply->error);
	fuzzed_check_text(reply->title, REPLY_TITLE_MAX_BYTES);
	fuzzed_check_text(reply->teaser, REPLY_TEXT_MAX_BYTES);
	fuzzed_check_text(reply->spoiler, REPLY_TITLE_MAX_BYTES);
	fuzzed_check_text(reply->spoil, REPLY_TITLE_MAX_BYTES);
	fuzzed_check_text(reply->image, REPLY_TEXT_MAX_BYTES);
	fuzzed_check_text(reply->url, REPLY_TEXT_MAX_BYTES);
	fuzzed_check_text(reply->text, REPLY_TEXT_MAX_BYTES);
	fuzzed_check_text(reply->footer, REPLY_TEXT_MAX_BYTES);
	assert(reply->field_count <= REPLY_FIELDS_MAX && reply->item_count <= REPLY_ITEMS_MAX);
	assert(reply->choice_count <= REPLY_CHOICES_MAX);
	for (size_t i = 0; i < reply->field_count; i++) {
		fuzzed_check_text(reply->fields[i].name, REPLY_TITLE_MAX_BYTES);
		fuzzed_check_text(reply->fields[i].value, REPLY_TEXT_MAX_BYTES);
	}
	for (size_t i = 0; i < reply->item_count; i++)
		fuzzed_check_text(reply->items[i].text, REPLY_TEXT_MAX_BYTES);
	for (size_t i = 0; i < reply->choice_count; i++) {
		fuzzed_check_text(reply->choices[i].label, REPLY_TITLE_MAX_BYTES);
		fuzzed_check_text(reply->choices[i].command, REPLY_TEXT_MAX_BYTES);
	}
	assert(reply_lines(reply, "!", &lines, &count) == 0);
	for (size_t i = 0; i < count; i++)
		fuzzed_check_line(lines[i].text);
	reply_lines_free(lines, count);
	reply_append_json(reply, &text);
	json_free(fuzzed_json(&text));
	str_release(&text);
}

#endif
