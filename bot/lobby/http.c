/* The page over HTTP: what may be asked, by whom, and with which headers it goes out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/lobby/assets.h"
#include "bot/lobby/server_parts.h"

#define HEADERS_MAX_BYTES 2048
#define CHUNK_MAX_BYTES   8192

static bool header(struct lws *wsi, enum lws_token_indexes token, char *ret, size_t size_bytes)
{
	return lws_hdr_copy(wsi, ret, (int)size_bytes, token) > 0;
}

/*
 * A page from elsewhere can make its own name point to 127.0.0.1 (DNS
 * rebinding) and would then be "same origin" with us; its Host gives it away.
 */
bool http_host_ok(const struct server *server, struct lws *wsi)
{
	const char *const names[] = {"localhost", "127.0.0.1", "[::1]", server->host};
	char host[SERVER_HOST_MAX_BYTES + 8], expected[SERVER_HOST_MAX_BYTES + 8];

	if (!header(wsi, WSI_TOKEN_HOST, host, sizeof(host)))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(expected, sizeof(expected), "%s:%u", names[i], server->port);
		if (str_equal_nocase(host, expected) ||
			(server->port == 80 && str_equal_nocase(host, names[i])))
			return true;
	}
	return false;
}

bool http_origin_ok(const struct server *server, struct lws *wsi)
{
	char host[SERVER_HOST_MAX_BYTES + 8], origin[SERVER_HOST_MAX_BYTES + 16],
		expected[SERVER_HOST_MAX_BYTES + 16];

	(void)server;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0)
		return true; /* no browser */
	if (!header(wsi, WSI_TOKEN_HOST, host, sizeof(host)) ||
		!header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin)))
		return false;
	snprintf(expected, sizeof(expected), "http://%s", host);
	return str_equal_nocase(origin, expected);
}

static const struct fixed_header {
	const char *name, *value;
} fixed_headers[] = {
	{"x-content-type-options:", "nosniff"}, {"referrer-policy:", "no-referrer"},
	{"cross-origin-opener-policy:", "same-origin"}, {"cross-origin-resource-policy:", "same-origin"},
	{"cache-control:", "no-cache"}, /* ask each time; the ETag makes it cheap */
};

struct headers {
	struct lws *wsi;
	unsigned char bytes[LWS_PRE + HEADERS_MAX_BYTES], *at;
	bool is_broken;
};

static void add_header(struct headers *headers, const char *name, const char *value)
{
	if (lws_add_http_header_by_name(headers->wsi, (const unsigned char *)name,
		    (const unsigned char *)value, (int)strlen(value), &headers->at,
		    headers->bytes + sizeof(headers->bytes)))
		headers->is_broken = true;
}

/* Older Safari does not count ws: to its own origin as 'self', so the two names are spelled out. */
static void add_policy(struct headers *headers, unsigned short port)
{
	char policy[512];

	snprintf(policy, sizeof(policy),
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
		"connect-src 'self' ws://localhost:%u ws://127.0.0.1:%u; base-uri 'none'; form-action "
		"'none'; "
		"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
		port, port);
	add_header(headers, "content-security-policy:", policy);
}

/* Headers of an answer with length bytes to follow; false: hang up. */
static bool send_headers(struct server_link *link, struct lws *wsi, unsigned status, const char *type,
	const char *etag, size_t length)
{
	struct headers headers = {.wsi = wsi};

	headers.at = headers.bytes + LWS_PRE;
	if (lws_add_http_common_headers(
		    wsi, status, type, length, &headers.at, headers.bytes + sizeof(headers.bytes)))
		return false;
	for (size_t i = 0; i < sizeof(fixed_headers) / sizeof(fixed_headers[0]); i++)
		add_header(&headers, fixed_headers[i].name, fixed_headers[i].value);
	add_policy(&headers, link->server->port);
	if (etag)
		add_header(&headers, "etag:", etag);
	if (headers.is_broken)
		return false;
	return lws_finalize_write_http_header(
		       wsi, headers.bytes + LWS_PRE, &headers.at, headers.bytes + sizeof(headers.bytes)) == 0;
}

int http_refuse(struct lws *wsi, unsigned status, const char *why)
{
	return lws_return_http_status(wsi, status, why) < 0 ? -1 : 1;
}

static int refuse_page(struct lws *wsi, unsigned status, const char *why)
{
	return http_refuse(wsi, status, why) < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int send_page(struct server_link *link, struct lws *wsi, const char *type, const char *bytes,
	size_t length, bool is_head)
{
	char etag[24], known[24];
	bool is_known;

	snprintf(etag, sizeof(etag), "\"%016llx\"", (unsigned long long)str_hash(0, bytes, length));
	is_known = header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, known, sizeof(known)) && str_equal(known, etag);
	if (is_known || is_head || !length) {
		if (!send_headers(link, wsi, is_known ? HTTP_STATUS_NOT_MODIFIED : HTTP_STATUS_OK, type, etag,
			    is_known ? 0 : length))
			return -1;
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	free(link->body);
	link->body = malloc(LWS_PRE + length);
	if (!link->body)
		return -1;
	memcpy(link->body + LWS_PRE, bytes, length);
	link->body_length = length;
	link->body_sent = 0;
	if (!send_headers(link, wsi, HTTP_STATUS_OK, type, etag, length))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

int http_continue(struct server_link *link, struct lws *wsi)
{
	size_t left = link->body_length - link->body_sent;
	size_t chunk = left < CHUNK_MAX_BYTES ? left : CHUNK_MAX_BYTES;
	unsigned char *at;

	if (!link->body)
		return 0;
	/* lws writes into the LWS_PRE bytes before; what stood there has been sent. */
	at = (unsigned char *)link->body + LWS_PRE + link->body_sent;
	if (lws_write(wsi, at, chunk, left == chunk ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	link->body_sent += chunk;
	if (link->body_sent < link->body_length) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	free(link->body);
	link->body = NULL;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

int http_answer(struct server_link *link, struct lws *wsi)
{
	const struct asset *asset;
	char path[64];
	char *uri = NULL;
	int length = 0, method;

	if (!http_host_ok(link->server, wsi))
		return refuse_page(
			wsi, HTTP_STATUS_FORBIDDEN, "Open this page as http://127.0.0.1 or localhost.");
	method = lws_http_get_uri_and_method(wsi, &uri, &length);
	if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD)
		return refuse_page(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "Only GET and HEAD.");
	snprintf(path, sizeof(path), "%.*s", length, uri);
	if (strcmp(path, "/commands.json") == 0) {
		const char *json = link->server->hooks.describe(link->server->hooks.user);

		return send_page(link, wsi, "application/json", json, strlen(json), method == LWSHUMETH_HEAD);
	}
	asset = asset_find(path);
	if (!asset)
		return refuse_page(wsi, HTTP_STATUS_NOT_FOUND, "There is nothing here.");
	return send_page(link, wsi, asset->type, asset->bytes, (size_t)(asset->end - asset->bytes),
		method == LWSHUMETH_HEAD);
}
