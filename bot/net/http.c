/* HTTP with libcurl's multi interface: the loop watches its sockets, one timer serves its time-outs. */

#include "bot/net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/authorities.h"
#include "bot/net/budget.h"
#include "bot/net/descriptors.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/proxy.h"
#include "bot/net/public_address.h"
#include "bot/net/tls.h"
#include "bot/net/tunnel.h"

#define TARGET_BYTES 80

/* Idle handles kept for reuse: creating one costs as much as sending a request. */
#define HTTP_EASY_KEPT_MAX 8

/* A multi handle with its connections. */
struct http_pool {
	struct http *http;
	struct http_pool *next; /* the previous pool, which only finishes its transfers */
	CURLM *multi;
	struct timer *timer;
	struct http_socket *sockets;
	unsigned started, live; /* transfers */
	bool is_busy;           /* its callbacks are being called */
};

struct http {
	struct loop *loop;
	char *user_agent, *ca_file;
	char *proxy; /* may contain a password; NULL: the environment's */
	bool is_curl_started;
	struct http_pool *
			pools; /* newest first; the first one takes requests. NULL before the first request */
	struct timer *deadline;
	uint64_t deadline_ms; /* when timer deadline fires; UINT64_MAX: never */
	struct http_transfer *transfers;
	CURL *kept[HTTP_EASY_KEPT_MAX];
	size_t kept_count;
	bool *ret_is_gone;     /* set while callbacks run; set to true by http_free() */
	unsigned long edition; /* of the CAs that the connections of the first pool were made with */
	char refusal[TUNNEL_REASON_BYTES]; /* why the last certificate was refused, or what the proxy did */
};

struct http_transfer {
	struct http *http;
	struct http_pool *pool;
	struct http_transfer *next, *previous;
	CURL *easy;
	uint64_t deadline_ms; /* monotonic */
	struct curl_slist *headers;
	char *sent_body; /* body of a request that must not be sent twice: libcurl cannot rewind it */
	size_t sent_bytes, sent_at;
	struct budget_share share; /* of body and reply_headers */
	struct str body;
	struct str reply_headers; /* "name\0value\0" of each */
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
	struct permit permit;
	bool is_refused;    /* the permit had ended before the request was sent */
	bool has_bad_proxy; /* its URL is invalid: the transfer fails */
	struct tunnel tunnel;
	char target[TARGET_BYTES]; /* "discord.com"; with a proxy only */
	char reason[CURL_ERROR_SIZE];
};

#define CONNECTIONS_PER_HOST_MAX 8L /* without HTTP/2 each carries one request at a time */
#define CONNECTIONS_KEPT_MAX     8L
/*
 * libcurl 7.88 ends every HTTP/2 stream with RST_STREAM, even after success. Servers
 * built on nghttp2 treat about 1,000 resets as an attack and close the connection with
 * all its transfers. So a new pool of connections starts after fewer requests than
 * that, and the old pool finishes its transfers.
 */
#define POOL_REQUESTS_MAX 900

/* ---------------------------------------------------------------- the options of a request */

#define TIMEOUT_DEFAULT_MS       15000u
#define CONNECT_TIMEOUT_MS       10000L
#define REPLY_HEADERS_MAX_BYTES  (64u * 1024)
#define REQUEST_HEADER_MAX_BYTES 1024
#define BUFFER_BYTES             16384L

/* Look on the established connection, just before the request is sent: names and TLS have taken their time, and the
 * process may have been stopped meanwhile. */
