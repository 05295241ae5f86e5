/* One HTTP request as libcurl's options: what is sent, what is believed, how much is taken. */

#include "bot/net/http_private.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <strings.h>

#include "bot/net/loop.h"
#include "bot/net/tls.h"

#define TIMEOUT_DEFAULT_MS       15000u
#define CONNECT_TIMEOUT_MS       10000L
#define REPLY_HEADERS_MAX_BYTES  (64u * 1024)
#define REQUEST_HEADER_MAX_BYTES 1024
#define BUFFER_BYTES             16384L

static size_t on_send(char *bytes, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;
	size_t left = transfer->sent_bytes - transfer->sent_at;

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

/* The transfer ends at its next byte, or where it would have ended well. */
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

/* A CR or a NUL inside a value is a space to whoever reads it (RFC 9110, "Field Values"). */
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
 * on_header - one line of an answer's head, kept as name and value.
 *
 * Shape:   "Name: value CRLF"; a status line begins the head anew; what has no colon is passed over.
 * Units:   bytes; all of a head together at most REPLY_HEADERS_MAX_BYTES.
 * Owns:    copies. libcurl keeps them too, but to ask it for nine costs as much as sending the request.
 * Errors:  0 ends the transfer: a server could fill the memory with them.
 * Source:  RFC 9110, "Fields".
 */
static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;
	struct str *headers = &transfer->reply_headers;
	size_t length = size * count, end = length;
	const char *colon = memchr(bytes, ':', length), *value;

	if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0)
		str_truncate(headers, 0);
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

/* Plain HTTP shows a token to everyone on the way; on loopback there is no way. */
static int check_url(const char *url, const char **ret_protocols)
{
	CURLU *parts;
	char *scheme = NULL, *host = NULL;
	int r = -EINVAL;

	if (strncasecmp(url, "https://", 8) ==
			0) { /* nearly always, and to take it apart is libcurl's own work */
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
	/* What libcurl would add unasked: a form's type, and waiting a second for "100 Continue". */
	r = has_type ? 0 : add_header(transfer, "Content-Type:");
	return r < 0 ? r : add_header(transfer, "Expect:");
}

/* What libcurl copies can fail, and the default that then stays would be something else: an empty body, the
 * proxy of the environment, other authorities. */
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
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	return code;
}

/* libcurl compares the name, but falls back to the common name. Without a user: a connection outlives the
 * transfer that made it. */
static int on_verify(X509_STORE_CTX *store, void *user)
{
	(void)user;
	return certificate_has_name(store);
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *user)
{
	(void)easy;
	(void)user;
	SSL_CTX_set_cert_verify_callback(context, on_verify, NULL);
	return CURLE_OK;
}

static CURLcode set_rules(struct http *http, struct http_transfer *transfer, const char *protocols)
{
	CURL *easy = transfer->easy;
	CURLcode code;
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

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
	if (!code)
		code = curl_easy_setopt(
				easy, CURLOPT_PROXY, ""); /* also keeps libcurl from asking the environment */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
			1L); /* a time-out during a look-up must not wait for its thread */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* one connection for a burst, not one for each */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
	if (http->ca_file) {
		if (!code)
			code = curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	} else if (info->capath) {
		/* A folder of authorities is read one file at a time; the bundle would be a megabyte in
		 * memory. */
		curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	}
	return code;
}

int http_prepare(struct http *http, struct http_transfer *transfer, const struct http_request *request)
{
	const char *protocols;
	int r;

	r = check_url(request->url, &protocols);
	if (r == 0)
		r = add_headers(transfer, request);
	if (r < 0)
		return r;
	if (request->body && request->body_bytes && !request->is_repeatable) {
		transfer->sent_body = str_copy_bytes(request->body, request->body_bytes);
		transfer->sent_bytes = request->body_bytes;
		if (!transfer->sent_body)
			return -ENOMEM;
	}
	transfer->share = (struct budget_share){.on_over = on_over, .user = transfer};
	transfer->body = STR(HTTP_BODY_MAX_BYTES);
	transfer->reply_headers = STR(REPLY_HEADERS_MAX_BYTES);
	transfer->deadline_ms = loop_now_ms(http->loop) +
				(request->timeout_ms ? request->timeout_ms : TIMEOUT_DEFAULT_MS);
	if (set_rules(http, transfer, protocols) || set_request(transfer, request))
		return -ENOMEM;
	return 0;
}
