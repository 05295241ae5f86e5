/* A stream without TLS: bytes in both directions, and each kind of end reported once in words. */

#include <poll.h>

#include "bot/net/permit.h"
#include "tests/unit/descriptor_limit.h"
#include "tests/unit/stream_world.h"

static void script_echo(struct server *server, int fd)
{
	size_t length = strlen(server->said);

	write_text(fd, "hello\r\n");
	while (length < sizeof(server->said) - 1 && read_all(fd, server->said + length, 1))
		length++;
	write_text(fd, "too late");
}

static void say_and_close(struct world *world)
{
	assert_int_equal(stream_send(world->stream, "one\r\n", 5), 0);
	assert_int_equal(stream_send(world->stream, "two\r\n", 5), 0);
	assert_int_equal(stream_send(world->stream, "", 0), 0);
	stream_close(world->stream);
	stream_close(world->stream);
	assert_int_equal(stream_send(world->stream, "late", 4), -ENOTCONN);
}

static void close_sends_the_queue_and_drops_received_bytes(void **state)
{
	struct world *world = *state;

	world->on_bytes = say_and_close;
	play(world, script_echo);
	assert_int_equal(world->opened, 1);
	assert_string_equal(world->heard, "hello\r\n");
	assert_string_equal(world->server.said, "one\r\ntwo\r\n");
	assert_int_equal(world->error, 0);
	assert_string_equal(world->reason, "closed");
}

static void refused(void **state)
{
	struct world *world = *state;
	unsigned short port;
	int fd = listen_on_loopback(&port, 1);

	close(fd); /* the port is now closed */
	connect_to(world, port);
	assert_int_equal(stream_send(world->stream, "early", 5), -ENOTCONN);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ECONNREFUSED);
	assert_string_equal(world->reason, "connection refused");
	assert_int_equal(world->opened, 0);
}

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
	assert_non_null(strstr(world->reason, "too many open files: raise LimitNOFILE="));
	close(fd);
}

static void script_end(struct server *server, int fd)
{
	(void)server;
	write_text(fd, "bye");
}

static void closed_by_the_server(void **state)
{
	struct world *world = *state;

	play(world, script_end);
	assert_string_equal(world->heard, "bye");
	assert_int_equal(world->error, -ECONNRESET);
	assert_string_equal(world->reason, "closed by the server");
}

static void script_reset(struct server *server, int fd)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	(void)server;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void cut(void **state)
{
	struct world *world = *state;

	play(world, script_reset);
	assert_int_equal(world->error < 0, 1);
	assert_true(world->reason[0] != '\0');
}

/* Reads nothing, until the client hangs up. */
static void script_deaf(struct server *server, int fd)
{
	struct pollfd hung_up = {.fd = fd, .events = POLLRDHUP};

	(void)server;
	write_text(fd, "x");
	poll(&hung_up, 1, DEADLINE_MS);
}

static void fill_queue(struct world *world)
{
	static char block[16384];
	unsigned sent = 0;
	int r;

	while (!(r = stream_send(world->stream, block, sizeof(block))) && sent < 10000)
		sent++;
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(stream_send(world->stream, block, sizeof(block)), -ENOBUFS);
	stream_abandon(world->stream); /* in its own callback */
	loop_stop(world->loop);
}

static void a_full_queue_is_reported_and_dropped(void **state)
{
	struct world *world = *state;

	world->on_bytes = fill_queue;
	server_start(&world->server, script_deaf);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	shutdown(world->server.listener, SHUT_RDWR);
	assert_int_equal(world->closed, 0);
	server_stop(&world->server);
}

static void script_slow(struct server *server, int fd)
{
	char bytes[4096];
	ssize_t got;

	write_text(fd, "x");
	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		server->length += (size_t)got;
}

static void send_much(struct world *world)
{
	static char block[50000];

	for (int i = 0; i < 5; i++)
		assert_int_equal(stream_send(world->stream, block, sizeof(block)), 0);
	stream_close(world->stream);
}

static void all_that_is_queued_arrives(void **state)
{
	struct world *world = *state;

	world->on_bytes = send_much;
	play(world, script_slow);
	assert_int_equal(world->server.length, 250000);
	assert_int_equal(world->error, 0);
}

/* ---------------------------------------------------------------- permits */

static struct permit permit;
static size_t sent_bytes;

static void say_without_permit(struct world *world)
{
	world->on_bytes = NULL;
	stream_set_permit(world->stream, &permit);
	permit.until_boot_ms = PERMIT_ALWAYS;
	assert_int_equal(stream_send(world->stream, "one\r\n", 5), 0);
	permit.until_boot_ms = clock_boot_ms();
	assert_int_equal(stream_send(world->stream, "two\r\n", 5), -EKEYEXPIRED);
	assert_int_equal(stream_send_keepalive(world->stream, "PONG\r\n", 6), 0);
	permit.until_boot_ms = clock_boot_ms() + DEADLINE_MS;
	assert_int_equal(stream_send(world->stream, "three\r\n", 7), 0);
	stream_close(world->stream);
}

