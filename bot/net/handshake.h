#ifndef EPISODED_NET_HANDSHAKE_H
#define EPISODED_NET_HANDSHAKE_H

/* The parts of a WebSocket request, checked and formatted before libwebsockets gets them. Pure. */

#include <stddef.h>

#include "bot/net/websocket.h"

#define HANDSHAKE_HOST_MAX_BYTES 255

/* Check the options. -EINVAL: one is missing, too long for a request, or contains a byte that would start another
 * header. */
int handshake_check(const struct websocket_options *options);

/* The Host header: an IPv6 address in brackets, the port only if it is not the scheme's default. */
void handshake_host(const struct websocket_options *options, char ret[HANDSHAKE_HOST_MAX_BYTES + 16]);

/* The User-Agent header with its line end; the caller frees it. NULL if out of memory. */
char *handshake_agent(const struct websocket_options *options);

#endif
