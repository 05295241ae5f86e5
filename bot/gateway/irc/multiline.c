/* Several lines as one message. */

#include "bot/gateway/irc/multiline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/proof.h"

#define BREAKS         "\n\r"
#define TYPE           "draft/multiline"
#define CONCAT_TAG     "draft/multiline-concat"
#define TAGS_MAX_BYTES 200
#define NUMBER_BYTES   12
#define MAX_BYTES_MOST 1000000 /* a larger one is as good */

/* False: it has that key, and no number. */
static bool read_number(const char *item, size_t length, const char *key, size_t *ret)
{
	size_t key_length = strlen(key);
	char digits[NUMBER_BYTES];
	long number;

	if (length < key_length || strncmp(item, key, key_length) != 0)
		return true;
	if (length - key_length >= sizeof(digits))
		return false;
	memcpy(digits, item + key_length, length - key_length);
	digits[length - key_length] = '\0';
	if (str_to_long(digits, 1, MAX_BYTES_MOST, &number) < 0)
		return false;
	*ret = (size_t)number;
	return true;
}

int irc_multiline_read(const char *value, struct irc_multiline *ret)
{
	struct irc_multiline limits = {.max_bytes = 0, .max_lines = IRC_MULTILINE_LINES_MAX};

	while (*value) {
		size_t length = strcspn(value, ",");

		if (!read_number(value, length, "max-bytes=", &limits.max_bytes) ||
				!read_number(value, length, "max-lines=", &limits.max_lines))
			return -EINVAL;
		value += length;
		value += *value == ',';
	}
	if (limits.max_bytes == 0)
		return -EINVAL;
	if (limits.max_lines > IRC_MULTILINE_LINES_MAX)
		limits.max_lines = IRC_MULTILINE_LINES_MAX;
	*ret = limits;
	return 0;
}

int irc_multiline_join(const struct irc_multiline *limits, char *const *lines, const bool *goes_on,
		size_t count, char **ret)
{
	struct str text = STR(limits->max_bytes);
	size_t i;
	int r;

	if (count > limits->max_lines)
		return -ENOTSUP;
	for (i = 0; i < count; i++) {
		/* The server counts a break as a byte, and none where a line goes on: we count both. */
		if (i > 0)
			str_append_char(&text, goes_on && goes_on[i] ? '\r' : '\n');
		if (*lines[i] == '\0' || strpbrk(lines[i], BREAKS))
			text.error = -EMSGSIZE; /* a blank line may not go on, and ours are never blank */
		str_append(&text, lines[i]);
	}
	r = str_take(&text, ret);
	return r == -EMSGSIZE ? -ENOTSUP : r;
}

bool irc_multiline_is(const char *text)
{
	return strpbrk(text, BREAKS) != NULL;
}

/* The lines of text, with a NUL where each ends; *ret_goes_on as they are joined. At most the limit. */
static size_t split(char *text, const char *ret_lines[IRC_MULTILINE_LINES_MAX],
		bool ret_goes_on[IRC_MULTILINE_LINES_MAX])
{
	size_t count = 0;
	bool goes_on = false;

	while (count < IRC_MULTILINE_LINES_MAX) {
		size_t length = strcspn(text, BREAKS);
		char end = text[length];

		text[length] = '\0';
		ret_lines[count] = text;
		ret_goes_on[count] = goes_on;
		count++;
		if (end == '\0')
			break;
		goes_on = end == '\r';
		text += length + 1;
	}
	return count;
}

/* With the frame of a batch around them. */
static size_t fill(const struct irc_multiline_say *say, const char *const lines[], const bool goes_on[],
		size_t count, char references[2][TAGS_MAX_BYTES], char tags[2][TAGS_MAX_BYTES],
		struct irc_line ret[IRC_MULTILINE_LINES_MAX + 2])
{
	size_t i, filled = 0;

	if (say->ref) {
		snprintf(references[0], TAGS_MAX_BYTES, "+%s", say->ref);
		snprintf(references[1], TAGS_MAX_BYTES, "-%s", say->ref);
		snprintf(tags[0], TAGS_MAX_BYTES, "batch=%s", say->ref);
		snprintf(tags[1], TAGS_MAX_BYTES, "batch=%s;" CONCAT_TAG, say->ref);
		ret[filled++] = *IRC_LINE("BATCH", references[0], TYPE, say->target);
	}
	for (i = 0; i < count; i++) {
		ret[filled] = *IRC_LINE(say->verb, say->target, lines[i]);
		if (say->ref)
			ret[filled].tags = tags[goes_on[i]];
		filled++;
	}
	if (say->ref)
		ret[filled++] = *IRC_LINE("BATCH", references[1]);
	if (*say->tags)
		ret[0].tags = say->tags;
	return filled;
}

int irc_multiline_push(struct irc_outbox *outbox, const struct irc_multiline_say *say, uint64_t now_ms)
{
	struct irc_line framed[IRC_MULTILINE_LINES_MAX + 2];
	char references[2][TAGS_MAX_BYTES], tags[2][TAGS_MAX_BYTES];
	const char *lines[IRC_MULTILINE_LINES_MAX];
	bool goes_on[IRC_MULTILINE_LINES_MAX];
	char *text = str_copy(say->text);
	struct irc_outbox_answer answer;
	size_t count;
	int r;

	if (!text)
		return -ENOMEM;
	count = split(text, lines, goes_on);
	answer = (struct irc_outbox_answer){
			.target = say->target,
			.asker = say->asker,
			.lines = framed,
			.line_count = fill(say, lines, goes_on, count, references, tags, framed),
			.is_batch = count > 1,
			.mark = say->mark,
	};
	r = say->id ? irc_proof_say(say->proof, say->id, &answer, outbox, now_ms)
		    : irc_outbox_push_answer(outbox, &answer, now_ms);
	free(text);
	return r;
}
