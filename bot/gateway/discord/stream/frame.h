#ifndef EPISODED_DISCORD_FRAME_H
#define EPISODED_DISCORD_FRAME_H

/*
 * The envelope of a gateway payload. It is looked at for every event of every
 * channel, so where "d" comes last, as Discord sends it, the end of "d" is not
 * searched for: it is where the frame ends, and who reads "d" finds out whether
 * that is so. Pure.
 */

#include <stdbool.h>

#include "bot/base/span.h"

/* The events somebody here looks at; a frame of any other costs no more than its envelope. */
enum discord_event {
	DISCORD_EVENT_OTHER,
	DISCORD_EVENT_READY,
	DISCORD_EVENT_RESUMED,
	DISCORD_EVENT_MESSAGE_CREATE,
	DISCORD_EVENT_INTERACTION_CREATE,
	DISCORD_EVENT_GUILD_CREATE,
	DISCORD_EVENT_GUILD_DELETE,
};

struct discord_frame {
	unsigned op;
	enum discord_event event; /* of op 0 */
	bool has_sequence;
	uint64_t sequence;
	struct span data; /* "d"; .at NULL when there is none. Ends at or after its value's end */
};

/*
 * frame_scan - a payload's op, s, t and the span of d.
 *
 * Shape:   {"op": int, "d": any, "s": int | null, "t": string | null}, members in any order, others skipped.
 * Owns:    nothing; data lies within bytes.
 * Errors:  -EBADMSG no object, no op, a wrong type, cut off; *ret untouched.
 * Source:  Discord API v10, "Gateway event payload structure".
 */
int discord_frame_scan(const char *bytes, size_t length, struct discord_frame *ret);

#endif
