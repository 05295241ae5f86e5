#ifndef EPISODED_NET_VHOST_H
#define EPISODED_NET_VHOST_H

/* libwebsockets' vhosts for client connections. */

#include <stdbool.h>

struct lws_context;
struct lws_protocols;
struct lws_vhost;

/*
 * Find or create the vhost for a CA file, or the one without TLS: libwebsockets stores
 * the trusted CAs in the vhost. A vhost lives as long as the context. ca_file may be
 * NULL: the system's CAs. libwebsockets caches the CAs of a vhost; they are read again
 * after a certificate was refused (certificate_read_again() in tls.h).
 *
 * -ENOENT if the system's CA file is not found; access(2)'s error for ca_file;
 * -ENAMETOOLONG, -ENOMEM.
 */
int vhost_find(struct lws_context *lws, const struct lws_protocols *protocols, bool is_tls,
		const char *ca_file, struct lws_vhost **ret);

#endif
