#ifndef EPISODED_LOBBY_SERVER_H
#define EPISODED_LOBBY_SERVER_H

/*
 * The lobby's vhost: the page over HTTP, chat lines over WebSocket, on one
 * loopback address. Knows no IRC: bytes of messages in, lines out.
 */

#include <stddef.h>
#include <stdint.h>

#define SERVER_MESSAGE_MAX_BYTES (16 * 1024)       /* one WebSocket message from outside */
#define SERVER_QUEUE_MAX_BYTES   (1024 * 1024)     /* waiting for one slow reader; then it is cut off */
#define SERVER_QUEUES_MAX_BYTES  (8 * 1024 * 1024) /* for all; then the longest queue is cut off */

struct loop;
struct server;      /* opaque: gateway/lobby/server.c */
struct server_link; /* one WebSocket; valid from on_open to on_closed */

struct server_hooks {
	void *user;
	/* May send at once; what it gives back comes along with the link's other events. */
	void *(*on_open)(void *user, struct server_link *link);
	/* Milliseconds to read nothing more from it. bytes is NULL when the message was too long to gather.
	 */
	uint64_t (*on_message)(void *user, void *visitor, const char *bytes, size_t length);
	void (*on_closed)(void *user, void *visitor);
	/* The commands as JSON; borrowed for the moment. */
	const char *(*describe)(void *user);
};

/* -EADDRINUSE, -EADDRNOTAVAIL, -EACCES ... as binding gives them, -ENOMEM. port 0: any free one. */
int server_start(struct loop *loop, const char *host, unsigned short port, const struct server_hooks *hooks,
		struct server **ret);
unsigned short server_port(const struct server *server);

/* The port is free at once, and no hook is called any more; what links are left are closed. NULL-safe. */
void server_end(struct server *server);

void server_send(struct server_link *link, const char *line, size_t length);
/* After what is queued. */
void server_close(struct server_link *link);

#endif
