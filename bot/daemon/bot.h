#ifndef EPISODED_BOT_H
#define EPISODED_BOT_H

/*
 * The bot's conversation: what the gateways receive in one turn of the loop is recognised, written to the journal,
 * answered and sent. daemon/run.h makes the parts that it uses.
 */

#include "bot/daemon/askers.h"
#include "bot/daemon/inbox.h"

struct dispatch;
struct gateways;
struct idle_trim;
struct keeping;
struct loop;
struct speaking;
struct timer;

struct bot {
	/* Borrowed; set before bot_init(). */
	struct loop *loop;
	struct dispatch *dispatch;
	struct gateways *gateways;
	struct keeping *keeping;
	struct idle_trim *trim;
	struct speaking *speaking;

	/* Its own. */
	struct inbox inbox;
	struct askers askers;    /* wait for the end of a reload */
	struct timer *hurry;     /* for the urgent ones, which cannot wait so long */
	struct journal *journal; /* NULL before bot_open() */
	/* Of a store that answers later; NULL with a local one: */
	struct turns *turns;     /* questions that wait for the journal */
	struct effects *effects; /* answers that wait until their effect is stored */
	struct timer *away;      /* the database is awaited no longer, where that is possible */
	uint64_t answered;
	bool has_new_topics; /* what gateways tell of their channels has changed: they are told at the end of the turn */
};

/* -ENOMEM; bot_release() is allowed. */
int bot_init(struct bot *bot);
/* After gateways_free(), and before dispatch and store are freed. */
void bot_release(struct bot *bot);

/* The store is there: from now on, questions are answered. is_shared: other processes use it too. -ENOMEM. */
int bot_open(struct bot *bot, bool is_shared);

/* A gateway has received a message; it is copied if it may be a question. */
void bot_hear(struct bot *bot, struct gateway *gateway, const struct message *message);
/* The message of an occasion. 0, -ENOBUFS, -ENOMEM: not now. */
int bot_hear_occasion(struct bot *bot, struct gateway *gateway, const struct message *message);
/* The network has confirmed an answer, or refused it for good. */
void bot_confirmed(struct bot *bot, struct gateway *gateway, const char *message_id);
/* A question has been taken back by its author. */
void bot_withdraw(struct bot *bot, struct gateway *gateway, const char *message_id);
/* The gateway is ready. */
void bot_ready(struct bot *bot, struct gateway *gateway);
/* The gateway has stopped, and is about to be freed. */
void bot_forget(struct bot *bot, struct gateway *gateway);
/* A reload has ended: answer those who asked for it, in this turn. */
void bot_answer_askers(struct bot *bot);

/* For struct keeping_host. */
size_t bot_late(struct bot *bot);

#endif
