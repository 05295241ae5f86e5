/*
 * A server that sends any bytes over a real loopback connection: to an HTTP request, a stream
 * or a WebSocket. Whatever the bytes and the pieces, the connection ends exactly once and
 * leaks nothing. The input's first byte chooses the kind, the second the pieces; the rest are
 * the server's bytes, for a WebSocket after its 101.
 */

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"
#include "tests/fuzz/fuzzed.h"

#define DEADLINE_MS       4000 /* a client's own deadlines after a close are 2 s */
#define REQUEST_MAX_BYTES 4096
#define MESSAGE_MAX_BYTES 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind { KIND_GET, KIND_POST, KIND_STREAM, KIND_WEBSOCKET, KIND_REFUSED, KINDS };

/* The server, on the same loop. */
struct server {
	struct watch *listening, *connection;
	int listener, fd;
	unsigned short port;
	char request[REQUEST_MAX_BYTES];
	size_t request_bytes;
	struct str said; /* all bytes to send */
	size_t at;
	unsigned piece;
	bool is_ready; /* the request was read */
};

static struct world {
	struct loop *loop;
	struct timer *deadline;
	struct server server;
	enum kind kind;
	struct stream *stream;
	struct websocket *websocket;
	size_t heard_bytes;
	bool is_over;
} world;

/* ---------------------------------------------------------------- the server */

static void drop_connection(void)
{
	struct server *server = &world.server;

	watch_free(server->connection);
	server->connection = NULL;
	if (server->fd >= 0)
		close(server->fd);
	server->fd = -1;
}

/* Compute Sec-WebSocket-Accept for the request's key (RFC 6455, 1.3). */
static void accept_websocket(struct server *server)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const char *at = strstr(server->request, "Sec-WebSocket-Key: ");
	unsigned char digest[SHA_DIGEST_LENGTH];
	char key[128] = "", accepted[64], head[256];
	struct str said = server->said;

	assert(at && sscanf(at, "Sec-WebSocket-Key: %60s", key) == 1);
	memcpy(key + strlen(key), magic, sizeof(magic));
	SHA1((unsigned char *)key, strlen(key), digest);
	EVP_EncodeBlock((unsigned char *)accepted, digest, sizeof(digest));
	snprintf(head, sizeof(head),
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Accept: %s\r\n\r\n",
			accepted);
	server->said = STR(FUZZED_TEXT_MAX_BYTES * 2);
	str_append(&server->said, head);
	str_append_bytes(&server->said, str_text(&said), said.length);
	str_release(&said);
}

static void listen_to_client(struct server *server)
{
	char bytes[4096];
	ssize_t got;

	while ((got = recv(server->fd, bytes, sizeof(bytes), 0)) > 0) {
		size_t room = sizeof(server->request) - 1 - server->request_bytes;

		if ((size_t)got < room)
			room = (size_t)got;
		memcpy(server->request + server->request_bytes, bytes, room);
		server->request_bytes += room;
		server->request[server->request_bytes] = '\0';
	}
	if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		drop_connection();
		return;
	}
	if (server->is_ready || !strstr(server->request, "\r\n\r\n"))
		return;
	server->is_ready = true;
	if (world.kind == KIND_WEBSOCKET)
		accept_websocket(server);
}

/* Send the next piece, if any. */
static void speak(struct server *server)
{
	size_t length = server->said.length - server->at, piece = server->piece ? server->piece : length;
	ssize_t sent;

	if (!length) {
		shutdown(server->fd, SHUT_WR);
		watch_change(server->connection, EPOLLIN);
		return;
	}
	sent = send(server->fd, str_text(&server->said) + server->at, piece < length ? piece : length,
			MSG_NOSIGNAL);
	if (sent > 0)
		server->at += (size_t)sent;
	else if (errno != EAGAIN)
		drop_connection();
}

static void on_connection(void *user, uint32_t events)
{
	struct server *server = user;

	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		listen_to_client(server);
	if (server->fd < 0 || !server->is_ready)
		return;
	if (events & EPOLLOUT)
		speak(server);
	else if (server->at < server->said.length)
		watch_change(server->connection, EPOLLIN | EPOLLOUT);
}

static void on_listener(void *user, uint32_t events)
{
	struct server *server = user;
	int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;

	(void)events;
	if (fd < 0)
		return;
	if (server->fd >= 0) { /* one connection per input; libcurl may open a second one */
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	server->fd = fd;
	server->is_ready = world.kind == KIND_STREAM;
	assert(watch_new(world.loop, fd, EPOLLIN | EPOLLOUT, on_connection, server, &server->connection) ==
			0);
}

static void start_server(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	server->fd = -1;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert(server->listener >= 0);
	assert(bind(server->listener, (struct sockaddr *)&address, length) == 0);
	assert(listen(server->listener, 8) == 0);
	assert(getsockname(server->listener, (struct sockaddr *)&address, &length) == 0);
	server->port = ntohs(address.sin_port);
	assert(watch_new(world.loop, server->listener, EPOLLIN, on_listener, server, &server->listening) ==
			0);
}

/* ---------------------------------------------------------------- the clients */

static void finish(void)
{
	assert(!world.is_over);
	world.is_over = true;
	loop_stop(world.loop);
}

static void on_deadline(void *user)
{
	(void)user;
	assert(!"the connection ends");
}

static void on_http(void *user, const struct http_response *response)
{
	static const char *const names[] = {"X-RateLimit-Bucket", "Content-Type", "a", ""};

	(void)user;
	fuzzed_check_line(response->reason);
	assert(!response->error || *response->reason);
	assert(response->error || (response->status >= 100 && response->status < 1000));
	assert(response->body && response->body[response->body_bytes] == '\0');
	assert(response->body_bytes <= HTTP_BODY_MAX_BYTES);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = http_header(response->transfer, names[i]);

		assert(!value || !strpbrk(value, "\r\n"));
	}
	finish();
}

