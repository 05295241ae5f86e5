#ifndef EPISODED_IRC_RECEIVER_H
#define EPISODED_IRC_RECEIVER_H

/*
 * From the PRIVMSGs and batches of a connection, and from its history, to the messages of people. Servers, services,
 * bots and playback are left out; a bridge's message is that of the bridge, without its account. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/catchup.h"
#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/incoming.h"
#include "bot/gateway/irc/multiline_in.h"
#include "bot/gateway/irc/nick.h"
#include "bot/gateway/irc/person.h"
#include "bot/irc/line.h"

struct irc_receiver_events {
	/* author_id is not set. The message is borrowed for the call. */
	void (*on_message)(void *user, struct message *message);
	/* A person asks by CTCP; text begins with 0x01. */
	void (*on_ctcp)(void *user, const struct irc_envelope *envelope, const char *text);
};

struct irc_receiver {
	/* Borrowed. */
	const struct irc_isupport *isupport;
	const struct irc_channels *channels;
	const struct irc_nick *nick;
	struct irc_catchup *catchup;
	const struct irc_receiver_events *events;
	void *user;

	struct irc_people people;
	struct irc_batches batches;
	struct irc_multilines multilines;
	uint64_t next_id; /* for irc_incoming_make_id(); 0: not chosen yet */
	char text[MESSAGE_TEXT_MAX_BYTES + 1];
};

/* A new connection: the batches and what is known of the network are forgotten. */
void irc_receiver_reset(struct irc_receiver *receiver);

/* A PRIVMSG with two parameters, not our own. */
void irc_receiver_privmsg(struct irc_receiver *receiver, const struct irc_line *line,
		const struct irc_server_time *time);
/* BATCH, if the capability is enabled. */
void irc_receiver_batch(struct irc_receiver *receiver, const struct irc_line *line, bool is_own,
		const struct irc_server_time *time);
/* A message of the history that is not answered yet. channel: its name, or the sender's nick. */
void irc_receiver_missed(struct irc_receiver *receiver, const char *channel, const struct irc_past *past);

#endif
