#ifndef EPISODED_NET_HANDSHAKE_H
#define EPISODED_NET_HANDSHAKE_H

/* What a WebSocket request is made of: checked and formatted before libwebsockets sees it. Pure but for one
 * look at the disk. */

#include <stddef.h>

#include "bot/net/websocket.h"

#define HANDSHAKE_HOST_MAX_BYTES 255

/* 0, or -EINVAL: something is missing, too long for a request, or holds a byte that would begin another
 * header.
 */
int handshake_check(const struct websocket_options *options);

/* The Host header: brackets around an IPv6 address, the port only where it is not the scheme's own. */
void handshake_host(const struct websocket_options *options, char ret[HANDSHAKE_HOST_MAX_BYTES + 16]);

/* The User-Agent header's line with its line end; the caller frees it. NULL when out of memory. */
char *handshake_agent(const struct websocket_options *options);

/* The file of authorities that the system trusts; NULL when there is none. */
const char *handshake_authorities(void);

#endif
