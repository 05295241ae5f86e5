#ifndef EPISODED_TWITCH_TRANSPORT_H
#define EPISODED_TWITCH_TRANSPORT_H

/*
 * The two ways of a gateway to Twitch's chat: IRC (over_irc.c), and EventSub with the API
 * (over_eventsub.c). Each connects a pure session, which has the chat, to the network.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/twitch/chat.h"

struct config_channels;
struct loop;
struct permit;
struct store;
struct twitch_config;
struct twitch_identity;
struct twitch_transport; /* each transport has its own struct behind it */

struct twitch_transport_events {
	struct twitch_chat_events chat;
	void (*on_ready)(void *user); /* logged in; perhaps again */
	/* Not connected; the next attempt follows in delay_ms. */
	void (*on_down)(void *user, const char *reason, uint64_t delay_ms);
	/* Permanent failure: the reason is for the operator. Nothing is connected. */
	void (*on_failed)(void *user, const char *reason);
	/* Twitch has refused this access token. Without another connection, nothing is connected until use(). */
	void (*on_refused)(void *user, const char *access);
	void (*on_stopped)(void *user); /* after stop() */
	/* A line for the log that is no warning. */
	void (*on_info)(void *user, const char *text);
	struct store *(*store)(void *user); /* may return NULL */
};

struct twitch_transport_class {
	const char *const *scopes; /* that its token needs; NULL at the end */

	/* config is borrowed until configure() or the end, channels for the call. -ENOMEM. */
	int (*create)(struct loop *loop, const struct twitch_config *config,
			const struct config_channels *channels, const struct twitch_transport_events *events,
			void *user, struct twitch_transport **ret);
	void (*free)(struct twitch_transport *transport); /* NULL-safe; not inside an event */
	/* Connect, at once or as soon as there is a token. */
	int (*start)(struct twitch_transport *transport);
	/* Use this token (copied) from now on; living connections stay. NULL: there is no usable token, so that
	 * no connection is opened. */
	void (*use)(struct twitch_transport *transport, const struct twitch_identity *identity);
	/* Close all connections; use() opens others. */
	void (*drop)(struct twitch_transport *transport);
	/* Stop sending, wait for the last confirmations, disconnect. */
	void (*stop)(struct twitch_transport *transport);
	/* A configuration that differs in channels and in what is_live. -ENOMEM: nothing changed. */
	int (*configure)(struct twitch_transport *transport, const struct twitch_config *config,
			const struct config_channels *channels);
	/* Before start(): connect only with a valid permit, and say something only with one. Borrowed; NULL: always. */
	void (*set_permit)(struct twitch_transport *transport, const struct permit *permit);
	/* Fall silent when the permit has ended, and go on when it is renewed. */
	void (*look_at_permit)(struct twitch_transport *transport);
	/* The lease is lost: close all connections and end all requests at once, without a callback. */
	void (*abandon)(struct twitch_transport *transport);
	/* Set the timer: an answer was queued, or sent. */
	void (*arm)(struct twitch_transport *transport);
	struct twitch_chat *(*chat)(struct twitch_transport *transport);
};

extern const struct twitch_transport_class twitch_over_irc;
extern const struct twitch_transport_class twitch_over_eventsub;

#endif
