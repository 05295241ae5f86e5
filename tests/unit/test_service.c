/* The status for systemd, in one process: a notification socket, and the service that writes to it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bot/base/utf8.h"
#include "bot/daemon/service.h"
#include "bot/net/loop.h"

#define DEADLINE_MS 10000

struct world {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int socket;
	struct loop *loop;
	struct service *service;
	char datagram[2 * UTF8_LINE_MAX_BYTES];
};

static void on_beat(void *user)
{
	(void)user;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_non_null(world);
	snprintf(world->path, sizeof(world->path), "/tmp/episoded-service-%ld", (long)getpid());
	memcpy(address.sun_path, world->path, sizeof(world->path));
	unlink(world->path);
	world->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(world->socket, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", world->path, 1);
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(service_new(world->loop, on_beat, NULL, &world->service), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	service_free(world->service);
	loop_free(world->loop);
	close(world->socket);
	unlink(world->path);
	unsetenv("NOTIFY_SOCKET");
	free(world);
	return 0;
}

/* The next datagram. */
static const char *next(struct world *world)
{
	struct pollfd wait = {.fd = world->socket, .events = POLLIN};
	ssize_t length;

	assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
	length = recv(world->socket, world->datagram, sizeof(world->datagram) - 1, 0);
	assert_true(length > 0);
	world->datagram[length] = '\0';
	return world->datagram;
}

/* No datagram was sent before this one. */
static void expect_no_more(struct world *world)
{
	service_stopping(world->service);
	assert_string_equal(next(world), "STOPPING=1");
}

static void a_status_is_one_assignment(void **state)
{
	struct world *world = *state;

	service_status(world->service,
			"irc connecting (bye\nWATCHDOG=trigger\r\nMAINPID=1)\xc2\x9b\u2028\xff");
	assert_string_equal(next(world), "STATUS=irc connecting (bye\\x0aWATCHDOG=trigger\\x0d\\x0aMAINPID=1)"
					 "\\u009b\\u2028\\xff");
	expect_no_more(world);
}

static void a_status_is_sent_when_it_differs(void **state)
{
	struct world *world = *state;

	service_status(world->service, "a\nb");
	service_status(world->service, "a\nb");
	assert_string_equal(next(world), "STATUS=a\\x0ab");
	expect_no_more(world);
	service_status(world->service, "");
	assert_string_equal(next(world), "STATUS=");
	service_status(world->service, "a\nb");
	assert_string_equal(next(world), "STATUS=a\\x0ab");
}

static void a_long_status_is_cut_to_systemds_limit(void **state)
{
	static char text[UTF8_LINE_MAX_BYTES];
	struct world *world = *state;

	memset(text, '\n', sizeof(text) - 1);
	service_status(world->service, text);
	assert_true(strlen(next(world)) <= UTF8_LINE_MAX_BYTES);
	assert_memory_equal(world->datagram, "STATUS=\\x0a\\x0a", 15);
	assert_string_equal(world->datagram + strlen(world->datagram) - strlen("\\x0a…"), "\\x0a…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(a_status_is_one_assignment, set_up, tear_down),
			cmocka_unit_test_setup_teardown(a_status_is_sent_when_it_differs, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					a_long_status_is_cut_to_systemds_limit, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
