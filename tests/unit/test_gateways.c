/* Configurations change faster than gateways can stop: the last one is used. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/daemon/gateways.h"
#include "bot/gateway/irc/config.h"
#include "bot/net/loop.h"

#define DEADLINE_MS 10000
#define SERVERS     3

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct gateways *gateways;
	int listeners[SERVERS];
	struct url urls[SERVERS];
	struct irc_config configs[SERVERS]; /* each has one of them */
	struct watch *watches[SERVERS];
	unsigned connections[SERVERS];
	unsigned started, stopped;
	unsigned awaited; /* the loop stops when this server has a connection */
};

static void on_change(void *user)
{
	(void)user;
}

static const char *const *prefixes(void *user)
{
	static const char *const none[] = {NULL};

	(void)user;
	return none;
}

static struct store *store(void *user)
{
	(void)user;
	return NULL;
}

static void on_state(void *user, struct gateway *gateway)
{
	const struct world *world = user;

	gateways_state(world->gateways, gateway);
}

static void on_stopped(void *user, struct gateway *gateway)
{
	struct world *world = user;

	world->stopped++;
	gateways_stopped(world->gateways, gateway);
	if (world->awaited == SERVERS)
		loop_stop(world->loop);
}

static void on_started(void *user, struct gateway *gateway)
{
	struct world *world = user;

	world->started += gateways_find(world->gateways, gateway_head(gateway)->name) == gateway;
}

static void on_turn(void *user)
{
	const struct world *world = user;

	gateways_flush(world->gateways);
	gateways_sweep(world->gateways);
}

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("no connection in %d ms", DEADLINE_MS);
}