static int on_permit(void *user, char *address, char *own_address, int port, int own_port)
{
	struct http_transfer *transfer = user;

	(void)address;
	(void)own_address;
	(void)port;
	(void)own_port;
	transfer->is_refused = !permit_is_valid(&transfer->permit);
	return transfer->is_refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t on_send(char *bytes, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;
	size_t left = transfer->sent_bytes - transfer->sent_at;

	/* Without its body the server does not act on the request. */
	if (transfer->sent_at == 0 && !permit_is_valid(&transfer->permit)) {
		transfer->is_refused = true;
		return CURL_READFUNC_ABORT;
	}
	if (left > size * count)
		left = size * count;
	memcpy(bytes, transfer->sent_body + transfer->sent_at, left);
	transfer->sent_at += left;
	return left;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;

	budget_append(&transfer->share, &transfer->body, bytes, size * count);
	return transfer->body.error ? 0 : size * count;
}

/* Stop the transfer with an error: at its next byte, or at the latest when it completes. */
static void on_over(void *user)
{
	struct http_transfer *transfer = user;

	budget_release(&transfer->share, &transfer->body);
	budget_release(&transfer->share, &transfer->reply_headers);
	transfer->body.error = -ENOBUFS;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* A CR or NUL inside a value is read as a space (RFC 9110, "Field Values"). */
static void keep_value(struct http_transfer *transfer, const char *value, size_t length)
{
	struct str *headers = &transfer->reply_headers;
	size_t start = 0;

	for (size_t i = 0; i < length; i++) {
		if (value[i] != '\r' && value[i] != '\0')
			continue;
		budget_append(&transfer->share, headers, value + start, i - start);
		budget_append(&transfer->share, headers, " ", 1);
		start = i + 1;
	}
	budget_append(&transfer->share, headers, value + start, length - start);
	budget_append(&transfer->share, headers, "", 1);
}

/*
 * on_header - keep one header of a response as name and value.
 *
 * Shape:   "Name: value CRLF"; a status line discards the headers so far; lines without a colon are skipped.
 * Units:   bytes; all headers of a response together at most REPLY_HEADERS_MAX_BYTES.
 * Owns:    copies. libcurl has copies too, but reading nine of them costs as much as sending the request.
 * Errors:  returning 0 ends the transfer, so that a server cannot fill the memory with headers.
 * Source:  RFC 9110, "Fields".
 */
static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;
	struct str *headers = &transfer->reply_headers;
	size_t length = size * count, end = length;
	const char *colon = memchr(bytes, ':', length), *value;

	if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0)
		str_clear(headers);
	if (!colon)
		return length;
	value = colon + 1;
	while (end > (size_t)(value - bytes) && is_blank(bytes[end - 1]))
		end--;
	while (value < bytes + end && is_blank(*value))
		value++;
	budget_append(&transfer->share, headers, bytes, (size_t)(colon - bytes));
	budget_append(&transfer->share, headers, "", 1);
	keep_value(transfer, value, (size_t)(bytes + end - value));
	return headers->error ? 0 : length;
}

/* Plain HTTP would expose a token on the network, so it is allowed to loopback only. */
static int check_url(const char *url, const char **ret_protocols)
{
	CURLU *parts;
	char *scheme = NULL, *host = NULL;
	int r = -EINVAL;

	if (strncasecmp(url, "https://", 8) == 0) { /* the usual case, which libcurl parses itself */
		*ret_protocols = "https";
		return 0;
	}
	parts = curl_url();
	if (!parts)
		return -ENOMEM;
	if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
			curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
			curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		goto out;
	if (str_equal(scheme, "http") && (str_equal(host, "127.0.0.1") || str_equal(host, "[::1]") ||
							 str_equal(host, "localhost"))) {
		*ret_protocols = "http";
		r = 0;
	}
out:
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	return r;
}

static int add_header(struct http_transfer *transfer, const char *header)
{
	struct curl_slist *longer;

	if (strpbrk(header, "\r\n") || strlen(header) > REQUEST_HEADER_MAX_BYTES)
		return -EINVAL;
	longer = curl_slist_append(transfer->headers, header);
	if (!longer)
		return -ENOMEM;
	transfer->headers = longer;
	return 0;
}

static int add_headers(struct http_transfer *transfer, const struct http_request *request)
{
	bool has_type = false;
	int r;

	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++) {
		r = add_header(transfer, request->headers[i]);
		if (r < 0)
			return r;
		if (strncasecmp(request->headers[i], "content-type:", 13) == 0)
			has_type = true;
	}
	/* Remove the headers that libcurl adds by itself: a form's Content-Type, and Expect, which waits 1 s for "100
 * Continue". */
	r = has_type ? 0 : add_header(transfer, "Content-Type:");
	return r < 0 ? r : add_header(transfer, "Expect:");
}

/* Options that libcurl copies can fail for lack of memory. The defaults that then remain would be wrong: an empty
 * body, the environment's proxy, other CAs. */
