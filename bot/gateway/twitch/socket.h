#ifndef EPISODED_TWITCH_SOCKET_H
#define EPISODED_TWITCH_SOCKET_H

/* One WebSocket to EventSub: name, addresses, TLS, and its place in the trace. */

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct twitch_socket; /* opaque: gateway/twitch/socket.c */
struct url;

struct twitch_socket_options {
	const char *gateway; /* its name in the trace */
	const char *ca_file; /* may be NULL: the system's CAs */
	const char *proxy;   /* as "configured" in net/proxy.h */
};

struct twitch_socket_events {
	/* One whole message; borrowed. */
	void (*on_message)(void *user, const char *bytes, size_t length);
	/* Called exactly once, in a later round of the loop; the owner then frees the socket, also inside. code: the
	 * server's close code; 0: no code. */
	void (*on_close)(void *user, unsigned code, const char *reason);
};

/* Options are borrowed for the socket's life, url for the call. keepalive_s is added to a path that has no query.
 * -ENOMEM, -EAGAIN: no callback will be called. */
int twitch_socket_connect(struct loop *loop, const struct twitch_socket_options *options,
		const struct url *url, unsigned keepalive_s, const struct twitch_socket_events *events,
		void *user, struct twitch_socket **ret);
/* Close without a callback. NULL-safe; allowed inside every callback. */
void twitch_socket_free(struct twitch_socket *socket);

#endif
