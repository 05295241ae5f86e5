/* The lobby's parser of request heads: complete, in pieces, and invalid. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/lobby/page_request.h"

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: localhost:8067\r\n"
#define WEBSOCKET                                                                                            \
	"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"                                          \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

static int parse(const char *text, struct page_request *ret_head, struct page_refusal *ret_refusal)
{
	*ret_refusal = (struct page_refusal){0};
	return page_request_parse(text, strlen(text), ret_head, ret_refusal);
}

static void assert_refused(const char *text, unsigned status)
{
	struct page_refusal refusal;
	struct page_request head;

	assert_int_equal(parse(text, &head, &refusal), -EBADMSG);
	assert_int_equal(refusal.status, status);
	assert_true(strlen(refusal.why) > 0);
}

static void test_a_page_is_asked_for(void **state)
{
	static const char text[] = "HEAD /app.js?v=2 HTTP/1.1\r\n" HOST
				   "If-None-Match: \"12\"\r\nConnection: x, Close\r\n\r\nGET";
	struct page_refusal refusal;
	struct page_request head;

	(void)state;
	assert_int_equal(parse(text, &head, &refusal), (int)strlen(text) - 3);
	assert_true(head.is_head && head.is_close);
	assert_false(head.is_websocket || head.has_origin);
	assert_string_equal(head.path, "/app.js");
	assert_string_equal(head.query, "v=2");
	assert_string_equal(head.host, "localhost:8067");
	assert_string_equal(head.known, "\"12\"");
}

static void test_a_handshake_takes_the_first_known_protocol(void **state)
{
	struct page_refusal refusal;
	struct page_request head;

	(void)state;
	assert_true(parse(LINE HOST WEBSOCKET "\r\n", &head, &refusal) > 0);
	assert_true(head.is_websocket);
	assert_string_equal(head.key, "dGhlIHNhbXBsZSBub25jZQ==");
	assert_int_equal(head.protocol, PAGE_PROTOCOL_NONE);
	assert_true(parse(LINE HOST WEBSOCKET "Sec-WebSocket-Protocol: mqtt ,, binary.ircv3.net\r\n"
					      "Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n",
				    &head, &refusal) > 0);
	assert_int_equal(head.protocol, PAGE_PROTOCOL_BINARY);
	assert_refused(LINE HOST WEBSOCKET "Sec-WebSocket-Protocol: mqtt\r\n\r\n", 400);
}

/* In any pieces the head is incomplete until its last byte, with the same result. */
static void test_gzip_is_taken_unless_refused(void **state)
{
	static const struct {
		const char *value;
		bool is_taken;
	} examples[] = {{"gzip", true}, {"gzip, deflate, br", true}, {"br;q=1.0, GZIP ; q=0.01", true},
			{"gzip;q=0", false}, {"gzip; q=0.000", false}, {"identity", false}, {"xgzip", false},
			{"", false}, {";", false}};
	struct page_refusal refusal;
	struct page_request head;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		snprintf(text, sizeof(text), LINE HOST "Accept-Encoding: %s\r\n\r\n", examples[i].value);
		assert_true(parse(text, &head, &refusal) > 0);
		assert_int_equal(head.takes_gzip, examples[i].is_taken);
	}
}

static void test_every_beginning_of_a_head_waits_for_more(void **state)
{
	static const char text[] = "\r\n" LINE HOST WEBSOCKET "\r\n";
	struct page_refusal refusal;
	struct page_request head;

	(void)state;
	for (size_t length = 0; length < strlen(text); length++)
		assert_int_equal(page_request_parse(text, length, &head, &refusal), 0);
	assert_int_equal(page_request_parse(text, strlen(text), &head, &refusal), (int)strlen(text));
}

/* A head that no further bytes can make valid is refused before it ends. */
static void test_hopeless_beginnings_do_not_wait(void **state)
{
	static const char many[PAGE_HEAD_MAX_BYTES + 1] = "GET / HTTP/1.1\r\nX: ";
	char longest[PAGE_HEAD_MAX_BYTES + 1];
	struct page_refusal refusal;
	struct page_request head;

	(void)state;
	assert_refused("\x16\x03\x01", 400);
	assert_refused("GET\tx", 400);
	assert_refused("PRI * HTTP/2.0\r\n", 505);
	assert_refused("GET / HTTP/1.1\n", 400);
	assert_refused("GET / HTTP/1.1\rX", 400);
	assert_refused(LINE "Upgrade: h2c\r\n", 501);
	assert_refused(LINE " folded\r\n", 400);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "GET /", 5);
	assert_int_equal(page_request_parse(longest, PAGE_LINE_MAX_BYTES + 1, &head, &refusal), -EBADMSG);
	assert_int_equal(refusal.status, 414);
	memcpy(longest, many, strlen(many));
	assert_int_equal(page_request_parse(longest, PAGE_HEAD_MAX_BYTES - 1, &head, &refusal), 0);
	assert_int_equal(page_request_parse(longest, PAGE_HEAD_MAX_BYTES, &head, &refusal), -EBADMSG);
	assert_int_equal(refusal.status, 431);
	memcpy(longest, "\r\n", 2);
	memcpy(longest + 2, many, strlen(many));
	assert_int_equal(page_request_parse(longest, PAGE_HEAD_MAX_BYTES, &head, &refusal), -EBADMSG);
}

static void test_long_values_are_dropped(void **state)
{
	char text[2100], word[PAGE_PATH_MAX_BYTES + 1];
	struct page_refusal refusal;
	struct page_request head;

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", word, word);
	assert_true(parse(text, &head, &refusal) > 0);
	assert_string_equal(head.path, "");
	assert_string_equal(head.host, "");
	snprintf(text, sizeof(text), LINE HOST "Origin: %s\r\nIf-None-Match: %s\r\n\r\n", word, word);
	assert_true(parse(text, &head, &refusal) > 0);
	assert_true(head.has_origin);
	assert_string_equal(head.origin, "");
	assert_string_equal(head.known, "");
	snprintf(text, sizeof(text), "GET /a.ics?%s HTTP/1.1\r\n" HOST "\r\n", word);
	assert_true(parse(text, &head, &refusal) > 0);
	assert_string_equal(head.path, "/a.ics");
	assert_string_equal(head.query, "?"); /* and not "", which is valid */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_page_is_asked_for),
			cmocka_unit_test(test_gzip_is_taken_unless_refused),
			cmocka_unit_test(test_a_handshake_takes_the_first_known_protocol),
			cmocka_unit_test(test_every_beginning_of_a_head_waits_for_more),
			cmocka_unit_test(test_hopeless_beginnings_do_not_wait),
			cmocka_unit_test(test_long_values_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