static CURLcode set_request(struct http_transfer *transfer, const struct http_request *request)
{
	CURL *easy = transfer->easy;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);

	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	if (str_equal(request->method, "GET")) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	} else if (request->body || !str_equal(request->method, "DELETE")) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				request->body ? (curl_off_t)request->body_bytes : (curl_off_t)0);
		if (transfer->sent_body)
			curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
		else if (!code)
			code = curl_easy_setopt(
					easy, CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
		curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
	}
	if (!code && !str_equal(request->method, "GET") && !str_equal(request->method, "POST"))
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (!code && request->may_be_compressed)
		code = curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	return code;
}

static struct http_transfer *transfer_of(CURL *easy)
{
	char *transfer = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
	return (struct http_transfer *)(void *)transfer;
}

/* A connection outlives the transfer that opened it, so user is the struct http, which outlives all connections. */
static int on_verify(X509_STORE_CTX *store, void *user)
{
	struct http *http = user;
	bool is_good = certificate_verify_http(store, certificate_sni(store), http->refusal);

	if (!is_good)
		authorities_doubt(http->ca_file);
	return is_good;
}

static int on_verify_proxy(X509_STORE_CTX *store, void *user)
{
	struct http *http = user;

	return tunnel_verify(store, certificate_sni(store), http->refusal);
}

/* Give the TLS context our own CAs: libcurl would cache the CAs of a path for a day. */
static CURLcode on_ssl_context(CURL *easy, void *context, void *user)
{
	struct http *http = user;
	bool is_proxy = tunnel_meets_proxy(&transfer_of(easy)->tunnel);

	http->refusal[0] = '\0';
	if (authorities_trust(is_proxy ? NULL : http->ca_file, context, http->refusal) < 0)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set_cert_verify_callback(context, is_proxy ? on_verify_proxy : on_verify, http);
	return CURLE_OK;
}

/* -EINVAL: the proxy's URL is invalid; the reason is in http->refusal. */
static int set_proxy(struct http *http, struct http_transfer *transfer, const char *url)
{
	const char *proxy = proxy_find_for_url(http->proxy, url), *start = strstr(url, "://");
	size_t length;
	int r = tunnel_set(transfer->easy, proxy, &transfer->tunnel, http->refusal);

	if (r == -EINVAL) { /* libcurl refuses this scheme without a connection */
		transfer->has_bad_proxy = true;
		return curl_easy_setopt(transfer->easy, CURLOPT_PROXY, "none://none") ? -ENOMEM : 0;
	}
	if (r < 0 || !proxy || !start)
		return r;
	start += 3;
	length = strcspn(start, "/?#");
	snprintf(transfer->target, sizeof(transfer->target), "%.*s",
			(int)(length < TARGET_BYTES ? length : TARGET_BYTES - 1), start);
	return 0;
}

/* Called for each address, after the name was looked up: a name that leads to another address later changes nothing. */
static curl_socket_t on_open_public(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)user;
	(void)purpose;
	if (!address_is_public(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode set_rules(struct http *http, struct http_transfer *transfer, const char *protocols)
{
	CURL *easy = transfer->easy;
	CURLcode code;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	code = curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
			1L); /* a time-out during a DNS look-up must not wait for the look-up's thread */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* a burst shares one HTTP/2 connection */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, http);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L); /* else it gives our CAs to other connections */
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* verify every connection */
	return code;
}

/* Set the options of a transfer's easy handle, and its deadline. -EINVAL: a URL or header that must not be sent;
 * -ENOMEM. */
