/* Several lines as one message. */

#include "bot/gateway/irc/multiline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BREAKS         "\n\r"
#define TYPE           "draft/multiline"
#define CONCAT_TAG     "draft/multiline-concat"
#define NUMBER_BYTES   12
#define MAX_BYTES_MOST 1000000 /* larger limits are lowered to this */

/* Read a number. False: the key is present with an invalid number. */
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

/* The server counts one byte for each line break. We count one byte for each line, also for a line that
 * continues the one before. */
static bool fits(const struct irc_multiline *limits, const struct irc_outgoing *outgoing)
{
	size_t bytes = outgoing->line_count - 1;

	for (size_t i = 0; i < outgoing->line_count; i++) {
		const char *text = irc_line_param(&outgoing->lines[i], 1);

		if (*text == '\0' || strpbrk(text, BREAKS))
			return false; /* a blank line must not continue; ours are never blank */
		bytes += strlen(text);
	}
	return bytes <= limits->max_bytes;
}

int irc_multiline_write(const struct irc_multiline *limits, const struct irc_outgoing *outgoing,
		const bool *goes_on, const char *ref, struct irc_multiline_frame *ret)
{
	size_t count = outgoing->line_count;

	if (count == 0 || count > limits->max_lines || count > IRC_MULTILINE_LINES_MAX ||
			!fits(limits, outgoing))
		return -ENOTSUP;
	snprintf(ret->references[0], sizeof(ret->references[0]), "+%s", ref);
	snprintf(ret->references[1], sizeof(ret->references[1]), "-%s", ref);
	snprintf(ret->tags[0], sizeof(ret->tags[0]), "batch=%s", ref);
	snprintf(ret->tags[1], sizeof(ret->tags[1]), "batch=%s;" CONCAT_TAG, ref);
	ret->lines[0] = *IRC_LINE("BATCH", ret->references[0], TYPE, outgoing->target);
	ret->lines[0].tags = outgoing->lines[0].tags;
	for (size_t i = 0; i < count; i++) {
		ret->lines[i + 1] = outgoing->lines[i];
		ret->lines[i + 1].tags = ret->tags[goes_on && goes_on[i]];
	}
	ret->lines[count + 1] = *IRC_LINE("BATCH", ret->references[1]);
	ret->line_count = count + 2;
	return 0;
}
