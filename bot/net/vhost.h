#ifndef EPISODED_NET_VHOST_H
#define EPISODED_NET_VHOST_H

/* libwebsockets' vhosts for client connections. */

#include <stdbool.h>

#include "bot/net/authorities.h"

struct lws_context;
struct lws_protocols;
struct lws_vhost;

/*
 * Find or create the vhost for a CA file, or the one without TLS: its TLS context trusts
 * these CAs. A vhost lives as long as the context. ca_file may be NULL: the system's CAs.
 * Each call makes the context trust the CAs that the disk has now.
 *
 * -ENAMETOOLONG, -ENOMEM, and the errors of authorities_trust(), with the reason.
 */
int vhost_find(struct lws_context *lws, const struct lws_protocols *protocols, bool is_tls,
		const char *ca_file, struct lws_vhost **ret, char ret_reason[AUTHORITIES_REASON_BYTES]);

/* Why the last handshake failed, as handshake_reason(); for a connection whose failure libwebsockets just reported. */
const char *vhost_tls_reason(void);

#endif
