#ifndef EPISODED_SPEAKING_H
#define EPISODED_SPEAKING_H

/*
 * The bot speaks first: an occasion that is due becomes a message in the inbox, as if a person had asked, when its
 * gateway can say it there. From then on it is a question like any other, with one difference: the turn in which the
 * journal begins it also takes it off what is to come.
 *
 * It is due when this machine's clock says so, and the network's, where the network tells its own. While the gateway
 * is away it waits, until its window is over; then it is dropped, with a line in the log.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"

struct config;
struct gateway;
struct gateways;
struct loop;
struct orders;
struct speaking; /* opaque: daemon/speaking.c */

/* Each function is called on the loop. */
struct speaking_host {
	void *user;
	/* Put the message of an occasion into the inbox. 0, or -ENOBUFS, -ENOMEM: it is tried again. */
	int (*on_message)(void *user, struct gateway *gateway, const struct message *message);
	/* Pass on the occasions of a gateway that the journal has as open. */
	void (*on_again)(void *user, struct gateway *gateway);
	const struct config *(*config)(void *user);
	/* The name of this host among those that share the state; "": this is the only one. */
	const char *(*host_name)(void *user);
};

/* gateways and orders are borrowed, and outlive it. Before orders_open(). -ENOMEM. */
int speaking_new(struct loop *loop, struct gateways *gateways, struct orders *orders,
		const struct speaking_host *host, struct speaking **ret);
void speaking_free(struct speaking *speaking); /* NULL-safe */

/* After orders_open(), and when the bot stops (is_on false). */
void speaking_set(struct speaking *speaking, bool is_on);
/* A gateway is ready: what waits for it is tried now. */
void speaking_ready(struct speaking *speaking, const char *gateway);

/* A person is there: what waits for the person alone is tried now. */
void speaking_reached(struct speaking *speaking, const char *gateway, const struct message *person);

/* The message of an occasion: the journal has begun it, in this turn. */
void speaking_begun(struct speaking *speaking, const struct message *message);
/* The journal did not take it: another process has it, or it is tried again. */
void speaking_foreign(struct speaking *speaking, const struct message *message);
/* The journal has it, but it did not reach its person: it is to come again. Call journal_gather() before and
 * journal_complete() after it. False: it is lost, which has been logged, or is no such occasion. */
bool speaking_put_back(struct speaking *speaking, const char *gateway, const struct message *message);
/* It could not be said, though the journal has it: it is asked again in some seconds, as any open question is after a
 * restart. */
void speaking_failed(struct speaking *speaking);

#endif
