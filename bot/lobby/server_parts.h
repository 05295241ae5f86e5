#ifndef EPISODED_LOBBY_SERVER_PARTS_H
#define EPISODED_LOBBY_SERVER_PARTS_H

/* What the two halves of the lobby's server share: http.c the page, server.c the vhost and its WebSockets. */

#include <libwebsockets.h>
#include <stdbool.h>

#include "bot/base/str.h"
#include "bot/lobby/server.h"
#include "bot/net/loop.h"

#define SERVER_HOST_MAX_BYTES 64

struct server {
	struct lws_context *lws;
	struct lws_vhost *vhost;
	int fd; /* listening */
	struct watch *watch;
	struct timer *breather;
	struct server_hooks hooks;
	bool is_over; /* its owner is gone; it is freed with the vhost */
	char host[SERVER_HOST_MAX_BYTES];
	unsigned short port;
};

/* lws keeps one for each connection, zeroed: first it asks for pages, then it may become a link. */
struct server_link {
	struct server *server;
	struct lws *wsi;
	/* a page on its way */
	char *body; /* what is left of it, LWS_PRE before it; ours */
	size_t body_length, body_sent;
	/* a WebSocket */
	void *visitor; /* its owner's */
	bool is_open;
	bool is_binary;             /* binary.ircv3.net */
	bool is_closing;            /* after what is queued */
	bool is_dropping;           /* the rest of a message that is too long */
	struct str incoming, queue; /* queue: a uint32_t length before each line */
	size_t queue_sent;
	lws_sorted_usec_list_t pause; /* until it is read again */
};

/* Is this Host one that only somebody on this machine can have meant? */
bool http_host_ok(const struct server *server, struct lws *wsi);
/* Is this WebSocket asked for by our own page, or by no page at all? */
bool http_origin_ok(const struct server *server, struct lws *wsi);

/* Callbacks of lws, as its own functions. */
int http_answer(struct server_link *link, struct lws *wsi);
int http_continue(struct server_link *link, struct lws *wsi);
/* A short refusal in words; < 0: hang up, > 0: answered. */
int http_refuse(struct lws *wsi, unsigned status, const char *why);

#endif