static int http_prepare(struct http *http, struct http_transfer *transfer, const struct http_request *request)
{
	const char *protocols;
	int r;

	r = check_url(request->url, &protocols);
	if (r == 0)
		r = add_headers(transfer, request);
	if (r < 0)
		return r;
	if (request->body && request->body_bytes && !request->is_repeatable) {
		transfer->sent_body = bytes_copy(request->body, request->body_bytes);
		transfer->sent_bytes = request->body_bytes;
		if (!transfer->sent_body)
			return -ENOMEM;
	}
	transfer->share = (struct budget_share){.on_over = on_over, .user = transfer};
	transfer->body = STR(request->body_max_bytes ? request->body_max_bytes : HTTP_BODY_MAX_BYTES);
	transfer->reply_headers = STR(REPLY_HEADERS_MAX_BYTES);
	transfer->deadline_ms = loop_now_ms(http->loop) +
				(request->timeout_ms ? request->timeout_ms : TIMEOUT_DEFAULT_MS);
	transfer->permit = request->permit ? *request->permit : (struct permit){PERMIT_ALWAYS};
	if (request->permit) {
		curl_easy_setopt(transfer->easy, CURLOPT_PREREQFUNCTION, on_permit);
		curl_easy_setopt(transfer->easy, CURLOPT_PREREQDATA, transfer);
	}
	if (request->is_public_only && !proxy_find_for_url(http->proxy, request->url))
		curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_public);
	if (set_rules(http, transfer, protocols) || set_request(transfer, request))
		return -ENOMEM;
	return set_proxy(http, transfer, request->url);
}

struct http_socket {
	struct http_pool *pool;
	struct watch *watch;
	curl_socket_t fd;
	struct http_socket *next, *previous;
};

/* ---------------------------------------------------------------- the end of a transfer */

static int errno_of(CURL *easy, CURLcode code)
{
	long error = 0;

	switch (code) {
	case CURLE_OK: return 0;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST: return -ENOENT;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
		return error > 0 ? -(int)error : -ECONNREFUSED;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CERTPROBLEM: return -EPROTO;
	case CURLE_WRITE_ERROR: return -EMSGSIZE; /* only our own callbacks stop a transfer */
	case CURLE_OUT_OF_MEMORY: return -ENOMEM;
	case CURLE_URL_MALFORMAT: return -EINVAL;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING: return -EBADMSG;
	default: return -ECONNRESET;
	}
}

/* The reason why our own callbacks stopped the transfer. */
static int buffer_error(const struct http_transfer *transfer)
{
	return transfer->body.error ? transfer->body.error : transfer->reply_headers.error;
}

/* libcurl's own text, only for errors about a host or a certificate: other texts could quote a URL or a header. */
static const char *curl_text(struct http_transfer *transfer, CURLcode code)
{
	if (!transfer->reason[0])
		return curl_easy_strerror(code);
	return utf8_print(transfer->reason, sizeof(transfer->reason), "%s", transfer->reason); /* may quote a
												   certificate */
}

/* A failure that is the proxy's; 0: it is not. A connection that was used before had passed the proxy. */
static int blame_proxy(struct http_transfer *transfer, CURLcode code)
{
	long connections = 0;

	if (transfer->has_bad_proxy)
		return -EHOSTUNREACH;
	if (!transfer->tunnel.has_proxy || transfer->is_refused || code == CURLE_OK ||
			code == CURLE_WRITE_ERROR)
		return 0;
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connections);
	if (connections == 0 && code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_PROXY &&
			code != CURLE_COULDNT_RESOLVE_HOST)
		return 0;
	return tunnel_explain(transfer->easy, code, &transfer->tunnel, transfer->target, transfer->reason,
			transfer->pool->http->refusal);
}

static const char *reason_of(struct http_transfer *transfer, CURLcode code)
{
	const char *missing = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST
					      ? descriptors_missing()
					      : NULL;

	if (missing)
		return missing;
	switch (code) {
	case CURLE_OK: return "";
	case CURLE_OPERATION_TIMEDOUT: return "timed out";
	case CURLE_WRITE_ERROR:
		return buffer_error(transfer) == -ENOBUFS
				       ? "the buffers of all connections exceeded the limit, and "
					 "this answer was the largest"
				       : "the answer is too long";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return transfer->pool->http->refusal[0] ? transfer->pool->http->refusal
							: curl_text(transfer, code);
	case CURLE_SSL_CONNECT_ERROR: /* behind an https:// proxy, libcurl takes a refused certificate for this */
		return transfer->pool->http->refusal[0] ? transfer->pool->http->refusal
							: handshake_reason(transfer->reason);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT: return curl_text(transfer, code);
	default: return curl_easy_strerror(code);
	}
}

static void unlink_transfer(struct http *http, struct http_transfer *transfer)
{
	if (http->transfers == transfer)
		http->transfers = transfer->next;
	else
		transfer->previous->next = transfer->next;
	if (transfer->next)
		transfer->next->previous = transfer->previous;
	transfer->http = NULL;
	transfer->pool->live--;
	if (http->transfers)
		return;
	http->deadline_ms = UINT64_MAX; /* an idle bot has no timer */
	timer_cancel(http->deadline);
}

