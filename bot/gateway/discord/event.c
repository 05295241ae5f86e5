/* A Discord message: is it for the bot, and what is its text? */

#include "bot/gateway/discord/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/core/message.h"

#define TYPE_DEFAULT   0
#define TYPE_REPLY     19
#define FLAG_EPHEMERAL 64
#define MENTION_BYTES  32 /* "<@!", an id, ">" */

/* The members that are used. */
struct parts {
	struct span id, channel, guild, type, content, webhook, author, member, flags;
};

void discord_event_message_init(struct discord_event_message *message)
{
	*message = (struct discord_event_message){
			.author_name = STR(DISCORD_EVENT_NAME_MAX_BYTES),
			.text = STR(MESSAGE_TEXT_MAX_BYTES),
	};
}

void discord_event_message_release(struct discord_event_message *message)
{
	str_release(&message->author_name);
	str_release(&message->text);
}

static struct span *part_of(struct parts *parts, struct span key)
{
	static const struct {
		const char *name;
		size_t length, offset;
	} known[] = {
			{"content", 7, offsetof(struct parts, content)},
			{"guild_id", 8, offsetof(struct parts, guild)},
			{"id", 2, offsetof(struct parts, id)},
			{"channel_id", 10, offsetof(struct parts, channel)},
			{"type", 4, offsetof(struct parts, type)},
			{"author", 6, offsetof(struct parts, author)},
			{"member", 6, offsetof(struct parts, member)},
			{"webhook_id", 10, offsetof(struct parts, webhook)},
			{"flags", 5, offsetof(struct parts, flags)},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (key.length == known[i].length && *key.at == *known[i].name &&
				memcmp(key.at, known[i].name, key.length) == 0)
			return (struct span *)(void *)((char *)parts + known[i].offset);
	return NULL;
}

static bool is_there(struct span value)
{
	return value.at && !span_is(value, "null");
}

/* Write a mention: "<@1>" and "<@!1>" of a user, "<@&1>" of a role. */
static size_t mention(char *buffer, const char *mark, uint64_t id)
{
	return (size_t)snprintf(buffer, MENTION_BYTES, "<@%s%" PRIu64 ">", mark, id);
}

static bool begins_with(const char *text, size_t length, const char *start, size_t start_length)
{
	return length >= start_length && memcmp(text, start, start_length) == 0;
}

static bool ends_with(const char *text, size_t length, const char *end, size_t end_length)
{
	return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* Does the text start or end with a mention of a role? Whose role it is, is checked later. */
static bool has_role(const char *text, size_t length)
{
	const char *last = memrchr(text, '<', length);

	return begins_with(text, length, "<@&", 3) ||
	       (text[length - 1] == '>' && last &&
			       begins_with(last, (size_t)(text + length - last), "<@&", 3));
}

static bool begins_with_prefix(const struct discord_event_self *self, const char *text, size_t length)
{
	if (utf8_after_prefix(text, length, self->prefix))
		return true;
	for (const char *const *prefix = self->prefixes; prefix && *prefix; prefix++) {
		if (utf8_after_prefix(text, length, *prefix))
			return true;
	}
	return false;
}

/*
 * Can content, still as JSON, be for the bot? May be wrong only by saying yes: a text that starts with an
 * escape may start with anything.
 */
static bool may_concern(struct span content, const struct discord_event_self *self)
{
	static const char *const marks[] = {"", "!"};
	const char *at, *end;
	size_t length;
	char buffer[MENTION_BYTES];

	if (!content.at || content.length < 2)
		return false;
	end = content.at + content.length - 1; /* the quotes are left out */
	at = utf8_after_prefix(content.at + 1, content.length - 2, "");
	length = (size_t)(end - at);
	if (!length)
		return false;
	if (*at == '\\' || begins_with_prefix(self, at, length))
		return true;
	if (*at != '<' && at[length - 1] != '>' && at[length - 1] != ' ')
		return false;
	while (length && at[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < 2; i++) {
		size_t bytes = mention(buffer, marks[i], self->id);

		if (begins_with(at, length, buffer, bytes) || ends_with(at, length, buffer, bytes))
			return true;
	}
	return self->role_in && length && has_role(at, length);
}

/* Walk no further than needed to see that the message is not for the bot. 1 all read, 0 chatter, -EBADMSG. */
static int find_parts(struct span data, const struct discord_event_self *self, struct parts *ret)
{
	struct span key, value, *part;
	struct span_walk walk;
	int r = span_open(data, '{', &walk);

	if (r < 0)
		return r;
	while ((r = span_member(&walk, &key, &value)) > 0) {
		part = part_of(ret, key);
		if (!part || part->at)
			continue;
		*part = value;
		if (part != &ret->content && part != &ret->guild)
			continue;
		if (span_is_string(ret->content) && (self->guild || is_there(ret->guild)) &&
				!may_concern(ret->content, self))
			return 0;
	}
	return r < 0 ? r : 1;
}

static bool is_bridge(const struct discord_event_self *self, uint64_t id)
{
	for (size_t i = 0; i < self->bridge_count; i++) {
		if (self->bridges[i] == id)
			return true;
	}
	return false;
}

/* Of a bot or a webhook that is no bridge. */
static bool is_of_a_machine(const struct parts *parts, const struct discord_event_self *self, uint64_t author)
{
	uint64_t webhook;

	if (!is_there(parts->webhook))
		return span_is(span_get(parts->author, "bot"), "true") && !is_bridge(self, author);
	return span_number(parts->webhook, &webhook) < 0 || !is_bridge(self, webhook);
}

/* Written by a person: not a system message, the bot itself, nor a bot or a webhook that is no bridge. */
static bool is_said_by_a_person(
		const struct parts *parts, const struct discord_event_self *self, uint64_t author)
{
	uint64_t type = TYPE_DEFAULT, flags = 0;

	if (author == self->id || is_of_a_machine(parts, self, author))
		return false;
	if (is_there(parts->type) && span_number(parts->type, &type) < 0)
		return false;
	if (is_there(parts->flags) && span_number(parts->flags, &flags) < 0)
		return false;
	if (span_is(span_get(parts->author, "system"), "true"))
		return false;
	return (type == TYPE_DEFAULT || type == TYPE_REPLY) && !(flags & FLAG_EPHEMERAL);
}

/* The author's name: in the server, everywhere, or the account's. */
static void read_name(const struct parts *parts, struct str *name)
{
	const struct span candidates[] = {span_get(parts->member, "nick"),
			span_get(parts->author, "global_name"), span_get(parts->author, "username")};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		str_clear(name);
		if (span_append(candidates[i], name) == 0 && name->length)
			return;
	}
	str_clear(name);
}

static void cut_front(struct str *text, size_t count)
{
	memmove(text->bytes, text->bytes + count, text->length - count);
	str_truncate(text, text->length - count);
}

static void trim(struct str *text)
{
	size_t spaces = strspn(str_text(text), " ");

	if (spaces)
		cut_front(text, spaces);
	while (text->length && text->bytes[text->length - 1] == ' ')
		str_truncate(text, text->length - 1);
}

/* Remove a mention from the start or the end. True if there was one. */
static bool strip_mention(struct str *text, const char *mark, uint64_t id)
{
	char buffer[MENTION_BYTES];
	size_t bytes = mention(buffer, mark, id);

	if (begins_with(str_text(text), text->length, buffer, bytes))
		cut_front(text, bytes);
	else if (ends_with(str_text(text), text->length, buffer, bytes))
		str_truncate(text, text->length - bytes);
	else
		return false;
	return true;
}

/* The same for a mention of the bot or of its own role in that guild. */
static bool strip_self(struct str *text, const struct discord_event_self *self, uint64_t guild)
{
	uint64_t role = 0;

	if (strip_mention(text, "", self->id) || strip_mention(text, "!", self->id))
		return true;
	if (self->role_in && guild && text->length && has_role(str_text(text), text->length))
		role = self->role_in(self->user, guild);
	return role && strip_mention(text, "&", role);
}

/* "@bot, episode 5", "@bot: episode 5" */
static void trim_address(struct str *text)
{
	trim(text);
	if (*str_text(text) == ',' || *str_text(text) == ':') {
		cut_front(text, 1);
		trim(text);
	}
}

static int read_text(struct span content, const struct discord_event_self *self,
		struct discord_event_message *message)
{
	int r;

	str_clear(&message->text);
	r = span_append(content, &message->text);
	if (r == -EMSGSIZE)
		return 0;
	if (r < 0)
		return r;
	if (message->text.length)
		str_truncate(&message->text, utf8_tidy(message->text.bytes, message->text.length));
	trim(&message->text);
	message->is_addressed = strip_self(&message->text, self, message->guild);
	if (message->is_addressed)
		trim_address(&message->text);
	if (!message->guild)
		message->is_addressed = true;
	return message->text.length &&
	       (message->is_addressed ||
			       begins_with_prefix(self, str_text(&message->text), message->text.length));
}

int discord_event_message_read(struct span data, const struct discord_event_self *self,
		struct discord_event_message *message)
{
	struct parts parts = {.id = {NULL, 0}};
	int r = find_parts(data, self, &parts);

	if (r <= 0)
		return r;
	if (!is_there(parts.content))
		return 0;
	message->guild = self->guild;
	if (span_number(parts.id, &message->id) < 0 || span_number(parts.channel, &message->channel) < 0 ||
			span_number(span_get(parts.author, "id"), &message->author) < 0 ||
			(is_there(parts.guild) && span_number(parts.guild, &message->guild) < 0))
		return -EBADMSG;
	if (!is_said_by_a_person(&parts, self, message->author))
		return 0;
	r = read_text(parts.content, self, message);
	if (r > 0)
		read_name(&parts, &message->author_name);
	return r;
}
