/* The envelope of a gateway payload. */

#include "bot/gateway/discord/stream/frame.h"

#include <errno.h>
#include <string.h>

#define OP_MAX 255

static const struct {
	const char *name;
	size_t length;
	enum discord_event event;
} names[] = {
		{"MESSAGE_CREATE", 14, DISCORD_EVENT_MESSAGE_CREATE},
		{"MESSAGE_REACTION_ADD", 20, DISCORD_EVENT_REACTION_ADD},
		{"MESSAGE_UPDATE", 14, DISCORD_EVENT_MESSAGE_UPDATE},
		{"MESSAGE_DELETE", 14, DISCORD_EVENT_MESSAGE_DELETE},
		{"MESSAGE_DELETE_BULK", 19, DISCORD_EVENT_MESSAGE_DELETE_BULK},
		{"INTERACTION_CREATE", 18, DISCORD_EVENT_INTERACTION_CREATE},
		{"GUILD_CREATE", 12, DISCORD_EVENT_GUILD_CREATE},
		{"GUILD_DELETE", 12, DISCORD_EVENT_GUILD_DELETE},
		{"READY", 5, DISCORD_EVENT_READY},
		{"RESUMED", 7, DISCORD_EVENT_RESUMED},
};

/* The members found so far. */
struct found_members {
	struct discord_frame frame;
	bool has_op, has_name, has_sequence;
};

/* A name that is not a string is no event that is used. */
static void read_name(struct span value, struct discord_frame *frame)
{
	for (size_t i = 0; span_is_string(value) && i < sizeof(names) / sizeof(names[0]); i++) {
		if (value.length == names[i].length + 2 &&
				memcmp(value.at + 1, names[i].name, names[i].length) == 0)
			frame->event = names[i].event;
	}
}

static int read_op(struct span value, struct discord_frame *frame)
{
	uint64_t op;

	if (value.at[0] == '"' || span_number(value, &op) < 0 || op > OP_MAX)
		return -EBADMSG;
	frame->op = (unsigned)op;
	return 0;
}

/* A member that is not "d". */
static int read_member(struct span key, struct span value, struct found_members *found)
{
	if (key.length == 2 && memcmp(key.at, "op", 2) == 0) {
		found->has_op = true;
		return read_op(value, &found->frame);
	}
	if (key.length == 1 && key.at[0] == 's') {
		found->has_sequence = true;
		found->frame.has_sequence = span_number(value, &found->frame.sequence) == 0;
		return 0;
	}
	if (key.length == 1 && key.at[0] == 't') {
		found->has_name = true;
		read_name(value, &found->frame);
		return 0;
	}
	if (key.length == 1 && key.at[0] == 'd')
		found->frame.data = value;
	return 0;
}

/*
 * All other members are known and "d" is next: take the rest of the frame as its span. False: it has to be
 * walked.
 */
static bool take_rest(const struct span_walk *walk, struct found_members *found)
{
	static const char key[] = ",\"d\":";
	const char *at = walk->at, *end = walk->end;

	if (!found->has_op || !found->has_name || !found->has_sequence)
		return false;
	if ((size_t)(end - at) <= sizeof(key) || memcmp(at, key, sizeof(key) - 1) != 0)
		return false;
	while (end > at && end[-1] != '}' && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r'))
		end--;
	at += sizeof(key) - 1;
	/* An object, then the closing bracket of the envelope; anything else is rare enough to be walked. */
	if (end - at < 3 || *at != '{' || end[-1] != '}' || end[-2] != '}')
		return false;
	found->frame.data = (struct span){at, (size_t)(end - 1 - at)};
	return true;
}

const char *discord_event_name(enum discord_event event)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].event == event)
			return names[i].name;
	}
	return "event";
}

int discord_frame_scan(const char *bytes, size_t length, struct discord_frame *ret)
{
	const char *end = bytes + length, *at = span_skip_space(bytes, end);
	struct found_members found = {0};
	struct span key, value;
	struct span_walk walk;
	int r = span_open((struct span){at, (size_t)(end - at)}, '{', &walk);

	if (r < 0)
		return r;
	for (;;) {
		if (take_rest(&walk, &found))
			break;
		r = span_member(&walk, &key, &value);
		if (r < 0)
			return r;
		if (r == 0 && span_skip_space(walk.at, end) != end)
			return -EBADMSG;
		if (r == 0)
			break;
		r = read_member(key, value, &found);
		if (r < 0)
			return r;
	}
	if (!found.has_op)
		return -EBADMSG;
	*ret = found.frame;
	return 0;
}

size_t discord_frame_first(const char *bytes, size_t length)
{
	const char *end = bytes + length, *at = bytes;

	/* Before the next payload: inside one, "}{" can only be in a string. */
	while (at < end && (at = memchr(at, '{', (size_t)(end - at)))) {
		if (at > bytes && at[-1] == '}') {
			end = span_skip_value(span_skip_space(bytes, end), end);
			return end ? (size_t)(end - bytes) : length;
		}
		at++;
	}
	return length;
}
