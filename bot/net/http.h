#ifndef EPISODED_NET_HTTP_H
#define EPISODED_NET_HTTP_H

/*
 * HTTP requests on one libcurl multi handle, its sockets on the loop's epoll.
 * HTTP/2 where offered, connections reused. TLS verifies chain and name; a CA
 * file may replace the system's authorities, nothing switches it off. No
 * redirects, no cookies, no proxy from the environment. Bodies are bounded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_MAX_BYTES (4u * 1024 * 1024) /* of a response; a longer one is an error */
#define HTTP_HEADERS_MAX    24                 /* of a request */

struct loop;
struct http;          /* opaque: net/http.c */
struct http_transfer; /* opaque: net/http.c; one request under way */

struct http_request {
	const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
	const char *url;
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL-terminated; copied */
	const char *body;                      /* copied; NULL for none */
	size_t body_bytes;
	/* A second time does no harm: libcurl may send it anew when a connection that it kept turns out to be
	 * gone. Otherwise -ECONNRESET tells that. */
	bool is_repeatable;
	unsigned timeout_ms; /* for everything; 0: 15 s */
};

struct http_response {
	/* 0, or -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -EPROTO (TLS), -EMSGSIZE, -ENOENT (name), -EBADMSG
	 * (no HTTP), -EHOSTUNREACH ... */
	int error;
	const char *reason; /* for people, never with a header or an URL's secret in it */
	int status;         /* 200 ...; 0 when there was no answer */
	const char *body;   /* terminated; "" when empty */
	size_t body_bytes;
	const struct http_transfer *transfer; /* for http_header() */
};

/* user_agent is sent with every request. ca_file: NULL for the system's. */
int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret);
/* Cancels what is under way, without callbacks. NULL-safe. */
void http_free(struct http *http);

/* Plain http:// goes to loopback only. -EINVAL: such an URL, or a header with a line break; -ENOMEM.
 * on_done comes exactly once, in a later round, unless cancelled; the transfer is gone after it. It may
 * cancel, start and even http_free(). ret may be NULL. */
int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret);
void http_cancel(struct http_transfer *transfer); /* NULL-safe */

/* A response's header by name (case ignored), NULL when it is not there. Valid during on_done. */
const char *http_header(const struct http_transfer *transfer, const char *name);

#endif
