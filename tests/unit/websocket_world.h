#ifndef EPISODED_TESTS_WEBSOCKET_WORLD_H
#define EPISODED_TESTS_WEBSOCKET_WORLD_H

/* A loop, a scripted server, one WebSocket client and what it has been told; made for each test. */

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
	char reason[512];
	void (*then)(struct world *world); /* on open */
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline void connect_to(struct world *world, unsigned short port)
{
	world->options.port = port;
	assert_int_equal(websocket_connect(world->loop, &world->options, &events, world, &world->websocket),
			0);
	assert_int_equal(world->closed, 0); /* never within the call */
}

/* Connect to the script and run until the connection has ended. */
static inline void play(struct world *world, void (*script)(struct server *server, int fd))
{
	server_start(&world->server, script);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 1);
	server_stop(&world->server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