static void without_a_permit_only_a_keepalive_leaves(void **state)
{
	struct world *world = *state;

	world->on_bytes = say_without_permit;
	play(world, script_echo);
	assert_string_equal(world->server.said, "one\r\nPONG\r\nthree\r\n");
	assert_int_equal(world->error, 0);
}

static void say_until_bytes_wait(struct world *world)
{
	static char block[16384];

	world->on_bytes = NULL;
	permit.until_boot_ms = PERMIT_ALWAYS;
	stream_set_permit(world->stream, &permit);
	for (sent_bytes = 0; stream_room(world->stream) == STREAM_SEND_MAX_BYTES; sent_bytes += sizeof(block))
		assert_int_equal(stream_send(world->stream, block, sizeof(block)), 0);
	permit.until_boot_ms = 0;
	assert_int_equal(stream_send_keepalive(world->stream, "PONG\r\n", 6), 0);
}

/* A process that is stopped with bytes in its queue must not send them when it goes on. */
static void a_permit_that_ends_while_bytes_wait_ends_the_connection(void **state)
{
	struct world *world = *state;

	world->on_bytes = say_until_bytes_wait;
	play(world, script_slow);
	assert_int_equal(world->error, -EKEYEXPIRED);
	assert_string_equal(world->reason, PERMIT_REASON);
	assert_true(world->server.length < sent_bytes);
}

static void queue_keepalives(struct world *world)
{
	static char block[16384];

	world->on_bytes = NULL;
	permit.until_boot_ms = 0;
	stream_set_permit(world->stream, &permit);
	for (sent_bytes = 0; stream_room(world->stream) == STREAM_SEND_MAX_BYTES; sent_bytes += sizeof(block))
		assert_int_equal(stream_send_keepalive(world->stream, block, sizeof(block)), 0);
	stream_close(world->stream);
}

static void keepalives_that_wait_need_no_permit(void **state)
{
	struct world *world = *state;

	world->on_bytes = queue_keepalives;
	play(world, script_slow);
	assert_int_equal(world->error, 0);
	assert_int_equal(world->server.length, sent_bytes);
}

static void close_late(struct world *world)
{
	say_until_bytes_wait(world);
	stream_close(world->stream);
}

static void a_close_does_not_send_the_queue_without_a_permit(void **state)
{
	struct world *world = *state;

	world->on_bytes = close_late;
	play(world, script_slow);
	assert_true(world->server.length < sent_bytes);
}

static void abandon(struct world *world)
{
	stream_abandon(world->stream);
	loop_stop(world->loop);
}

static void abandoned_when_it_opens(void **state)
{
	struct world *world = *state;

	world->on_open = abandon;
	server_start(&world->server, script_end);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 0);
	server_stop(&world->server);
}

static void abandoned_and_closed_before_it_opens(void **state)
{
	struct world *world = *state;

	stream_abandon(NULL);
	server_start(&world->server, script_end);
	connect_to(world, world->server.port);
	stream_abandon(world->stream);
	connect_to(world, world->server.port);
	stream_close(world->stream);
	assert_int_equal(world->closed, 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 1);
	assert_int_equal(world->error, 0);
	assert_int_equal(world->opened, 0);
	server_stop(&world->server);
}

static void script_torrent(struct server *server, int fd)
{
	static char block[65536];

	(void)server;
	for (int i = 0; i < 64; i++)
		write_all(fd, block, sizeof(block));
}

static void a_torrent_arrives_whole(void **state)
{
	struct world *world = *state;

	play(world, script_torrent);
	assert_int_equal(world->heard_bytes, 64 * 65536);
}

static void options_without_a_target(void **state)
{
	struct world *world = *state;
	char longest[500];
	const struct stream_options bad[] = {
			{.address = "", .host = "h", .port = 1},
			{.address = "127.0.0.1", .host = "", .port = 1},
			{.address = "127.0.0.1", .host = "h"},
			{.address = "127.0.0.1", .host = longest, .port = 1},
	};

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(stream_connect(world->loop, &bad[i], &events, world, &world->stream) < 0);
	assert_null(world->stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(close_sends_the_queue_and_drops_received_bytes),
			TEST(refused),
			TEST(no_descriptor_left_is_no_refusal),
			TEST(closed_by_the_server),
			TEST(cut),
			TEST(a_full_queue_is_reported_and_dropped),
			TEST(all_that_is_queued_arrives),
			TEST(without_a_permit_only_a_keepalive_leaves),
			TEST(a_permit_that_ends_while_bytes_wait_ends_the_connection),
			TEST(keepalives_that_wait_need_no_permit),
			TEST(a_close_does_not_send_the_queue_without_a_permit),
			TEST(abandoned_when_it_opens),
			TEST(abandoned_and_closed_before_it_opens),
			TEST(a_torrent_arrives_whole),
			TEST(options_without_a_target),
	};

	setenv("http_proxy", "http://127.0.0.1:1", 1); /* must have no effect */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
