/* Convert PRIVMSG, and events of EventSub, into struct message. */

#include "bot/gateway/twitch/message.h"

#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/twitch/text.h"
#include "bot/irc/text.h"

#define ACTION "\001ACTION "

/* Badges of chat bots, and of Twitch's own messages (AutoMod). */
#define BADGE_BOT    "bot-badge"
#define BADGE_TWITCH "twitchbot"

bool twitch_badges_have(const char *badges, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	while (length > 0) {
		const char *comma = memchr(badges, ',', length);
		size_t item = comma ? (size_t)(comma - badges) : length;

		if (item > name_length && memcmp(badges, name, name_length) == 0 &&
				badges[name_length] == '/')
			return true;
		item += comma != NULL;
		badges += item;
		length -= item;
	}
	return false;
}

static void read_tags(const struct irc_line *line, struct twitch_tags *heard)
{
	const struct {
		const char *key;
		char *value;
		size_t size;
	} wanted[] = {
			{"id", heard->id, sizeof(heard->id)},
			{"user-id", heard->author_id, sizeof(heard->author_id)},
			{"display-name", heard->author_name, sizeof(heard->author_name)},
			{"room-id", heard->room_id, sizeof(heard->room_id)},
			{"source-room-id", heard->source_id, sizeof(heard->source_id)},
			{"reply-parent-user-id", heard->parent_id, sizeof(heard->parent_id)},
			{"tmi-sent-ts", heard->sent, sizeof(heard->sent)},
			{"historical", heard->historical, sizeof(heard->historical)},
	};
	const char *cursor = line->tags;
	struct irc_tag tag;

	memset(heard, 0, sizeof(*heard));
	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, "badges"))
			heard->is_bot = twitch_badges_have(tag.value, tag.value_length, BADGE_BOT) ||
					twitch_badges_have(tag.value, tag.value_length, BADGE_TWITCH);
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (irc_tag_is(&tag, wanted[i].key)) {
				irc_tag_value(&tag, wanted[i].value, wanted[i].size);
				break;
			}
		}
	}
}

static uint64_t time_of(uint64_t wall_ms, const struct twitch_tags *heard)
{
	long sent_ms;

	if (str_to_long(heard->sent, 1, INT64_MAX, &sent_ms) < 0)
		return wall_ms;
	return (uint64_t)sent_ms;
}

/* The text of a message or of "/me text" ("\1ACTION text\1"). NULL: other CTCP, or too long. */
static const char *said_text(struct twitch_message *buffers, const char *text)
{
	size_t length;

	if (*text != '\x01')
		return text;
	if (!str_starts(text, ACTION))
		return NULL;
	text += strlen(ACTION);
	length = strlen(text);
	if (length > 0 && text[length - 1] == '\x01')
		length--;
	if (length > MESSAGE_TEXT_MAX_BYTES)
		return NULL;
	memcpy(buffers->clean, text, length);
	buffers->clean[length] = '\0';
	return buffers->clean;
}

/* The words after "@login" or "login:". NULL: the bot is not addressed. */
static const char *addressed_words(const struct twitch_self *self, const char *text)
{
	size_t length = strlen(self->login);
	bool has_at = *text == '@';
	char name[TWITCH_LOGIN_MAX_BYTES + 1];
	const char *end;

	text += has_at;
	if (strnlen(text, length) < length || length > TWITCH_LOGIN_MAX_BYTES)
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	end = text + length;
	if (!str_equal_nocase(name, self->login))
		return NULL;
	if (*end == ':' || *end == ',')
		end++;
	else if (!has_at || (*end != ' ' && *end != '\0'))
		return NULL;
	return end + strspn(end, " ");
}

