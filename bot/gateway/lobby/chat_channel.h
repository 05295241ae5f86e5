#ifndef EPISODED_LOBBY_CHAT_CHANNEL_H
#define EPISODED_LOBBY_CHAT_CHANNEL_H

/* One channel of the lobby: its members and its history. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/lobby/chat_client.h"
#include "bot/gateway/lobby/history.h"

struct chat_channel {
	char name[CHAT_CHANNEL_MAX_BYTES + 1];
	uint64_t members; /* a bit for each chat_client.slot */
	bool is_kept;     /* configured: the bot is a member, and the channel stays when empty */
	uint64_t topic;   /* hash of the topic that was sent last; 0: not sent yet */
	struct history history;
};

/* name is a valid one: chat_channel_ok(). NULL: out of memory. */
struct chat_channel *chat_channel_new(const char *name);
void chat_channel_free(struct chat_channel *channel); /* NULL-safe */

/* The store forgets the history, which stays in memory. */
void chat_channel_unkeep(struct chat_channel *channel);

/* Is this client a member? */
bool chat_channel_has(const struct chat_channel *channel, const struct chat_client *client);

/* Send the entries first .. end of the history to a client, as a batch if it has that capability. */
void chat_channel_play(
		const struct chat_channel *channel, struct chat_client *client, size_t first, size_t end);
/* The same of the client's private messages with the bot. */
void chat_private_play(const struct history *history, struct chat_client *client, size_t first, size_t end);

#endif
