#ifndef EPISODED_NET_WEBSOCKET_H
#define EPISODED_NET_WEBSOCKET_H

/*
 * A WebSocket client connection. TLS always verifies chain and name; a CA file
 * may replace the system's authorities, nothing switches it off.
 */

#include <stdbool.h>
#include <stddef.h>

#define WEBSOCKET_SEND_MAX_BYTES (1024 * 1024) /* queued and not yet sent, a connection */

struct loop;
struct websocket; /* opaque: net/websocket.c */

struct websocket_options {
	const char *address; /* numeric, from net/resolve.h */
	const char *host;    /* for Host, SNI and the certificate; IPv6 without brackets */
	unsigned short port;
	const char *path; /* begins with '/' */
	bool is_tls;
	const char *ca_file;      /* NULL: the system's authorities */
	const char *origin;       /* NULL: no Origin header */
	const char *protocols;    /* "text.ircv3.net, binary.ircv3.net"; NULL: header left out */
	const char *user_agent;   /* NULL: the program and its version */
	size_t message_max_bytes; /* a longer message closes the connection with 1009 */
	/* Where the server's close code is put before on_close, which leaves it alone when there was none.
	 * NULL: nowhere. */
	unsigned short *close_code;
};

struct websocket_events {
	/* protocol: the subprotocol the server chose, "" when it named none. */
	void (*on_open)(void *user, const char *protocol);
	/* One whole message, fragments joined, not terminated; borrowed. */
	void (*on_message)(void *user, const char *bytes, size_t length, bool is_text);
	/* Exactly once, also when it never opened; the websocket is gone after it. reason is for people:
	 * "connection refused", "certificate expired", "closed by the server: 1008 policy". */
	void (*on_close)(void *user, int error, const char *reason);
};

/* All options are copied. 0: on_close will come once, in a later round. A negative errno: no callback ever
 * comes. */
int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret);

/* Queue one message. -ENOBUFS when the queue is full, -ENOTCONN before on_open and after websocket_close().
 */
int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text);

/* Send what is queued, then a close frame with code; on_close follows (after 2 s at the latest). */
void websocket_close(struct websocket *websocket, unsigned short code, const char *reason);

/* Drop it at once without a callback; NULL-safe. */
void websocket_abandon(struct websocket *websocket);

#endif
