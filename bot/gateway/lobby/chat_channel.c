/* One channel of the lobby: its members and its history. */

#include "bot/gateway/lobby/chat_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool chat_channel_ok(const char *name)
{
	size_t length = strlen(name);

	if (*name != '#' || length < 2 || length > CHAT_CHANNEL_MAX_BYTES)
		return false;
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == ',' || *name == 0x7f)
			return false;
	}
	return true;
}

struct chat_channel *chat_channel_new(const char *name)
{
	struct chat_channel *channel = calloc(1, sizeof(*channel));

	if (channel)
		snprintf(channel->name, sizeof(channel->name), "%s", name);
	return channel;
}

void chat_channel_free(struct chat_channel *channel)
{
	if (!channel)
		return;
	history_release(&channel->history);
	free(channel);
}

void chat_channel_unkeep(struct chat_channel *channel)
{
	const struct history_keeper *keeper = channel->history.keeper;

	for (size_t i = 0; keeper && i < channel->history.count; i++)
		keeper->on_dropped(keeper->user, channel->name, history_at(&channel->history, i));
	channel->history.keeper = NULL;
}

bool chat_channel_has(const struct chat_channel *channel, const struct chat_client *client)
{
	return channel->members >> client->slot & 1;
}

/* target NULL: private messages, each to the bot or to the client. */
static void play(const struct history *history, struct chat_client *client, const char *name,
		const char *target, size_t first, size_t end)
{
	char batch[HISTORY_MSGID_BYTES] = "";

	if (client->caps & CHAT_CAP_BATCH) {
		chat_wire_next_id(client->wire, batch);
		chat_client_send(client, "", ":" CHAT_SERVER " BATCH +%s chathistory %s", batch, name);
	}
	for (size_t i = first; i < end; i++) {
		const struct history_entry *entry = history_at(history, i);
		const char *to = entry->is_ours ? client->nick : client->wire->bot_nick;

		chat_client_send_entry(client, target ? target : to, entry, batch);
	}
	if (batch[0])
		chat_client_send(client, "", ":" CHAT_SERVER " BATCH -%s", batch);
}

void chat_channel_play(
		const struct chat_channel *channel, struct chat_client *client, size_t first, size_t end)
{
	play(&channel->history, client, channel->name, channel->name, first, end);
}

void chat_private_play(const struct history *history, struct chat_client *client, size_t first, size_t end)
{
	play(history, client, client->wire->bot_nick, NULL, first, end);
}
