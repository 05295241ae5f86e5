/* Each kind of end of a WebSocket connection is reported once, in words, and leaks nothing. */

#include "bot/net/permit.h"
#include "tests/unit/descriptor_limit.h"
#include "tests/unit/websocket_world.h"

static void refused(void **state)
{
	struct world *world = *state;
	unsigned short port;
	int fd = listen_on_loopback(&port, 1);

	close(fd); /* the port is now closed */
	connect_to(world, port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ECONNREFUSED);
	assert_string_equal(world->reason, "connection refused");
	assert_int_equal(world->opened, 0);
}

/* Without descriptors, a listening server was reported as refusing. */
static void no_descriptor_left_is_no_refusal(void **state)
{
	struct world *world = *state;
	struct rlimit before;
	unsigned short port;
	int fd = listen_on_loopback(&port, 1);

	before = descriptors_take();
	connect_to(world, port);
	assert_int_equal(loop_run(world->loop), 0);
	descriptors_give(&before);
	assert_int_equal(world->error, -EMFILE);
	assert_non_null(strstr(world->reason, "too many open files: raise LimitNOFILE="));
	close(fd);
}

/* The table of libwebsockets is full: reported, and over as soon as a slot is free. */
static void no_slot_left_is_no_refusal(void **state)
{
	struct world *world = *state;
	unsigned short port;
	unsigned taken = 0;
	int fd = listen_on_loopback(&port, 1);

	assert_true(loop_slot_take(world->loop, LOOP_SLOTS_MAX - 1));
	assert_false(loop_slot_take(world->loop, LOOP_SLOTS_MAX - 1));
	for (taken = 1; loop_slot_take(world->loop, 0);)
		taken++;
	assert_int_equal(taken, LOOP_SLOTS_MAX);
	connect_to(world, port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -EMFILE);
	assert_string_equal(world->reason, "no free connection slot: the limit is 500");
	loop_slot_give(world->loop);
	world->waiting_for = 2;
	close(fd);
	assert_int_equal(websocket_connect(world->loop, &world->options, &events, world, &world->websocket),
			0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_string_equal(world->reason, "connection refused");
	assert_true(loop_slot_take(world->loop, 0)); /* the connection has given its own back */
	while (taken--)
		loop_slot_give(world->loop);
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
		assert_int_equal(websocket_connect(world->loop, &world->options, &events, world,
						 &world->websocket),
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

static void http_status_is_reported(void **state)
{
	play_answer(*state, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(((struct world *)*state)->reason, "WebSocket refused: HTTP status 403");
}

static void redirects_are_not_followed(void **state)
{
	play_answer(*state, "HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	assert_non_null(strstr(((struct world *)*state)->reason, "redirects"));
}

static void wrong_accept_key(void **state)
{
	play_answer(*state,
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
	assert_non_null(strstr(((struct world *)*state)->reason, "not a WebSocket server"));
}

static void script_drop(struct server *server, int fd)
{
	accept_upgrade(server, fd, NULL);
	write_frame(fd, 0x81, "hello", 5);
}

static void lost_connection_is_reported(void **state)
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

static void close_sends_the_queue_first(void **state)
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

static struct permit permit;

static void say_then_lose_the_permit(struct world *world)
{
	permit.until_boot_ms = PERMIT_ALWAYS;
	websocket_set_permit(world->websocket, &permit);
	assert_int_equal(websocket_send_keepalive(world->websocket, "beat", 4, true), 0);
	assert_int_equal(websocket_send(world->websocket, "one", 3, true), 0); /* waits for this turn's end */
	permit.until_boot_ms = clock_boot_ms();
}

/* A process that is stopped with messages in its queue must not send them when it goes on, nor a close frame, which would
 * end a session that another process has resumed. */
static void a_permit_that_ends_while_a_message_waits_ends_the_connection(void **state)
{
	struct world *world = *state;

	world->then = say_then_lose_the_permit;
	play(world, script_listen);
	assert_string_equal(world->server.said, "beat|");
	assert_int_equal(world->server.close_code, 0);
	assert_int_equal(world->error, -EKEYEXPIRED);
	assert_string_equal(world->reason, PERMIT_REASON);
}

static void say_without_permit(struct world *world)
{
	permit.until_boot_ms = clock_boot_ms();
	websocket_set_permit(world->websocket, &permit);
	assert_int_equal(websocket_send(world->websocket, "one", 3, true), -EKEYEXPIRED);
	assert_int_equal(websocket_send_keepalive(world->websocket, "beat", 4, true), 0);
	websocket_close(world->websocket, 1000, "bye");
}

static void without_a_permit_only_a_keepalive_leaves(void **state)
{
	struct world *world = *state;

	world->then = say_without_permit;
	play(world, script_listen);
	assert_string_equal(world->server.said, "beat|");
	assert_int_equal(world->server.close_code, 1000);
	assert_int_equal(world->error, 0);
}

/* Never answers the close frame, until the client closes the connection. */
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
	assert_int_equal(websocket_send(world->websocket, block, WEBSOCKET_SEND_MAX_BYTES + 1, false),
			-ENOBUFS);
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

/* In every phase: just after the call, in the middle, and just after a failure. */
static void abandoned_connections_stay_silent(void **state)
{
	struct world *world = *state;
	struct timer *stop = timer_new(world->loop, on_stop, world);

	server_start(&world->server, script_drop);
	for (unsigned delay_ms = 0; delay_ms < 20; delay_ms++) {
		unsigned closed = world->closed;

		world->options.port = world->server.port;
		world->waiting_for = 0;
		assert_int_equal(websocket_connect(world->loop, &world->options, &events, world,
						 &world->websocket),
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

static void script_mute(struct server *server, int fd)
{
	char byte;

	read_request(server, fd);
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

/* Ten seconds for both: one server does not accept, the other accepts and sends nothing. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(refused),
			TEST(no_descriptor_left_is_no_refusal),
			TEST(no_slot_left_is_no_refusal),
			TEST(closed_at_once_two_hundred_times),
			TEST(garbage_instead_of_http),
			TEST(http_status_is_reported),
			TEST(redirects_are_not_followed),
			TEST(wrong_accept_key),
			TEST(lost_connection_is_reported),
			TEST(close_sends_the_queue_first),
			TEST(a_permit_that_ends_while_a_message_waits_ends_the_connection),
			TEST(without_a_permit_only_a_keepalive_leaves),
			TEST(close_does_not_wait_for_ever),
			TEST(queue_is_bounded),
			TEST(abandoned_connections_stay_silent),
			TEST(close_before_open),
			TEST(silent_servers_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
