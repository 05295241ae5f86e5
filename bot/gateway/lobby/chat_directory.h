#ifndef EPISODED_LOBBY_CHAT_DIRECTORY_H
#define EPISODED_LOBBY_CHAT_DIRECTORY_H

/* Who is in the lobby, and where: the clients, the channels, and the commands that ask about them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/lobby/chat_channel.h"
#include "bot/gateway/lobby/chat_client.h"
#include "bot/gateway/lobby/chat_guest.h"
#include "bot/gateway/lobby/chat_line.h"

struct chat_directory {
	struct chat_wire *wire; /* borrowed */
	uint64_t bot_skeleton;  /* strict */
	struct chat_client *clients[CHAT_CLIENTS_MAX];
	struct chat_channel *channels[CHAT_CHANNELS_MAX];
	struct chat_guest *guests[CHAT_GUESTS_MAX];
	const struct history_keeper *keeper; /* borrowed; NULL: nothing is kept over a restart */
};

/* NULL: there is no such client or channel. */
struct chat_client *chat_directory_find_client(const struct chat_directory *directory, const char *nick);
struct chat_channel *chat_directory_find_channel(const struct chat_directory *directory, const char *name);
/* The other client whose nick equals or resembles one with this skeleton. NULL: there is no such client. */
struct chat_client *chat_directory_find_holder(
		const struct chat_directory *directory, const struct chat_client *client, uint64_t skeleton);
bool chat_directory_is_bot(const struct chat_directory *directory, const char *nick);
/* A connection of a person. NULL: the person is not here. */
struct chat_client *chat_directory_find_guest_here(const struct chat_directory *directory, const char *key);
/* A person with this key, whose private messages are kept. NULL: no messages are kept. */
struct chat_guest *chat_directory_find_guest(const struct chat_directory *directory, const char *key);
/* The same, added if there is room, or if may_evict, in place of the person whose last message is the oldest. NULL: no
 * room, or out of memory. */
struct chat_guest *chat_directory_guest(struct chat_directory *directory, const char *key, bool may_evict);

/* Add a channel. -ENOSPC, -ENOMEM. */
int chat_directory_add(struct chat_directory *directory, const char *name, struct chat_channel **ret);
/* Free a channel that is empty and not configured. */
void chat_directory_forget_if_empty(struct chat_directory *directory, struct chat_channel *channel);
/* Remove a client from all channels; sends nothing. */
void chat_directory_part_all(struct chat_directory *directory, struct chat_client *client);
/* May this client join one more channel, and, if it is new, make it? */
bool chat_directory_may_join(
		const struct chat_directory *directory, const struct chat_client *client, bool is_new);
/* Trim the histories to CHAT_HISTORY_ALL_BYTES together, first those of channels that visitors made. */
void chat_directory_trim(struct chat_directory *directory);

/* Send an event to all members of a channel but one (NULL: to all). */
void chat_directory_send_members(const struct chat_directory *directory, const struct chat_channel *channel,
		const struct chat_client *except, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
/* Send an event once to each other client that shares a channel with this one. */
void chat_directory_send_peers(const struct chat_directory *directory, const struct chat_client *client,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Send the members of a channel. */
void chat_directory_send_names(const struct chat_directory *directory, struct chat_client *client,
		const struct chat_channel *channel);

/* The text of a channel's topic; false: it has no topic. */
bool chat_directory_topic_of(const struct chat_directory *directory, const struct chat_channel *channel,
		char ret[CHAT_TOPIC_MAX_BYTES + 1]);
/* Send the topic of a channel, if it has one; to the page with the data about it. */
void chat_directory_send_topic(const struct chat_directory *directory, struct chat_client *client,
		struct chat_channel *channel);
/* Send the topics of a client's channels, or, client NULL, those of all clients: to pages with their data, to others if the
 * text is another one. */
void chat_directory_send_topics(const struct chat_directory *directory, const struct chat_client *client);

/* The commands; the caller has counted the parameters. */
typedef void chat_query(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line);
chat_query chat_directory_names, chat_directory_who, chat_directory_whois, chat_directory_ison;
chat_query chat_directory_list, chat_directory_topic, chat_directory_mode;

#endif
