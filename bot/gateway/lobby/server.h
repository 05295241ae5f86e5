#ifndef EPISODED_LOBBY_SERVER_H
#define EPISODED_LOBBY_SERVER_H

/*
 * The lobby's web server: the page over HTTP, chat lines over WebSocket, on one
 * loopback address. It knows no IRC: messages in, lines out.
 */

#include <stddef.h>
#include <stdint.h>

#define SERVER_MESSAGE_MAX_BYTES (16 * 1024)       /* of one WebSocket message from a visitor */
#define SERVER_QUEUE_MAX_BYTES   (1024 * 1024)     /* of one link; then it is disconnected */
#define SERVER_QUEUES_MAX_BYTES  (8 * 1024 * 1024) /* of all links; then disconnect the longest */

struct loop;
struct web_file;
struct server;      /* opaque: gateway/lobby/server.c */
struct server_link; /* one WebSocket; valid from on_open to on_closed */

struct server_hooks {
	void *user;
	/* Returns the visitor that the other hooks get; may send at once. */
	void *(*on_open)(void *user, struct server_link *link);
	/* Returns milliseconds to pause reading. bytes is NULL: the message was longer than
	 * SERVER_MESSAGE_MAX_BYTES. */
	uint64_t (*on_message)(void *user, void *visitor, const char *bytes, size_t length);
	void (*on_closed)(void *user, void *visitor);
	/* The commands as JSON; borrowed until the next call. */
	const char *(*describe)(void *user);
	/* As gateway_host.web_file; may be NULL. */
	int (*web_file)(void *user, const char *path, const char *query, struct web_file *ret);
};

/* The errors of bind() (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...), -ENOMEM. port 0: any free one. */
int server_start(struct loop *loop, const char *host, unsigned short port, const struct server_hooks *hooks,
		struct server **ret);
unsigned short server_port(const struct server *server);

/* Free the port and close all links. No hook is called any more. NULL-safe. */
void server_end(struct server *server);

void server_send(struct server_link *link, const char *line, size_t length);
/* Close the link once its queue is sent. */
void server_close(struct server_link *link);

#endif
