/* A strict parser of HTTP/1.1 request heads. */

#include "bot/gateway/lobby/page_request.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Bytes of the request, borrowed. */
struct head_span {
	const char *at;
	size_t length;
};

struct reader {
	struct page_request *head;
	struct page_refusal *refusal;
	/* how often each field occurred that may occur once */
	unsigned hosts, origins, keys, versions, upgrades, lengths;
	bool is_upgrade_wanted; /* "Connection: upgrade" */
	bool is_version_right;
	bool has_protocols;
};

static int refuse(struct reader *reader, unsigned status, const char *why)
{
	*reader->refusal = (struct page_refusal){status, why};
	return -EBADMSG;
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct head_span span)
{
	for (size_t i = 0; i < span.length; i++) {
		if (!is_token_char(span.at[i]))
			return false;
	}
	return span.length > 0;
}

static bool span_is(struct head_span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

static bool span_is_nocase(struct head_span span, const char *text)
{
	return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

static struct head_span trim(struct head_span span)
{
	while (span.length && (*span.at == ' ' || *span.at == '\t')) {
		span.at++;
		span.length--;
	}
	while (span.length && (span.at[span.length - 1] == ' ' || span.at[span.length - 1] == '\t'))
		span.length--;
	return span;
}

/* Copy a value; "" if it is too long to equal any valid one. */
static void copy(struct head_span span, char *ret, size_t size_bytes)
{
	size_t length = span.length < size_bytes ? span.length : 0;

	memcpy(ret, span.at, length);
	ret[length] = '\0';
}

/* The next element of a comma-separated list; false at its end. */
static bool next_element(struct head_span *list, struct head_span *ret)
{
	const char *comma;

	if (!list->length)
		return false;
	comma = memchr(list->at, ',', list->length);
	*ret = trim((struct head_span){list->at, comma ? (size_t)(comma - list->at) : list->length});
	if (comma) {
		list->length -= (size_t)(comma - list->at) + 1;
		list->at = comma + 1;
	} else {
		list->length = 0;
	}
	return true;
}

/* ---- the request line */

static int read_method(struct reader *reader, struct head_span method)
{
	static const char *const known[] = {
			"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PRI"};

	if (!is_token(method))
		return refuse(reader, 400, "Not an HTTP request.");
	reader->head->is_head = span_is(method, "HEAD");
	if (reader->head->is_head || span_is(method, "GET"))
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (span_is(method, known[i]))
			return refuse(reader, 405, "Only GET and HEAD are supported.");
	}
	return refuse(reader, 501, "Only GET and HEAD are supported.");
}

static void copy_query(struct head_span query, char ret[PAGE_QUERY_MAX_BYTES + 1])
{
	if (query.length > PAGE_QUERY_MAX_BYTES)
		query = (struct head_span){"?", 1};
	copy(query, ret, PAGE_QUERY_MAX_BYTES + 1);
}

static int read_target(struct reader *reader, struct head_span target)
{
	const char *query = memchr(target.at, '?', target.length);
	struct head_span path = {target.at, query ? (size_t)(query - target.at) : target.length};

	if (!target.length || *target.at != '/')
		return refuse(reader, 400, "The request target must be a path.");
	for (size_t i = 0; i < target.length; i++) {
		if (target.at[i] <= ' ' || target.at[i] >= 0x7f || target.at[i] == '#')
			return refuse(reader, 400, "Invalid characters in the path.");
	}
	copy(path, reader->head->path, sizeof(reader->head->path));
	if (query)
		copy_query((struct head_span){query + 1, target.length - path.length - 1},
				reader->head->query);
	return 0;
}

static int read_request_line(struct reader *reader, struct head_span line)
{
	const char *first = memchr(line.at, ' ', line.length), *last;
	struct head_span version;
	int r;

	if (!first)
		return refuse(reader, 400, "Not an HTTP request.");
	last = memrchr(line.at, ' ', line.length);
	version = (struct head_span){last + 1, (size_t)(line.at + line.length - last - 1)};
	if (first == last || version.length != strlen("HTTP/1.1") || memcmp(version.at, "HTTP/", 5) != 0)
		return refuse(reader, 400, "Not an HTTP request.");
	if (!span_is(version, "HTTP/1.1"))
		return refuse(reader, 505, "Only HTTP/1.1 is supported.");
	r = read_method(reader, (struct head_span){line.at, (size_t)(first - line.at)});
	if (r == 0)
		r = read_target(reader, (struct head_span){first + 1, (size_t)(last - first - 1)});
	return r;
}

/* ---- the fields */

static int on_host(struct reader *reader, struct head_span value)
{
	if (reader->hosts++)
		return refuse(reader, 400, "More than one Host header.");
	copy(value, reader->head->host, sizeof(reader->head->host));
	return 0;
}

static int on_origin(struct reader *reader, struct head_span value)
{
	if (reader->origins++)
		return refuse(reader, 400, "More than one Origin header.");
	reader->head->has_origin = true;
	copy(value, reader->head->origin, sizeof(reader->head->origin));
	return 0;
}

static int on_known(struct reader *reader, struct head_span value)
{
	copy(value, reader->head->known, sizeof(reader->head->known));
	return 0;
}

/* "gzip", "gzip;q=0.5"; not "gzip;q=0". */
static int on_encoding(struct reader *reader, struct head_span value)
{
	struct head_span coding;

	while (next_element(&value, &coding)) {
		const char *semicolon = memchr(coding.at, ';', coding.length);
		size_t length = semicolon ? (size_t)(semicolon - coding.at) : coding.length;
		struct head_span name = trim((struct head_span){coding.at, length});
		struct head_span weight = trim((struct head_span){
				coding.at + length + !!semicolon, coding.length - length - !!semicolon});
		bool is_refused = weight.length >= 3 && strncasecmp(weight.at, "q=0", 3) == 0;

		for (size_t i = 3; is_refused && i < weight.length; i++)
			is_refused = weight.at[i] == '.' || weight.at[i] == '0';
		if (span_is_nocase(name, "gzip"))
			reader->head->takes_gzip = !is_refused;
	}
	return 0;
}

static int on_connection(struct reader *reader, struct head_span value)
{
	struct head_span option;

	while (next_element(&value, &option)) {
		if (span_is_nocase(option, "close"))
			reader->head->is_close = true;
		else if (span_is_nocase(option, "upgrade"))
			reader->is_upgrade_wanted = true;
	}
	return 0;
}

static int on_upgrade(struct reader *reader, struct head_span value)
{
	if (reader->upgrades++ || !span_is_nocase(value, "websocket"))
		return refuse(reader, 501, "The only supported upgrade is WebSocket.");
	reader->head->is_websocket = true;
	return 0;
}

static int on_http2_settings(struct reader *reader, struct head_span value)
{
	(void)value;
	return refuse(reader, 501, "The only supported upgrade is WebSocket.");
}

static int on_length(struct reader *reader, struct head_span value)
{
	if (reader->lengths++ || !span_is(value, "0"))
		return refuse(reader, 400, "Requests must not have a body.");
	return 0;
}

static int on_body(struct reader *reader, struct head_span value)
{
	(void)value;
	return refuse(reader, 400, "Requests must not have a body.");
}

static int on_expect(struct reader *reader, struct head_span value)
{
	(void)value;
	return refuse(reader, 417, "Expect is not supported.");
}

static int on_key(struct reader *reader, struct head_span value)
{
	bool is_right = value.length == PAGE_KEY_BYTES && memcmp(value.at + PAGE_KEY_BYTES - 2, "==", 2) == 0;

	for (size_t i = 0; is_right && i < PAGE_KEY_BYTES - 2; i++) {
		char c = value.at[i];

		is_right = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			   c == '+' || c == '/';
	}
	if (reader->keys++ || !is_right)
		return refuse(reader, 400, "Sec-WebSocket-Key is not 16 bytes in base64.");
	copy(value, reader->head->key, sizeof(reader->head->key));
	return 0;
}

static int on_version(struct reader *reader, struct head_span value)
{
	if (reader->versions++)
		return refuse(reader, 400, "More than one Sec-WebSocket-Version header.");
	reader->is_version_right = span_is(value, "13");
	return 0;
}

static int on_protocol(struct reader *reader, struct head_span value)
{
	struct page_request *head = reader->head;
	struct head_span offered;

	reader->has_protocols = true;
	while (next_element(&value, &offered)) {
		if (head->protocol != PAGE_PROTOCOL_NONE)
			break;
		if (span_is(offered, PAGE_PROTOCOL_TEXT_NAME))
			head->protocol = PAGE_PROTOCOL_TEXT;
		else if (span_is(offered, PAGE_PROTOCOL_BINARY_NAME))
			head->protocol = PAGE_PROTOCOL_BINARY;
	}
	return 0;
}

static const struct field_rule {
	const char *name;
	int (*on_value)(struct reader *reader, struct head_span value);
} field_rules[] = {
		{"host", on_host},
		{"origin", on_origin},
		{"if-none-match", on_known},
		{"accept-encoding", on_encoding},
		{"connection", on_connection},
		{"upgrade", on_upgrade},
		{"http2-settings", on_http2_settings},
		{"content-length", on_length},
		{"transfer-encoding", on_body},
		{"expect", on_expect},
		{"sec-websocket-key", on_key},
		{"sec-websocket-version", on_version},
		{"sec-websocket-protocol", on_protocol},
};

static int read_field(struct reader *reader, struct head_span line)
{
	const char *colon = memchr(line.at, ':', line.length);
	struct head_span name = {line.at, colon ? (size_t)(colon - line.at) : 0}, value;

	if (!colon || !is_token(name)) /* also for a folded line, or a space before the colon */
		return refuse(reader, 400, "Malformed header field.");
	value = trim((struct head_span){colon + 1, line.length - name.length - 1});
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return refuse(reader, 400, "Control characters in a header field.");
	}
	for (size_t i = 0; i < sizeof(field_rules) / sizeof(field_rules[0]); i++) {
		if (span_is_nocase(name, field_rules[i].name))
			return field_rules[i].on_value(reader, value);
	}
	return 0;
}

