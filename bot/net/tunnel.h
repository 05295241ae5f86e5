#ifndef EPISODED_NET_TUNNEL_H
#define EPISODED_NET_TUNNEL_H

/* libcurl through a proxy: its options, and the reasons of failures. For net/stream.c and net/http.c. */

#include <curl/curl.h>

#include "bot/base/proxy_url.h"

#define TUNNEL_REASON_BYTES 480

/*
 * Make an easy handle use a proxy, as a tunnel for any protocol (CONNECT or SOCKS5); NULL: no proxy, also not that of the
 * environment. *ret_url is set if there is a proxy. -EINVAL: not the URL of a proxy, with the reason; -ENOMEM.
 */
int tunnel_set(CURL *easy, const char *proxy, struct proxy_url *ret_url,
		char ret_reason[TUNNEL_REASON_BYTES]);

/*
 * Explain a failure that is the proxy's. target: "irc.example.org:6697". text: libcurl's error buffer.
 * Returns -EHOSTUNREACH, -ETIMEDOUT or -EKEYREJECTED with the reason and its fix, or 0: the tunnel is not to blame.
 */
int tunnel_explain(CURL *easy, CURLcode code, const struct proxy_url *proxy, const char *target,
		const char *text, char ret_reason[TUNNEL_REASON_BYTES]);

#endif
