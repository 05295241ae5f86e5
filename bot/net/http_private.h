#ifndef EPISODED_NET_HTTP_PRIVATE_H
#define EPISODED_NET_HTTP_PRIVATE_H

/* What http.c and http_request.c share; everyone else includes http.h. */

#include <curl/curl.h>

#include "bot/base/str.h"
#include "bot/net/budget.h"
#include "bot/net/http.h"

#define HTTP_EASY_KEPT_MAX 8 /* handles kept for the next request: making one costs as much as sending it */

/* A multi handle with its connections. */
struct http_pool {
	struct http *http;
	struct http_pool *next; /* the older one, which only ends what it has begun */
	CURLM *multi;
	struct timer *timer;
	struct http_socket *sockets;
	unsigned started, live; /* transfers */
	bool is_busy;           /* its answers are being handed out */
};

struct http {
	struct loop *loop;
	char *user_agent, *ca_file;
	bool is_curl_started;
	struct http_pool *
			pools; /* the first takes requests; NULL until one comes: a bot without pays nothing */
	struct timer *deadline;
	uint64_t deadline_ms; /* when the timer deadline fires, UINT64_MAX for never */
	struct http_transfer *transfers;
	CURL *kept[HTTP_EASY_KEPT_MAX];
	size_t kept_count;
	bool *ret_is_gone; /* set while callbacks run: they may free everything */
};

struct http_transfer {
	struct http *http;
	struct http_pool *pool;
	struct http_transfer *next, *previous;
	CURL *easy;
	uint64_t deadline_ms; /* monotonic */
	struct curl_slist *headers;
	char *sent_body; /* where it must not be sent twice: libcurl cannot begin anew */
	size_t sent_bytes, sent_at;
	struct budget_share share; /* of body and reply_headers */
	struct str body;
	struct str reply_headers; /* "name\0value\0" of each */
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
	char reason[CURL_ERROR_SIZE];
};

/* Fill in a fresh transfer's easy handle and its deadline. -EINVAL: an URL or a header that will not be sent;
 * -ENOMEM. */
int http_prepare(struct http *http, struct http_transfer *transfer, const struct http_request *request);

#endif
