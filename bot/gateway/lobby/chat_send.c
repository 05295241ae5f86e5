/* Finding people and places, and saying something to them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/lobby/chat_parts.h"

struct chat_client *chat_find_client(struct chat *chat, const char *nick)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (chat->clients[i] && str_equal_nocase(chat->clients[i]->nick, nick))
			return chat->clients[i];
	}
	return NULL;
}

struct chat_channel *chat_find_channel(struct chat *chat, const char *name)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->channels[i] && str_equal_nocase(chat->channels[i]->name, name))
			return chat->channels[i];
	}
	return NULL;
}

bool chat_is_bot_nick(const struct chat *chat, const char *nick)
{
	return str_equal_nocase(chat->bot_nick, nick);
}

bool chat_is_member(const struct chat_channel *channel, const struct chat_client *client)
{
	return channel->members >> client->slot & 1;
}

void chat_mask(const struct chat_client *client, char ret[CHAT_MASK_BYTES])
{
	snprintf(ret, CHAT_MASK_BYTES, "%s!%s@" CHAT_SERVER, client->nick, client->user);
}

void chat_next_id(struct chat *chat, char ret[HISTORY_MSGID_BYTES])
{
	snprintf(ret, HISTORY_MSGID_BYTES, "%08" PRIx64 "%06" PRIx64, chat->seed & 0xffffffff,
			++chat->serial);
}

/* One finished line: held back while a labelled command is answered. */
static void put_line(struct chat *chat, struct chat_client *client, const struct str *line)
{
	chat->is_lossy |= line->error == -ENOMEM;
	if (line->error || client->is_closing)
		return;
	if (!client->label[0]) {
		chat->hooks.on_line(chat->hooks.user, client->link, line->bytes, line->length);
		return;
	}
	str_append_bytes(&client->held, line->bytes, line->length);
	str_append_char(&client->held, '\n');
	client->held_count++;
}

__attribute__((format(printf, 5, 0))) static void send_v(struct chat *chat, struct chat_client *client,
		const char *tags, const char *before, const char *format, va_list arguments)
{
	struct str line = STR(CHAT_OUT_MAX_BYTES);

	if (*tags)
		str_printf(&line, "@%s ", tags + 1);
	str_append(&line, before);
	str_vprintf(&line, format, arguments);
	put_line(chat, client, &line);
	str_release(&line);
}

void chat_send(struct chat *chat, struct chat_client *client, const char *tags, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	send_v(chat, client, tags, "", format, arguments);
	va_end(arguments);
}

void chat_numeric(struct chat *chat, struct chat_client *client, int numeric, const char *format, ...)
{
	char before[CHAT_NICK_MAX_BYTES + 24];
	va_list arguments;

	snprintf(before, sizeof(before), ":" CHAT_SERVER " %03d %s ", numeric,
			client->nick[0] ? client->nick : "*");
	va_start(arguments, format);
	send_v(chat, client, "", before, format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 3, 0))) static void send_to(
		struct chat *chat, uint64_t slots, const char *format, va_list arguments)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		va_list again;

		if (!(slots >> i & 1) || !chat->clients[i])
			continue;
		va_copy(again, arguments);
		send_v(chat, chat->clients[i], "", "", format, again);
		va_end(again);
	}
}

void chat_send_members(struct chat *chat, const struct chat_channel *channel,
		const struct chat_client *except, const char *format, ...)
{
	uint64_t slots = channel->members & ~(except ? UINT64_C(1) << except->slot : 0);
	va_list arguments;

	va_start(arguments, format);
	send_to(chat, slots, format, arguments);
	va_end(arguments);
}

void chat_send_peers(struct chat *chat, const struct chat_client *client, const char *format, ...)
{
	uint64_t slots = 0;
	va_list arguments;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->channels[i] && chat_is_member(chat->channels[i], client))
			slots |= chat->channels[i]->members;
	}
	va_start(arguments, format);
	send_to(chat, slots & ~(UINT64_C(1) << client->slot), format, arguments);
	va_end(arguments);
}
