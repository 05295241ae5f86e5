#ifndef EPISODED_LOBBY_FRONT_H
#define EPISODED_LOBBY_FRONT_H

/*
 * The listening socket of the lobby and its connections, up to a valid WebSocket
 * handshake: their number, their deadlines, and the page. Knows no WebSockets.
 */

#include "bot/gateway/lobby/page.h"
#include "bot/net/loop.h"

struct front;      /* opaque: gateway/lobby/front.c */
struct connection; /* opaque: gateway/lobby/front.c */

struct front_hooks {
	void *user;
	/* A connection has sent a valid WebSocket handshake. The hook owns fd in any case, and calls
	 * front_over() once the WebSocket has closed. */
	void (*on_handshake)(void *user, struct connection *connection, int fd,
			const struct page_request *request);
	/* The commands as JSON; borrowed until the next call. */
	const char *(*describe)(void *user);
	/* As gateway_host.web_file; may be NULL. */
	int (*web_file)(void *user, const char *path, const char *query, struct web_file *ret);
};

/* Open the port; port 0: any free one. The errors of server_start(); *ret untouched. */
int front_start(struct loop *loop, const char *host, unsigned short port, const struct front_hooks *hooks,
		struct front **ret);
unsigned short front_port(const struct front *front);

/* Free the port at once, and close connections that still speak HTTP. NULL-safe. */
void front_stop(struct front *front);
/* After front_stop() and the last front_over(). NULL-safe. */
void front_free(struct front *front);

/* The WebSocket of this connection has closed. NULL-safe. */
void front_over(struct connection *connection);

#endif
