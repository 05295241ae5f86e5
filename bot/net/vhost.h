#ifndef EPISODED_NET_VHOST_H
#define EPISODED_NET_VHOST_H

/* libwebsockets' vhosts for connections that we make. */

#include <stdbool.h>

struct lws_context;
struct lws_protocols;
struct lws_vhost;

/*
 * Authorities belong to a vhost, so there is one for each CA file, and one in
 * the clear; it is made when it is first asked for and ends with the context.
 * ca_file NULL: the system's authorities. libwebsockets keeps what it read by
 * the file's name; it is read again after a certificate was refused.
 *
 * -ENOENT: there are no authorities; what access(2) says of the file; -ENAMETOOLONG, -ENOMEM.
 */
int vhost_find(struct lws_context *lws, const struct lws_protocols *protocols, bool is_tls,
		const char *ca_file, struct lws_vhost **ret);

#endif
