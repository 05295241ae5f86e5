#ifndef EPISODED_IRC_CATCHUP_H
#define EPISODED_IRC_CATCHUP_H

/*
 * What happened in a channel while we were away, from the server's history:
 * which of our lines arrived, which questions have an answer, and which were
 * sent meanwhile. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/gateway/irc/seen.h"
#include "bot/irc/now.h"

struct irc_catchup_events {
	/* The answer to the message of this id is in the history. */
	void (*on_answered)(void *user, const char *id);
	/* All that the history says of the channel is known: open questions can be answered. */
	void (*on_can_answer)(void *user, const struct irc_place *place);
	/* A question that was sent in channel while we were away. */
	void (*on_missed)(void *user, const char *channel, const struct irc_past *past);
	/* What an earlier process saved of channel, false for nothing; and what is to be saved. */
	bool (*on_load)(void *user, const char *channel, char *ret, size_t size);
	void (*on_save)(void *user, const char *channel, const char *text);
};

struct irc_catchup {
	struct irc_history history;
	struct irc_seen seen;
	struct irc_delivery *delivery;
	const struct irc_isupport *isupport;
	const struct irc_catchup_events *events;
	void *user;
};

/* The pointers are borrowed until irc_catchup_release(). */
void irc_catchup_init(struct irc_catchup *catchup, struct irc_delivery *delivery,
		const struct irc_isupport *isupport, const struct irc_catchup_events *events, void *user);
void irc_catchup_release(struct irc_catchup *catchup);
/* The connection has ended: nothing is requested any more, and what was seen is saved. */
void irc_catchup_close(struct irc_catchup *catchup);

/* Does the server have a history, by the capabilities (enum irc_cap) that are on, and by 005? */
void irc_catchup_offer(struct irc_catchup *catchup, unsigned enabled);

/* We have joined a channel, which the configuration calls name: read what was missed, then on_can_answer().
 * Here and below, now->wall_ms is the server's. */
void irc_catchup_joined(
		struct irc_catchup *catchup, const char *joined, const char *name, const struct irc_now *now);
/* A live message in channel. */
void irc_catchup_saw(struct irc_catchup *catchup, const char *channel, uint64_t time_ms, const char *id,
		uint64_t now_ms);

/* Is a reply to our request on its way? Only then irc_catchup_line() has a meaning. */
static inline bool irc_catchup_is_reading(const struct irc_catchup *catchup)
{
	return catchup->history.is_asked;
}
/* As irc_history_hear(). */
bool irc_catchup_line(struct irc_catchup *catchup, const struct irc_line *line, bool is_own);

/* True: a channel's history is known, which may have completed answers. */
bool irc_catchup_tick(struct irc_catchup *catchup, struct irc_outbox *outbox, const struct irc_now *now);
uint64_t irc_catchup_next_ms(const struct irc_catchup *catchup); /* UINT64_MAX: never */

/* Is this open question one of place, and without an answer? If the history has the answer, on_answered(). */
bool irc_catchup_is_due(
		struct irc_catchup *catchup, const struct irc_place *place, const struct message *message);

#endif
