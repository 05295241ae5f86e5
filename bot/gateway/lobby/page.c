/* The page over HTTP: check Host and Origin, and build the answers. */

#include "bot/gateway/lobby/page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/gateway/lobby/assets.h"
#include "bot/gateway/lobby/page_error.h"

#define HEADERS_MAX_BYTES 2048
#define ERROR_MAX_BYTES   8192

/* A name that is this machine on every machine: "localhost", 127.0.0.0/8, "[::1]". */
static bool is_loopback(const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];
	size_t length = strlen(name);
	char inside[INET6_ADDRSTRLEN];

	if (str_equal_nocase(name, "localhost") || str_equal_nocase(name, "localhost."))
		return true;
	if (inet_pton(AF_INET, name, address) == 1)
		return address[0] == 127;
	if (length < 3 || length - 2 >= sizeof(inside) || name[0] != '[' || name[length - 1] != ']')
		return false;
	memcpy(inside, name + 1, length - 2);
	inside[length - 2] = '\0';
	return inet_pton(AF_INET6, inside, address) == 1 &&
	       memcmp(address, &in6addr_loopback, sizeof(address)) == 0;
}

/*
 * A foreign page can make its own name resolve to 127.0.0.1 (DNS rebinding) and is then "same origin" with the lobby. Its
 * Host is still the foreign name. The names of this machine itself cannot be a foreign page's, with any port or without
 * one: the port of a tunnel ("ssh -L 9000:localhost:8067") is not ours. The lobby listens on loopback addresses only.
 */
static bool host_ok(const char *host)
{
	const char *bracket = strchr(host, ']'), *colon = strchr(bracket ? bracket : host, ':');
	char name[PAGE_HOST_MAX_BYTES + 1];
	size_t length = colon ? (size_t)(colon - host) : strlen(host);
	long port;

	if (length >= sizeof(name) || (colon && str_to_long(colon + 1, 1, 65535, &port) < 0))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	return is_loopback(name);
}

static bool origin_ok(const struct page_request *head)
{
	char expected[PAGE_HOST_MAX_BYTES + 16];

	if (!head->has_origin)
		return true; /* not a browser */
	snprintf(expected, sizeof(expected), "http://%s", head->host);
	return str_equal_nocase(head->origin, expected);
}

const struct page_refusal *page_gate(const struct page_request *head)
{
	static const struct page_refusal
			wrong_host = {403, "This page opens as localhost or 127.0.0.1 only, with the port "
					   "that the bot's log shows. From another "
					   "machine: ssh -L 9000:localhost:8067 SERVER, then "
					   "http://localhost:9000."},
			wrong_origin = {403, "Only the lobby's own page may connect."};

	if (!host_ok(head->host))
		return &wrong_host;
	if (head->is_websocket && !origin_ok(head))
		return &wrong_origin;
	return NULL;
}

static const struct status_reason {
	unsigned status;
	const char *phrase;
} reasons[] = {
		{200, "OK"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{414, "URI Too Long"},
		{417, "Expectation Failed"},
		{426, "Upgrade Required"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
};

static const char *phrase_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].phrase;
	}
	return "Error";
}

/* Append the security headers, which errors have too. Older versions of Safari do not count ws: to the own
 * origin as 'self': hence the two names. */
static void append_security(struct str *head, unsigned short port, bool is_error)
{
	str_append(head, "X-Content-Type-Options: nosniff\r\n"
			 "Referrer-Policy: no-referrer\r\n"
			 "Cross-Origin-Opener-Policy: same-origin\r\n"
			 "Cross-Origin-Resource-Policy: same-origin\r\n"
			 "Cache-Control: no-cache\r\n"); /* revalidate each time, by ETag */
	if (is_error) {
		str_append(head, "Content-Security-Policy: " PAGE_ERROR_POLICY "\r\n");
		return;
	}
	str_printf(head,
			"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
			"img-src 'self'; manifest-src 'self'; connect-src 'self' ws://localhost:%u "
			"ws://127.0.0.1:%u; base-uri "
			"'none'; "
			"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
			"trusted-types 'none'\r\n",
			port, port);
}

static void begin(const struct page_site *site, unsigned status, struct page_answer *answer)
{
	*answer = (struct page_answer){.head = STR(HEADERS_MAX_BYTES)};
	str_printf(&answer->head, "HTTP/1.1 %u %s\r\nServer: episoded\r\n", status, phrase_of(status));
	append_security(&answer->head, site->port, status >= 400);
}

