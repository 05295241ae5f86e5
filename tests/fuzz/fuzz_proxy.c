/*
 * A hostile proxy, and hostile words about proxies. The first byte chooses: 'S' a stream through CONNECT, 'W' a WebSocket
 * through CONNECT, '5' a stream through SOCKS5; PACKET_END separates the proxy's packets. Whatever arrives, the connection is
 * closed once, with a reason that is one clean line. 'U': the input is the URL of a proxy, a no_proxy list and a host, with
 * line breaks between them.
 */

#include <stdio.h>
#include <unistd.h>

#include "bot/base/proxy_url.h"
#include "bot/net/proxy.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"
#include "tests/fuzz/fuzzed.h"
#include "tests/fuzz/socket_rounds.h"

#define PASSWORD "pa55word"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rounds rounds;
static int listening = -1;
static unsigned short port;
static struct stream *stream;
static struct websocket *websocket;
static unsigned open;
static bool has_password; /* the input has it */

static void on_stream_open(void *user)
{
	(void)user;
	stream_send(stream, "hello", 5);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	(void)user;
	stream_send(stream, bytes, length);
}

static void on_websocket_open(void *user, const char *protocol)
{
	(void)user;
	(void)protocol;
	websocket_send(websocket, "hello", 5, true);
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	(void)user;
	websocket_send(websocket, bytes, length, is_text);
}

static void on_close(void *user, int error, const char *reason)
{
	(void)user;
	assert(error <= 0 && *reason && open == 1);
	assert(has_password || !strstr(reason, PASSWORD));
	fuzzed_check_line(reason);
	open--;
	stream = NULL;
	websocket = NULL;
}

static void check_words(const char *bytes, size_t length)
{
	char *words[3], shown[PROXY_SHOWN_MAX_BYTES + 1];
	struct proxy_url url;
	const char *problem;

	for (size_t i = 0; i < 3; i++) {
		const char *end = memchr(bytes, '\n', length);
		size_t part = end ? (size_t)(end - bytes) : length;

		words[i] = fuzzed_text(bytes, part);
		bytes += part + (end != NULL);
		length -= part + (end != NULL);
	}
	problem = proxy_url_parse(words[0], &url);
	if (!problem) {
		assert(*url.host && strlen(url.host) <= PROXY_HOST_MAX_BYTES && url.port);
		proxy_url_show(&url, shown);
		fuzzed_check_line(shown);
		assert(!strchr(shown, '@'));
	}
	if (proxy_is_exempt(words[1], words[2], 443))
		assert(*words[1]);
	proxy_find(words[0], true, words[2], 443);
	proxy_find_for_url(words[0], words[2]);
	for (size_t i = 0; i < 3; i++)
		free(words[i]);
}

static int connect_one(uint8_t how)
{
	static const struct stream_events stream_events = {on_stream_open, on_bytes, on_close};
	static const struct websocket_events websocket_events = {on_websocket_open, on_message, on_close};
	const struct websocket_options web = {
			.host = "irc.example", .port = 80, .path = "/", .message_max_bytes = 4096};
	struct stream_options options = {.host = "irc.example", .port = 6667};
	struct websocket_options web_options = web;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "%s://me:%s@127.0.0.1:%u", how == '5' ? "socks5" : "http", PASSWORD,
			port);
	options.proxy = web_options.proxy = proxy;
	return how == 'W' ? websocket_connect(rounds.loop, &web_options, &websocket_events, NULL, &websocket)
			  : stream_connect(rounds.loop, &options, &stream_events, NULL, &stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (listening < 0) {
		rounds_begin(&rounds);
		listening = listen_anywhere(&port);
	}
	if (size && *data == 'U') {
		check_words((const char *)data + 1, size - 1);
		return 0;
	}
	if (!size || connect_one(*data) < 0)
		return 0;
	has_password = memmem(data, size, PASSWORD, strlen(PASSWORD)) != NULL;
	open = 1;
	fd = rounds_accept(&rounds, listening);
	rounds_run(&rounds, ROUNDS_A_PACKET);
	send_packets(&rounds, fd, (const char *)data + 1, size - 1);
	close(fd);
	rounds_until_none(&rounds, &open);
	return 0;
}
