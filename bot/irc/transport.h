#ifndef EPISODED_IRC_TRANSPORT_H
#define EPISODED_IRC_TRANSPORT_H

/* One connection that carries lines: a WebSocket, or a TCP or TLS stream, depending on the URL. */

#include <stdbool.h>
#include <stddef.h>

struct irc_transport; /* opaque: irc/transport.c */
struct irc_link_config;
struct loop;
struct permit;
struct url;

struct irc_transport_events {
	void (*on_open)(void *user);
	/* Whole lines, with or without their line ends. */
	void (*on_lines)(void *user, const char *bytes, size_t length);
	/* Called exactly once; the transport is freed after it. */
	void (*on_close)(void *user, int error, const char *reason);
};

struct irc_transport_options {
	const struct irc_link_config *config; /* config and url are borrowed for the call */
	const struct url *url;                /* a server's URL, possibly changed to TLS by STS */
	const char *address;                  /* numeric; NULL: the proxy connects */
	const char *proxy;                    /* its URL; NULL: no proxy */
	bool without_protocol;                /* WebSocket: offer no subprotocol */
	const struct permit *permit;          /* NULL: always; borrowed as long as the transport lives */
};

/* 0: on_close will be called once, in a later round of the loop. A negative errno: no callback will be called. */
int irc_transport_connect(struct loop *loop, const struct irc_transport_options *options,
		const struct irc_transport_events *events, void *user, struct irc_transport **ret);
/* Send one line, given without its line end. needs_permit: what people read. A negative errno: it could not be queued;
 * -EKEYEXPIRED: there is no permit. */
int irc_transport_send(struct irc_transport *transport, const char *line, size_t length, bool needs_permit);
void irc_transport_close(struct irc_transport *transport);
/* Close at once without a callback. NULL-safe. Inside the transport's own callbacks only valid for a stream. */
void irc_transport_abandon(struct irc_transport *transport);

#endif
