#ifndef EPISODED_DISCORD_FRAME_H
#define EPISODED_DISCORD_FRAME_H

/*
 * The envelope of a gateway payload. It is parsed for every event of every channel, so the end of "d" is not
 * searched for where "d" is the last member, as Discord sends it: the span of "d" then ends with the frame,
 * and its reader detects a malformed end. Pure.
 */

#include <stdbool.h>

#include "bot/base/span.h"

/* The events that are used. Any other event costs no more than its envelope. */
enum discord_event {
	DISCORD_EVENT_OTHER,
	DISCORD_EVENT_READY,
	DISCORD_EVENT_RESUMED,
	DISCORD_EVENT_MESSAGE_CREATE,
	DISCORD_EVENT_MESSAGE_UPDATE,
	DISCORD_EVENT_MESSAGE_DELETE,
	DISCORD_EVENT_MESSAGE_DELETE_BULK,
	DISCORD_EVENT_REACTION_ADD,
	DISCORD_EVENT_INTERACTION_CREATE,
	DISCORD_EVENT_GUILD_CREATE,
	DISCORD_EVENT_GUILD_DELETE,
};

struct discord_frame {
	unsigned op;
	enum discord_event event; /* of op 0 */
	bool has_sequence;
	uint64_t sequence; /* only with has_sequence */
	struct span data;  /* "d"; .at is NULL if absent. Ends at the end of its value or later */
};

/*
 * frame_scan - a payload's op, s, t and the span of d.
 *
 * Shape:   {"op": int, "d": any, "s": int | null, "t": string | null}, members in any order, others skipped; an s or t
 *          of another type counts as null.
 * Owns:    nothing; data lies within bytes.
 * Errors:  -EBADMSG no object, no op, an op that is no number up to 255, cut off; *ret untouched.
 * Source:  Discord API v10, "Gateway event payload structure".
 */
int discord_frame_scan(const char *bytes, size_t length, struct discord_frame *ret);

/* "MESSAGE_CREATE"; "event" for others than the named ones. */
const char *discord_event_name(enum discord_event event);

/* The length of the first payload, where several were compressed into one message; otherwise length. */
size_t discord_frame_first(const char *bytes, size_t length);

#endif
