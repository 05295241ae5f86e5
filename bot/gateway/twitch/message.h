#ifndef EPISODED_TWITCH_MESSAGE_H
#define EPISODED_TWITCH_MESSAGE_H

/* Convert a PRIVMSG of Twitch, or an event of EventSub, into a struct message. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/core/message.h"
#include "bot/irc/line.h"

#define TWITCH_LOGIN_MAX_BYTES  25
#define TWITCH_ID_MAX_BYTES     31  /* of a person: digits */
#define TWITCH_MSGID_MAX_BYTES  63  /* a UUID has 36 */
#define TWITCH_NAME_MAX_BYTES   100 /* a display name: letters of any script */
#define TWITCH_NUMBER_MAX_BYTES 20

/* The tags that are used. */
struct twitch_tags {
	char id[TWITCH_MSGID_MAX_BYTES + 1];
	char author_id[TWITCH_ID_MAX_BYTES + 1];
	char author_name[TWITCH_NAME_MAX_BYTES + 1];
	char room_id[TWITCH_ID_MAX_BYTES + 1], source_id[TWITCH_ID_MAX_BYTES + 1];
	char parent_id[TWITCH_ID_MAX_BYTES + 1]; /* author of the parent message of a reply */
	char sent[TWITCH_NUMBER_MAX_BYTES + 1];
	char historical[TWITCH_NUMBER_MAX_BYTES + 1]; /* set by relays that replay old messages */
	bool is_bot; /* Twitch marks the author as a chat bot, or as itself */
};

/* Buffers that a message borrows. */
struct twitch_message {
	struct twitch_tags tags;
	char text[MESSAGE_TEXT_MAX_BYTES + 1], clean[MESSAGE_TEXT_MAX_BYTES + 1];
	char asked_id[TWITCH_MSGID_MAX_BYTES + 1]; /* EventSub: the parent message of a reply */
};

/* The bot itself. */
struct twitch_self {
	const char *login;
	const char *id; /* "" until GLOBALUSERSTATE */
};

/* Is a badge in the list of a tag ("name/version,name/version")? */
bool twitch_badges_have(const char *badges, size_t length, const char *name);

/*
 * twitch_message_read - turn one PRIVMSG into a struct message.
 *
 * Shape:   @tags :login!.. PRIVMSG #channel :text, with the tags id and user-id.
 * Units:   wall_ms replaces a missing tmi-sent-ts.
 * Owns:    nothing; *ret borrows from line and from buffers. Its channel is not set.
 * Errors:  false: not for the bot (its own, CTCP, of another channel of a shared chat), or not readable.
 * Source:  dev.twitch.tv, "Twitch IRC" (read 2026-08).
 */
bool twitch_message_read(struct twitch_message *buffers, const struct irc_line *line,
		const struct twitch_self *self, uint64_t wall_ms, struct message *ret);

/*
 * twitch_message_read_event - read the event of a channel.chat.message into buffers.
 *
 * Shape:   {"broadcaster_user_id": s, "chatter_user_id": s, "chatter_user_name": s, "message_id": s,
 *          "message": {"text": s}, "badges": [{"set_id": s}], "reply": {"parent_message_id": s,
 *          "parent_user_id": s} or null, "source_broadcaster_user_id": s or null}; others are skipped.
 * Owns:    the text is in buffers->text, tags and asked_id are set.
 * Errors:  false: not readable.
 * Source:  dev.twitch.tv, "EventSub Subscription Types" (read 2026-11).
 */
bool twitch_message_read_event(struct twitch_message *buffers, struct span event);

/* The message in buffers after twitch_message_read_event(), like twitch_message_read(). time_ms: when Twitch
 * sent it. */
bool twitch_message_of_event(struct twitch_message *buffers, const struct twitch_self *self, uint64_t time_ms,
		struct message *ret);

#endif
