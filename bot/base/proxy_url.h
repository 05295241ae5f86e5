#ifndef EPISODED_BASE_PROXY_URL_H
#define EPISODED_BASE_PROXY_URL_H

/* The URL of a proxy, as in the configuration and in http_proxy and its relatives. It may contain a password. */

#include <stdbool.h>

#define PROXY_URL_MAX_BYTES   1024
#define PROXY_HOST_MAX_BYTES  253
#define PROXY_SHOWN_MAX_BYTES (PROXY_HOST_MAX_BYTES + 10)

enum proxy_kind {
	PROXY_HTTP,  /* CONNECT */
	PROXY_HTTPS, /* CONNECT, with TLS to the proxy */
	PROXY_SOCKS5,
};

struct proxy_url {
	enum proxy_kind kind;
	const char *rest;                    /* what follows the scheme and "://"; borrowed */
	char host[PROXY_HOST_MAX_BYTES + 1]; /* an IPv6 address without brackets */
	unsigned short port;
	bool has_user;
};

/*
 * proxy_url_parse - take a proxy's URL apart.
 *
 * Shape:   [http://|https://|socks5://|socks5h://][user[:password]@]host:port[/]; user and password percent-encoded.
 * Owns:    ret borrows from text.
 * Errors:  a phrase that says what is wrong and never quotes the text; NULL: *ret is set.
 */
const char *proxy_url_parse(const char *text, struct proxy_url *ret);

/* "proxy.example.org:3128", "[::1]:3128": what a log may show. */
void proxy_url_show(const struct proxy_url *url, char ret[PROXY_SHOWN_MAX_BYTES + 1]);

#endif
