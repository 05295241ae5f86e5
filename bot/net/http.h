#ifndef EPISODED_NET_HTTP_H
#define EPISODED_NET_HTTP_H

/*
 * HTTP requests with libcurl's multi interface, driven by the loop. HTTP/2 if the
 * server offers it; connections are reused. TLS verifies chain and name: a CA file may
 * replace the system's CAs, and nothing switches verification off. No redirects, no
 * cookies. The size of a body is limited, also after it is decompressed. A proxy of the environment is used
 * (net/proxy.h), unless http_set_proxy() names another one, or rules it out.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_MAX_BYTES (4u * 1024 * 1024) /* of a response; a longer one is an error */
#define HTTP_HEADERS_MAX    24                 /* of a request */

struct loop;
struct permit;
struct http;          /* opaque: net/http.c */
struct http_transfer; /* opaque: net/http.c; one request in progress */

struct http_request {
	const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
	const char *url;
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL-terminated; copied */
	const char *body;                      /* copied; may be NULL */
	size_t body_bytes;
	/* The request may safely be sent twice: libcurl then repeats it if a reused connection turns out to be
	 * closed. Otherwise this fails with -ECONNRESET. */
	bool is_repeatable;
	/* Refuse to connect to an address of a local network (net/public_address.h); error is then -ECONNREFUSED. A proxy
	 * connects wherever it wants. */
	bool is_public_only;
	unsigned timeout_ms;    /* for the whole request; 0: 15 s */
	size_t body_max_bytes;  /* of the response, decoded; 0: HTTP_BODY_MAX_BYTES */
	bool may_be_compressed; /* ask for gzip or deflate; the body arrives decoded */
	/* The request is sent only while this is valid, as it is now: a later renewal does not count. Otherwise -EKEYEXPIRED,
	 * and the server has not seen a whole request. Copied; NULL: always. */
	const struct permit *permit;
};

struct http_response {
	/* 0, or -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -EPROTO (TLS), -EMSGSIZE, -ENOENT (name), -EBADMSG
	 * (no HTTP), -EHOSTUNREACH, -EKEYEXPIRED (the permit had ended) ... */
	int error;
	const char *reason; /* for people; never contains a header or the secret part of a URL */
	int status;         /* 200, 404, ...; 0 if there was no response */
	const char *body;   /* NUL-terminated; "" if empty */
	size_t body_bytes;
	const struct http_transfer *transfer; /* for http_header() */
};

/* Is this the error of a request that ended before a byte of it reached the server? */
static inline bool http_is_unsent(int error)
{
	return error == -ECONNREFUSED || error == -ENOENT || error == -EPROTO || error == -EKEYREJECTED ||
	       error == -EHOSTUNREACH || error == -ENETUNREACH || error == -ENETDOWN || error == -EKEYEXPIRED;
}

/* user_agent is sent with every request. ca_file may be NULL: the system's CAs. */
int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret);
/* proxy: as "configured" in net/proxy.h, copied. For the requests that are started from now on. -ENOMEM. */
int http_set_proxy(struct http *http, const char *proxy);
/* Cancel all requests without callbacks. NULL-safe. */
void http_free(struct http *http);

/* Start a request. -EINVAL: http:// to another host than loopback, or a header with a line break; -ENOMEM.
 * on_done is called exactly once, in a later round of the loop, unless the request is cancelled; the transfer is
 * freed after it. on_done may cancel and start requests and may call http_free(). ret may be NULL. */
int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret);
void http_cancel(struct http_transfer *transfer); /* NULL-safe */

/* A response header by name, ignoring case; NULL if absent. Valid during on_done. */
const char *http_header(const struct http_transfer *transfer, const char *name);

#endif