static void free_transfer(struct http_transfer *transfer, struct http *http)
{
	if (!transfer)
		return;
	if (transfer->easy && http && http->kept_count < HTTP_EASY_KEPT_MAX) {
		curl_easy_reset(transfer->easy);
		http->kept[http->kept_count++] = transfer->easy;
	} else {
		curl_easy_cleanup(transfer->easy);
	}
	curl_slist_free_all(transfer->headers);
	free(transfer->sent_body);
	budget_release(&transfer->share, &transfer->body);
	budget_release(&transfer->share, &transfer->reply_headers);
	free(transfer);
}

/* Complete a transfer and call on_done. False: on_done freed http. */
static bool finish(struct http *http, struct http_transfer *transfer, CURLcode code)
{
	struct http_response response = {.body = "", .transfer = transfer};
	bool is_gone = false;
	long status = 0;
	int proxy_error;

	curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
	unlink_transfer(http, transfer);
	transfer->share.is_pinned = true; /* on_done reads the reply */
	if (code == CURLE_OK)
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status < 100) /* libcurl accepts "HTTP/27" as a status line */
		code = CURLE_WEIRD_SERVER_REPLY;
	if (code == CURLE_OK && buffer_error(transfer))
		code = CURLE_WRITE_ERROR;
	response.error = code == CURLE_WRITE_ERROR && buffer_error(transfer) ? buffer_error(transfer)
									     : errno_of(transfer->easy, code);
	response.reason = reason_of(transfer, code);
	if (code != CURLE_OK && transfer->is_refused) {
		response.error = -EKEYEXPIRED;
		response.reason = PERMIT_REASON;
	}
	proxy_error = blame_proxy(transfer, code);
	if (proxy_error) {
		response.error = proxy_error;
		response.reason = http->refusal;
	}
	if (!response.error) {
		response.status = (int)status;
		response.body = str_text(&transfer->body);
		response.body_bytes = transfer->body.length;
	}
	http->ret_is_gone = &is_gone; /* cppcheck-suppress autoVariables; reset below */
	transfer->on_done(transfer->user, &response);
	if (is_gone) {
		free_transfer(transfer, NULL);
		return false;
	}
	http->ret_is_gone = NULL;
	free_transfer(transfer, http);
	return true;
}

static void free_socket(struct http_pool *pool, struct http_socket *socket)
{
	watch_free(socket->watch);
	if (pool->sockets == socket)
		pool->sockets = socket->next;
	else
		socket->previous->next = socket->next;
	if (socket->next)
		socket->next->previous = socket->previous;
	free(socket);
}

static void free_pool(struct http_pool *pool)
{
	/* Close the idle connections; libcurl calls on_curl_socket(). */
	if (pool->multi)
		curl_multi_cleanup(pool->multi);
	while (pool->sockets)
		free_socket(pool, pool->sockets);
	timer_free(pool->timer);
	free(pool);
}

/* Find an old pool without transfers. */
static void drop_if_over(struct http_pool *pool)
{
	struct http_pool **link = &pool->http->pools;

	if (pool == *link || pool->live || pool->is_busy)
		return;
	while (*link != pool)
		link = &(*link)->next;
	*link = pool->next;
	free_pool(pool);
}

static void finish_all(struct http_pool *pool)
{
	CURLMsg *message;
	int left;

	pool->is_busy = true;
	while ((message = curl_multi_info_read(pool->multi, &left))) {
		CURLcode code = message->data.result; /* freed with the handle */

		if (message->msg != CURLMSG_DONE)
			continue;
		if (!finish(pool->http, transfer_of(message->easy_handle), code))
			return;
	}
	pool->is_busy = false;
	drop_if_over(pool);
}

/*
 * Enforce the deadlines here: libcurl 7.88 does not count the time in which a transfer
 * waits for a connection that another transfer is opening.
 */
