#ifndef EPISODED_GATEWAYS_H
#define EPISODED_GATEWAYS_H

/*
 * The running gateways, kept in line with the configuration. A reload does not touch an unchanged gateway,
 * reconfigures one that can change while connected, and stops and creates again any other.
 */

#include "bot/gateway/gateway.h"

/* A gateway that the network has rejected (FAILED) is created again after this time, doubled with each failure in
 * a row; and at each reload. */
#define GATEWAYS_RETRY_FIRST_MS   10000u
#define GATEWAYS_RETRY_LONGEST_MS (60 * 60 * 1000u)

/* The delay after so many failures in a row, from 1. */
uint64_t gateways_retry_delay(unsigned failures);

struct gateways; /* opaque: daemon/gateways.c */

/* Events for the bot. */
struct gateways_events {
	void *user;
	void (*on_change)(void *user);      /* the text of gateways_describe() has changed */
	void (*on_all_stopped)(void *user); /* once, after gateways_stop() */
	/* A gateway could not be created for lack of memory: call gateways_configure() again later. */
	void (*on_short)(void *user);
	void (*on_ready)(void *user, struct gateway *gateway); /* the first time a gateway becomes ready */
	/* A gateway was created and started, also in place of an earlier one. May be NULL. */
	void (*on_started)(void *user, struct gateway *gateway);
};

/* host is copied; its on_state and on_stopped end in gateways_state() and gateways_stopped(). -ENOMEM. */
int gateways_new(
		const struct gateway_host *host, const struct gateways_events *events, struct gateways **ret);
void gateways_free(struct gateways *gateways); /* NULL-safe; frees running gateways without a goodbye */

/* Create, start, reconfigure and stop gateways as the configuration says. Logs gateways that cannot be
 * created or started. Returns the number of running gateways. */
size_t gateways_configure(struct gateways *gateways, const struct gateway_wanted *wanted, size_t count);

/* Report that the state of a gateway has changed, or that a gateway has stopped. */
void gateways_state(struct gateways *gateways, struct gateway *gateway);
void gateways_stopped(struct gateways *gateways, struct gateway *gateway);

/* Send queued messages. Must not be called inside a callback of a gateway. */
void gateways_flush(const struct gateways *gateways);
/* Free stopped gateways and start their replacements. Must not be called inside a callback of a gateway. */
void gateways_sweep(struct gateways *gateways);

/* Call on_gateway for each gateway that was ready at least once; it must not add or remove gateways. */
void gateways_each_ready(const struct gateways *gateways,
		void (*on_gateway)(void *user, struct gateway *gateway), void *user);

/* Was the gateway told to stop, by a reload or by gateways_stop()? */
bool gateways_is_stopping(const struct gateways *gateways, const struct gateway *gateway);

/* The running gateway of this name, which is not stopping; or NULL. */
struct gateway *gateways_find(const struct gateways *gateways, const char *name);
/* Does a gateway of this name exist, stopping or not? */
bool gateways_have(const struct gateways *gateways, const char *name);
/* Stop one gateway, which has no replacement until gateways_configure() names it again. */
void gateways_stop_one(struct gateways *gateways, const char *name, const char *reason);
/* Another process speaks for this gateway now: close it at once, without a goodbye. The host's on_stopped is called
 * inside. */
void gateways_abandon(struct gateways *gateways, const char *name);

/* Stop all gateways; each says goodbye with this reason. */
void gateways_stop(struct gateways *gateways, const char *reason);

/* Append "lobby ready (1 channel), libera connecting (reconnecting in 12 s: refused)", on one line. Gateways
 * that do not fit into the limit of str are counted at the end: ", and 3 more". */
struct str;
void gateways_describe(const struct gateways *gateways, struct str *str);

#endif
