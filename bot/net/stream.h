#ifndef EPISODED_NET_STREAM_H
#define EPISODED_NET_STREAM_H

/*
 * A client connection over TLS or TCP that carries bytes. TLS verifies chain and name.
 * A CA file may replace the system's CAs, and fingerprints may replace CAs and name
 * together; nothing switches verification off.
 */

#include <stdbool.h>
#include <stddef.h>

#define STREAM_SEND_MAX_BYTES (256u * 1024) /* queued and not yet sent, per connection */

struct loop;
struct permit;
struct stream; /* opaque: net/stream.c */

struct stream_options {
	const char *address; /* numeric, from net/resolve.h; not used with a proxy */
	const char *host;    /* for SNI and the certificate; IPv6 without brackets */
	unsigned short port;
	bool is_tls;
	const char *ca_file; /* may be NULL: the system's CAs */
	/* SHA-256 fingerprints of the server's certificate, 64 lower-case hexadecimal digits each, separated by
	 * spaces. The certificate must match one; CA and name are then not checked. May be NULL. */
	const char *fingerprints;
	const char *certificate, *key; /* our client certificate and key, PEM files; may be NULL */
	const char *proxy; /* the URL of a proxy, from net/proxy.h, which resolves host; may be NULL: connect directly */
};

struct stream_events {
	void (*on_open)(void *user);
	void (*on_bytes)(void *user, const char *bytes, size_t length); /* borrowed */
	/* Called exactly once, also if the connection never opened; the stream is freed after it. error is 0
	 * after stream_close(). reason is for people: "connection refused", "certificate expired". */
	void (*on_close)(void *user, int error, const char *reason);
};

/* Options are copied. 0: on_close will be called once, in a later round of the loop. A negative errno: no callback
 * will be called. */
int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret);

/* Queue bytes. -ENOBUFS if the queue is full, -ENOTCONN before on_open and after stream_close(). */
int stream_send(struct stream *stream, const char *bytes, size_t length);

/* From now on stream_send() takes bytes only while the permit is valid: otherwise -EKEYEXPIRED. If it ends while such
 * bytes wait in the queue, the connection is closed without sending them, because they cannot be taken out of the
 * stream; on_close's error is -EKEYEXPIRED. The permit is borrowed as long as the stream lives; NULL: always. */
void stream_set_permit(struct stream *stream, const struct permit *permit);
/* As stream_send(), for bytes that keep the connection alive and need no permit: a PONG. */
int stream_send_keepalive(struct stream *stream, const char *bytes, size_t length);

/* How many bytes stream_send() takes now. */
size_t stream_room(const struct stream *stream);

/* Send the queue, then close; on_close follows within 2 s. Received bytes are dropped from now on. */
void stream_close(struct stream *stream);

/* Take the socket of a connection without TLS, inside on_open: the caller closes it. The stream is freed without a
 * callback. A negative errno: nothing has happened. */
int stream_take_socket(struct stream *stream);

/* Close at once without a callback. NULL-safe; may be called inside the stream's own callbacks. */
void stream_abandon(struct stream *stream);

#endif
