#ifndef EPISODED_IRC_CATCHUP_H
#define EPISODED_IRC_CATCHUP_H

/*
 * Catch-up: reads from the server's history (CHATHISTORY) what happened in a channel, and in private, while the
 * bot was offline: which of its own lines arrived, which questions have an answer, and which questions are new.
 * Pure.
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
	/* The history contains the answer to the message with this id. */
	void (*on_answered)(void *user, const char *id);
	/* The history of the channel or person was read, or cannot be read: open questions can be answered. */
	void (*on_can_answer)(void *user, const struct irc_place *place);
	/* A question that was sent in channel, or by this person, while the bot was offline. */
	void (*on_missed)(void *user, const char *channel, const struct irc_past *past);
	/* Load the position in channel that an earlier process saved (false: nothing saved), and save it. */
	bool (*on_load)(void *user, const char *channel, char *ret, size_t size);
	void (*on_save)(void *user, const char *channel, const char *text);
};

struct irc_catchup {
	struct irc_history history;
	struct irc_seen seen;
	bool is_without_ids;     /* the server keeps messages without their ids (soju 0.7 in files) */
	bool is_bouncer;         /* the server sends what was said while the bot was away, unasked */
	bool is_reading_private; /* TARGETS, and then the people */
	uint64_t newest_private_ms;
	struct irc_delivery *delivery;
	const struct irc_isupport *isupport;
	const struct irc_catchup_events *events;
	void *user;
};

/* The pointers are borrowed until irc_catchup_release(). */
void irc_catchup_init(struct irc_catchup *catchup, struct irc_delivery *delivery,
		const struct irc_isupport *isupport, const struct irc_catchup_events *events, void *user);
void irc_catchup_release(struct irc_catchup *catchup);
/* The connection has ended: drop pending requests, and save the positions. */
void irc_catchup_close(struct irc_catchup *catchup);

/* Set what history the server offers: by the enabled capabilities (enum irc_cap) and by 005. */
void irc_catchup_offer(struct irc_catchup *catchup, unsigned enabled);

/* We are registered: read the missed private messages, then call on_can_answer(). Here and below, now->wall_ms is on
 * the server's clock; 0: not known. */
void irc_catchup_ready(struct irc_catchup *catchup, const struct irc_now *now);
/* We have joined a channel, called name in the configuration: read the missed messages, then call
 * on_can_answer(). */
void irc_catchup_joined(
		struct irc_catchup *catchup, const char *joined, const char *name, const struct irc_now *now);
/* The channel was renamed: its position follows. */
void irc_catchup_rename(struct irc_catchup *catchup, const char *from, const char *to);
/* Note the time and id of a live message in channel, or IRC_SEEN_PRIVATE. */
void irc_catchup_saw(struct irc_catchup *catchup, const char *channel, uint64_t time_ms, const char *id,
		uint64_t now_ms);

/* Is this message of a bouncer's playback a question that was missed? The position stays until the next live message:
 * several messages may have one time, and a bouncer sends one person's after the other's. Their ids are the same each
 * time, so the journal knows those that were sent again. played_ms: the time of the playback. */
bool irc_catchup_is_missed(const struct irc_catchup *catchup, const char *channel,
		const struct irc_past *past, uint64_t played_ms);

/* A live message was passed on, and is in the journal if it is a question: save the position with it, where only the
 * position tells after a crash which messages are new. */
void irc_catchup_passed(struct irc_catchup *catchup, const char *channel);

/* Is a request in progress? Call irc_catchup_line() only then. */
static inline bool irc_catchup_is_reading(const struct irc_catchup *catchup)
{
	return catchup->history.is_asked;
}
/* Handle a line of the reply, as irc_history_hear() does. */
bool irc_catchup_line(struct irc_catchup *catchup, const struct irc_line *line, bool is_own);

/* Do what is due. True: the history of a channel was read, which may have completed answers. */
bool irc_catchup_tick(struct irc_catchup *catchup, struct irc_outbox *outbox, const struct irc_now *now);
uint64_t irc_catchup_next_ms(const struct irc_catchup *catchup); /* UINT64_MAX: never */

/* Does this open question belong to place, and is it unanswered? If the history contains the answer,
 * on_answered() is called. */
bool irc_catchup_is_due(
		struct irc_catchup *catchup, const struct irc_place *place, const struct message *message);

#endif