/* The words of a message, and whether the bot is addressed. Twitch puts "@name" before a reply. */
static const char *words_of(const struct twitch_self *self, const struct twitch_tags *heard, const char *text,
		bool *ret_is_addressed)
{
	const char *words = addressed_words(self, text);
	bool is_reply = *heard->parent_id != '\0';

	*ret_is_addressed = words || (is_reply && strcmp(heard->parent_id, self->id) == 0);
	if (words)
		return words;
	if (is_reply && *text == '@') {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* The message of buffers->tags and buffers->text. */
static bool make_message(struct twitch_message *buffers, const struct twitch_self *self, uint64_t time_ms,
		struct message *ret)
{
	const struct twitch_tags *heard = &buffers->tags;
	struct message message = {.account = "", .fingerprint = ""};

	if (!*heard->author_id || !*heard->id || strcmp(heard->author_id, self->id) == 0 || heard->is_bot)
		return false;
	/* Shared chat: a message of another channel is answered there. */
	if (*heard->source_id && strcmp(heard->source_id, heard->room_id) != 0)
		return false;
	if (twitch_text_read(buffers->text, buffers->clean, sizeof(buffers->clean)) < 0)
		return false;
	message.id = heard->id;
	message.author_id = heard->author_id;
	message.author_name = heard->author_name;
	message.text = words_of(self, heard, buffers->clean, &message.is_addressed);
	message.time_ms = time_ms;
	*ret = message;
	return true;
}

bool twitch_message_read(struct twitch_message *buffers, const struct irc_line *line,
		const struct twitch_self *self, uint64_t wall_ms, struct message *ret)
{
	const char *text = said_text(buffers, irc_line_param(line, 1));
	struct twitch_tags *heard = &buffers->tags;

	if (!text || !line->tags)
		return false;
	read_tags(line, heard);
	if (!*heard->author_name)
		snprintf(heard->author_name, sizeof(heard->author_name), "%.*s",
				line->source ? (int)strcspn(line->source, "!") : 0,
				line->source ? line->source : "");
	if (irc_text_read(text, buffers->text, sizeof(buffers->text)) < 0 ||
			!make_message(buffers, self, time_of(wall_ms, heard), ret))
		return false;
	if (*heard->historical != '\0' && strcmp(heard->historical, "0") != 0)
		ret->origin = MESSAGE_BACKLOG;
	return true;
}

/* ---------------------------------------------------------------- EventSub */

static bool has_bot_badge(struct span badges)
{
	struct span_walk walk;
	struct span badge;

	if (span_open(badges, '[', &walk) < 0)
		return false;
	while (span_item(&walk, &badge) > 0) {
		struct span set = span_get(badge, "set_id");

		if (span_is(set, "\"" BADGE_BOT "\"") || span_is(set, "\"" BADGE_TWITCH "\""))
			return true;
	}
	return false;
}

/* The text of a message, or of "/me text" ("\1ACTION text\1"). */
static bool read_event_text(struct twitch_message *buffers, struct span value)
{
	static const char action[] = "\"\\u0001ACTION ", clean[] = " ACTION ";
	char *text = buffers->text;
	size_t length;

	if (!span_copy(value, text, sizeof(buffers->text)))
		return false;
	length = strlen(clean);
	if (value.length > sizeof(action) && memcmp(value.at, action, sizeof(action) - 1) == 0 &&
			strncmp(text, clean, length) == 0)
		memmove(text, text + length, strlen(text + length) + 1);
	return true;
}

bool twitch_message_read_event(struct twitch_message *buffers, struct span event)
{
	struct twitch_tags *heard = &buffers->tags;
	const struct {
		const char *key;
		char *value;
		size_t size;
	} wanted[] = {
			{"broadcaster_user_id", heard->room_id, sizeof(heard->room_id)},
			{"chatter_user_id", heard->author_id, sizeof(heard->author_id)},
			{"chatter_user_name", heard->author_name, sizeof(heard->author_name)},
			{"message_id", heard->id, sizeof(heard->id)},
			{"source_broadcaster_user_id", heard->source_id, sizeof(heard->source_id)},
	};
	struct span key, value;
	struct span_walk walk;

	memset(heard, 0, sizeof(*heard));
	buffers->text[0] = buffers->asked_id[0] = '\0';
	if (span_open(event, '{', &walk) < 0)
		return false;
	while (span_member(&walk, &key, &value) > 0) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (span_is(key, wanted[i].key)) {
				span_copy(value, wanted[i].value, wanted[i].size);
				break;
			}
		}
		if (span_is(key, "message")) {
			if (!read_event_text(buffers, span_get(value, "text")))
				return false;
		} else if (span_is(key, "badges")) {
			heard->is_bot = has_bot_badge(value);
		} else if (span_is(key, "reply")) {
			span_copy(span_get(value, "parent_user_id"), heard->parent_id,
					sizeof(heard->parent_id));
			span_copy(span_get(value, "parent_message_id"), buffers->asked_id,
					sizeof(buffers->asked_id));
		}
	}
	return *heard->room_id != '\0';
}

bool twitch_message_of_event(struct twitch_message *buffers, const struct twitch_self *self, uint64_t time_ms,
		struct message *ret)
{
	return make_message(buffers, self, time_ms, ret);
}