static void on_stream_open(void *user)
{
	(void)user;
	assert(stream_send(world.stream, "NICK bot\r\n", 10) == 0);
}

static void on_stream_bytes(void *user, const char *bytes, size_t length)
{
	const struct str *said = &world.server.said;

	(void)user;
	assert(world.heard_bytes + length <= said->length);
	assert(memcmp(bytes, str_text(said) + world.heard_bytes, length) == 0);
	world.heard_bytes += length;
}

static void on_stream_close(void *user, int error, const char *reason)
{
	(void)user;
	fuzzed_check_line(reason);
	assert(error <= 0 && *reason);
	assert(world.heard_bytes == world.server.said.length); /* to its last byte */
	world.stream = NULL;
	finish();
}

static void on_websocket_open(void *user, const char *protocol)
{
	(void)user;
	(void)protocol;
	assert(websocket_send(world.websocket, "NICK bot", 8, true) == 0);
}

static void on_websocket_message(void *user, const char *bytes, size_t length, bool is_text)
{
	(void)user;
	(void)is_text;
	assert(length <= MESSAGE_MAX_BYTES);
	world.heard_bytes += str_hash(0, bytes, length) & 1; /* every byte of it can be read */
	if (length == 1)                                     /* the client must end it */
		websocket_close(world.websocket, 1000, "done");
	else
		websocket_send(world.websocket, bytes, length, false);
}

static void on_websocket_close(void *user, int error, const char *reason)
{
	(void)user;
	assert(error <= 0 && *reason);
	fuzzed_check_line(reason);
	world.websocket = NULL;
	finish();
}

static void ask_http(const char *method)
{
	struct http_request request = {.method = method,
			.headers = {"A: b"},
			.body = strcmp(method, "POST") == 0 ? "{}" : NULL,
			.body_bytes = 2,
			.timeout_ms = 2000};
	struct http *http;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", world.server.port);
	request.url = url;
	assert(http_new(world.loop, "test", NULL, &http) == 0);
	assert(http_start(http, &request, on_http, NULL, NULL) == 0);
	assert(loop_run(world.loop) == 0);
	http_free(http);
}

static void open_stream(void)
{
	static const struct stream_events events = {on_stream_open, on_stream_bytes, on_stream_close};
	const struct stream_options options = {
			.address = "127.0.0.1", .host = "localhost", .port = world.server.port};

	assert(stream_connect(world.loop, &options, &events, NULL, &world.stream) == 0);
	assert(loop_run(world.loop) == 0);
}

static void open_websocket(void)
{
	static const struct websocket_events events = {
			on_websocket_open, on_websocket_message, on_websocket_close};
	unsigned short code = 0;
	const struct websocket_options options = {.address = "127.0.0.1",
			.host = "localhost",
			.port = world.server.port,
			.path = "/",
			.message_max_bytes = MESSAGE_MAX_BYTES,
			.close_code = &code};

	assert(websocket_connect(world.loop, &options, &events, NULL, &world.websocket) == 0);
	assert(loop_run(world.loop) == 0);
}

static void begin(void)
{
	if (world.loop)
		return;
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); /* once, not per connection */
	assert(loop_new(&world.loop) == 0);
	world.deadline = timer_new(world.loop, on_deadline, NULL);
	assert(world.deadline);
	start_server(&world.server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	struct server *server = &world.server;

	begin();
	world.kind = fuzzed_byte(&input) % KINDS;
	server->piece = fuzzed_byte(&input);
	if (server->piece && input.length / server->piece > 200)
		server->piece = (unsigned)(input.length / 200);
	server->said = STR(FUZZED_TEXT_MAX_BYTES * 2);
	str_append_bytes(&server->said, input.bytes,
			input.length < FUZZED_TEXT_MAX_BYTES ? input.length : FUZZED_TEXT_MAX_BYTES);
	server->at = server->request_bytes = 0;
	server->request[0] = '\0';
	server->is_ready = false;
	world.heard_bytes = 0;
	world.is_over = false;
	timer_set(world.deadline, DEADLINE_MS);
	switch (world.kind) {
	case KIND_GET: ask_http("GET"); break;
	case KIND_POST: ask_http("POST"); break;
	case KIND_STREAM: open_stream(); break;
	default: open_websocket(); break;
	}
	assert(world.is_over);
	drop_connection();
	str_release(&server->said);
	return 0;
}