static void watch_deadline(struct http *http, uint64_t deadline_ms)
{
	uint64_t now_ms = loop_now_ms(http->loop);

	if (deadline_ms >= http->deadline_ms)
		return;
	http->deadline_ms = deadline_ms;
	timer_set(http->deadline, deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

static void on_deadline(void *user)
{
	struct http *http = user;
	uint64_t now_ms = loop_now_ms(http->loop);
	struct http_transfer *transfer = http->transfers;
	struct http_pool *pool;

	while (transfer) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): finish() removes a transfer from the list before freeing it */
		if (transfer->deadline_ms > now_ms) {
			transfer = transfer->next;
			continue;
		}
		pool = transfer->pool;
		pool->is_busy = true;
		if (!finish(http, transfer, CURLE_OPERATION_TIMEDOUT))
			return;
		pool->is_busy = false;
		drop_if_over(pool);
		transfer = http->transfers; /* the callback may have cancelled others */
	}
	http->deadline_ms = UINT64_MAX;
	for (transfer = http->transfers; transfer; transfer = transfer->next)
		watch_deadline(http, transfer->deadline_ms);
}

/* ---------------------------------------------------------------- libcurl's sockets and timer */

/*
 * Retire a pool after libcurl ran out of memory for a socket. In that case libcurl 7.88 (singlesocket()) frees the
 * socket's list of transfers and keeps using it: the next action would divide by its size, 0. So all transfers of
 * the pool end here, and new ones use a new pool.
 */
static void break_pool(struct http_pool *pool)
{
	struct http *http = pool->http;
	struct http_transfer *transfer = http->transfers;

	pool->started = POOL_REQUESTS_MAX;
	pool->is_busy = true;
	while (transfer) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): finish() removes a transfer from the list before freeing it */
		if (transfer->pool != pool) {
			transfer = transfer->next;
			continue;
		}
		if (!finish(http, transfer, CURLE_OUT_OF_MEMORY))
			return;
		transfer = http->transfers; /* the callback may have cancelled others */
	}
	pool->is_busy = false;
	drop_if_over(pool);
}

static void act(struct http_pool *pool, curl_socket_t fd, int ready)
{
	int running;

	if (curl_multi_socket_action(pool->multi, fd, ready, &running) == CURLM_OK)
		finish_all(pool);
	else
		break_pool(pool);
}

static void on_socket_ready(void *user, uint32_t events)
{
	struct http_socket *socket = user;
	int ready = 0;

	if (events & EPOLLIN)
		ready |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		ready |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		ready |= CURL_CSELECT_ERR;
	act(socket->pool, socket->fd, ready); /* may free socket; not used after this */
}

static void on_time(void *user)
{
	act(user, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct http_pool *pool = user;
	struct http_socket *socket = known;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(pool->multi, fd, NULL);
		if (socket)
			free_socket(pool, socket);
		return 0;
	}
	events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (socket)
		return watch_change(socket->watch, events) < 0 ? -1 : 0;
	socket = calloc(1, sizeof(*socket));
	if (!socket)
		return -1; /* the transfer will fail with CURLE_ABORTED_BY_CALLBACK */
	socket->pool = pool;
	socket->fd = fd;
	if (watch_new(pool->http->loop, fd, events, on_socket_ready, socket, &socket->watch) < 0) {
		free(socket);
		return -1;
	}
	socket->next = pool->sockets;
	if (socket->next)
		socket->next->previous = socket;
	pool->sockets = socket;
	curl_multi_assign(pool->multi, fd, socket);
	return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
	struct http_pool *pool = user;

	(void)multi;
	if (timeout_ms < 0)
		timer_cancel(pool->timer);
	else
		timer_set(pool->timer, (uint64_t)timeout_ms);
	return 0;
}

/* ---------------------------------------------------------------- creating and freeing */

static int start_curl(struct http *http)
{
	if (http->is_curl_started)
		return 0;
	http->deadline = timer_new(http->loop, on_deadline, http);
	if (!http->deadline || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		timer_free(http->deadline);
		http->deadline = NULL;
		return -ENOMEM;
	}
	http->is_curl_started = true;
	return 0;
}

