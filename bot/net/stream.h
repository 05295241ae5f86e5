#ifndef EPISODED_NET_STREAM_H
#define EPISODED_NET_STREAM_H

/*
 * A client connection that carries bytes, over TLS or TCP. TLS verifies chain
 * and name; a CA file may replace the system's authorities, fingerprints may
 * replace authorities and name together, nothing switches verification off.
 */

#include <stdbool.h>
#include <stddef.h>

#define STREAM_SEND_MAX_BYTES (256u * 1024) /* queued and not yet sent, a connection */

struct loop;
struct stream; /* opaque: net/stream.c */

struct stream_options {
	const char *address; /* numeric, from net/resolve.h */
	const char *host;    /* for SNI and the certificate; IPv6 without brackets */
	unsigned short port;
	bool is_tls;
	const char *ca_file; /* NULL: the system's authorities */
	/* SHA-256 of the server's certificate, 64 lower-case hexadecimal digits, several with a space
	 * between: the server must show one of them, and then needs no authority and no name. NULL: none. */
	const char *fingerprints;
	const char *certificate, *key; /* PEM files that say who we are; NULL: nobody */
};

struct stream_events {
	void (*on_open)(void *user);
	void (*on_bytes)(void *user, const char *bytes, size_t length); /* borrowed */
	/* Exactly once, also when it never opened; the stream is gone after it. error is 0 after
	 * stream_close(). reason is for people: "connection refused", "certificate expired". */
	void (*on_close)(void *user, int error, const char *reason);
};

/* All options are copied. 0: on_close will come once, in a later round. A negative errno: no callback ever
 * comes. */
int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret);

/* -ENOBUFS when the queue is full, -ENOTCONN before on_open and after stream_close(). */
int stream_send(struct stream *stream, const char *bytes, size_t length);

/* Send what is queued, then close; on_close follows (after 2 s at the latest). Nothing is heard any more. */
void stream_close(struct stream *stream);

/* Drop it at once without a callback; NULL-safe, also inside its own callbacks. */
void stream_abandon(struct stream *stream);

#endif
