/* Reading the envelope: no read past the end, and all results point into the bytes. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/stream/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 20

static void check_within(struct span outer, struct span inner)
{
	assert(inner.length > 0);
	assert(inner.at >= outer.at && inner.at + inner.length <= outer.at + outer.length);
}

/* Walk into every object and list, to the depth that the program uses. */
static void walk(struct span value, unsigned depth)
{
	struct span key, member;
	struct span_walk at;

	if (depth > DEPTH_MAX)
		return;
	if (span_open(value, '{', &at) == 0) {
		while (span_member(&at, &key, &member) > 0) {
			check_within(value, member);
			walk(member, depth + 1);
		}
	} else if (span_open(value, '[', &at) == 0) {
		while (span_item(&at, &member) > 0) {
			check_within(value, member);
			walk(member, depth + 1);
		}
	} else {
		struct str text = STR(4096);
		uint64_t number;

		span_append(value, &text);
		span_number(value, &number);
		str_release(&text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1); /* exact size: the sanitizer detects a read past the end */
	struct span whole = {bytes, size};
	struct discord_frame frame;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	/* Joined payloads are handled one after the other, so each is longer than nothing. */
	assert(discord_frame_first(bytes, size) <= size && (!size || discord_frame_first(bytes, size)));
	if (discord_frame_scan(bytes, size, &frame) == 0 && frame.data.at) {
		check_within(whole, frame.data);
		walk(frame.data, 0);
	}
	free(bytes);
	return 0;
}
