#ifndef EPISODED_NET_PROXY_H
#define EPISODED_NET_PROXY_H

/*
 * Which proxy leads to a server: that of the configuration, or that of the environment,
 * with curl's variables. For TLS: https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; without
 * TLS: http_proxy, all_proxy, ALL_PROXY (not HTTP_PROXY, which a web server sets from a
 * request's header). Servers in no_proxy or NO_PROXY are connected directly, and so are
 * those on this machine, unless the proxy is on this machine, too.
 *
 * A proxy resolves the names of the servers that it connects to.
 */

#include <stdbool.h>

/*
 * proxy_find - the URL of the proxy for a server, or NULL: connect directly.
 *
 * configured: NULL: the environment decides; "": no proxy; else a URL, for which no_proxy is not read.
 * host:       an IPv6 address without brackets.
 * Owns:       the URL is borrowed from configured or from the environment. It may contain a password.
 */
const char *proxy_find(const char *configured, bool is_tls, const char *host, unsigned short port);

/* The same for the server of an http:// or https:// URL. */
const char *proxy_find_for_url(const char *configured, const char *url);

/*
 * Is a host in a no_proxy list?
 *
 * Shape:   entries between commas or spaces: "*", "example.org" (with its subdomains, as ".example.org"),
 *          "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "192.0.2.0/24", "2001:db8::/32"; each may end with ":port",
 *          an IPv6 address only in brackets.
 * Source:  curl's CURLOPT_NOPROXY; the port as in Go and Python.
 */
bool proxy_is_exempt(const char *list, const char *host, unsigned short port);

#endif
