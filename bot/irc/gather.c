/* Split a stream of bytes into whole lines. */

#include "bot/irc/gather.h"

#include <string.h>

/* Keep an incomplete line. */
static void keep(struct irc_gather *gather, const char *bytes, size_t length)
{
	if (gather->is_skipping)
		return;
	if (length > sizeof(gather->bytes) - gather->length) {
		gather->is_skipping = true;
		gather->length = 0;
		return;
	}
	memcpy(gather->bytes + gather->length, bytes, length);
	gather->length += length;
}

size_t irc_gather_feed(struct irc_gather *gather, const char *bytes, size_t length, const char **ret_lines,
		size_t *ret_length)
{
	const char *end;
	size_t taken;

	*ret_lines = bytes;
	*ret_length = 0;
	if (length == 0)
		return 0;
	if (gather->length == 0 && !gather->is_skipping) {
		/* The usual case: only an incomplete last line is copied. */
		end = memrchr(bytes, '\n', length);
		if (end) {
			*ret_length = (size_t)(end - bytes) + 1;
			return *ret_length;
		}
		keep(gather, bytes, length);
		return length;
	}
	end = memchr(bytes, '\n', length);
	taken = end ? (size_t)(end - bytes) + 1 : length;
	keep(gather, bytes, taken);
	if (!end)
		return length;
	if (!gather->is_skipping) {
		*ret_lines = gather->bytes;
		*ret_length = gather->length;
	}
	gather->length = 0;
	gather->is_skipping = false;
	return taken;
}