/* Checks over several fields. */
static int check_whole(struct reader *reader)
{
	struct page_request *head = reader->head;

	if (reader->hosts != 1)
		return refuse(reader, 400, "Missing Host header.");
	if (!head->is_websocket)
		return 0;
	if (head->is_head || !reader->is_upgrade_wanted || !reader->keys)
		return refuse(reader, 400, "Incomplete WebSocket handshake.");
	if (!reader->is_version_right)
		return refuse(reader, 426, "Only WebSocket version 13 is supported.");
	if (reader->has_protocols && head->protocol == PAGE_PROTOCOL_NONE)
		return refuse(reader, 400,
				"Only " PAGE_PROTOCOL_TEXT_NAME " and " PAGE_PROTOCOL_BINARY_NAME ".");
	return 0;
}

/*
 * The next line without its CRLF. 0: it is not whole yet. A CR or an LF alone
 * ends no line; one server takes it for an end and another does not, and
 * requests are smuggled through the difference.
 */
static int next_line(struct reader *reader, const char *bytes, size_t length, struct head_span *ret)
{
	const char *end = memchr(bytes, '\n', length);
	size_t whole = end ? (size_t)(end - bytes) : length;
	const char *cr = memchr(bytes, '\r', whole);

	if ((end && (whole == 0 || cr != end - 1)) || (!end && cr && cr != bytes + length - 1))
		return refuse(reader, 400, "Lines must end with CR LF.");
	if (!end)
		return 0;
	*ret = (struct head_span){bytes, whole - 1};
	return 1;
}

