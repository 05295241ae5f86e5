#ifndef EPISODED_LOBBY_PAGE_REQUEST_H
#define EPISODED_LOBBY_PAGE_REQUEST_H

/*
 * Parser of one HTTP request head: GET or HEAD of a page, or a WebSocket handshake.
 * Every other request is refused here, before libwebsockets sees a byte of it.
 */

#include <stdbool.h>
#include <stddef.h>

#define PAGE_LINE_MAX_BYTES  2048  /* the request line */
#define PAGE_HEAD_MAX_BYTES  16384 /* browsers send the cookies of all of localhost */
#define PAGE_FIELDS_MAX      100
#define PAGE_PATH_MAX_BYTES  800 /* the percent-encoded name of a file, and what is around it */
#define PAGE_QUERY_MAX_BYTES 64
#define PAGE_HOST_MAX_BYTES  80
#define PAGE_TAG_MAX_BYTES   24
#define PAGE_KEY_BYTES       24 /* 16 bytes in base64 */

#define PAGE_PROTOCOL_TEXT_NAME   "text.ircv3.net"
#define PAGE_PROTOCOL_BINARY_NAME "binary.ircv3.net"

enum page_protocol { PAGE_PROTOCOL_NONE, PAGE_PROTOCOL_TEXT, PAGE_PROTOCOL_BINARY };

struct page_request {
	bool is_head;  /* HEAD, not GET */
	bool is_close; /* "Connection: close" */
	bool is_websocket;
	bool has_origin;
	bool takes_gzip;
	char path[PAGE_PATH_MAX_BYTES + 1];   /* as sent, without the query; "": too long to be valid */
	char query[PAGE_QUERY_MAX_BYTES + 1]; /* without the '?'; "?": too long to be valid */
	char host[PAGE_HOST_MAX_BYTES + 1];
	char origin[PAGE_HOST_MAX_BYTES + 1]; /* "": too long to be valid */
	char known[PAGE_TAG_MAX_BYTES + 1];   /* of the header "If-None-Match"; "": too long to be valid */
	char key[PAGE_KEY_BYTES + 1];
	enum page_protocol protocol; /* the first supported one that was offered */
};

struct page_refusal {
	unsigned status;
	const char *why;
};

/*
 * page_request_parse - read one request head.
 *
 * Shape:   "GET" or "HEAD", a target that begins with '/', HTTP/1.1, fields without
 *          folding, CRLF, one Host, no body. "Upgrade: websocket" makes it a handshake
 *          of version 13; every other upgrade is refused.
 * Limits:  PAGE_LINE_MAX_BYTES, PAGE_HEAD_MAX_BYTES, PAGE_FIELDS_MAX.
 * Returns: the bytes of the head with its empty line; 0: incomplete.
 * Owns:    *ret holds copies. *ret_refusal points to constants, never to the request.
 * Errors:  -EBADMSG refused, with the reason in *ret_refusal; *ret is undefined.
 * Source:  RFC 9112, RFC 6455.
 */
int page_request_parse(
		const char *bytes, size_t length, struct page_request *ret, struct page_refusal *ret_refusal);

#endif
