/* REST over HTTP: the requests, the waits, and cancellation. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/discord/rest/rest.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS 20000

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct http *http;
	struct discord_rest *rest;
	struct server server;
	unsigned done, wanted, dead;
	int error, status;
	long code;
	char reason[256], body[64];
	bool is_sending_more;
};

static const char *const *answers; /* one per request; the last is repeated */

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

/* Answer request after request on one connection; note "METHOD path|" of each. */
static void answer_in_turn(struct server *server, int fd)
{
	char head[256], *path;
	size_t body_bytes;
	const char *at;

	for (;;) {
		memset(server->request, 0, sizeof(server->request));
		read_request(server, fd);
		if (!strstr(server->request, "\r\n\r\n"))
			return;
		path = strstr(server->request, " HTTP/1.1");
		snprintf(head, sizeof(head), "%.*s|", (int)(path - server->request), server->request);
		strncat(server->said, head, sizeof(server->said) - strlen(server->said) - 1);
		at = strcasestr(server->request, "content-length: ");
		body_bytes = at ? strtoul(at + 16, NULL, 10) : 0;
		if (body_bytes >= sizeof(head) || !read_all(fd, head, body_bytes) || !**answers)
			return;
		write_text(fd, *answers);
		if (answers[1])
			answers++;
	}
}

static void start(struct world *world, const char *const *script)
{
	char api[64];

	answers = script;
	server_start(&world->server, answer_in_turn);
	snprintf(api, sizeof(api), "http://127.0.0.1:%hu/api/v10", world->server.port);
	assert_int_equal(discord_rest_new(world->loop, world->http, api, "very.secret", 50, &world->rest), 0);
}

static void stop(struct world *world)
{
	discord_rest_free(world->rest);
	world->rest = NULL;
	http_free(world->http);
	world->http = NULL;
	server_stop(&world->server);
	world->server.port = 0;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(http_new(world->loop, "DiscordBot (https://example.org, 1)", NULL, &world->http), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->wanted = 1;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	discord_rest_free(world->rest);
	http_free(world->http);
	if (world->server.port)
		server_stop(&world->server);
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct world *world = user;
	struct discord_rest_call more = {.method = "GET", .route = "GET /more", .path = "/more"};

	world->done++;
	world->error = result->error;
	world->status = result->status;
	world->code = result->code;
	snprintf(world->reason, sizeof(world->reason), "%s", result->reason);
	snprintf(world->body, sizeof(world->body), "%s", result->body);
	if (world->is_sending_more && world->done < world->wanted)
		assert_int_equal(discord_rest_send(world->rest, &more, on_done, world), 0);
	if (world->done == world->wanted)
		loop_stop(world->loop);
}

static void send_message(struct world *world, struct discord_rest_call call)
{
	unsigned done = world->done;

	call.method = "POST";
	call.route = "POST /channels/{}/messages";
	call.major = "10";
	call.path = "/channels/10/messages";
	call.body = "{\"content\":\"x\"}";
	call.body_bytes = 15;
	assert_int_equal(discord_rest_send(world->rest, &call, on_done, world), 0);
	assert_int_equal(world->done, done); /* never inside the call */
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":\"10\"}"

static void a_message_is_sent(void **state)
{
	static const char *const script[] = {OK, NULL};
	struct world *world = *state;

	start(world, script);
	assert_true(discord_rest_is_idle(world->rest));
	send_message(world, (struct discord_rest_call){.is_idempotent = true});
	assert_false(discord_rest_is_idle(world->rest));
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, 0);
	assert_string_equal(world->body, "{\"id\":\"10\"}");
	assert_true(discord_rest_is_idle(world->rest));
	stop(world);
	assert_string_equal(world->server.said, "POST /api/v10/channels/10/messages|");
}

static void hear_one(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void only_the_bots_lane_shows_its_token(void **state)
{
	struct world *world = *state;
	struct discord_rest_call call = {.method = "POST",
			.route = "POST /interactions/{}/{}/callback",
			.major = "1/t",
			.path = "/interactions/1/t/callback",
			.body = "{}",
			.body_bytes = 2,
			.lane = DISCORD_REST_LANE_INTERACTION};
	char api[64];

	for (int i = 0; i < 2; i++) {
		server_start(&world->server, hear_one);
		snprintf(api, sizeof(api), "http://127.0.0.1:%hu", world->server.port);
		assert_int_equal(discord_rest_new(world->loop, world->http, api, "very.secret", 50,
						 &world->rest),
				0);
		call.lane = i ? DISCORD_REST_LANE_BOT : DISCORD_REST_LANE_INTERACTION;
		world->done = 0;
		assert_int_equal(discord_rest_send(world->rest, &call, on_done, world), 0);
		assert_int_equal(loop_run(world->loop), 0);
		assert_int_equal(world->status, 204);
		stop(world);
		assert_int_equal(strstr(world->server.request, "\r\nAuthorization: Bot very.secret\r\n") !=
						 NULL,
				i);
		assert_int_equal(strstr(world->server.request, "very.secret") != NULL, i);
		assert_non_null(strstr(world->server.request, "\r\nContent-Type: application/json\r\n"));
		memset(&world->server, 0, sizeof(world->server));
		assert_int_equal(http_new(world->loop, "a", NULL, &world->http), 0);
	}
}

static void a_refusal_is_waited_out(void **state)
{
	static const char *const script[] = {
			"HTTP/1.1 429 Too Many Requests\r\nVia: 1.1 google\r\nRetry-After: "
			"1\r\nX-RateLimit-Limit: "
			"5\r\n"
			"X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset-After: 0.3\r\nX-RateLimit-Bucket: "
			"b\r\n"
			"X-RateLimit-Scope: user\r\nContent-Length: 36\r\n\r\n{\"retry_after\": 0.3, "
			"\"global\":false}",
			"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>", OK, NULL};
	struct world *world = *state;
	struct discord_rest_counts counts;
	uint64_t begun_ms = clock_monotonic_ms();

	start(world, script);
	send_message(world, (struct discord_rest_call){.is_idempotent = true});
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, 0);
	assert_in_range(clock_monotonic_ms() - begun_ms, 300 + 250, 5000);
	discord_rest_count(world->rest, &counts);
	assert_int_equal(counts.sent, 3);
	assert_int_equal(counts.repeated, 2);
	assert_int_equal(counts.limited, 1);
}

static void after_a_lost_connection_it_reconnects(void **state)
{
	static const char *const script[] = {"", OK, NULL}; /* the first connection is closed */
	static const char *const good[] = {OK, NULL};
	struct world *world = *state;

	start(world, script);
	send_message(world, (struct discord_rest_call){0}); /* without a nonce: not repeated */
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ECONNRESET);
	world->done = 0;
	answers = good;
	send_message(world, (struct discord_rest_call){.is_idempotent = true});
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, 0);
}