/* Can an incomplete request line still become a valid one? */
static int check_beginning(struct reader *reader, struct head_span line)
{
	size_t i = 0;

	if (line.length > PAGE_LINE_MAX_BYTES)
		return refuse(reader, 414, "The request line is too long.");
	while (i < line.length && is_token_char(line.at[i]))
		i++;
	if (i < line.length && line.at[i] != ' ' && line.at[i] != '\r')
		return refuse(reader, 400, "Not an HTTP request.");
	return 0;
}

static int read_lines(struct reader *reader, const char *bytes, size_t length)
{
	size_t at = 0, fields = 0;
	struct head_span line = {bytes, length};
	int r = next_line(reader, bytes, length, &line);

	if (r >= 0)
		r = check_beginning(reader, line) < 0 ? -EBADMSG : r;
	if (r <= 0)
		return r;
	r = read_request_line(reader, line);
	while (r == 0) {
		at += line.length + 2;
		r = next_line(reader, bytes + at, length - at, &line);
		if (r <= 0)
			return r;
		if (!line.length)
			break;
		if (++fields > PAGE_FIELDS_MAX)
			return refuse(reader, 431, "Too many header fields.");
		r = read_field(reader, line);
	}
	if (r < 0)
		return r;
	r = check_whole(reader);
	return r < 0 ? r : (int)at + 2;
}

int page_request_parse(
		const char *bytes, size_t length, struct page_request *ret, struct page_refusal *ret_refusal)
{
	struct reader reader = {.head = ret, .refusal = ret_refusal};
	size_t skipped = length >= 2 && memcmp(bytes, "\r\n", 2) == 0 ? 2 : 0; /* RFC 9112, 2.2 */
	size_t shown = length - skipped < PAGE_HEAD_MAX_BYTES ? length - skipped : PAGE_HEAD_MAX_BYTES;
	int r;

	*ret = (struct page_request){0};
	r = read_lines(&reader, bytes + skipped, shown);
	if (r == 0 && length >= PAGE_HEAD_MAX_BYTES)
		return refuse(&reader, 431, "The header fields are too long.");
	return r > 0 ? r + (int)skipped : r;
}
