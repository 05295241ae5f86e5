/* The WebSocket client against a scripted server: every end is told once and in words, every byte is as it
 * should be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "bot/net/loop.h"
#include "bot/net/websocket.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS       20000
#define MESSAGE_MAX_BYTES 10000

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct server server;
	struct websocket_options options;
	struct websocket *websocket;
	unsigned opened, closed, messages;
	unsigned waiting_for; /* closes before the loop stops */
	char protocol[64];
	char heard[1024]; /* text messages between <>, binary ones between [] */
	int error;
	char reason[256];
	void (*then)(struct world *world); /* on open */
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->options = (struct websocket_options){.address = "127.0.0.1",
		.host = "irc.example.org",
		.path = "/chat?x=1",
		.message_max_bytes = MESSAGE_MAX_BYTES};
	world->waiting_for = 1;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_open(void *user, const char *protocol)
{
	struct world *world = user;

	world->opened++;
	snprintf(world->protocol, sizeof(world->protocol), "%s", protocol);
	if (world->then)
		world->then(world);
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	struct world *world = user;
	size_t have = strlen(world->heard);

	world->messages++;
	snprintf(world->heard + have, sizeof(world->heard) - have, "%c%.*s%c", is_text ? '<' : '[',
		(int)length, bytes, is_text ? '>' : ']');
}

static void on_close(void *user, int error, const char *reason)
{
	struct world *world = user;

	world->closed++;
	world->error = error;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	if (world->closed == world->waiting_for)
		loop_stop(world->loop);
}

static const struct websocket_events events = {on_open, on_message, on_close};

static void connect_to(struct world *world, unsigned short port)
{
	world->options.port = port;
	assert_int_equal(
		websocket_connect(world->loop, &world->options, &events, world, &world->websocket), 0);
	assert_int_equal(world->closed, 0); /* never within the call */
}

/* Connect to the script and run until the connection has ended. */
static void play(struct world *world, void (*script)(struct server *server, int fd))
{
	server_start(&world->server, script);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 1);
	server_stop(&world->server);
}

static void refused(void **state)
{
	struct world *world = *state;
	unsigned short port;
	int fd = listen_on_loopback(&port, 1);

	close(fd); /* now nobody listens there */
	connect_to(world, port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ECONNREFUSED);
	assert_string_equal(world->reason, "connection refused");
	assert_int_equal(world->opened, 0);
}

static void script_close(struct server *server, int fd)
{
	(void)server;
	(void)fd;
}

static void closed_at_once_two_hundred_times(void **state)
{
	struct world *world = *state;

	server_start(&world->server, script_close);
	for (unsigned i = 1; i <= 200; i++) {
		world->waiting_for = i;
		world->options.port = world->server.port;
		assert_int_equal(
			websocket_connect(world->loop, &world->options, &events, world, &world->websocket),
			0);
		assert_int_equal(loop_run(world->loop), 0);
		assert_int_equal(world->closed, i);
		assert_true(world->error < 0);
		assert_true(world->reason[0] != '\0');
	}
	server_stop(&world->server);
	assert_int_equal(world->opened, 0);
}

static void script_bytes(struct server *server, int fd)
{
	read_request(server, fd);
	write_all(fd, server->bytes, server->length);
}

static void play_answer(struct world *world, const char *answer)
{
	world->server.bytes = answer;
	world->server.length = strlen(answer);
	play(world, script_bytes);
	assert_int_equal(world->opened, 0);
	assert_int_equal(world->error, -EPROTO);
}

static void garbage_instead_of_http(void **state)
{
	play_answer(*state, "\x01\x02%s%n\xff\xfe:irc.example.org NOTICE * :go away\r\n\r\n");
	assert_non_null(strstr(((struct world *)*state)->reason, "not a WebSocket server"));
}

