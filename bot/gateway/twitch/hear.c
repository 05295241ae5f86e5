/* What people said on Twitch: which of it is for us, and what is it in plain text. */

#include <stdio.h>
#include <string.h>

#include "bot/gateway/twitch/state.h"
#include "bot/gateway/twitch/text.h"
#include "bot/irc/text.h"

#define NAME_MAX_BYTES   100 /* a display name: letters of any script */
#define NUMBER_MAX_BYTES 20
#define ACTION           "\001ACTION "

/* The tags of a message that matter, read in one walk. */
struct twitch_heard {
	char id[TWITCH_MSGID_MAX_BYTES + 1];
	char author_id[TWITCH_ID_MAX_BYTES + 1];
	char author_name[NAME_MAX_BYTES + 1];
	char room_id[TWITCH_ID_MAX_BYTES + 1], source_id[TWITCH_ID_MAX_BYTES + 1];
	char parent_id[TWITCH_ID_MAX_BYTES + 1]; /* who is replied to */
	char sent[NUMBER_MAX_BYTES + 1];
	char historical[NUMBER_MAX_BYTES + 1]; /* set by relays that play a channel's past */
};

static void read_tags(const struct irc_line *line, struct twitch_heard *heard)
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

static uint64_t time_of(const struct twitch_session *session, const struct twitch_heard *heard)
{
	long sent_ms;

	if (str_to_long(heard->sent, 1, INT64_MAX, &sent_ms) < 0)
		return session->now.wall_ms;
	return (uint64_t)sent_ms;
}

/* "\1ACTION text\1" is "/me text"; other CTCP is not for us. NULL: not to be read. */
static const char *said_text(struct twitch_session *session, const char *text)
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
	memcpy(session->clean, text, length);
	session->clean[length] = '\0';
	return session->clean;
}

/* "@login words", "login: words": the words. NULL: not said to us. */
static const char *addressed_words(const struct twitch_session *session, const char *text)
{
	size_t length = strlen(session->config.login);
	bool has_at = *text == '@';
	char name[TWITCH_LOGIN_MAX_BYTES + 1];
	const char *end;

	text += has_at;
	if (strnlen(text, length) < length || length > TWITCH_LOGIN_MAX_BYTES)
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	end = text + length;
	if (!str_equal_nocase(name, session->config.login))
		return NULL;
	if (*end == ':' || *end == ',')
		end++;
	else if (!has_at || (*end != ' ' && *end != '\0'))
		return NULL;
	return end + strspn(end, " ");
}

/* The words of a message, and whether they are for us. Twitch puts "@name" before a reply. */
static const char *words_of(const struct twitch_session *session, const struct twitch_heard *heard,
		const char *text, bool *ret_is_addressed)
{
	const char *words = addressed_words(session, text);
	bool is_reply = *heard->parent_id != '\0';

	*ret_is_addressed = words || (is_reply && strcmp(heard->parent_id, session->own_id) == 0);
	if (words)
		return words;
	if (is_reply && *text == '@') {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

void twitch_hear(struct twitch_session *session, const struct irc_line *line)
{
	const char *text = said_text(session, irc_line_param(line, 1));
	const struct twitch_room *room = twitch_find_room(session, irc_line_param(line, 0));
	struct twitch_heard heard;
	struct message message = {.account = "", .fingerprint = ""};

	if (!room || !text || !line->tags)
		return;
	read_tags(line, &heard);
	if (!*heard.author_id || !*heard.id || strcmp(heard.author_id, session->own_id) == 0)
		return;
	/* Said in another channel of a shared chat: it is answered there, if a bot is there. */
	if (*heard.source_id && strcmp(heard.source_id, heard.room_id) != 0)
		return;
	if (ids_seen(session->ids, str_hash(0, heard.id, strlen(heard.id))))
		return;
	if (irc_text_read(text, session->text, sizeof(session->text)) < 0 ||
			twitch_text_read(session->text, session->clean, sizeof(session->clean)) < 0)
		return;
	if (!*heard.author_name)
		snprintf(heard.author_name, sizeof(heard.author_name), "%.*s",
				line->source ? (int)strcspn(line->source, "!") : 0,
				line->source ? line->source : "");
	message.id = heard.id;
	message.channel = room->name;
	message.author_id = heard.author_id;
	message.author_name = heard.author_name;
	message.text = words_of(session, &heard, session->clean, &message.is_addressed);
	message.time_ms = time_of(session, &heard);
	if (*heard.historical != '\0' && strcmp(heard.historical, "0") != 0)
		message.origin = MESSAGE_BACKLOG;
	session->events.on_message(session->user, &message);
}
