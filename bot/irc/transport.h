#ifndef EPISODED_IRC_TRANSPORT_H
#define EPISODED_IRC_TRANSPORT_H

/* One connection that carries lines: a WebSocket, or a stream of bytes, as the URL says. */

#include <stdbool.h>
#include <stddef.h>

struct irc_transport; /* opaque: irc/transport.c */
struct gateway_config;
struct loop;
struct url;

struct irc_transport_events {
	void (*on_open)(void *user);
	/* Whole lines, with or without their line ends. */
	void (*on_lines)(void *user, const char *bytes, size_t length);
	/* Exactly once; the transport is gone after it. */
	void (*on_close)(void *user, int error, const char *reason);
};

struct irc_transport_options {
	const struct gateway_config *config; /* borrowed for the call, as is url */
	const struct url *url;               /* one of its servers, or what STS made of it */
	const char *address;                 /* numeric */
	bool without_protocol;               /* WebSocket: offer no subprotocol */
};

/* 0: on_close will come once, in a later round. A negative errno: no callback ever comes. */
int irc_transport_connect(struct loop *loop, const struct irc_transport_options *options,
		const struct irc_transport_events *events, void *user, struct irc_transport **ret);
/* One line, without its end. False: it could not be queued. */
bool irc_transport_send(struct irc_transport *transport, const char *line, size_t length);
void irc_transport_close(struct irc_transport *transport);
/* At once, without a callback. NULL-safe; inside its callbacks only with a stream. */
void irc_transport_abandon(struct irc_transport *transport);

#endif