static void on_listener(void *user, uint32_t events)
{
	struct world *world = user;

	(void)events;
	for (unsigned i = 0; i < SERVERS; i++) {
		int fd = accept4(world->listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		world->connections[i]++;
		close(fd);
	}
	if (world->connections[world->awaited])
		loop_stop(world->loop);
}

static void listen_on(struct world *world, unsigned i)
{
	static char host[] = "127.0.0.1", path[] = "/";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	world->listeners[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(world->listeners[i] >= 0);
	assert_int_equal(bind(world->listeners[i], (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(world->listeners[i], 4), 0);
	assert_int_equal(getsockname(world->listeners[i], (struct sockaddr *)&address, &length), 0);
	world->urls[i] = (struct url){
			.is_stream = true, .host = host, .path = path, .port = ntohs(address.sin_port)};
	assert_int_equal(watch_new(world->loop, world->listeners[i], EPOLLIN, on_listener, world,
					 &world->watches[i]),
			0);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct gateway_host host = {
			.prefixes = prefixes, .store = store, .on_state = on_state, .on_stopped = on_stopped};
	const struct gateways_events events = {
			.user = world, .on_change = on_change, .on_started = on_started};

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	host.loop = world->loop;
	host.bot = world;
	assert_int_equal(gateways_new(&host, &events, &world->gateways), 0);
	loop_each_turn(world->loop, on_turn, world);
	for (unsigned i = 0; i < SERVERS; i++)
		listen_on(world, i);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	gateways_free(world->gateways);
	for (unsigned i = 0; i < SERVERS; i++) /* nothing keeps one, nothing has given up more than it had */
		assert_true(world->configs[i].head.references <= 1);
	for (unsigned i = 0; i < SERVERS; i++) {
		watch_free(world->watches[i]);
		close(world->listeners[i]);
	}
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static const struct gateway_config *irc(struct world *world, char *name, unsigned server)
{
	struct irc_config *config = &world->configs[server];

	*config = (struct irc_config){
			.head = {.network = &irc_network, .references = 1, .name = name},
			.link = {.gateway = name, .servers = {&world->urls[server], 1}},
			.nick = name,
	};
	return &config->head;
}

/* All changes at once: no gateway has stopped when the next configuration arrives. */
static void configure(struct world *world, const struct gateway_config *one, const struct gateway_config *two)
{
	const struct gateway_wanted wanted[2] = {{.config = one}, {.config = two}};

	gateways_configure(world->gateways, wanted, two ? 2 : 1);
}

static void run_until_connected(struct world *world, unsigned server)
{
	world->awaited = server;
	assert_int_equal(loop_run(world->loop), 0);
}

static void assert_runs(const struct world *world, const char *name, bool is_running)
{
	struct str text = STR(4096);

	gateways_describe(world->gateways, &text);
	assert_int_equal(strstr(str_text(&text), name) != NULL, is_running);
	str_release(&text);
}

static char first[] = "first", second[] = "second";

static void wanted_again_while_it_stops(void **state)
{
	struct world *world = *state;
	const struct gateway_config *one = irc(world, first, 0), *two = irc(world, second, 1);

	configure(world, one, NULL);
	configure(world, two, NULL);
	configure(world, two, one);
	run_until_connected(world, 0);
	assert_runs(world, first, true);
	assert_runs(world, second, true);
}

static void changed_twice_while_it_stops(void **state)
{
	struct world *world = *state;
	const struct gateway_config *one = irc(world, first, 0), *two = irc(world, first, 1),
				    *three = irc(world, first, 2);

	configure(world, one, NULL);
	configure(world, two, NULL);
	configure(world, three, NULL);
	run_until_connected(world, 2);
	assert_int_equal(world->connections[1], 0);
}

static void dropped_while_it_is_replaced(void **state)
{
	struct world *world = *state;
	const struct gateway_config *one = irc(world, first, 0), *other = irc(world, first, 2),
				    *two = irc(world, second, 1);

	configure(world, one, NULL);
	configure(world, other, NULL);
	configure(world, two, NULL);
	run_until_connected(world, 1);
	assert_runs(world, first, false);
	assert_runs(world, second, true);
	assert_int_equal(world->connections[2], 0);
}

/* The lease is lost, and comes back before the gateway is freed. */
static void abandoned_and_wanted_again(void **state)
{
	struct world *world = *state;
	const struct gateway_config *one = irc(world, first, 0);

	configure(world, one, NULL);
	run_until_connected(world, 0);
	assert_non_null(gateways_find(world->gateways, first));
	gateways_abandon(world->gateways, first);
	assert_int_equal(world->stopped, 1);
	assert_null(gateways_find(world->gateways, first));
	assert_true(gateways_have(world->gateways, first));
	gateways_abandon(world->gateways, first);
	assert_int_equal(world->stopped, 1);
	configure(world, one, NULL);
	run_until_connected(world, 0);
	assert_int_equal(world->connections[0], 2);
	assert_int_equal(world->started, 2);
	assert_non_null(gateways_find(world->gateways, first));
}

/* The lease is given away: nothing comes in its place. */
static void stopped_alone(void **state)
{
	struct world *world = *state;
	const struct gateway_config *one = irc(world, first, 0), *two = irc(world, second, 1);

	configure(world, one, NULL);
	run_until_connected(world, 0);
	gateways_stop_one(world->gateways, first, "The bot moves to another host.");
	assert_null(gateways_find(world->gateways, first));
	configure(world, two, NULL);
	run_until_connected(world, 1);
	while (world->stopped == 0) {
		world->awaited = SERVERS; /* until the goodbye is over */
		assert_int_equal(loop_run(world->loop), 0);
	}
	assert_false(gateways_have(world->gateways, first));
	assert_runs(world, second, true);
	gateways_stop_one(world->gateways, first, "twice");
}

/* Ten seconds, then twice as long each time, up to an hour. */
static void after_many_failures_still_tried_every_hour(void **state)
{
	static const uint64_t delays_s[] = {10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600};

	(void)state;
	for (unsigned i = 0; i < sizeof(delays_s) / sizeof(delays_s[0]); i++)
		assert_int_equal(gateways_retry_delay(i + 1), delays_s[i] * 1000);
	assert_int_equal(gateways_retry_delay(UINT_MAX), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(wanted_again_while_it_stops, set_up, tear_down),
			cmocka_unit_test_setup_teardown(changed_twice_while_it_stops, set_up, tear_down),
			cmocka_unit_test_setup_teardown(dropped_while_it_is_replaced, set_up, tear_down),
			cmocka_unit_test_setup_teardown(abandoned_and_wanted_again, set_up, tear_down),
			cmocka_unit_test_setup_teardown(stopped_alone, set_up, tear_down),
			cmocka_unit_test(after_many_failures_still_tried_every_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
