#ifndef EPISODED_NET_RELAY_H
#define EPISODED_NET_RELAY_H

/*
 * A descriptor that carries the bytes of a stream, for a library that wants a socket: a
 * WebSocket behind an https:// proxy, whose TLS to the proxy libcurl does. Bytes that
 * the library does not read yet are buffered, up to RELAY_MAX_BYTES, and counted in the
 * budget; those that the stream cannot take yet stay in the socket.
 */

#include <stddef.h>

#define RELAY_MAX_BYTES (8u * 1024 * 1024)

struct loop;
struct relay; /* opaque: net/relay.c */
struct stream;

/* stream must be open, and must outlive the relay or end with relay_end(). *ret_fd is non-blocking; the caller closes it. */
int relay_new(struct loop *loop, struct stream *stream, struct relay **ret, int *ret_fd);

/* Bytes from the stream, for the library. */
void relay_feed(struct relay *relay, const char *bytes, size_t length);

/* The stream has ended: the library reads what is left, then the end of the connection. */
void relay_end(struct relay *relay);

/* Queue what the library has written on the stream, then end. NULL-safe. */
void relay_free(struct relay *relay);

#endif
