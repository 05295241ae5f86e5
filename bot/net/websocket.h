#ifndef EPISODED_NET_WEBSOCKET_H
#define EPISODED_NET_WEBSOCKET_H

/*
 * A WebSocket client connection. TLS verifies chain and name: a CA file may replace the
 * system's CAs, and nothing switches verification off.
 */

#include <stdbool.h>
#include <stddef.h>

#define WEBSOCKET_SEND_MAX_BYTES (1024 * 1024) /* queued and not yet sent, per connection */

struct loop;
struct permit;
struct websocket; /* opaque: net/websocket.c */

struct websocket_options {
	const char *address; /* numeric, from net/resolve.h; not used with a proxy */
	const char *host;    /* for Host, SNI and the certificate; IPv6 without brackets */
	unsigned short port;
	const char *path; /* begins with '/' */
	bool is_tls;
	const char *ca_file; /* may be NULL: the system's CAs */
	const char *origin;  /* may be NULL: no Origin header */
	const char *protocols; /* "text.ircv3.net, binary.ircv3.net"; may be NULL: no Sec-WebSocket-Protocol header */
	const char *user_agent;   /* may be NULL: the program's name and version */
	const char *proxy;        /* the URL of a proxy, from net/proxy.h, which resolves host; may be NULL */
	size_t message_max_bytes; /* a longer message closes the connection with code 1009 */
	/* Set to the server's close code before on_close is called; unchanged if the server sent no code. May
	 * be NULL. */
	unsigned short *close_code;
};

struct websocket_events {
	/* protocol: the subprotocol chosen by the server, or "". */
	void (*on_open)(void *user, const char *protocol);
	/* One whole message with its fragments joined, not NUL-terminated; borrowed. */
	void (*on_message)(void *user, const char *bytes, size_t length, bool is_text);
	/* Called exactly once, also if the connection never opened; the websocket is freed after it. reason is
	 * for people: "connection refused", "certificate expired", "closed by the server: 1008 policy". */
	void (*on_close)(void *user, int error, const char *reason);
};

/* Options are copied. 0: on_close will be called once, in a later round of the loop. A negative errno: no callback
 * will be called. */
int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret);

/* Queue one message. -ENOBUFS if the queue is full, -ENOTCONN before on_open and after websocket_close(). */
int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text);

/* From now on websocket_send() takes messages only while the permit is valid: otherwise -EKEYEXPIRED. If it ends while
 * such a message waits in the queue, the connection is closed at once, without that message and without a close frame;
 * on_close's error is -EKEYEXPIRED. The permit is borrowed as long as the websocket lives; NULL: always. */
void websocket_set_permit(struct websocket *websocket, const struct permit *permit);
/* As websocket_send(), for a message that keeps the connection alive and needs no permit: a heartbeat, a PONG. */
int websocket_send_keepalive(struct websocket *websocket, const char *bytes, size_t length, bool as_text);

/* Send the queue, then a close frame with code; on_close follows within 2 s. */
void websocket_close(struct websocket *websocket, unsigned short code, const char *reason);

/* Close at once without a callback. NULL-safe. */
void websocket_abandon(struct websocket *websocket);

#endif
