#ifndef EPISODED_NET_TUNNEL_H
#define EPISODED_NET_TUNNEL_H

/* libcurl through a proxy: its options, and the reasons of failures. For net/stream.c and net/http.c. */

#include <curl/curl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "bot/base/proxy_url.h"

#define TUNNEL_REASON_BYTES 480

/* How an easy handle reaches its server. */
struct tunnel {
	bool has_proxy;
	bool has_met_proxy;     /* TLS has begun: to the proxy, if it is an https:// one */
	struct proxy_url proxy; /* rest is NULL: it may contain a password */
};

/*
 * Make an easy handle use a proxy, as a tunnel for any protocol (CONNECT or SOCKS5); NULL: no proxy, also not that of the
 * environment. -EINVAL: not the URL of a proxy, with the reason; -ENOMEM.
 */
int tunnel_set(CURL *easy, const char *proxy, struct tunnel *ret, char ret_reason[TUNNEL_REASON_BYTES]);

/* TLS begins. True: with an https:// proxy, false: with the server. */
bool tunnel_meets_proxy(struct tunnel *tunnel);

/* Verify the certificate of an https:// proxy, as certificate_verify_http(): the system's CAs must confirm it. */
bool tunnel_verify(X509_STORE_CTX *store, const char *host, char ret_reason[TUNNEL_REASON_BYTES]);

/*
 * Explain a failure that is the proxy's. target: "irc.example.org:6697". text: libcurl's error buffer.
 * Returns -EHOSTUNREACH or -ETIMEDOUT with the reason and its fix, or 0: no proxy is to blame.
 */
int tunnel_explain(CURL *easy, CURLcode code, const struct tunnel *tunnel, const char *target,
		const char *text, char ret_reason[TUNNEL_REASON_BYTES]);

#endif
