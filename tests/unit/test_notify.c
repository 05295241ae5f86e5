/* Notifications to systemd: the real program with the test's notification socket. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/base/clock.h"

#define DEADLINE_MS      10000
#define WATCHDOG_USEC    "400000"
#define BEATS            4
#define DATAGRAM_BYTES   4096
#define DEFAULT_EPISODED "build/test/episoded"

struct world {
	char dir[64];
	int socket;
	pid_t bot;
	char all[65536]; /* all received lines */
};

static void write_config(const struct world *world)
{
	char path[96], *data = realpath("data", NULL);
	FILE *file;

	assert_non_null(data);
	snprintf(path, sizeof(path), "%s/episoded.json", world->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	/* A server that refuses connections: systemd must still get READY. */
	fprintf(file,
			"{\"data\": \"%s\", \"state\": \"state\", \"gateways\": [{\"name\": \"irc\", "
			"\"type\": "
			"\"irc\", "
			"\"url\": \"ws://127.0.0.1:1/\", \"nick\": \"n\", \"channels\": [\"#tv\"]}]}",
			data);
	assert_int_equal(fclose(file), 0);
	free(data);
}

static void become_bot(const struct world *world)
{
	const char *binary = getenv("EPISODED") ? getenv("EPISODED") : DEFAULT_EPISODED;
	char path[96], notify[96];
	int null = open("/dev/null", O_WRONLY);

	snprintf(path, sizeof(path), "%s/episoded.json", world->dir);
	snprintf(notify, sizeof(notify), "%s/notify", world->dir);
	setenv("NOTIFY_SOCKET", notify, 1);
	setenv("WATCHDOG_USEC", WATCHDOG_USEC, 1);
	unsetenv("WATCHDOG_PID");
	dup2(null, STDERR_FILENO);
	execl(binary, binary, "run", "-c", path, (char *)NULL);
	_exit(127);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_non_null(world);
	snprintf(world->dir, sizeof(world->dir), "/tmp/episoded-notify-XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	write_config(world);
	world->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", world->dir);
	assert_int_equal(bind(world->socket, (struct sockaddr *)&address, sizeof(address)), 0);
	world->bot = fork();
	assert_true(world->bot >= 0);
	if (world->bot == 0)
		become_bot(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char command[128];

	if (world->bot > 0) {
		kill(world->bot, SIGKILL);
		waitpid(world->bot, NULL, 0);
	}
	close(world->socket);
	snprintf(command, sizeof(command), "rm -rf '%s'", world->dir);
	assert_int_equal(system(command), 0);
	free(world);
	return 0;
}

/* Receive one more datagram; false after the deadline. */
static bool hear(struct world *world, uint64_t until_ms)
{
	uint64_t now_ms = clock_monotonic_ms();
	struct pollfd poll_fd = {.fd = world->socket, .events = POLLIN};
	size_t have = strlen(world->all);
	ssize_t length;

	assert_true(have + DATAGRAM_BYTES + 2 < sizeof(world->all));
	if (now_ms >= until_ms || poll(&poll_fd, 1, (int)(until_ms - now_ms)) <= 0)
		return false;
	length = recv(world->socket, world->all + have, DATAGRAM_BYTES, 0);
	assert_true(length > 0);
	world->all[have + (size_t)length] = '\n';
	return true;
}

/* Receive until a line arrives; lines before it are dropped. */
static void await(struct world *world, const char *line)
{
	uint64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	char *at;

	while (!(at = strstr(world->all, line)))
		if (!hear(world, until_ms))
			fail_msg("systemd was not told %s; it was told:\n%s", line, world->all);
	at += strlen(line);
	memmove(world->all, at, strlen(at) + 1);
}

static void finish(struct world *world)
{
	int status = 0;

	kill(world->bot, SIGTERM);
	await(world, "STOPPING=1\n");
	assert_int_equal(waitpid(world->bot, &status, 0), world->bot);
	world->bot = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void ready_then_stopping(void **state)
{
	await(*state, "READY=1\n");
	finish(*state);
}

static void status_tells_of_gateways(void **state)
{
	struct world *world = *state;
	char line[512] = "";

	await(world, "STATUS=");
	assert_int_equal(sscanf(world->all, "%511[^\n]", line), 1);
	assert_non_null(strstr(line, "irc"));
	finish(world);
}

static void watchdog_is_fed_in_time(void **state)
{
	struct world *world = *state;
	uint64_t last_ms;

	await(world, "READY=1\n");
	await(world, "WATCHDOG=1\n");
	last_ms = clock_monotonic_ms();
	for (int i = 0; i < BEATS; i++) {
		await(world, "WATCHDOG=1\n");
		assert_true(clock_monotonic_ms() - last_ms < 400);
		last_ms = clock_monotonic_ms();
	}
	finish(world);
}

static void reload_is_framed(void **state)
{
	struct world *world = *state;
	uint64_t before_us, told_us = 0;

	await(world, "READY=1\n");
	before_us = clock_monotonic_ms() * 1000;
	kill(world->bot, SIGHUP);
	await(world, "RELOADING=1\nMONOTONIC_USEC=");
	assert_int_equal(sscanf(world->all, "%" SCNu64, &told_us), 1);
	assert_true(told_us >= before_us);
	await(world, "READY=1\n");
	finish(world);
}

/* A file that does not load leaves the old one running, and systemd is told that it runs. */
static void refused_reload_is_ready_again(void **state)
{
	struct world *world = *state;
	char path[96];
	FILE *file;

	await(world, "READY=1\n");
	snprintf(path, sizeof(path), "%s/episoded.json", world->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{", file);
	assert_int_equal(fclose(file), 0);
	kill(world->bot, SIGHUP);
	await(world, "RELOADING=1\n");
	await(world, "READY=1\n");
	finish(world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(ready_then_stopping),
			TEST(status_tells_of_gateways),
			TEST(watchdog_is_fed_in_time),
			TEST(reload_is_framed),
			TEST(refused_reload_is_ready_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
