/* Convert PRIVMSG into struct message. */

#include "bot/gateway/twitch/message.h"

#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/twitch/text.h"
#include "bot/irc/text.h"

#define ACTION                                                                                               \
	"\x01"                                                                                               \
	"ACTION "

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

bool twitch_message_read(struct twitch_message *buffers, const struct irc_line *line,
		const struct twitch_self *self, uint64_t wall_ms, struct message *ret)
{
	const char *text = said_text(buffers, irc_line_param(line, 1));
	struct twitch_tags *heard = &buffers->tags;
	struct message message = {.account = "", .fingerprint = ""};

	if (!text || !line->tags)
		return false;
	read_tags(line, heard);
	if (!*heard->author_id || !*heard->id || strcmp(heard->author_id, self->id) == 0)
		return false;
	/* Shared chat: a message of another channel is answered there. */
	if (*heard->source_id && strcmp(heard->source_id, heard->room_id) != 0)
		return false;
	if (irc_text_read(text, buffers->text, sizeof(buffers->text)) < 0 ||
			twitch_text_read(buffers->text, buffers->clean, sizeof(buffers->clean)) < 0)
		return false;
	if (!*heard->author_name)
		snprintf(heard->author_name, sizeof(heard->author_name), "%.*s",
				line->source ? (int)strcspn(line->source, "!") : 0,
				line->source ? line->source : "");
	message.id = heard->id;
	message.author_id = heard->author_id;
	message.author_name = heard->author_name;
	message.text = words_of(self, heard, buffers->clean, &message.is_addressed);
	message.time_ms = time_of(wall_ms, heard);
	if (*heard->historical != '\0' && strcmp(heard->historical, "0") != 0)
		message.origin = MESSAGE_BACKLOG;
	*ret = message;
	return true;
}
