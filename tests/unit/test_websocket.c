/* The WebSocket client against a scripted server: the handshake, and messages in frames. */

#include "bot/net/budget.h"
#include "tests/unit/websocket_world.h"

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
	assert_non_null(strstr(world->server.request,
			"\r\nSec-WebSocket-Protocol: text.ircv3.net, binary.ircv3.net\r\n"));
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

static void close_code_and_reason_are_reported(void **state)
{
	struct world *world = *state;

	play(world, script_accept_and_close);
	assert_int_equal(world->error, -ECONNRESET);
	assert_string_equal(world->reason, "closed by the server: 1008 policy");
}

static void script_close_with_bytes(struct server *server, int fd)
{
	accept_upgrade(server, fd, NULL);
	write_frame(fd, 0x88, server->bytes, server->length);
	hear_out(server, fd);
}

static void a_close_reason_of_control_bytes_is_cleaned(void **state)
{
	static const struct {
		const char *bytes, *reason;
		size_t length;
	} cases[] = {
#define CASE(text, told) {"\x03\xe8" text, "closed by the server: 1000" told, sizeof("\x03\xe8" text) - 1}
			CASE("bye\nWATCHDOG=trigger\r\nMAINPID=1", " bye WATCHDOG=trigger  MAINPID=1"),
			CASE("\xc2\x9b"
			     "2J\x1b[31m\x7f",
					"  2J [31m "),
			CASE("\x9b"
			     "31m",
					" �31m"),
			CASE("\u202etxt\u2066\u2028", " txt "),
			CASE("cut \xec\x98", " cut ��"),
			CASE("one\0two", " one"),
#undef CASE
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world->server = (struct server){.bytes = cases[i].bytes, .length = cases[i].length};
		world->closed = 0;
		play(world, script_close_with_bytes);
		assert_string_equal(world->reason, cases[i].reason);
	}
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

/* One endless frame, whatever the client replies. */
static void script_torrent(struct server *server, int fd)
{
	static const unsigned char head[10] = {0x82, 127, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff};
	static char block[65536];

	accept_upgrade(server, fd, NULL);
	write_all(fd, head, sizeof(head));
	for (int i = 0; i < 512; i++)
		if (send(fd, block, sizeof(block), MSG_NOSIGNAL) <= 0)
			return;
}

static void script_half_a_message(struct server *server, int fd)
{
	static const char half[8000];

	accept_upgrade(server, fd, NULL);
	write_frame(fd, 0x02, half, sizeof(half));
	hear_out(server, fd);
}

/* Another connection, smaller than this message, uses nearly the whole budget. */
static void message_that_all_together_have_no_room_for_closes(void **state)
{
	struct world *world = *state;
	struct budget_share scratch = {.bytes = 0};

	assert_int_equal(budget_hold(&scratch, BUDGET_MAX_BYTES - 5000), 0);
	play(world, script_half_a_message);
	assert_int_equal(world->error, -ENOBUFS);
	assert_string_equal(world->reason, "the buffers of all connections exceeded 96 MiB, and this "
					   "connection's were the largest");
	assert_int_equal(world->server.close_code, 1009);
	assert_int_equal(budget_hold(&scratch, 0), 0);
	assert_int_equal(budget_used(), 0);
}

struct growth {
	struct timer *timer;
	struct budget_share scratch, small;
};

/* Once the half message is there, another connection needs what is left and a little of the rest. */
static void on_growth(void *user)
{
	struct growth *growth = user;

	if (budget_used() < growth->scratch.bytes + 8000) {
		timer_set(growth->timer, 20);
		return;
	}
	assert_int_equal(budget_hold(&growth->small, BUDGET_MAX_BYTES - budget_used() + 1), 0);
}

static void half_a_message_goes_when_a_smaller_connection_needs_the_room(void **state)
{
	struct world *world = *state;
	struct growth growth = {.scratch = {.bytes = 0}};

	growth.timer = timer_new(world->loop, on_growth, &growth);
	timer_set(growth.timer, 20);
	assert_int_equal(budget_hold(&growth.scratch, BUDGET_MAX_BYTES - 10000), 0);
	play(world, script_half_a_message);
	assert_int_equal(world->error, -ENOBUFS);
	assert_int_equal(world->server.close_code, 1009);
	assert_int_equal(budget_used(), growth.scratch.bytes + growth.small.bytes);
	assert_int_equal(budget_hold(&growth.scratch, 0), 0);
	assert_int_equal(budget_hold(&growth.small, 0), 0);
	timer_free(growth.timer);
}

/* Found with garbage from a server: libwebsockets wrote past its receive buffer after a callback asked to close. */
static void torrent_after_the_limit(void **state)
{
	struct world *world = *state;

	play(world, script_torrent);
	assert_int_equal(world->messages, 0);
	assert_int_equal(world->error, -EMSGSIZE);
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
			{.address = "127.0.0.1",
					.host = "a",
					.path = "/",
					.origin = longest,
					.message_max_bytes = 1},
			{.address = "127.0.0.1", .host = "a", .path = "/"},
	};

	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(websocket_connect(world->loop, &bad[i], &events, world, &world->websocket),
				-EINVAL);
	assert_null(world->websocket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(headers_left_out_are_not_on_the_wire),
			TEST(headers_given_are_on_the_wire),
			TEST(no_subprotocol_chosen_is_accepted),
			TEST(close_code_and_reason_are_reported),
			TEST(a_close_reason_of_control_bytes_is_cleaned),
			TEST(fragments_are_joined_around_a_ping),
			TEST(message_too_long_closes_with_1009),
			TEST(message_that_all_together_have_no_room_for_closes),
			TEST(half_a_message_goes_when_a_smaller_connection_needs_the_room),
			TEST(torrent_after_the_limit),
			TEST(options_that_would_forge_headers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
