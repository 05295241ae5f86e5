/* A link under a permit: it connects only with one, says nothing to people without one, and answers PING always. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "bot/irc/link.h"
#include "bot/irc/link_config.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS 20000

struct world {
	struct loop *loop;
	struct timer *deadline, *later;
	struct server server;
	struct url url;
	struct irc_link_config config;
	struct irc_link *link;
	struct permit permit;
	unsigned opened, heard;
	char reason[200];
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static void send_text(struct world *world, const char *line, int wanted)
{
	assert_int_equal(irc_link_send(world->link, line, strlen(line)), wanted);
}

static void on_open(void *user)
{
	struct world *world = user;

	world->opened++;
	send_text(world, "NICK bot", 0);
	send_text(world, "PRIVMSG #tv one", 0);
	world->permit.until_boot_ms = clock_boot_ms();
	send_text(world, "PRIVMSG #tv two", -EKEYEXPIRED);
	send_text(world, "@label=e1;+reply=x PRIVMSG #tv two", -EKEYEXPIRED);
	send_text(world, "@+typing=active TAGMSG #tv", -EKEYEXPIRED);
	send_text(world, "NOTICE anna two", -EKEYEXPIRED);
	send_text(world, "BATCH +1 draft/multiline #tv", -EKEYEXPIRED);
	send_text(world, "PONG x", 0);
	send_text(world, "WHOIS anna", 0);
	world->permit.until_boot_ms = clock_boot_ms() + DEADLINE_MS;
	send_text(world, "PRIVMSG #tv three", 0);
}

static void on_lines(void *user, const char *bytes, size_t length)
{
	struct world *world = user;

	(void)bytes;
	world->heard += (unsigned)length;
	loop_stop(world->loop);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct world *world = user;

	(void)delay_ms;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	loop_stop(world->loop);
}

static const struct irc_link_events link_events = {on_open, on_lines, on_down, NULL};

static int set_up(void **state)
{
	static char host[] = "127.0.0.1";
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->url = (struct url){.host = host, .is_stream = true};
	world->config = (struct irc_link_config){.gateway = "libera", .servers = {&world->url, 1}};
	assert_int_equal(irc_link_new(world->loop, &world->config, &link_events, world, &world->link), 0);
	irc_link_set_permit(world->link, &world->permit);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	irc_link_free(world->link);
	timer_free(world->later);
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

/* Read until the client has said its last line, then answer. */
static void script_hear(struct server *server, int fd)
{
	size_t length = 0;

	while (length < sizeof(server->said) - 1 && !strstr(server->said, "three\r\n") &&
			read_all(fd, server->said + length, 1))
		server->said[++length] = '\0';
	write_text(fd, ":s PING :x\r\n");
	read_all(fd, server->request, 1); /* until the client hangs up */
}

static void stop(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

static void only_with_a_permit_is_anything_said(void **state)
{
	struct world *world = *state;

	server_start(&world->server, script_hear);
	world->url.port = world->server.port;
	world->permit.until_boot_ms = clock_boot_ms();
	irc_link_start(world->link);
	world->later = timer_new(world->loop, stop, world);
	timer_set(world->later, 50);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->opened, 0); /* it waits for the permit */
	irc_link_look_at_permit(world->link);
	timer_set(world->later, 50);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->opened, 0);
	world->permit.until_boot_ms = clock_boot_ms() + DEADLINE_MS;
	irc_link_look_at_permit(world->link);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->opened, 1);
	assert_int_equal(world->heard, strlen(":s PING :x\r\n"));
	irc_link_abandon(world->link);
	assert_false(irc_link_is_open(world->link));
	server_stop(&world->server);
	assert_string_equal(world->server.said,
			"NICK bot\r\nPRIVMSG #tv one\r\nPONG x\r\nWHOIS anna\r\nPRIVMSG #tv three\r\n");
	assert_string_equal(world->reason, ""); /* an abandoned link reports nothing */
	irc_link_look_at_permit(world->link);
	timer_set(world->later, 50);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->opened, 1); /* and stays closed */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					only_with_a_permit_is_anything_said, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