static void a_callback_may_send_more(void **state)
{
	static const char *const script[] = {OK, NULL};
	struct world *world = *state;

	world->wanted = 20;
	world->is_sending_more = true;
	start(world, script);
	send_message(world, (struct discord_rest_call){0});
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->done, 20);
	assert_true(discord_rest_is_idle(world->rest));
}

static void on_dead(void *user, const char *reason)
{
	struct world *world = user;

	world->dead++;
	assert_null(strstr(reason, "secret"));
}

static void an_invalid_token_is_reported(void **state)
{
	static const char *const script[] = {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 39\r\n\r\n"
					     "{\"message\":\"401: Unauthorized\",\"code\":0}",
			NULL};
	static const struct discord_rest_events events = {.on_dead = on_dead};
	struct world *world = *state;
	struct discord_rest_call call = {.method = "GET", .route = "GET /users/@me", .path = "/users/@me"};

	start(world, script);
	discord_rest_listen(world->rest, &events, world);
	world->wanted = 3;
	for (int i = 0; i < 3; i++)
		assert_int_equal(discord_rest_send(world->rest, &call, on_done, world), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -EACCES);
	assert_true(discord_rest_is_dead(world->rest));
	assert_int_equal(discord_rest_send(world->rest, &call, on_done, world), -EACCES);
}

static void a_deadline_is_kept_without_an_answer(void **state)
{
	static const char *const script[] = {OK, NULL};
	struct world *world = *state;
	struct discord_rest_call call = {.method = "GET",
			.route = "GET /a",
			.path = "/a",
			.deadline_ms = 200,
			.is_idempotent = true};

	start(world, script);
	stop(world); /* the server has stopped */
	assert_int_equal(http_new(world->loop, "a", NULL, &world->http), 0);
	assert_int_equal(discord_rest_new(world->loop, world->http, "https://127.0.0.1:1", "t", 50,
					 &world->rest),
			0);
	assert_int_equal(discord_rest_send(world->rest, &call, on_done, world), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ETIMEDOUT);
	assert_int_equal(discord_rest_new(world->loop, world->http, "https://127.0.0.1:1", "t", 0, NULL),
			-EINVAL);
}

static void it_can_end_in_the_middle(void **state)
{
	static const char *const script[] = {OK, NULL};
	struct world *world = *state;

	start(world, script);
	for (int i = 0; i < 50; i++)
		send_message(world, (struct discord_rest_call){0});
	stop(world); /* in progress and waiting: cancelled without a callback */
	assert_int_equal(world->done, 0);
}

static struct permit permit;

static void renew(void *user)
{
	(void)user;
	permit.until_boot_ms = clock_boot_ms() + DEADLINE_MS;
}

static void a_call_whose_permit_has_ended_is_sent_when_it_is_renewed(void **state)
{
	static const char *const script[] = {OK, NULL};
	struct world *world = *state;
	struct timer *later = timer_new(world->loop, renew, NULL);
	struct discord_rest_counts counts;

	start(world, script);
	permit.until_boot_ms = clock_boot_ms();
	send_message(world, (struct discord_rest_call){.permit = &permit}); /* not idempotent */
	timer_set(later, 400);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, 0);
	permit.until_boot_ms = clock_boot_ms();
	world->wanted = 2;
	send_message(world, (struct discord_rest_call){.permit = &permit, .deadline_ms = 600});
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ETIMEDOUT);
	permit.until_boot_ms = clock_boot_ms();
	world->wanted = 3;
	send_message(world, (struct discord_rest_call){.permit = &permit});
	discord_rest_drop(world->rest, &permit);
	assert_int_equal(world->error, -EKEYEXPIRED);
	discord_rest_count(world->rest, &counts);
	assert_int_equal(counts.sent, 1);
	timer_free(later);
	stop(world);
	assert_string_equal(world->server.said, "POST /api/v10/channels/10/messages|");
}

int main(void)
{
#define REST_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
			REST_TEST(a_message_is_sent),
			REST_TEST(only_the_bots_lane_shows_its_token),
			REST_TEST(a_refusal_is_waited_out),
			REST_TEST(after_a_lost_connection_it_reconnects),
			REST_TEST(a_callback_may_send_more),
			REST_TEST(an_invalid_token_is_reported),
			REST_TEST(a_deadline_is_kept_without_an_answer),
			REST_TEST(it_can_end_in_the_middle),
			REST_TEST(a_call_whose_permit_has_ended_is_sent_when_it_is_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
