/* Bytes of a terminal to characters. */

#include "bot/gateway/console/input.h"

#include <string.h>

#include "bot/base/utf8.h"

#define ESCAPE       '\033'
#define MARK_BYTES   6
#define MARK_BEGIN   "\033[200~"
#define MARK_END     "\033[201~"
#define REPLACEMENT  0xFFFD
#define SEQUENCE_MAX 64 /* a longer escape sequence in pasted text is text */

char *console_input_space(struct console_input *input, size_t *ret_size)
{
	memmove(input->bytes, input->bytes + input->begin, input->end - input->begin);
	input->end -= input->begin;
	input->begin = 0;
	*ret_size = sizeof(input->bytes) - input->end;
	return input->bytes + input->end;
}

void console_input_add(struct console_input *input, size_t count)
{
	input->end += count;
}

bool console_input_is_waiting(const struct console_input *input)
{
	return input->begin < input->end;
}

/* What an ESC begins. */
enum sequence { SEQUENCE_KEY, SEQUENCE_UNFINISHED, SEQUENCE_DROPPED };

static enum sequence look_at_mark(struct console_input *input, const char *mark, bool is_pasting)
{
	const char *bytes = input->bytes + input->begin;
	size_t length = input->end - input->begin;
	bool is_whole = length >= MARK_BYTES;

	if (strncmp(bytes, mark, is_whole ? MARK_BYTES : length) != 0)
		return SEQUENCE_KEY;
	if (!is_whole)
		return SEQUENCE_UNFINISHED;
	input->begin += MARK_BYTES;
	input->is_pasting = is_pasting;
	input->is_after_return = false;
	return SEQUENCE_DROPPED;
}

/* The length of an escape sequence in pasted text, such as a colour; 1 for an ESC alone, 0 for one that is not
 * finished. */
static size_t sequence_length(const char *bytes, size_t length)
{
	size_t i = 2;

	if (length > 1 && bytes[1] != '[')
		return 1;
	while (i < length && i < SEQUENCE_MAX && bytes[i] >= 0x20 && bytes[i] < 0x40)
		i++;
	if (i >= length)
		return 0;
	return bytes[i] >= 0x40 && bytes[i] < 0x7F ? i + 1 : 1;
}

static enum sequence look_at_escape(struct console_input *input)
{
	enum sequence begin = look_at_mark(input, MARK_BEGIN, true), end;

	if (begin == SEQUENCE_DROPPED)
		return begin;
	end = look_at_mark(input, MARK_END, false);
	if (end != SEQUENCE_KEY)
		return end;
	return begin;
}

/* A character of pasted text; false: it is dropped. */
static bool take_pasted(struct console_input *input, int32_t codepoint, int32_t *ret)
{
	bool is_after_return = input->is_after_return;

	input->is_after_return = codepoint == '\r';
	if (codepoint == '\n' && is_after_return)
		return false;
	*ret = codepoint == '\r' ? '\n' : codepoint == '\t' ? ' ' : codepoint;
	return *ret == '\n' || (*ret >= 0x20 && (*ret < 0x7F || *ret > 0x9F));
}

bool console_input_next(struct console_input *input, bool is_last, int32_t *ret_codepoint)
{
	while (input->begin < input->end) {
		const char *bytes = input->bytes + input->begin;
		size_t length = input->end - input->begin;
		enum sequence sequence = *bytes == ESCAPE ? look_at_escape(input) : SEQUENCE_KEY;
		int32_t codepoint;

		if (sequence == SEQUENCE_DROPPED)
			continue;
		if (!is_last && (sequence == SEQUENCE_UNFINISHED || utf8_whole(bytes, length) == 0))
			return false;
		if (*bytes == ESCAPE && input->is_pasting) {
			size_t dropped = sequence_length(bytes, length);

			if (!dropped && !is_last)
				return false;
			input->begin += dropped ? dropped : 1;
			continue;
		}
		input->begin += utf8_next(bytes, length, &codepoint);
		if (codepoint < 0)
			codepoint = REPLACEMENT;
		if (!input->is_pasting) {
			*ret_codepoint = codepoint;
			return true;
		}
		if (take_pasted(input, codepoint, ret_codepoint))
			return true;
	}
	return false;
}