static int finish(struct page_answer *answer, const char *type, bool is_head)
{
	if (type)
		str_printf(&answer->head, "Content-Type: %s\r\nContent-Length: %zu\r\n", type,
				answer->body_length);
	str_append(&answer->head, answer->is_last ? "Connection: close\r\n\r\n" : "\r\n");
	if (is_head)
		answer->body_length = 0;
	if (!answer->head.error)
		return 0;
	page_answer_release(answer);
	return -ENOMEM;
}

void page_answer_release(struct page_answer *answer)
{
	str_release(&answer->head);
	free(answer->owned);
	*answer = (struct page_answer){0};
}

static int send_error(const struct page_site *site, struct page_refusal refusal, bool is_last, bool is_head,
		struct page_answer *ret)
{
	struct str body = STR(ERROR_MAX_BYTES);
	size_t length;
	int r;

	page_error_append(&body, site, refusal, phrase_of(refusal.status));
	length = body.length;
	begin(site, refusal.status, ret);
	r = str_take(&body, &ret->owned);
	if (r < 0) {
		page_answer_release(ret);
		return r;
	}
	ret->is_last = is_last;
	ret->body = ret->owned;
	ret->body_length = length;
	if (refusal.status == 405)
		str_append(&ret->head, "Allow: GET, HEAD\r\n");
	else if (refusal.status == 426)
		str_append(&ret->head, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	else if (refusal.status == 503)
		str_printf(&ret->head, "Retry-After: %d\r\n", PAGE_RETRY_AFTER_S);
	return finish(ret, "text/html; charset=utf-8", is_head);
}

int page_refuse(const struct page_site *site, struct page_refusal refusal, struct page_answer *ret)
{
	return send_error(site, refusal, true, false, ret);
}

static int send_page(const struct page_site *site, const struct page_request *head, const struct asset *asset,
		char *owned, struct page_answer *ret)
{
	bool is_packed = asset->packed && head->takes_gzip, is_known;
	const char *bytes = is_packed ? asset->packed : asset->bytes;
	size_t length = (size_t)((is_packed ? asset->packed_end : asset->end) - bytes);
	char etag[PAGE_TAG_MAX_BYTES];

	snprintf(etag, sizeof(etag), "\"%016llx\"", (unsigned long long)str_hash(0, bytes, length));
	is_known = str_equal(head->known, etag);
	begin(site, is_known ? 304 : 200, ret);
	ret->is_last = head->is_close;
	ret->owned = owned;
	if (!is_known) {
		ret->body = bytes;
		ret->body_length = length;
	}
	if (asset->packed)
		str_append(&ret->head, "Vary: Accept-Encoding\r\n");
	if (is_packed && !is_known)
		str_append(&ret->head, "Content-Encoding: gzip\r\n");
	str_printf(&ret->head, "ETag: %s\r\n", etag);
	return finish(ret, is_known ? NULL : asset->type, head->is_head);
}

static int send_commands(
		const struct page_site *site, const struct page_request *head, struct page_answer *ret)
{
	char *json = str_copy(site->describe(site->user));
	struct asset asset = {.type = "application/json", .bytes = json};

	if (!json)
		return -ENOMEM;
	asset.end = json + strlen(json);
	return send_page(site, head, &asset, json, ret);
}

static int send_web_file(
		const struct page_site *site, const struct page_request *head, struct page_answer *ret)
{
	static const struct page_refusal
			later = {503, "The bot is fetching this picture. Try again in a moment."},
			unknown = {404, "The address may be mistyped, or out of date."},
			unclear = {400, "The part after the question mark is not understood. "
					"Calendars take ?alarm= and a number of minutes, at "
					"most a week."};
	struct web_file file;
	struct asset asset = {0};
	int r = site->web_file ? site->web_file(site->user, head->path, head->query, &file) : -ENOENT;

	if (r == -EAGAIN)
		return send_error(site, later, head->is_close, head->is_head, ret);
	if (r == -ENOENT || r == -EINVAL)
		return send_error(site, r == -ENOENT ? unknown : unclear, head->is_close, head->is_head, ret);
	if (r < 0)
		return r;
	asset = (struct asset){.type = file.type, .bytes = file.bytes, .end = file.bytes + file.length};
	return send_page(site, head, &asset, file.bytes, ret);
}

int page_answer(const struct page_site *site, const struct page_request *head, struct page_answer *ret)
{
	const struct asset *asset;

	if (str_equal(head->path, "/commands.json"))
		return send_commands(site, head, ret);
	asset = asset_find(head->path);
	return asset ? send_page(site, head, asset, NULL, ret) : send_web_file(site, head, ret);
}