static void http_status_is_told(void **state)
{
	play_answer(*state, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(((struct world *)*state)->reason, "WebSocket refused: HTTP status 403");
}

static void redirects_are_not_followed(void **state)
{
	play_answer(*state, "HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	assert_non_null(strstr(((struct world *)*state)->reason, "redirected"));
}

static void wrong_accept_key(void **state)
{
	play_answer(*state,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
	assert_non_null(strstr(((struct world *)*state)->reason, "not a WebSocket server"));
}

static void script_accept_and_close(struct server *server, int fd)
{
	accept_upgrade(server, fd, server->bytes);
	write_frame(fd, 0x88, "\x03\xf0policy", 8);
	hear_out(server, fd);
}

static void headers_left_out_are_not_on_the_wire(void **state)
{
	struct world *world = *state;

	play(world, script_accept_and_close);
	assert_int_equal(world->opened, 1);
	assert_int_equal(strncmp(world->server.request, "GET /chat?x=1 HTTP/1.1\r\n", 24), 0);
	assert_null(strstr(world->server.request, "Sec-WebSocket-Protocol"));
	assert_null(strstr(world->server.request, "Sec-WebSocket-Extensions"));
	assert_null(strstr(world->server.request, "Origin"));
	assert_null(strstr(world->server.request, "(null)"));
	assert_non_null(strstr(world->server.request, "\r\nUser-Agent: episoded/"));
	assert_non_null(strstr(world->server.request, "\r\nHost: irc.example.org:"));
}

static void headers_given_are_on_the_wire(void **state)
{
	struct world *world = *state;

	world->options.protocols = "text.ircv3.net, binary.ircv3.net";
	world->options.origin = "https://irc.example.org";
	world->server.bytes = "binary.ircv3.net";
	play(world, script_accept_and_close);
	assert_string_equal(world->protocol, "binary.ircv3.net");
	assert_non_null(strstr(
		world->server.request, "\r\nSec-WebSocket-Protocol: text.ircv3.net, binary.ircv3.net\r\n"));
	assert_non_null(strstr(world->server.request, "\r\nOrigin: https://irc.example.org\r\n"));
}

static void no_subprotocol_chosen_is_accepted(void **state)
{
	struct world *world = *state;

	world->options.protocols = "text.ircv3.net, binary.ircv3.net";
	play(world, script_accept_and_close);
	assert_int_equal(world->opened, 1);
	assert_string_equal(world->protocol, "");
}

static void close_code_and_reason_are_told(void **state)
{
	struct world *world = *state;

	play(world, script_accept_and_close);
	assert_int_equal(world->error, -ECONNRESET);
	assert_string_equal(world->reason, "closed by the server: 1008 policy");
}

static void script_fragments(struct server *server, int fd)
{
	accept_upgrade(server, fd, NULL);
	write_frame(fd, 0x01, "frag", 4);
	write_frame(fd, 0x89, "are you there", 13);
	write_frame(fd, 0x00, "men", 3);
	write_frame(fd, 0x80, "ted", 3);
	write_frame(fd, 0x82, "binary", 6);
	write_frame(fd, 0x81, "", 0);
	read_frame(server, fd); /* the pong */
	write_frame(fd, 0x88, "\x03\xe8", 2);
	hear_out(server, fd);
}

static void fragments_are_joined_around_a_ping(void **state)
{
	struct world *world = *state;

	play(world, script_fragments);
	assert_string_equal(world->heard, "<fragmented>[binary]<>");
	assert_int_equal(world->server.pongs, 1);
	assert_string_equal(world->reason, "closed by the server: 1000");
}

static void script_oversize(struct server *server, int fd)
{
	static char big[MESSAGE_MAX_BYTES + 1];

	accept_upgrade(server, fd, NULL);
	memset(big, 'x', sizeof(big));
	write_frame(fd, 0x82, big, MESSAGE_MAX_BYTES); /* just fits */
	write_frame(fd, 0x01, big, MESSAGE_MAX_BYTES); /* and one more byte */
	write_frame(fd, 0x80, big, 1);
	hear_out(server, fd);
}

static void message_too_long_closes_with_1009(void **state)
{
	struct world *world = *state;

	play(world, script_oversize);
	assert_int_equal(world->messages, 1);
	assert_int_equal(world->error, -EMSGSIZE);
	assert_non_null(strstr(world->reason, "longer than 10000 bytes"));
	assert_int_equal(world->server.close_code, 1009);
}

static void script_drop(struct server *server, int fd)
{
	accept_upgrade(server, fd, NULL);
	write_frame(fd, 0x81, "hello", 5);
}

static void lost_connection_is_told(void **state)
{
	struct world *world = *state;

	play(world, script_drop);
	assert_string_equal(world->heard, "<hello>");
	assert_int_equal(world->error, -ECONNRESET);
	assert_string_equal(world->reason, "connection lost");
}

static void script_listen(struct server *server, int fd)
{
	accept_upgrade(server, fd, NULL);
	hear_out(server, fd);
}

static void say_and_close(struct world *world)
{
	assert_int_equal(websocket_send(world->websocket, "one", 3, true), 0);
	assert_int_equal(websocket_send(world->websocket, "two", 3, false), 0);
	assert_int_equal(websocket_send(world->websocket, "", 0, true), 0);
	websocket_close(world->websocket, 1000, "bye");
	websocket_close(world->websocket, 1001, "again");
	assert_int_equal(websocket_send(world->websocket, "late", 4, true), -ENOTCONN);
}

static void close_sends_what_is_queued_first(void **state)
{
	struct world *world = *state;

	world->then = say_and_close;
	play(world, script_listen);
	assert_string_equal(world->server.said, "one|two||");
	assert_int_equal(world->server.close_code, 1000);
	assert_string_equal(world->server.close_reason, "bye");
	assert_int_equal(world->error, 0);
	assert_string_equal(world->reason, "closed");
}

/* Never answers the close, until the client hangs up. */
static void script_deaf(struct server *server, int fd)
{
	char byte;

	accept_upgrade(server, fd, NULL);
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

static void just_close(struct world *world)
{
	websocket_close(world->websocket, 1000, NULL);
}

static void close_does_not_wait_for_ever(void **state)
{
	struct world *world = *state;
	uint64_t begin_ms = loop_now_ms(world->loop);

	world->then = just_close;
	play(world, script_deaf);
	assert_int_equal(world->error, 0);
	assert_true(loop_now_ms(world->loop) - begin_ms < 3000);
}

static void fill_queue(struct world *world)
{
	static char block[65536];
	int r = 0;
	unsigned sent = 0;

	while (!(r = websocket_send(world->websocket, block, sizeof(block), false)))
		sent++;
	assert_int_equal(r, -ENOBUFS);
	assert_in_range(sent, 1, WEBSOCKET_SEND_MAX_BYTES / sizeof(block));
	assert_int_equal(
		websocket_send(world->websocket, block, WEBSOCKET_SEND_MAX_BYTES + 1, false), -ENOBUFS);
	websocket_abandon(world->websocket);
	loop_stop(world->loop);
}

static void queue_is_bounded(void **state)
{
	struct world *world = *state;

	world->then = fill_queue;
	server_start(&world->server, script_deaf);
	connect_to(world, world->server.port);
	assert_int_equal(websocket_send(world->websocket, "early", 5, true), -ENOTCONN);
	assert_int_equal(loop_run(world->loop), 0);
	timer_free(world->deadline);
	world->deadline = NULL;
	loop_free(world->loop); /* takes the abandoned connection along */
	world->loop = NULL;
	server_stop(&world->server);
	assert_int_equal(world->closed, 0);
}

static void on_stop(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

/* In every phase: right after the call, in the middle of things, and when it has just failed. */
static void abandoned_connections_stay_silent(void **state)
{
	struct world *world = *state;
	struct timer *stop = timer_new(world->loop, on_stop, world);

	server_start(&world->server, script_drop);
	for (unsigned delay_ms = 0; delay_ms < 20; delay_ms++) {
		unsigned closed = world->closed;

		world->options.port = world->server.port;
		world->waiting_for = 0;
		assert_int_equal(
			websocket_connect(world->loop, &world->options, &events, world, &world->websocket),
			0);
		if (delay_ms) {
			timer_set(stop, delay_ms / 4);
			assert_int_equal(loop_run(world->loop), 0);
		}
		if (world->closed == closed)
			websocket_abandon(world->websocket);
		closed = world->closed;
		timer_set(stop, 20);
		assert_int_equal(loop_run(world->loop), 0);
		assert_int_equal(world->closed, closed);
	}
	websocket_abandon(NULL);
	timer_free(stop);
	server_stop(&world->server);
}

static void close_before_open(void **state)
{
	struct world *world = *state;

	server_start(&world->server, script_listen);
	connect_to(world, world->server.port);
	websocket_close(world->websocket, 1000, "changed my mind");
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->opened, 0);
	assert_int_equal(world->error, 0);
	server_stop(&world->server);
}

static void options_that_would_forge_headers_are_refused(void **state)
{
	struct world *world = *state;
	char longest[5000];
	const struct websocket_options bad[] = {
		{.address = "127.0.0.1", .host = "a", .path = "/\r\nX: y", .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a", .path = "/ HTTP/1.1", .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a\n", .path = "/", .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "", .path = "/", .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a", .path = "chat", .message_max_bytes = 1},
		{.address = "127.0.0.1",
			.host = "a",
			.path = "/",
			.origin = "x\r\ny",
			.message_max_bytes = 1},
		{.address = "127.0.0.1",
			.host = "a",
			.path = "/",
			.protocols = "x\ny",
			.message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a", .path = longest, .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a", .path = "/", .origin = longest, .message_max_bytes = 1},
		{.address = "127.0.0.1", .host = "a", .path = "/"},
	};

	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			websocket_connect(world->loop, &bad[i], &events, world, &world->websocket), -EINVAL);
	assert_null(world->websocket);
}

static void script_mute(struct server *server, int fd)
{
	char byte;

	read_request(server, fd);
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

/* Ten seconds, for both at once: one does not even accept, the other accepts and says nothing. */
static void silent_servers_time_out(void **state)
{
	struct world *world = *state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned short port;
	int full = listen_on_loopback(&port, 0), fillers[4];
	uint64_t begin_ms = loop_now_ms(world->loop);

	address.sin_port = htons(port);
	for (int i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(connect(fillers[i], (struct sockaddr *)&address, sizeof(address)) < 0);
	}
	world->waiting_for = 2;
	connect_to(world, port);
	server_start(&world->server, script_mute);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 2);
	assert_int_equal(world->error, -ETIMEDOUT);
	assert_true(loop_now_ms(world->loop) - begin_ms < 13000);
	server_stop(&world->server);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused),
		TEST(closed_at_once_two_hundred_times),
		TEST(garbage_instead_of_http),
		TEST(http_status_is_told),
		TEST(redirects_are_not_followed),
		TEST(wrong_accept_key),
		TEST(headers_left_out_are_not_on_the_wire),
		TEST(headers_given_are_on_the_wire),
		TEST(no_subprotocol_chosen_is_accepted),
		TEST(close_code_and_reason_are_told),
		TEST(fragments_are_joined_around_a_ping),
		TEST(message_too_long_closes_with_1009),
		TEST(lost_connection_is_told),
		TEST(close_sends_what_is_queued_first),
		TEST(close_does_not_wait_for_ever),
		TEST(queue_is_bounded),
		TEST(abandoned_connections_stay_silent),
		TEST(close_before_open),
		TEST(options_that_would_forge_headers_are_refused),
		TEST(silent_servers_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
