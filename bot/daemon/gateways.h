#ifndef EPISODED_GATEWAYS_H
#define EPISODED_GATEWAYS_H

/*
 * The gateways that run, kept as the configuration wants them: one that did
 * not change is left alone over a reload, one that can change live does, any
 * other is stopped and created again.
 */

#include "bot/gateway/gateway.h"

struct gateways; /* opaque: daemon/gateways.c */

/* What happens to them, for the bot. */
struct gateways_events {
	void *user;
	void (*on_change)(void *user);      /* gateways_describe() says something else now */
	void (*on_all_stopped)(void *user); /* once, after gateways_stop() */
	void (*on_short)(void *user); /* memory was missing for a gateway: to be configured again, later */
	void (*on_ready)(void *user, struct gateway *gateway); /* the first time a gateway becomes ready */
};

/* host is copied; its on_state and on_stopped end in gateways_state() and gateways_stopped(). -ENOMEM. */
int gateways_new(
		const struct gateway_host *host, const struct gateways_events *events, struct gateways **ret);
void gateways_free(struct gateways *gateways); /* NULL-safe; cuts off what still runs */

/* Run what the configuration says. Logs what cannot be created or started. The number of gateways that now run. */
size_t gateways_configure(struct gateways *gateways, const struct gateway_wanted *wanted, size_t count);

/* The state of a gateway has changed; a gateway has stopped. */
void gateways_state(struct gateways *gateways, struct gateway *gateway);
void gateways_stopped(struct gateways *gateways, struct gateway *gateway);

/* Outside of all their callbacks: send what is queued. */
void gateways_flush(const struct gateways *gateways);
/* Outside of all their callbacks: free those that have stopped, and start what replaces them. */
void gateways_sweep(struct gateways *gateways);

/* Those that have been ready; on_gateway must not change the gateways. */
void gateways_each_ready(const struct gateways *gateways,
		void (*on_gateway)(void *user, struct gateway *gateway), void *user);

/* Every gateway says goodbye. */
void gateways_stop(struct gateways *gateways, const char *reason);

/* "lobby ready (1 channel), libera connecting (reconnecting in 12 s: refused)" appended, on one line.
 * Gateways that the limit of str leaves no room for are counted at the end: ", and 3 more". */
struct str;
void gateways_describe(const struct gateways *gateways, struct str *str);

#endif