/* Make sure that the first pool accepts another request. */
static int make_pool(struct http *http)
{
	struct http_pool *pool = http->pools, *older = pool;

	if (pool && pool->started < POOL_REQUESTS_MAX)
		return 0;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->http = http;
	pool->timer = timer_new(http->loop, on_time, pool);
	pool->multi = pool->timer ? curl_multi_init() : NULL;
	if (!pool->multi) {
		free_pool(pool);
		return -ENOMEM;
	}
	curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
	curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
	curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST_MAX);
	curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
	pool->next = older;
	http->pools = pool;
	if (older)
		drop_if_over(older);
	return 0;
}

/* After a change of the CAs, no request uses a connection that was made with the old ones. */
static void look_at_authorities(struct http *http)
{
	unsigned long edition = http->edition;
	char reason[AUTHORITIES_REASON_BYTES];

	/* Errors are reported by the handshake. */
	if (authorities_look(http->ca_file, &edition, reason) == 0 && edition != http->edition && http->pools)
		http->pools->started = POOL_REQUESTS_MAX;
	http->edition = edition;
}

int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return -ENOMEM;
	http->loop = loop;
	http->deadline_ms = UINT64_MAX;
	http->user_agent = str_copy(user_agent);
	http->ca_file = str_copy(ca_file);
	if (!http->user_agent || (ca_file && !http->ca_file)) {
		http_free(http);
		return -ENOMEM;
	}
	*ret = http;
	return 0;
}

static void free_proxy(struct http *http)
{
	if (http->proxy)
		explicit_bzero(http->proxy, strlen(http->proxy));
	free(http->proxy);
	http->proxy = NULL;
}

int http_set_proxy(struct http *http, const char *proxy)
{
	char *copy = str_copy(proxy);

	if (proxy && !copy)
		return -ENOMEM;
	free_proxy(http);
	http->proxy = copy;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	if (http->ret_is_gone)
		*http->ret_is_gone = true;
	/* Easy handles first: with any left, curl_multi_cleanup() would close descriptors that the loop still
	 * watches. */
	while (http->transfers)
		http_cancel(http->transfers);
	while (http->kept_count)
		curl_easy_cleanup(http->kept[--http->kept_count]);
	while (http->pools) {
		struct http_pool *pool = http->pools;

		http->pools = pool->next;
		free_pool(pool);
	}
	if (http->is_curl_started)
		curl_global_cleanup();
	timer_free(http->deadline);
	free(http->user_agent);
	free(http->ca_file);
	free_proxy(http);
	free(http);
}

/* ---------------------------------------------------------------- starting and cancelling a request */

int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret)
{
	struct http_transfer *transfer = NULL;
	int r;

	r = start_curl(http);
	if (r == 0 && strncasecmp(request->url, "https:", 6) == 0)
		look_at_authorities(http);
	if (r == 0)
		r = make_pool(http);
	if (r < 0)
		return r;
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return -ENOMEM;
	transfer->on_done = on_done;
	transfer->user = user;
	transfer->easy = http->kept_count ? http->kept[--http->kept_count] : curl_easy_init();
	r = transfer->easy ? http_prepare(http, transfer, request) : -ENOMEM;
	if (r < 0)
		goto out;
	/* libcurl only sets its timer here; the transfer starts in the loop's next round. */
	if (curl_multi_add_handle(http->pools->multi, transfer->easy) != CURLM_OK) {
		r = -ENOMEM;
		goto out;
	}
	transfer->http = http;
	transfer->pool = http->pools;
	transfer->pool->started++;
	transfer->pool->live++;
	transfer->next = http->transfers;
	if (transfer->next)
		transfer->next->previous = transfer;
	http->transfers = transfer;
	watch_deadline(http, transfer->deadline_ms);
	if (ret)
		*ret = transfer;
	transfer = NULL;
out:
	free_transfer(transfer, http);
	return r;
}

void http_cancel(struct http_transfer *transfer)
{
	struct http_pool *pool;
	struct http *http;

	if (!transfer || !transfer->http)
		return; /* inside its own on_done the transfer has already ended */
	http = transfer->http;
	pool = transfer->pool;
	curl_multi_remove_handle(pool->multi, transfer->easy);
	unlink_transfer(http, transfer);
	free_transfer(transfer, http);
	drop_if_over(pool);
}

const char *http_header(const struct http_transfer *transfer, const char *name)
{
	const char *at = str_text(&transfer->reply_headers), *end = at + transfer->reply_headers.length;

	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (strcasecmp(at, name) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}
