#ifndef EPISODED_LOBBY_SERVER_PARTS_H
#define EPISODED_LOBBY_SERVER_PARTS_H

/*
 * What the parts of the lobby's server share. front.c: connections, their
 * number and their deadlines; http.c: the page; server.c: WebSockets.
 */

#include <libwebsockets.h>
#include <stdbool.h>

#include "bot/base/str.h"
#include "bot/gateway/lobby/http_head.h"
#include "bot/gateway/lobby/server.h"
#include "bot/net/loop.h"

#define SERVER_HOST_MAX_BYTES 64
#define SERVER_NAME_BYTES     24
#define SERVER_SLOTS_LEFT     250 /* of LOOP_SLOTS_MAX, to the other gateways */

struct front;      /* opaque: gateway/lobby/front.c */
struct connection; /* opaque: gateway/lobby/front.c */

struct server {
	struct loop *loop;
	struct lws_context *lws;
	struct lws_vhost *vhost; /* WebSockets only; it never reads a request of an outsider */
	char vhost_name[SERVER_NAME_BYTES];
	struct front *front;
	struct server_hooks hooks;
	bool is_over; /* its owner is gone; it is freed with the vhost */
	char host[SERVER_HOST_MAX_BYTES];
	unsigned short port;
	struct connection *entering; /* on its way into libwebsockets, within server_take() */
	struct server_link *links;
	size_t queued_bytes; /* in all queues */
};

/* What goes out for one request. */
struct http_answer {
	struct str head;
	const char *body; /* borrowed, unless it is owned */
	size_t body_length;
	char *owned;  /* freed by http_answer_release(); NULL when the body is a constant */
	bool is_last; /* the connection is closed after it */
};

/* -ENOMEM */
int http_answer(struct server *server, const struct http_head *head, struct http_answer *ret);
int http_refuse(struct server *server, struct http_refusal refusal, struct http_answer *ret);
void http_answer_release(struct http_answer *answer);

/* May this handshake pass? NULL, or why not. */
const struct http_refusal *http_gate(const struct server *server, const struct http_head *head);

/* Opens the port. The errors of server_start(). */
int front_start(struct server *server, struct loop *loop, const char *host, unsigned short *port);
/* The port is free at once; connections that still speak HTTP are cut. NULL-safe. */
void front_stop(struct front *front);
/* After the last WebSocket. NULL-safe. */
void front_free(struct front *front);

/* The WebSocket of this connection has closed. NULL-safe. */
void connection_over(struct connection *connection);

/* Hand a socket whose handshake was checked to libwebsockets, which owns fd from here on in any case. Its
 * slot is taken before, and given back by connection_over(). */
void server_take(struct server *server, struct connection *connection, int fd, const struct http_head *head);

#endif
