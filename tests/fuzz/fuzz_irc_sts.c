/* The value of the capability "sts", and a stored policy: any text. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/irc/gather.h"
#include "bot/irc/sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_policy(const char *text)
{
	struct irc_sts_policy policy, again;
	char stored[IRC_STS_TEXT_BYTES];

	if (irc_sts_read(text, &policy) < 0)
		return;
	irc_sts_format(&policy, stored);
	assert(irc_sts_read(stored, &again) == 0);
	assert(again.port == policy.port && again.duration_s == policy.duration_s);
}

/* Feed pieces whose size is the first byte: all bytes except dropped lines come out in order. */
static void try_gather(const char *bytes, size_t length, size_t piece)
{
	static struct irc_gather gather;
	const char *lines;
	size_t lines_length;

	while (length > 0) {
		size_t offered = piece < length ? piece : length;
		size_t taken = irc_gather_feed(&gather, bytes, offered, &lines, &lines_length);

		assert(taken > 0 && taken <= offered);
		assert(lines_length == 0 || lines[lines_length - 1] == '\n');
		bytes += taken;
		length -= taken;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = str_copy_bytes((const char *)data, size), value[64];
	struct irc_sts_value parsed;

	if (!text)
		return 0;
	if (irc_sts_parse(text, &parsed) == 0)
		assert(parsed.has_port ? parsed.port > 0 : parsed.has_duration);
	if (irc_sts_find(text, value, sizeof(value)))
		irc_sts_parse(value, &parsed);
	try_policy(text);
	if (size > 0)
		try_gather((const char *)data, size, 1 + data[0]);
	free(text);
	return 0;
}
